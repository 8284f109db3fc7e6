"""Tables as people keep them: visits over repeated names, patients who stand twice, dates of several hands."""

import tomllib

import pytest
from test_import_spreadsheet import read, rows

from casekit.cli import main
from casekit.errors import DataError
from casekit.importers.headers import day_of

# a table of patients in which somebody stands twice


def test_every_row_of_a_patient_who_stands_twice_is_told(tmp_path):
    text = "id,sex,diagnosis,ward\nA,F,SLE,north\nB,M,SLE,\nB,M,SLE,\nB,M,SLE,south\nA,M,SLE,north\n"
    confirmed = {"files": {"source.csv": {"table": "patients", "columns": {"ward": "extra"}}}}
    series, report = read(tmp_path, text, confirmed)
    assert rows(series.patients, "patient_id sex ward") == [["A", "female", "north"], ["B", "male", "south"]]
    # five rows: the fourth repeats the third, the fifth gives B a ward, the sixth contradicts the second
    assert [(entry.row, entry.problem) for entry in report.of_kind("duplicate")] == [
        (4, "repeats an earlier row in every cell")
    ]
    assert [(entry.row, entry.field) for entry in report.of_kind("conflict")] == [(6, "sex")]
    assert (report.rows_kept, report.rows_reported) == ({"source.csv": 4}, {"source.csv": 1})


def test_a_patient_entered_twice_makes_no_visits_of_the_patients(tmp_path):
    text = "id,sex,infusion date\nA,F,2024-01-05\nB,M,2024-01-06\nB,M,2024-01-06\n"
    series, report = read(tmp_path, text)
    assert (report.rows_kept, report.rows_reported) == ({"source.csv": 2}, {"source.csv": 1})
    assert series.metadata.index_event == "infusion date"
    assert series.unaligned == ()


# two lines of header: visits over repeated names


VISITS = """\
,,Baseline,,Tag 28,,Monat 3,,Kommentar
Patient ID,Datum BL,CRP (mg/l),IgG (g/l),CRP (mg/l),IgG (g/l),CRP (mg/l),IgG (g/l),
A,2024-03-05,9,12,3,6,<1,7,gut
B,2024-03-26,8,11,4,5,n.d.,6,
C,2024-04-02,7,10,2,4,k.A.,5,
"""


def settled(**more):
    return {"files": {"source.csv": more}}


def test_visits_over_repeated_names_are_read_at_their_own_times(tmp_path):
    series, report = read(
        tmp_path, VISITS, settled(visits={"Baseline": "Datum BL"}), index={"A": "2024-03-12", "B": "2024-04-02"}
    )
    # 5 March is 7 days before 12 March; month 3 is 3 x 30.4375 = 91.3 days after
    assert rows(series.patient("A").measurements.sort_values(["variable", "day"]), "day variable value unit") == [
        [-7, "other: CRP", 9, "mg/l"], [28, "other: CRP", 3, "mg/l"], [91, "other: CRP", 1, "mg/l"],
        [-7, "other: IgG", 12, "g/l"], [28, "other: IgG", 6, "g/l"], [91, "other: IgG", 7, "g/l"],
    ]  # fmt: skip
    assert (report.rows_read, report.rows_kept) == ({"source.csv": 3}, {"source.csv": 3})
    assert [entry for entry in report.reported if "above the header" in entry.problem] == []
    assert "Monat 3: day 91" in str(report)


@pytest.mark.parametrize(
    ("visit", "day"),
    [
        ("Day -7", -7),
        ("Tag -30", -30),
        ("Week -2", -14),  # 2 x 7
        ("Month -3", -91),  # 3 x 30.4375 = 91.3125
        ("-7", None),
    ],
)
def test_a_visit_before_day_0_is_as_many_days_before_as_it_says(visit, day):
    assert day_of(visit) == day


def test_results_before_day_0_stand_on_the_day_that_their_column_says(tmp_path):
    text = "id,sex,infusion_date,crp_d-7,crp_w-2,crp_m-1\nA,F,2024-01-05,5,6,7\nB,M,2024-02-01,8,9,4\n"
    series, _ = read(tmp_path, text)
    # 2 weeks are 14 days, 1 month is 30.4375 days
    assert sorted(rows(series.patient("A").measurements, "day value")) == [[-30, 7], [-14, 6], [-7, 5]]


