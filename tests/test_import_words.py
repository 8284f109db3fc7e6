"""What the cells of a table say in the words of people: grades, ends, empty cells, years, headings."""

import tomllib

import pytest
from test_import_spreadsheet import read, rows

from casekit import importers
from casekit.errors import CaseKitError, DataError

GRADED = """\
id,event,grade,start
A,CRS,G1,2024-01-03
B,CRS,Grad 2,2024-01-03
C,Pneumonia,III,2024-01-03
D,Neutropenia,4,2024-01-03
E,CRS,severe,2024-01-03
"""


def test_grades_are_read_as_people_write_them_and_their_system_is_asked_once(tmp_path):
    with pytest.raises(DataError, match="grades by a system nobody says") as refusal:
        read(tmp_path, GRADED)
    assert str(refusal.value).count("grade_system") == 1
    said = {"files": {"source.csv": {"grade_system": "ASTCT 2019 (CRS), CTCAE 5.0 (others)"}}}
    series, report = read(tmp_path, GRADED, said)
    assert rows(series.events[:4], "name grade") == [["crs", 1], ["crs", 2], ["pneumonia", 3], ["neutropenia", 4]]
    assert set(series.events["grade_system"][:4]) == {"ASTCT 2019 (CRS), CTCAE 5.0 (others)"}
    # a grade is never guessed from a word: it stays beside the table, in the row of its event
    assert series.events["grade"].isna().tolist() == [False] * 4 + [True]
    assert series.events["grade_as_written"].tolist()[4] == "severe"
    assert [entry.row for entry in report.of_kind("value")] == [6]


def test_grades_without_a_system_stay_as_written_when_nobody_knows_it(tmp_path):
    series, _ = read(tmp_path, GRADED, {"files": {"source.csv": {"grade_system": ""}}})
    assert series.events["grade"].isna().all()
    assert series.events["grade_as_written"].tolist() == ["G1", "Grad 2", "III", "4", "severe"]


def test_german_headings_of_an_event_table_are_known(tmp_path):
    text = "Patient;Ereignis;Schweregrad;Beginn\nA;CRS;Grad 1;03.01.2024\nB;CRS;G2;14.01.2024\n"
    series, _ = read(tmp_path, text, {"files": {"source.csv": {"grade_system": "ASTCT 2019"}}})
    assert rows(series.events, "patient_id name grade") == [["A", "crs", 1], ["B", "crs", 2]]


def test_an_end_in_words_goes_on_and_one_that_cannot_be_read_is_not_known(tmp_path):
    text = (
        "id,drug,start,end\nA,prednisolone,2024-01-01,laufend\nA,azathioprine,2024-01-01,ongoing\n"
        "A,methotrexate,2024-01-01,Seitdem\nA,rituximab,2024-01-01,?\nA,belimumab,2024-01-01,\n"
    )
    series, report = read(tmp_path, text, index="first record")
    assert series.treatments["end_day"].isna().all()
    # what has a range of days is not known; what has none goes on
    known = dict(zip(series.treatments["drug"], series.treatments["day_range"].fillna("goes on"), strict=True))
    assert known.pop("rituximab") == "unknown"
    assert set(known.values()) == {"goes on"}
    assert [(entry.row, entry.field) for entry in report.of_kind("no day")] == [(5, "end_date")]


def test_an_event_that_goes_on_says_so(tmp_path):
    text = "id,event,start,end\nA,Neutropenia,2024-01-03,ongoing\nA,CRS,2024-01-03,2024-01-05\n"
    events = read(tmp_path, text)[0].events
    assert events["ongoing"].fillna(value=False).tolist() == [True, False]


COHORT = """\
Patient ID;Diagnose;Krankheitsdauer (Jahre);Datum CAR-T Infusion
P1;SLE;4,5;12.03.2024
P2;SLE;3;18.06.2024
P2;SLE;3;18.06.2024
"""


def test_a_list_of_patients_with_their_infusion_and_one_row_twice_is_a_table_of_patients(tmp_path):
    series, report = read(tmp_path, COHORT)
    assert rows(series.patients, "patient_id disease disease_duration_years") == [["P1", "SLE", 4.5], ["P2", "SLE", 3]]
    assert report.day_zero.startswith("Datum CAR-T Infusion: the date in the column")
    assert series.measurements.empty


def test_a_duration_in_months_is_not_taken_for_years(tmp_path):
    text = COHORT.replace("Krankheitsdauer (Jahre)", "Krankheitsdauer (Monate)").replace("4,5", "54")
    series, _ = read(tmp_path, text)
    assert "disease_duration_years" not in series.patients or series.patients["disease_duration_years"].isna().all()


def test_day_0_in_a_column_without_dates_says_which_role_it_needs(tmp_path):
    without = {"files": {"source.csv": {"columns": {"Datum CAR-T Infusion": "extra"}}}}
    with pytest.raises(CaseKitError, match='Give the column the role "day 0 candidate" in the mapping'):
        read(tmp_path, COHORT, without, index="column: Datum CAR-T Infusion")


def test_two_words_for_missing_in_one_column_are_both_empty(tmp_path):
    text = "id,date,CRP (mg/L)\nA,2024-01-01,5\nA,2024-01-08,n/a\nA,2024-01-15,-\nA,2024-01-22,7\n"
    series, report = read(tmp_path, text)
    assert series.measurements["value"].tolist() == [5, 7]
    assert any("n/a, - were read as empty" in line for line in report.assumptions)
    assert not report.of_kind("text result")


def test_names_are_proposed_though_a_question_is_open(tmp_path):
    (path := tmp_path / "source.csv").write_text(
        'id,date,test,value,unit\nA,2024-01-01,CRP,1.5,mg/L\nA,2024-01-02,MyTest,"1,5",mg/L\n', encoding="utf-8"
    )
    proposed = importers.propose(path)
    assert "# To be answered below" in proposed
    names = tomllib.loads(proposed)["variables"]
    assert names == {"CRP": "crp_mg_l", "MyTest": ""}


def test_a_visit_without_a_time_is_proposed_with_its_question_beside_it(tmp_path):
    text = ",Baseline,,Visite X,\nid,CRP (mg/L),IgG (g/L),CRP (mg/L),IgG (g/L)\nA,5,9,7,8\nB,6,9,8,7\nC,4,9,3,8\n"
    (path := tmp_path / "source.csv").write_text(text, encoding="utf-8")
    assert '"Visite X" = "ask"  # say its day, or the column of its date' in importers.propose(path)
