"""Foreign files: every row is kept or reported, nothing is supposed in silence."""

import dataclasses
import os
from pathlib import Path

import pandas as pd
import pytest

from casekit import importers, records
from casekit.errors import DataError, UnknownName

SAMPLES = Path(os.environ.get("CASEKIT_SAMPLES", Path(__file__).parents[2] / "shared" / "samples"))
GGSWIM = SAMPLES / "csv" / "ggswim_cart"

MADE_UP = {
    "patient_data.csv": """\
pt_id,disease_assessment,start_time,end_time
01,RD,-2.0,-0.0
01,CR/CRi + B Cell Aplasia,-0.0,8.0
01,CR/CRi + B Cell Recovery,8.0,7.0
007,CRi,0.9,2.0
007,CR,2.0,2.0
007,stable,2.0,3.0
007,CR,two,3.0
""",
    "infusion_events.csv": """\
pt_id,time_from_initial_infusion,label,glyph,colour
01,1.0,First Reinfusion,o,#999999
007,0.0,First Reinfusion,o,#999999
""",
    "end_study_events.csv": """\
pt_id,time_from_initial_infusion,label,glyph
01,8.5,Deceased,x
20,4.8,Other End Study Reason,!
""",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in MADE_UP.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_months_become_days(folder):
    series, _ = importers.read(folder)
    responses = series.events[series.events["kind"] == "response"]
    # 2.0 months x 30.4375 = 60.875; 8.0 = 243.5, half a day counts up; 0.9 = 27.39
    assert responses[["patient_id", "start_day", "end_day"]].to_numpy().tolist() == [
        ["01", -61, 0],
        ["01", 0, 244],
        ["007", 27, 61],
        ["007", 61, 61],
    ]
    assert responses["name"].tolist() == [
        "rd_as_recorded",
        "complete_remission_b_cell_aplasia",
        "complete_remission_incomplete_recovery",
        "complete_remission",
    ]


def test_patients_of_any_file_are_there_with_what_is_known(folder):
    patients = importers.read(folder)[0].patients.set_index("patient_id")
    # 01: 8.5 months = 258.7; 007: the interval to 2.0 months = 61; 20: 4.8 months = 146.1
    assert patients["last_known_day"].to_dict() == {"007": 61, "01": 259, "20": 146}
    assert patients["end_reason"].dropna().to_dict() == {"01": "death"}
    assert set(patients["sex"]) == {"unknown"}
    assert set(patients["disease"]) == {"B-ALL"}


def test_every_patient_has_the_infusion_the_clock_starts_with(folder):
    treatments = importers.read(folder)[0].treatments
    assert treatments[["patient_id", "start_day", "reason"]].to_numpy().tolist() == [
        ["007", 0, "Initial infusion"],
        ["01", 0, "Initial infusion"],
        ["20", 0, "Initial infusion"],
        ["01", 30, "First Reinfusion"],
    ]
    assert set(treatments["category"]) == {"car_t"}


def test_death_is_a_death_and_other_ends_are_ends_of_study(folder):
    events = importers.read(folder)[0].events
    ends = events[events["kind"] != "response"]
    assert ends[["patient_id", "kind", "name", "start_day", "outcome"]].to_numpy().tolist() == [
        ["01", "death", "death", 259, "Deceased"],
        ["20", "other", "end_of_study", 146, "Other End Study Reason"],
    ]


def test_every_row_leads_back_to_its_source(folder):
    events = importers.read(folder)[0].events
    assert events["origin"].tolist() == [
        "patient_data.csv row 2",
        "patient_data.csv row 3",
        "patient_data.csv row 5",
        "patient_data.csv row 6",
        "end_study_events.csv row 2",
        "end_study_events.csv row 3",
    ]


def test_rows_that_cannot_be_kept_are_reported_with_the_reason(folder):
    report = importers.read(folder)[1]
    rows = report.to_frame().dropna(subset="row")[["file", "row", "field"]].to_numpy().tolist()
    assert sorted(rows) == [
        ["infusion_events.csv", 3, "time_from_initial_infusion"],
        ["patient_data.csv", 4, "end_time"],
        ["patient_data.csv", 7, "disease_assessment"],
        ["patient_data.csv", 8, "start_time"],
    ]
    words = str(report)
    assert "ends at 7 months, before it starts at 8" in words
    assert '"stable" is not known' in words
    assert 'found "two"; expected a number' in words
    assert "the day of the initial infusion" in words


def test_rows_in_are_rows_kept_and_rows_reported(folder):
    report = importers.read(folder)[1]
    assert report.rows_read == {"patient_data.csv": 7, "infusion_events.csv": 2, "end_study_events.csv": 2}
    assert report.rows_kept == {"patient_data.csv": 4, "infusion_events.csv": 1, "end_study_events.csv": 2}
    assert report.rows_reported == {"patient_data.csv": 3, "infusion_events.csv": 1, "end_study_events.csv": 0}
    assert str(report).startswith("ggswim: 11 rows read, 7 kept, 4 reported\n")


def test_a_row_with_a_field_too_many_is_reported(folder):
    with (folder / "infusion_events.csv").open("a", encoding="utf-8") as file:
        file.write("01,2,5,Second Reinfusion,o,#999999\n")
    report = importers.read(folder)[1]
    assert report.rows_read["infusion_events.csv"] == 3
    assert report.rows_reported["infusion_events.csv"] == 2


def test_two_bad_cells_in_one_row_are_one_row(folder):
    with (folder / "patient_data.csv").open("a", encoding="utf-8") as file:
        file.write("01,RD,x,y\n")
    report = importers.read(folder)[1]
    assert report.rows_read["patient_data.csv"] == 8
    assert report.rows_reported["patient_data.csv"] == 4


def test_columns_that_were_left_out_and_what_was_supposed_are_said(folder):
    report = importers.read(folder)[1]
    left_out = report.to_frame()[report.to_frame()["row"].isna()]
    assert left_out["field"].tolist() == ["glyph", "colour", "glyph"]
    assert any("30.4375" in line for line in report.assumptions)
    assert any("B-ALL" in line for line in report.assumptions)


def test_the_report_is_frozen_and_shows_in_a_notebook(folder):
    report = importers.read(folder)[1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.reported = ()
    assert "11 rows read" in report._repr_html_()


def test_the_series_is_real_and_credited(folder):
    about = importers.read(folder)[0].metadata
    assert about.synthetic is False
    assert "MIT" in about.licence
    assert any("github.com/CHOP-CGTInformatics/ggswim" in source for source in about.sources)


def test_an_imported_series_can_be_written_and_loaded(folder, tmp_path):
    series, _ = importers.read(folder)
    again = records.load(records.to_folder(series, tmp_path / "written"))
    for name, table in series.tables.items():
        pd.testing.assert_frame_equal(getattr(again, name), table)


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("infusion_events.csv", None, ["infusion_events.csv", "a CSV file"]),
        ("infusion_events.csv", "pt_id,label\n", ["time_from_initial_infusion", "no such column"]),
        ("end_study_events.csv", MADE_UP["end_study_events.csv"].replace("label", "why"), ['the column "why"']),
        ("patient_data.csv", MADE_UP["patient_data.csv"].replace(",", ";"), ["semicolons"]),
    ],
)
def test_files_of_another_shape_are_refused(folder, file, text, words):
    (folder / file).unlink()
    if text is not None:
        (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        importers.read(folder, format="ggswim")
    assert [word for word in words if word not in str(refusal.value)] == []


def test_an_unknown_format_is_named_with_the_known_ones(folder):
    with pytest.raises(UnknownName, match="near names: ggswim"):
        importers.read(folder, format="ggswimm")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["patients.csv", "series.toml"], "casekit.load"),
        (["notes.docx"], "no known format"),
        (["other.csv"], "no table with patients"),
    ],
)
def test_files_in_no_known_format_are_refused(tmp_path, files, words):
    for file in files:
        (tmp_path / file).write_text("a,b\n", encoding="utf-8")
    with pytest.raises(DataError, match=words):
        importers.read(tmp_path)


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        importers.read(tmp_path / "nowhere")