def test_a_visit_without_a_time_is_asked(tmp_path):
    with pytest.raises(DataError, match="the visit Baseline without a time") as refusal:
        read(tmp_path, VISITS)
    assert '"Baseline" = "COLUMN"; columns of dates: Datum BL' in str(refusal.value)


def test_the_date_in_the_block_of_a_visit_dates_its_results(tmp_path):
    text = ",V1,V1,V2,V2\npt id,Datum,CRP (mg/l),Datum,CRP (mg/l)\nA,05.03.2024,9,25.03.2024,3\nB,06.03.2024,8,,\n"
    series, _ = read(tmp_path, text, index="first record")
    # 5 to 25 March are 20 days
    assert rows(series.measurements, "patient_id day variable value") == [
        ["A", 0, "other: CRP", 9], ["A", 20, "other: CRP", 3], ["B", 0, "other: CRP", 8],
    ]  # fmt: skip


def test_a_name_that_stands_twice_is_no_unit_and_is_asked(tmp_path):
    text = "id,date,CRP (mg/l),CRP (mg/l)\nA,2024-01-02,5,9\n"
    with pytest.raises(DataError, match=r"2 columns of CRP at the same time: CRP \(mg/l\), CRP \(mg/l\) \(4\)"):
        read(tmp_path, text)
    later = {"CRP (mg/l) (4)": {"role": "result", "name": "CRP", "unit": "mg/l", "day": 28}}
    series, _ = read(tmp_path, text, settled(columns=later), index="column: date")
    assert rows(series.measurements, "day variable value unit") == [
        [0, "other: CRP", 5, "mg/l"], [28, "other: CRP", 9, "mg/l"],
    ]  # fmt: skip


# one column for each role of a row


def test_a_second_column_with_one_role_is_refused(tmp_path):
    text = "id,date,test,value,old value\nA,2024-01-02,CRP,5,9\n"
    with pytest.raises(DataError, match='old value: found the role "value", which the column value has too') as refusal:
        read(tmp_path, text, settled(columns={"value": "value", "old value": "value"}))
    assert "Give one the role extra or skip." in str(refusal.value)
    kept = {"value": "value", "old value": "extra"}
    series, _ = read(tmp_path, text, settled(columns=kept), index="first record")
    assert rows(series.measurements, "value") == [[5]]
    assert series.measurements["old value"].tolist() == ["9"]


def test_a_unit_beside_the_unit_of_the_dose_is_not_proposed_as_a_second_one(tmp_path):
    text = "id,drug,start,dose,dose unit,unit\nA,MTX,2024-01-02,15,mg,week\nB,MTX,2024-01-03,20,mg,week\n"
    series, report = read(tmp_path, text)
    assert rows(series.treatments, "dose dose_unit") == [[15, "mg"], [20, "mg"]]
    assert [entry.problem for entry in report.of_kind("note") if entry.field == "unit"] == [
        "unit has no place among the treatments, 2 cells"
    ]


# whom a row is about

UNNAMED = """\
Kürzel,Geschlecht,Datum CAR-T Infusion,Datum,CRP (mg/l)
A,w,12.03.2024,13.03.2024,5
A,w,12.03.2024,26.03.2024,6
"""


@pytest.mark.parametrize("name", ["Pat.-Nr.", "Pat-Nr", "Patienten-Nr.", "Patient No.", "patient_number", "Pseudonym"])
def test_a_number_of_the_patient_is_the_patient(tmp_path, name):
    series, _ = read(tmp_path, UNNAMED.replace("Kürzel", name), index="column: Datum CAR-T Infusion")
    assert rows(series.measurements, "patient_id day value") == [["A", 1, 5], ["A", 14, 6]]


def test_a_table_without_patients_is_named_with_its_columns(tmp_path):
    with pytest.raises(DataError, match="no table with patients among the columns Kürzel, Geschlecht") as refusal:
        read(tmp_path, UNNAMED)
    assert 'the role "patient_id" in it, and propose again with it' in str(refusal.value)
    assert "row 1" not in str(refusal.value)


