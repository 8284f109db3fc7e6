"""REDCap exports: dictionary, events, repeats, boxes, identifiers; no date is no day."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from casekit import importers

SAMPLES = Path(os.environ.get("CASEKIT_SAMPLES", Path(__file__).parents[2] / "shared" / "samples")) / "redcap"
HEAD = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?\n'
)
DICTIONARY = (
    HEAD
    + """\
record_id,base,,text,Record,,,,,,
surname,base,,text,Surname,,,,,,y
sex,base,,radio,Sex,"0, Female | 1, Male",,,,,
infused,base,,text,Date of infusion,,,date_dmy,,,
drugs,base,,checkbox,Drugs before,"1, Rituximab | 2, Belimumab",,,,,
visit_date,visit,,text,Date of visit,,,date_dmy,,,
crp,visit,,text,CRP,,mg/dL (mg/dL),number_1dp_comma_decimal,,,
rash,visit,,yesno,Rash?,,,,,,
notes,visit,,notes,Remarks,,,,,,
"""
)
RAW = """\
record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,surname,sex,infused,drugs___1,drugs___2,base_complete,visit_date,crp,rash,notes,visit_complete
001,start_arm_1,,,Smith,0,2024-01-10,1,0,2,,,,,
001,follow_arm_1,visit,1,,,,,,,2024-01-20,"1,5",0,went home,2
001,follow_arm_1,visit,2,,,,,,,,2,1,,2
002,start_arm_1,,,Jones,1,2024-02-01,0,0,,,,,,
002,late_arm_1,visit,1,,,,,,,,,,,
"""
LABELS = (
    "Record,Event Name,Repeat Instrument,Repeat Instance,Surname,Sex,Date of infusion,"
    "Drugs before (choice=Rituximab),Drugs before (choice=Belimumab),Complete?,"
    "Date of visit,CRP,Rash?,Remarks,Complete?\n"
    """\