# the real files; expected values counted by hand from them
real = pytest.mark.skipif(not GGSWIM.is_dir(), reason=f"the real sample is not in {GGSWIM} (set CASEKIT_SAMPLES)")


@pytest.fixture(scope="module")
def imported():
    return importers.read(GGSWIM)


@real
def test_real_rows(imported):
    series, report = imported
    # 75 intervals of which 7 end before they start; 18 re-infusions of which 3 on day 0; 7 ends of study
    assert report.rows_read == {"patient_data.csv": 75, "infusion_events.csv": 18, "end_study_events.csv": 7}
    assert report.rows_reported == {"patient_data.csv": 7, "infusion_events.csv": 3, "end_study_events.csv": 0}
    assert len(series.events) == 68 + 7
    assert len(series.treatments) == 15 + 15


@real
def test_real_patients(imported):
    patients = imported[0].patients.set_index("patient_id")
    absent = {"07", "10", "11", "16"}
    assert set(patients.index) == {f"{number:02}" for number in range(1, 20)} - absent
    assert patients["end_reason"].dropna().to_dict() == {"02": "death"}
    # 14.1 months x 30.4375 = 429.2
    assert patients["last_known_day"]["05"] == 429


@real
def test_real_reinfusions_of_one_patient(imported):
    given = imported[0].patient("05").treatments
    # 2.0 months = 60.9, 4.3 months = 130.9
    assert given["start_day"].tolist() == [0, 61, 131]


@real
def test_real_intervals_that_end_before_they_start(imported):
    reported = imported[1].to_frame().query("file == 'patient_data.csv'")
    assert reported["row"].tolist() == [4, 15, 22, 52, 64, 68, 72]
