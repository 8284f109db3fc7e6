"""No file that a command writes holds a cell that a spreadsheet would run; what was written reads back as it was."""

import csv

import openpyxl
import pandas as pd
import pytest
from hostile_series import hostile

from casekit import records
from casekit.cli import main
from casekit.commands.answer import write

SOURCE = "id,date,test,value,=remark\n=1+1,2024-01-01,=cmd|' /C calc'!A1,=2+2,@SUM(1)\n-B,2024-01-02,+CRP,5,-x\n"


def is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def running(folder):
    """The cells of all CSV files that a spreadsheet would run."""
    found = []
    for file in folder.rglob("*.csv"):
        with file.open(encoding="utf-8", newline="") as opened:
            cells = [cell for row in csv.reader(opened) for cell in row]
        assert cells
        found += [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not is_number(cell)]
    return found


@pytest.mark.parametrize("kind", [object, "string"])
def test_a_table_that_is_written_keeps_its_empty_cells_empty(tmp_path, kind):
    texts = pd.Series(["=1+1", None, "=1+1", "plain"], dtype=kind)
    write(pd.DataFrame({"said": texts, "number": [-1.5, 2, None, 4]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8") == "said,number\n'=1+1,-1.5\n,2.0\n'=1+1,\nplain,4.0\n"


@pytest.fixture
def series(tmp_path):
    return records.to_folder(hostile(), tmp_path / "series")


def test_a_series_is_written_as_text_and_reads_back_as_it_was(series):
    assert running(series) == []
    again, before = records.load(series), hostile()
    for name, table in before.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)
    assert "=1+1" in set(again.patients["patient_id"])


@pytest.mark.parametrize("instrument", ["pga", "lldas_2016"])
def test_scores_are_written_as_text(series, tmp_path, instrument):
    out = tmp_path / "out"
    out.mkdir()
    assert main(["score", str(series), instrument, "--out", str(out / "scores.csv")]) == 0
    assert running(out) == []
    assert "'=1+1" in (out / "scores.csv").read_text(encoding="utf-8")


def test_differences_are_written_as_text(series, tmp_path):
    events = series / "events.csv"
    events.write_text(events.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    old = records.to_folder(hostile(), tmp_path / "old")
    assert main(["diff", str(old), str(series), "--out", str(tmp_path / "told")]) == 0
    assert running(tmp_path / "told") == []
    assert "'=1+1" in (tmp_path / "told" / "changes.csv").read_text(encoding="utf-8")


def test_an_import_is_written_as_text_with_its_report(tmp_path):
    (tmp_path / "source.csv").write_text(SOURCE, encoding="utf-8")
    out = tmp_path / "mine"
    assert main(["import", str(tmp_path / "source.csv"), "--day-zero", "first record", "--out", str(out)]) == 0
    assert running(out) == []
    assert (out / "import-report.csv").is_file()
    again = records.load(out)
    assert list(again.patients["patient_id"]) == ["-B", "=1+1"]
    assert list(again.unplaced["measurements"]["value_text"]) == ["=2+2"]


def test_workbooks_hold_no_formula(tmp_path):
    assert main(["template", str(tmp_path / "template.xlsx")]) == 0
    records.to_workbook(hostile(), tmp_path / "series.xlsx")
    for name in ("template.xlsx", "series.xlsx"):
        book = openpyxl.load_workbook(tmp_path / name)
        assert [
            cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
        ] == []
