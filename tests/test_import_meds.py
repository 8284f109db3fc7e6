"""MEDS: static rows, births, stays, drugs, 32-bit numbers, scaled values, files that are missing or damaged."""

import datetime as dt
import sys

import pandas as pd
import pytest
from sample_files import every_row_has_an_answer, problems, sample

from casekit import importers
from casekit.errors import DataError

BIG = 9007199254740993  # one more than a 64-bit float can hold


def at(day, hour=0):
    return dt.datetime(2020, 1, day, hour)  # noqa: DTZ001 -- MEDS counts without a time zone


ROWS = [
    (BIG, None, "GENDER//F", None),
    (BIG, None, "HEIGHT", 170.0),
    (BIG, dt.datetime(1980, 1, 5), "MEDS_BIRTH", None),  # noqa: DTZ001
    (BIG, at(5, 8), "ADMISSION//WARD", None),
    (BIG, at(5, 9), "LAB//1988-5//mg/L", 91.4),
    (BIG, at(6), "MEDICATION//Prednisolone", None),
    (BIG, at(7), "DISCHARGE", None),
    (BIG, at(8), "DIAGNOSIS//ICD10CM//M32", None),
    (BIG, at(9), "MEDS_DEATH", None),
    (2, at(1), "HR", -1.5),
    (2, at(2), "DISCHARGE", None),
    (None, at(2), "HR", 1.0),
]


def written(folder, rows=ROWS, kind="float32"):
    subjects, times, codes, values = zip(*rows, strict=True)
    frame = pd.DataFrame({"subject_id": pd.array(subjects, dtype="Int64"), "time": times, "code": codes})
    frame["numeric_value"] = pd.array(values, dtype="float64").astype(kind)
    (folder / "data").mkdir()
    frame.to_parquet(folder / "data" / "0.parquet")
    return folder


@pytest.fixture(scope="module", params=["float32", "float64"])
def imported(request, tmp_path_factory):
    return importers.read(written(tmp_path_factory.mktemp("meds"), kind=request.param))


def test_every_row_is_kept_or_reported(imported):
    _, report = imported
    assert report.source_format == "meds"
    assert every_row_has_an_answer(report)
    assert problems(report, "row") == [(12, "no subject or no code")]


def test_ids_of_64_bits_and_numbers_of_32_stay_as_they_were(imported):
    series, _ = imported
    assert sorted(series.patients["patient_id"]) == ["2", str(BIG)]
    found = series.measurements[series.measurements["patient_id"] == str(BIG)].iloc[0]
    assert (found["value"], found["unit"], found["day"], found["hour"]) == (91.4, "mg/L", 0, 9.0)


def test_what_has_no_time_belongs_to_the_patient(imported):
    patient = imported[0].patients.set_index("patient_id").loc[str(BIG)]
    assert (patient["sex"], patient["height"], patient["age_years"]) == ("female", "170", 40.0)
    assert (patient["end_reason"], patient["last_known_day"]) == ("death", 4)


def test_a_stay_has_two_ends_and_a_discharge_alone_is_an_event(imported):
    events = imported[0].events
    stay = events[events["kind"] == "hospitalisation"].iloc[0]
    assert (stay["start_day"], stay["end_day"]) == (0, 2)
    assert list(events[events["patient_id"] == "2"]["name"]) == ["other: discharge"]


def test_a_drug_is_given_once_each_time(imported):
    given = imported[0].treatments.iloc[0]
    assert (given["drug"], given["frequency"], given["start_day"], given["end_day"]) == ("prednisolone", "once", 1, 1)


def test_a_heart_rate_below_0_is_a_warning(imported):
    assert any("may be scaled" in told for told in imported[1].assumptions)


def test_a_file_that_breaks_off_is_refused(tmp_path):
    written(tmp_path)
    file = tmp_path / "data" / "0.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(DataError, match="a Parquet file that cannot be read"):
        importers.read(tmp_path)


def test_the_message_names_the_reader_that_is_missing(tmp_path, monkeypatch):
    written(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"casekit\[parquet\]"):
        importers.read(tmp_path)


def test_the_reference_data_have_6_subjects_in_3_splits():
    series, report = importers.read(sample("meds", "meds_testing_static"))
    assert len(series.patients) == 6
    assert {file.split("/")[1] for file in report.rows_read} == {"train", "tuning", "held_out"}
    assert every_row_has_an_answer(report)
    first = series.measurements[series.measurements["patient_id"] == "239684"]
    # typed from the YAML beside the files: HR 102.6, TEMP 96.0, then 105.1, 96.2 ...
    assert list(first["value"]) == [102.6, 96.0, 105.1, 96.2, 113.4, 95.8, 112.6, 95.5]
    # each of the six was admitted and discharged once, and every other row with a number is a pulse or a temperature
    assert series.events["kind"].tolist() == ["hospitalisation"] * 6
    assert series.events["patient_id"].nunique() == 6
    assert set(series.measurements["variable"]) == {"other: Heart Rate", "other: Body Temperature"}
    assert series.patients["age_years"].notna().all()
    # born 28 December 1980, admitted 11 May 2010
    assert series.patients.set_index("patient_id").loc["239684", "age_years"] == 29.4
