"""The workbook to fill in: made from the declarations, every mistake in it told by sheet, row and column."""

import openpyxl
import pandas as pd
import pytest

from casekit import records
from casekit.cli import main
from casekit.errors import DataError
from casekit.records.schema import TABLES, declared


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return records.template(tmp_path_factory.mktemp("template") / "my-series.xlsx")


@pytest.fixture
def fill(written, tmp_path):
    """A copy of the template with some cells changed: (sheet, cell, value)."""

    def filled(*cells):
        book = openpyxl.load_workbook(written)
        for sheet, cell, value in cells:
            book[sheet][cell] = value
        path = tmp_path / "mine.xlsx"
        book.save(path)
        return path

    return filled


def problems(path):
    return [str(problem) for problem in records.check(path)]


def test_the_template_is_a_series_of_one_example_patient(written):
    series = records.load(written)
    assert series.patients["patient_id"].tolist() == ["EXAMPLE-1"]
    assert series.metadata.synthetic is True
    assert {name: len(table) > 0 for name, table in series.tables.items()} == dict.fromkeys(TABLES, True)


def test_every_declared_column_is_there_with_its_meaning(written):
    book = openpyxl.load_workbook(written)
    for name in TABLES:
        header = [cell.value for cell in book[name][1]]
        assert tuple(header) == declared()[name].names
        assert all(declared()[name].column(cell.value).meaning in cell.comment.text for cell in book[name][1])
    explained = {(row[0].value, row[1].value) for row in book["read me"].iter_rows()}
    assert {(name, column) for name in TABLES for column in declared()[name].names} <= explained


def test_choices_and_lists_drop_down(written):
    book = openpyxl.load_workbook(written)
    rules = {str(rule.sqref): rule for rule in book["patients"].data_validations.dataValidation}
    at = declared()["patients"].names.index("sex")
    place = rules[f"{chr(65 + at)}2:{chr(65 + at)}5000"].formula1
    letter = place.split("$")[1]
    listed = [cell.value for cell in book["lists"][letter] if cell.value]
    assert listed == ["sex", "female", "male", "other", "unknown"]


def test_filled_in_it_loads(fill):
    mine = [(name, f"A{row}", "001") for name in TABLES for row in range(2, 12)]
    book = openpyxl.load_workbook(fill())
    cells = [(sheet, cell, value) for sheet, cell, value in mine if book[sheet][cell].value == "EXAMPLE-1"]
    path = fill(*cells, ("about", "B2", "My patients"), ("about", "B4", "no"))
    series = records.load(path)
    assert series.patients["patient_id"].tolist() == ["001"]
    assert (series.metadata.title, series.metadata.synthetic) == ("My patients", False)


MISTAKES = [
    ([("patients", "D2", "f")], ["sheet patients row 2, column sex", '"f"']),
    ([("patients", "A2", "EXAMPLE-1 ")], ["sheet patients row 2, column patient_id", "without blanks"]),
    (
        [("measurements", "B2", "=1+1")],
        ["sheet measurements row 2, column day", "the formula =1+1", "paste it as values"],
    ),
    ([("measurements", "E3", "38")], ["row 3, column value", 'the number "38" stored as text', "General"]),
    ([("measurements", "D4", "temp")], ["row 4, column variable", "Did you mean temp_c"]),
    ([("events", "D3", 400)], ["sheet events row 3, column start_day", "after the last known day 180"]),
    ([("treatments", "A3", "nobody")], ["sheet treatments row 3", "the sheet patients"]),
    ([("about", "B4", "maybe")], ["sheet about", "synthetic"]),
    ([("patients", "A3", "001"), ("patients", "B3", "SLE")], ["the example patient", "Delete its rows"]),
    ([("patients", "A3", "001")], ["sheet about, column title", "Write your own title"]),
    ([("patients", "Z3", "stray")], ['"stray" in a column without a name']),
]


@pytest.mark.parametrize(("cells", "words"), MISTAKES)
def test_every_mistake_is_told_by_sheet_row_and_column(fill, cells, words):
    told = problems(fill(*cells))
    assert [line for line in told if all(word in line for word in words)], told
    assert not [line for line in told if ".csv" in line]