def test_once_the_patient_is_said_the_rest_is_proposed_in_its_light(tmp_path):
    source, first, second = tmp_path / "a.csv", tmp_path / "first.toml", tmp_path / "second.toml"
    source.write_text(UNNAMED, encoding="utf-8")
    assert main(["import", str(source), "--propose", str(first)]) == 0
    text = first.read_text(encoding="utf-8")
    assert '"CRP (mg/l)" = "skip"' in text
    first.write_text(text.replace('"Kürzel" = "skip"', '"Kürzel" = "patient_id"'), encoding="utf-8")
    assert main(["import", str(source), "--mapping", str(first), "--propose", str(second)]) == 0
    proposed = tomllib.loads(second.read_text(encoding="utf-8"))
    settings = proposed["files"]["a.csv"]
    assert settings["table"] == "measurements"
    assert settings["columns"] == {
        "Kürzel": "patient_id", "Geschlecht": "sex", "Datum CAR-T Infusion": "day 0 candidate", "Datum": "date",
        "CRP (mg/l)": {"role": "result", "name": "CRP", "unit": "mg/l"},
    }  # fmt: skip
    assert proposed["day_zero"] == "column: Datum CAR-T Infusion"
    assert proposed["variables"] == {"CRP": "crp_mg_l"}


# dates written by several people

TWO_HANDS = """\
id,date,test,value
A,25.03.2024,Lipase,5
A,26.03.2024,Lipase,5
A,10/01/2024,Lipase,6
"""


def test_dates_with_another_mark_are_asked_although_the_others_show_their_order(tmp_path):
    with pytest.raises(DataError, match="dates such as 10/01/2024") as refusal:
        read(tmp_path, TWO_HANDS)
    assert "correct those that are in the other order" in str(refusal.value)


def test_dates_with_another_mark_are_told_when_their_order_is_said(tmp_path):
    series, report = read(tmp_path, TWO_HANDS, settled(date_order="dmy"), index="first record")
    # 10 January to 25 March 2024, a leap year: 21 + 29 + 25 = 75 days
    assert series.measurements["day"].tolist() == [75, 76, 0]
    assert [(entry.row, entry.field, entry.problem) for entry in report.of_kind("note")] == [
        (4, "date", "a date with / where most have ., read as day, month")
    ]
    plain = TWO_HANDS.replace("10/01/2024", "10.01.2024")
    assert read(tmp_path, plain, index="first record")[1].of_kind("note") == []


def test_a_date_that_nobody_could_read_is_not_told_as_read(tmp_path):
    _, report = read(tmp_path, TWO_HANDS, settled(date_order=""), index="first record")
    # 25 and 26 March are no months; 10/01 may be either
    assert (4, "date", "no date that can be read") in [(one.row, one.field, one.problem) for one in report.reported]
    assert report.of_kind("note") == []


# what names a person


COMMENTS = """\
id,sex,diagnosis,Kommentar,reason_notes,Hausarzt,ward
A,F,SLE,"Fr. Schmidt, nett",Yilmaz,Dr. Meier,north
B,M,SLE,Hr. Novak,Huber,-,south
B,M,SLE,Novak,Huber,-,south
"""


def test_comments_and_names_of_people_are_free_text_however_short(tmp_path):
    confirmed = {"files": {"source.csv": {"table": "patients"}}}
    series, report = read(tmp_path, COMMENTS, confirmed)
    everything = f"{series.patients.to_csv()} {report} {report.to_frame().to_csv()}"
    assert [name for name in ("Schmidt", "Novak", "Yilmaz", "Meier", "Huber") if name in everything] == []
    assert series.patients["ward"].tolist() == ["north", "south"]
    assert [entry.field for entry in report.of_kind("free text")] == ["Hausarzt", "Kommentar", "reason_notes"]
    kept, _ = read(tmp_path, COMMENTS, confirmed, keep_text=True)
    assert kept.patients["Kommentar"].tolist() == ["Fr. Schmidt, nett", "Hr. Novak"]


def test_free_text_called_like_a_column_of_the_table_is_left_out_too(tmp_path):
    text = "id,drug,start,reason\nA,MTX,2024-01-02,Fr. Schmidt wollte es\n"
    confirmed = {"files": {"source.csv": {"columns": {"reason": "text"}}}}
    series, report = read(tmp_path, text, confirmed)
    assert "Schmidt" not in f"{series.treatments.to_csv()} {report}"
    assert [entry.field for entry in report.of_kind("free text")] == ["reason (source)"]