001,Start,,,Smith,Female,2024-01-10,Checked,Unchecked,Complete,,,,,
001,Follow-up,Visit,1,,,,,,,2024-01-20,"1,5",No,went home,Complete
"""
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dictionary.csv").write_text("\ufeff" + DICTIONARY, encoding="utf-8")
    (tmp_path / "data.csv").write_text(RAW, encoding="utf-8")
    return tmp_path


def items(frame):
    return frame[["patient_id", "variable", "value"]].to_numpy().tolist()


def test_a_raw_export_with_its_dictionary(folder):
    series, report = importers.read(folder)
    assert report.source_format == "redcap"
    assert series.metadata.index_event == "infused"
    # 20 January is 10 days after the infusion; a decimal comma is declared by the field
    dated = series.measurements[["patient_id", "day", "variable", "value", "unit"]].to_numpy().tolist()
    assert dated == [["001", 10, "other: CRP", 1.5, "mg/dL"]]
    assert series.patients["sex"].tolist() == ["female", "male"]
    assert report.rows_read == {"data.csv": 5}
    assert report.rows_kept == {"data.csv": 4}


def test_no_date_is_no_day_and_never_day_0(folder):
    series, report = importers.read(folder)
    waiting = series.unplaced["measurements"]
    assert waiting[["patient_id", "value", "day_range"]].to_numpy().tolist() == [["001", 2, "unknown"]]
    assert {entry.row for entry in report.of_kind("no day")} == {4}


def test_boxes_that_nobody_looked_at_are_not_no(folder):
    series, _ = importers.read(folder)
    # 001 ticked one of two; 002 ticked none and its form is not complete
    assert [row for row in items(series.assessments) if "Drugs" in row[1]] == [
        ["001", "other: Drugs before: Rituximab", "yes"],
        ["001", "other: Drugs before: Belimumab", "no"],
    ]


def test_identifiers_and_remarks_are_left_out_and_counted(folder):
    _, report = importers.read(folder)
    assert [(entry.field, entry.problem) for entry in report.of_kind("identifier")] == [("surname", "2 cells")]
    assert [(entry.field, entry.problem) for entry in report.of_kind("free text")] == [("notes", "1 cells")]
    assert "Smith" not in str(report)


def test_remarks_stay_in_words_when_asked_and_names_never_do(folder):
    series, report = importers.read(folder, keep_text=True)
    words = pd.concat([series.unplaced["measurements"], series.measurements])
    found = words[["patient_id", "variable", "value_text"]].dropna().to_numpy().tolist()
    assert found == [["001", "other: Remarks", "went home"]]
    assert report.of_kind("free text") == []
    assert [entry.field for entry in report.of_kind("identifier")] == ["surname"]


def test_an_untouched_form_is_reported(folder):
    assert [entry.row for entry in importers.read(folder)[1].of_kind("nothing")] == [6]


def test_an_export_with_labels_gives_the_same_rows(folder):
    raw, _ = importers.read(folder)
    (folder / "data.csv").write_text(LABELS, encoding="utf-8")
    labelled, _ = importers.read(folder)
    assert items(labelled.measurements) == items(raw.measurements)
    assert items(labelled.assessments) == items(raw.patient("001").assessments)


def test_the_dictionary_is_found_beside_a_file(folder):
    assert importers.read(folder / "data.csv")[1].rows_kept == {"data.csv": 4}


def test_missing_codes_count_only_when_they_are_told(folder):
    (folder / "data.csv").write_text(RAW.replace('"1,5"', "-99"), encoding="utf-8")
    assert -99 in set(importers.read(folder)[0].measurements["value"])
    told = {"files": {"data.csv": {"missing": ["-99"]}}}
    assert importers.read(folder, mapping=told)[0].measurements.empty


def test_the_offset_of_an_event_dates_what_has_no_date(folder):
    offsets = "event_name,arm_num,unique_event_name,day_offset\nStart,1,start_arm_1,0\nFollow-up,1,follow_arm_1,14\n"
    (folder / "events.csv").write_text(offsets, encoding="utf-8")
    series, _ = importers.read(folder)
    assert series.measurements[["day", "value"]].to_numpy().tolist() == [[10, 1.5], [14, 2]]


def test_json_reads_like_csv(folder):
    lines = [line.split(",") for line in RAW.replace('"1,5"', "1.5").splitlines()]
    content = [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]
    (folder / "data.csv").unlink()
    (folder / "data.json").write_text(json.dumps(content), encoding="utf-8")
    series, report = importers.read(folder)
    assert series.measurements["value"].tolist() == [1.5]
    assert report.rows_kept == {"data.json": 4}


def test_an_export_without_a_dictionary_is_read_as_far_as_its_cells_tell(folder):
    (folder / "dictionary.csv").unlink()
    series, report = importers.read(folder)
    assert "crp" in " ".join(series.measurements["variable"])
    assert any("no data dictionary" in line for line in report.assumptions)


def real(name):
    return pytest.mark.skipif(not (SAMPLES / name).is_dir(), reason=f"the real sample {name} is not in {SAMPLES}")


@real("redcapr_repeating")
def test_real_repeats():
    series, report = importers.read(SAMPLES / "redcapr_repeating" / "repeating-instruments-sparse")
    # counted by hand in data.csv: 9 rows; 5 records; 4 readings of blood pressure; record 5 has no date of enrolment
    assert report.rows_read == {"data.csv": 9}
    assert len(series.patients) == 5
    systolic = series.measurements.query("variable == 'other: bp_systolic'")
    assert systolic["value"].tolist() == [110, 111, 112, 114]
    # 2004-04-04 is 15 years less 2 months before 2019-02-02: 5417 days
    assert systolic["day"].tolist() == [0, 0, 0, -5417]
    assert series.unaligned == ("5",)


@real("redcapr_repeating")
def test_real_repeats_of_two_records():
    series, report = importers.read(SAMPLES / "redcapr_repeating" / "repeating-instruments")
    # counted by hand in data.csv: 6 rows; 2 records; 4 readings of two pressures; enrolled on the day of the readings,
    # but for the one of 2004
    assert (report.rows_read, report.rows_kept) == ({"data.csv": 6}, {"data.csv": 6})
    assert series.patients["sex"].tolist() == ["female", "male"]
    assert series.patients["age_years"].tolist() == [8.9, 9.6]
    readings = series.measurements[["patient_id", "day", "value"]].sort_values("value").to_numpy().tolist()
    assert readings == [
        ["1", 0, 100], ["1", 0, 101], ["1", 0, 102], ["2", -5417, 104],
        ["1", 0, 110], ["1", 0, 111], ["1", 0, 112], ["2", -5417, 114],
    ]  # fmt: skip
    assert {entry.field for entry in report.of_kind("identifier")} == {"first_name", "dob"}


@real("redcapr_longitudinal")
def test_real_visits_without_a_date_have_no_day():
    series, report = importers.read(SAMPLES / "redcapr_longitudinal")
    assert series.patients["patient_id"].tolist() == ["100", "220", "304"]
    assert sum(report.rows_read.values()) == 18
    undated = series.unplaced["measurements"]
    creatinine = undated[undated["variable"] == "other: Creatinine"].query("patient_id == '100'")
    # visit 1: vld2 3.5 and vbw2 23.3; visit 2: vld2 32 and vbw2 9.34
    assert {3.5, 23.3, 32, 9.34} <= set(creatinine["value"])
    assert set(creatinine["day_range"]) == {"unknown"}
    assert not series.measurements["origin"].str.endswith("row 4").any()
    # four boxes of the first row were ticked: gym on Monday, aerobics on Tuesday and Wednesday, eat on Wednesday ...
    boxes = series.assessments[series.assessments["origin"] == "data.csv row 2"].set_index("code")["value"]
    assert [boxes[f"gym___{day}"] for day in range(5)] == ["yes", "no", "no", "no", "no"]
    assert [boxes[f"aerobics___{day}"] for day in range(5)] == ["no", "yes", "yes", "no", "no"]
    # the questionnaire of each visit: pmq1 to pmq4 and cpq1 to cpq4 of the dose visit of record 100
    told = pd.concat([series.assessments, series.unplaced["assessments"]])
    assert told["code"].str.startswith(("pmq", "cpq")).any()
    assert not told["value"].str.contains("@").any()


@pytest.mark.parametrize(("name", "label"), [("dob", "Born"), ("birthdt", "Date of birth")])
def test_a_date_of_birth_without_its_mark_dates_nothing_and_is_left_out(tmp_path, name, label):
    born, crp = f"{name},base,,text,{label},,,date_ymd,,,\n", "crp,base,,text,CRP,,,number,,,\n"
    fields = f"record_id,base,,text,Record,,,,,,\n{born}{crp}"
    (tmp_path / "dictionary.csv").write_text(HEAD + fields, encoding="utf-8")
    text = f"record_id,redcap_event_name,{name},crp\n001,start,1980-05-04,12\n"
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    series, report = importers.read(tmp_path)
    assert series.unplaced["measurements"][["value", "day_range"]].to_numpy().tolist() == [[12, "unknown"]]
    assert [(entry.field, entry.problem) for entry in report.of_kind("identifier")] == [(name, "1 cells")]
    assert name not in report.day_zero


def test_a_date_of_birth_without_a_dictionary_dates_nothing(tmp_path):
    text = "record_id,redcap_event_name,dob,crp\n001,start,1980-05-04,12\n"
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    series, report = importers.read(tmp_path)
    assert series.measurements.empty
    assert [entry.field for entry in report.of_kind("identifier")] == ["dob"]


def test_a_second_age_of_a_patient_is_told(tmp_path):
    text = "record_id,redcap_event_name,age,sex,crp\n001,start,41,F,5\n001,later,42,F,6\n"
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    series, report = importers.read(tmp_path)
    assert series.patients["age_years"].tolist() == [41]
    (told,) = report.of_kind("conflict")
    assert (told.row, told.field, told.action) == (3, "age", "The first was kept.")
    assert told.problem == '"42" here and "41" in an earlier row'