def test_a_date_typed_as_a_date_is_no_day(fill):
    told = problems(fill(("measurements", "B2", pd.Timestamp("2024-01-31").to_pydatetime())))
    assert [line for line in told if "2024-01-31" in line and "calendar date" in line]


def test_merged_cells_and_hidden_rows_are_refused(written, tmp_path):
    book = openpyxl.load_workbook(written)
    book["events"].merge_cells("A2:A3")
    book["treatments"].row_dimensions[3].hidden = True
    book["assessments"].column_dimensions["D"].hidden = True
    path = tmp_path / "hidden.xlsx"
    book.save(path)
    told = " ".join(problems(path))
    for words in (
        "sheet events row 2",
        "merged cells A2:A3",
        "treatments row 3: found a hidden row",
        "a hidden column",
    ):
        assert words in told


def test_missing_and_other_sheets_are_told(written, tmp_path):
    book = openpyxl.load_workbook(written)
    book["events"].title = "event"
    path = tmp_path / "sheets.xlsx"
    book.save(path)
    told = " ".join(problems(path))
    assert "sheet events: found no such sheet" in told
    assert "Rename event to events" in told
    assert "found another sheet" in told


def test_a_foreign_workbook_is_sent_to_the_import(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Labor"
    book["Labor"].append(["Patient", "CRP"])
    book.create_sheet("Medikation").append(["Patient", "Dosis"])
    path = tmp_path / "ward.xlsx"
    book.save(path)
    (told,) = problems(path)
    assert "found the sheets Labor, Medikation; expected the sheets patients, treatments" in told
    assert "casekit import ward.xlsx --propose mapping.toml" in told


def test_the_command_writes_once_and_says_what_next(tmp_path, capsys):
    path = tmp_path / "new.xlsx"
    assert main(["template", str(path)]) == 0
    assert f"casekit check {path}" in capsys.readouterr().out
    assert main(["template", str(path)]) == 1
    assert main(["check", str(path)]) == 0


HARD = """
    patient_id,disease,sex,age_years,last_known_day,autoantibodies
    001,SLE,female,33.333333333333336,400,=SUM(A1)
    1e5,other: Rare disease,male,0.1,90,"a ""quoted"", text"
    NA,SSc,unknown,,90,-1"""


@pytest.fixture
def hard():
    return records.from_text(
        {"title": "Hard", "index_event": "diagnosis", "sources": ["one", "two"], "extra_columns": ["patients.site"]},
        patients=HARD.replace("autoantibodies", "autoantibodies,site").replace("=SUM(A1)", "=SUM(A1),0012")
        .replace('text"', 'text",1/2').replace("90,-1", "90,-1,TRUE"),
        measurements="""
            patient_id,day,variable,value,unit,value_text,day_range
            001,0,crp_mg_l,0.1,mg/L,,
            001,1,other: Titre,,,1:128,
            001,,other: Lipase,1e-7,U/L,,-30 to -1""",
    )  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "parquet", "workbook"])
def test_round_trips_lose_nothing(hard, tmp_path, form):
    if form == "workbook":
        again = records.load(records.to_workbook(hard, tmp_path / "book.xlsx"))
    else:
        folder = records.to_folder(hard, tmp_path / "folder")
        if form == "parquet":
            pytest.importorskip("pyarrow")
            for name, cells in records.series_cells(hard).items():
                cells.to_parquet(folder / f"{name}.parquet")
                (folder / f"{name}.csv").unlink()
        again = records.load(folder)
    for name in TABLES:
        pd.testing.assert_frame_equal(again.tables[name], hard.tables[name])
        pd.testing.assert_frame_equal(again.unplaced[name], hard.unplaced[name])
    assert again.metadata == hard.metadata
    assert again.patients["site"].tolist() == ["0012", "1/2", "TRUE"]


def test_a_shipped_patient_survives_a_workbook(tmp_path):
    series = records.example().patient("SSc-01")
    again = records.load(records.to_workbook(series, tmp_path / "shipped.xlsx"))
    for name, table in series.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], table)


def test_what_no_workbook_can_hold_is_refused(tmp_path):
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day,autoantibodies\nA,SLE,female,1,bell\x07",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
    )
    with pytest.raises(DataError, match="invisible control character"):
        records.to_workbook(series, tmp_path / "x.xlsx")
