"""From a file to the timeline: the page of the import notebook, the saved report, and the instructions."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from casekit import importers, records, views
from casekit.errors import CaseKitError, DataError
from casekit.importers.report import ImportReport, Reported
from casekit.publish.published import PROJECT

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_no_cell_of_the_saved_report_is_run_by_a_spreadsheet(tmp_path):
    entry = Reported("@a.csv", 3, "=col", '=HYPERLINK("http://x") is no number', "Kept.", "text result")
    ImportReport("spreadsheet", {"@a.csv": 1}, {"@a.csv": 1}, (entry,)).save(tmp_path)
    with (tmp_path / "import-report.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["file"] == "'@a.csv"
    assert row["field"] == "'=col"
    assert row["problem"] == "'" + entry.problem
    assert row["row"] == "3"


def test_the_series_kept_in_memory_are_few(tmp_path):
    series = records.example().patient("SLE-01")
    folders = [records.to_folder(series, tmp_path / str(place)) for place in range(records.KEPT + 1)]
    first, *_, last = [records.load(folder) for folder in folders]
    assert records.load(folders[-1]) is last
    assert records.load(folders[0]) is not first
    assert records.load(folders[0]) is records.load(folders[0])


@pytest.fixture
def messy(tmp_path):
    """A sheet as it comes from a ward: a merged title, German headers with units, decimal commas, dates as text."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Verlauf CAR-T, Ambulanz"])
    sheet.merge_cells("A1:F1")
    sheet.append(["Patienten ID", "Geschlecht", "Infusion", "Datum", "CRP (mg/L)", "Lipase (U/L)"])
    sheet.append(["001", "w", "13.01.2024", "08.01.2024", "12,5", "30"])
    sheet.append(["001", "w", "13.01.2024", "13.02.2024", "<0,6", "41"])
    sheet.append(["002", "m", "20.02.2024", "15.02.2024", "7,0", "zu alt"])
    sheet.append(["", "m", "20.02.2024", "16.02.2024", "5,0", "28"])
    book.save(tmp_path / "verlauf.xlsx")
    return tmp_path / "verlauf.xlsx"


def uploaded(page, file):
    content = file.read_bytes()
    page._upload.value = (
        {"name": file.name, "type": "", "size": len(content), "content": content, "last_modified": NOW},
    )


def test_a_messy_sheet_becomes_a_series_with_its_account(messy):
    page = views.import_page()
    uploaded(page, messy)
    page.propose()
    assert 'decimal = ","' in page._mapping.value or '"decimal" = ","' in page._mapping.value
    page._rule.value = "column: Infusion"
    page.read()
    # 13 January 2024 is day 0 of patient 001: 8 January is day -5, 13 February day 31
    values = page.series.measurements[page.series.measurements["variable"].str.contains("crp|CRP")]
    found = values[["patient_id", "day", "value"]].itertuples(index=False, name=None)
    assert sorted(found) == [("001", -5, 12.5), ("001", 31, 0.6), ("002", -5, 7.0)]
    (limit,) = values[values["comparator"] == "<"]["value"]
    assert limit == 0.6
    assert sum(page.report.rows_read.values()) == sum(page.report.rows_kept.values()) + sum(
        page.report.rows_reported.values()
    )
    assert "no patient" in page._account.value
    assert len(set(page.report.reported)) == len(page.report.reported)
    # one word among numbers stays in words, and makes no other result a word
    lipase = page.series.measurements[page.series.measurements["variable"] == "other: Lipase"]
    assert sorted(lipase["value"]) == [30, 41]
    assert page.series.unplaced["measurements"]["value_text"].tolist() == ["zu alt"]


def pressed(page, words):
    (button,) = [part for part in page.children if getattr(part, "description", "") == words]
    button.click()


def test_what_was_read_is_saved_with_its_report_and_its_mapping(messy, tmp_path):
    page = views.import_page()
    page._folder.value = str(tmp_path / "mine")
    pressed(page, "Save")
    assert "Choose a file" in page._saved.value
    assert not (tmp_path / "mine").exists()
    uploaded(page, messy)
    page.propose()
    page._list.value = "001, 2024-01-12\n002; 20.02.2024"
    page.read()
    pressed(page, "Save")
    again = records.load(tmp_path / "mine")
    # by the list day 0 of patient 001 is 12 January: 8 January is day -4; 002 as in the sheet
    assert sorted(again.measurements["day"])[:2] == [-5, -4]
    assert again.metadata.day_zero_rule == "a list of patients and dates"
    found = {file.name for file in (tmp_path / "mine").iterdir()}
    assert {"import-report.csv", "import-report.json", "mapping.toml", "series.toml", "patients.csv"} <= found
    assert (
        importers.propose(messy).splitlines()[4:] == (tmp_path / "mine" / "mapping.toml").read_text().splitlines()[4:]
    )
    pressed(page, "Save")
    assert "a file; expected no file yet" in page._saved.value


def test_the_mapping_that_made_the_series_is_saved(messy, tmp_path):
    page = views.import_page()
    page._path.value = str(messy)
    page.propose()
    page._mapping.value = page._mapping.value.replace('"Lipase" = ""', '"Lipase" = "ldh_u_l"')
    page.read()
    read_with = page._mapping.value
    page._mapping.value = 'format = "redcap"'
    page._folder.value = str(tmp_path / "mine")
    pressed(page, "Save")
    assert (tmp_path / "mine" / "mapping.toml").read_text(encoding="utf-8") == read_with


def test_what_was_corrected_stays_when_proposed_again(messy):
    page = views.import_page()
    page._path.value = str(messy)
    page.propose()
    page._mapping.value = page._mapping.value.replace('"CRP" = "crp_mg_l"', '"CRP" = ""').replace(
        '"Geschlecht" = "sex"', '"Geschlecht" = "skip"'
    )
    for _ in range(2):
        pressed(page, "Propose the mapping")
        assert '"CRP" = ""' in page._mapping.value
        assert '"Geschlecht" = "skip"' in page._mapping.value
        assert "what was corrected stays" in page._said.value


def test_corrections_are_not_lost_to_another_source(messy, tmp_path):
    page = views.import_page()
    page._path.value = str(messy)
    page.propose()
    page._mapping.value = corrected = page._mapping.value.replace('"CRP" = "crp_mg_l"', '"CRP" = ""')
    (tmp_path / "other.csv").write_text("id,date,test,value\nA,2024-01-01,CRP,5\n", encoding="utf-8")
    page._path.value = str(tmp_path / "other.csv")
    pressed(page, "Propose the mapping")
    assert page._mapping.value == corrected
    assert "another source" in page._said.value


@pytest.mark.parametrize(
    "line", ["001", "001, when?", "001, 03/04/2024", ", 2024-01-12", "001, 2024", "001, 2024-01", "001, Jan 2024"]
)
def test_a_line_of_the_list_that_says_no_date_is_refused(line):
    with pytest.raises(DataError, match="such as 001, 2024-01-13"):
        importers.listed_days(f"002, 2024-01-12\n{line}\n")


def test_a_patient_who_stands_twice_in_the_list_is_refused():
    with pytest.raises(DataError, match="row 4: found 001 again, after row 2; expected one day 0 for each patient"):
        importers.listed_days("patient_id,date\n001, 2024-01-12\n002, 2024-01-13\n001, 2024-02-12\n")


def test_what_cannot_be_read_is_said_and_the_series_before_stays(tmp_path):
    page = views.import_page()
    before = page.series
    page._path.value = str(tmp_path / "absent.csv")
    pressed(page, "Read")
    assert "absent.csv" in page._said.value
    assert page.series is before
    page._path.value = ""
    pressed(page, "Read")
    assert "Choose a file" in page._said.value


def test_a_folder_in_casekits_own_form_is_read_without_a_mapping(tmp_path):
    page = views.import_page()
    page._path.value = str(records.to_folder(records.example().patient("SLE-01"), tmp_path / "own"))
    page.read()
    assert len(page.series.patients) == 1
    assert page.report is None


@pytest.mark.parametrize("variable", [("VOILA_PREHEAT", "True"), ("SERVER_SOFTWARE", "voila/0.5.13")])
def test_viewers_cannot_read_files(monkeypatch, variable):
    monkeypatch.setenv(*variable)
    with pytest.raises(CaseKitError, match="JupyterLab"):
        views.import_page()


def test_the_folder_that_save_proposes_is_not_among_the_files_of_the_program():
    page = views.import_page()
    proposed = Path(page._folder.value).expanduser()
    assert proposed.is_absolute()
    assert not proposed.is_relative_to(PROJECT)
    told = [str(part.value) for part in page.children if hasattr(part, "value")]
    assert any("Not inside the folder of the program" in words for words in told)
