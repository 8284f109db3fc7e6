"""A folder of five tables becomes a frozen series; nothing is lost, changed or guessed on the way."""

import dataclasses
import os
import pickle
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from casekit import records
from casekit.errors import CaseKitError, DataError, UnknownName
from casekit.records import dictionary
from casekit.records.schema import TABLES, declared

TEXTS = {
    "patients": """
        patient_id,disease,sex,age_years,last_known_day,end_reason
        001,SLE,female,23,400,data cut
        002,SLE,male,31.5,200,death
        N-3,SSc,female,,90,""",
    "treatments": """
        patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day
        001,prednisolone,glucocorticoid,10,mg,daily,oral,-300,-20
        001,prednisolone,glucocorticoid,5,mg,daily,oral,-19,0
        001,cd19_car_t,car_t,1,10^6/kg,once,iv,0,0
        002,prednisolone,glucocorticoid,20,mg,daily,oral,-100,
        002,cd19_car_t,car_t,,,once,iv,0,0
        002,cd19_car_t,car_t,,,once,iv,120,120
        N-3,cd19_car_t,car_t,,,once,iv,0,0""",
    "measurements": """
        patient_id,day,hour,variable,value,comparator,unit,lower,upper,specimen
        001,0,,crp_mg_l,0.50,,mg/dL,0,0.5,serum
        001,0,8,crp_mg_l,5,<,mg/L,0,5,serum
        002,100,,cd19_b_cells_per_ul,1,<,/uL,,,blood""",
    "assessments": """
        patient_id,day,variable,value,attributed_to
        001,-10,arthritis,yes,
        001,3,leukopenia,yes,lymphodepletion
        001,3,pga_0_3,0.5,
        N-3,0,mrss_face,2,""",
    "events": """
        patient_id,kind,name,start_day,end_day,ongoing,grade,grade_system,serious
        001,procedure,leukapheresis,-40,-40,,,,
        002,procedure,leukapheresis,-35,,,,,
        001,adverse_event,crs,2,4,no,1,ASTCT 2019,no
        002,infection,pneumonia,150,,yes,2,CTCAE 5.0,yes""",
}


@pytest.fixture
def series():
    return records.from_text({"title": "Three made up", "data_cut": "2024-01"}, **TEXTS)


def test_ids_stay_text_and_types_are_as_declared(series):
    assert series.patients["patient_id"].tolist() == ["001", "002", "N-3"]
    types = {"day": "Int64", "hour": "float64", "value": "float64", "patient_id": "str", "comparator": "str"}
    assert series.measurements.dtypes[list(types)].astype(str).to_dict() == types
    assert str(series.events["ongoing"].dtype) == "boolean"
    assert str(series.assessments["value"].dtype) == "str"


def test_every_declared_column_is_there_and_absent_ones_are_empty(series):
    for name in TABLES:
        assert tuple(getattr(series, name).columns) == declared()[name].names
    assert series.patients["weight_kg"].isna().all()


def test_missing_stays_missing(series):
    assert pd.isna(series.patients["age_years"][2])
    assert pd.isna(series.treatments["end_day"][3])
    assert series.events["ongoing"].tolist() == [pd.NA, pd.NA, False, True]


def test_values_and_units_stay_as_the_laboratory_gave_them(series):
    first = series.measurements.iloc[0]
    assert (first["value"], first["unit"], first["upper"]) == (0.5, "mg/dL", 0.5)


def test_rows_in_are_rows_kept(series):
    assert {name: len(table) for name, table in series.tables.items()} == {
        "patients": 3, "treatments": 7, "measurements": 3, "assessments": 4, "events": 4,
    }  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_caller_cannot_change_the_series(series, name):
    before = getattr(series, name).copy(deep=True)
    taken = getattr(series, name)
    taken.iloc[0, 1] = taken.iloc[-1, 1]
    taken["patient_id"] = "someone else"
    taken["note"] = 1
    del taken[taken.columns[1]]
    pd.testing.assert_frame_equal(getattr(series, name), before)


def test_a_table_cannot_be_replaced(series):
    with pytest.raises(dataclasses.FrozenInstanceError):
        series.patients = pd.DataFrame()
    with pytest.raises(dataclasses.FrozenInstanceError):
        series.metadata.synthetic = False


def test_changing_the_frame_a_series_was_made_of_leaves_the_series_alone(series):
    frames = series.tables
    made = records.CaseSeries(metadata=series.metadata, **frames)
    frames["patients"]["disease"] = "IIM"
    assert made.patients["disease"].tolist() == ["SLE", "SLE", "SSc"]


def test_a_series_survives_pickling(series):
    again = pickle.loads(pickle.dumps(series))  # noqa: S301 our own bytes
    pd.testing.assert_frame_equal(again.events, series.events)
    assert again.metadata == series.metadata


def test_metadata_reads_as_attributes_and_as_a_mapping(series):
    assert series.metadata.synthetic is True
    assert series.metadata["title"] == series.metadata.title == "Three made up"
    assert series.metadata.get("nothing") is None
    assert dict(series.metadata)["licence"] == "unknown"


def test_repr_says_how_many_what_and_synthetic(series):
    assert repr(series) == ('CaseSeries "Three made up": 3 patients (2 SLE, 1 SSc), synthetic data, data cut 2024-01')
    page = series._repr_html_()
    assert all(words in page for words in ["Three made up", "2 SLE", "synthetic data", "<th>assessments</th>"])


def test_html_is_escaped():
    sly = records.from_text({"title": "<script>alert(1)</script>"}, patients="patient_id,disease,sex,last_known_day")
    assert "<script>" not in sly._repr_html_()


# selecting


def test_select_keeps_the_rows_of_the_patients(series):
    lupus = series.select(disease="SLE", sex=["female", "male"])
    assert lupus.patients["patient_id"].tolist() == ["001", "002"]
    assert len(lupus.assessments) == 3
    assert lupus.metadata == series.metadata


def test_select_by_several_ids(series):
    assert series.select(patient_id=["N-3", "001"]).patients["patient_id"].tolist() == ["001", "N-3"]


def test_select_that_fits_no_one_is_an_empty_series(series):
    assert len(series.select(disease="SSc", sex="male").patients) == 0


def test_patient_is_a_series_of_one(series):
    one = series.patient("002")
    assert one.patients["patient_id"].tolist() == ["002"]
    assert one.events["name"].tolist() == ["leukapheresis", "pneumonia"]


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda series: series.select(diseas="SLE"), ["diseas", "near names: disease"]),
        (lambda series: series.select(disease="SEL"), ["disease", "SEL", "near names: SLE"]),
        (lambda series: series.select(disease=["SLE", "IIM"]), ["IIM", "known: SLE, SSc"]),
        (lambda series: series.select(age_years=99), ["age_years", "99"]),
        (lambda series: series.patient("N3"), ["patient", "N3", "near names: N-3"]),
        (lambda series: series.patient(1), ["patient", '"1"']),
        (lambda series: series.align("leukaferesis"), ["event", "near names: leukapheresis"]),
        (lambda series: series.align("b_cell_returns"), ["b_cell_returns", "List all with"]),
    ],
)
def test_unknown_names_say_what_is_near(series, ask, words):
    with pytest.raises(UnknownName) as refusal:
        ask(series)
    assert [word for word in words if word not in str(refusal.value)] == []


# aligning


def test_align_counts_every_day_from_the_event(series):
    aligned = series.align("leukapheresis")
    # 001 had it on day -40, 002 on day -35: the infusion of day 0 is day 40 and 35, CRS of day 2 to 4 is 42 to 44
    assert aligned.treatments["start_day"].tolist() == [-260, 21, 40, -65, 35, 155, pd.NA]
    assert aligned.events["start_day"].tolist() == [0, 0, 42, 185]
    assert aligned.events["end_day"].tolist() == [0, pd.NA, 44, pd.NA]
    assert aligned.patients["last_known_day"].tolist() == [440, 235, pd.NA]
    assert aligned.metadata.index_event == "leukapheresis"


def test_patients_without_the_event_are_listed_and_kept(series):
    aligned = series.align("leukapheresis")
    assert aligned.unaligned == ("N-3",)
    assert len(aligned.patients) == 3
    assert len(aligned.assessments) == 4
    assert "without it: N-3" in repr(aligned)
    assert aligned.select(disease="SLE").unaligned == ()


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("infusion", {"001": 0, "002": 0, "N-3": 0}),
        ("first_car_t", {"001": 0, "002": 0, "N-3": 0}),
        ("last_car_t", {"001": 0, "002": 120, "N-3": 0}),
        ("last_glucocorticoid", {"001": 0}),  # 002 still takes it
        ("prednisolone", {"001": -300, "002": -100}),
        ("procedure", {"001": -40, "002": -35}),
        ("last_crs", {"001": 4}),
        ("last_pneumonia", {}),  # ongoing
        ("death", {}),
    ],
)
def test_what_can_be_day_0(series, event, days):
    aligned = series.align(event)
    shift = series.patients["last_known_day"] - aligned.patients["last_known_day"]
    assert shift.set_axis(series.patients["patient_id"]).dropna().to_dict() == days
    assert set(aligned.unaligned) == {"001", "002", "N-3"} - set(days)


def test_a_drug_still_taken_has_no_last_day_though_an_earlier_course_ended():
    courses = """
        patient_id,drug,category,start_day,end_day
        A,cd19_car_t,car_t,0,0
        A,prednisolone,glucocorticoid,-90,-10
        A,prednisolone,glucocorticoid,20,"""
    series = records.from_text(patients="patient_id,disease,sex,last_known_day\nA,SLE,female,90", treatments=courses)
    assert series.align("last_prednisolone").unaligned == ("A",)


def test_align_to_days_that_stand_in_no_table(series):
    aligned = series.align("b_cell_return", days=pd.Series({"001": 100, "N-3": None}))
    assert aligned.patients["last_known_day"].tolist() == [300, pd.NA, pd.NA]
    assert aligned.unaligned == ("002", "N-3")
    assert series.align("visit", days={"001": 1}).patients["last_known_day"][0] == 399


def test_computed_days_can_be_bound_by_the_package_above(series, monkeypatch):
    monkeypatch.setitem(
        records.COMPUTED_DAYS, "first_visit", lambda asked: asked.assessments.groupby("patient_id")["day"].min()
    )
    # first visits: 001 on day -10, N-3 on day 0
    assert series.align("first_visit").patients["last_known_day"].tolist() == [410, pd.NA, 90]


@pytest.mark.parametrize(
    "days", [pd.Series({"001": 1.5}), pd.Series({"001": "soon"}), pd.Series([1, 2], ["001", "001"])]
)
def test_days_that_are_no_days_are_refused(series, days):
    with pytest.raises(CaseKitError, match=r"align to return: .*; expected"):
        series.align("return", days=days)


# writing and reading


def test_a_folder_reads_back_without_loss(series, tmp_path):
    records.to_folder(series, tmp_path / "series")
    again = records.load(tmp_path / "series")
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(series, name))
    assert again.metadata == series.metadata


def test_numbers_keep_all_their_digits(tmp_path):
    text = "patient_id,disease,sex,age_years,last_known_day\nA,SLE,female,0.1,1\nB,SLE,female,33.333333333333336,1"
    about = {"index_event": "diagnosis", "sources": ['a "quoted" source', "ü\n"], "description": "tab\t"}
    series = records.from_text(about, patients=text)
    again = records.load(records.to_folder(series, tmp_path / "x"))
    assert again.patients["age_years"].tolist() == [0.1, 33.333333333333336]
    assert again.metadata == series.metadata


def test_an_existing_series_is_not_overwritten_by_accident(series, tmp_path):
    records.to_folder(series, tmp_path)
    with pytest.raises(DataError, match="overwrite=True"):
        records.to_folder(series, tmp_path)
    assert records.to_folder(series, tmp_path, overwrite=True) == tmp_path


def test_parquet_reads_like_csv(series, tmp_path):
    pytest.importorskip("pyarrow")
    records.to_folder(series, tmp_path)
    for name in TABLES:
        (tmp_path / f"{name}.csv").unlink()
        getattr(series, name).to_parquet(tmp_path / f"{name}.parquet")
    again = records.load(tmp_path)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(series, name))


def test_excel_utf8_with_its_mark_and_line_ends_is_fine(series, tmp_path):
    records.to_folder(series, tmp_path)
    text = (tmp_path / "patients.csv").read_text(encoding="utf-8")
    (tmp_path / "patients.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert records.check(tmp_path) == []


def test_frames_are_checked_like_files(series):
    frames = {**series.tables, "patients": series.patients.assign(sex="f")}
    with pytest.raises(DataError) as refusal:
        records.from_frames(frames, series.metadata)
    assert [(problem.row, problem.column) for problem in refusal.value.problems] == [(2, "sex"), (3, "sex"), (4, "sex")]


# the shipped series and the data dictionary


def test_the_shipped_series_loads_from_any_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    series = records.example()
    assert series.patients["disease"].value_counts().to_dict() == {"SLE": 8, "SSc": 4, "IIM": 3}
    assert series.metadata.synthetic is True


def test_the_data_dictionary_is_current():
    written = (Path(__file__).parent.parent / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert written == dictionary.text(), "Run: python -m casekit.records.dictionary"


def test_every_column_and_variable_has_its_line_in_the_dictionary():
    lines = dictionary.text().splitlines()
    assert any(line.startswith("| `last_known_day` |") and "required" in line for line in lines)
    assert any(line.startswith("| `crp_mg_l` |") and "mg/dL" in line for line in lines)
    assert any(line.startswith("| `mrss_face` |") and "0 to 3" in line for line in lines)


def test_the_dictionary_lists_the_ids_of_drugs_events_diseases_and_frequencies():
    text = dictionary.text()
    at = [text.index(f"## {title}: values of") for title in ("Drugs", "Events", "Diseases", "Frequencies")]
    drugs, events, diseases, frequencies = (text[start:end] for start, end in zip(at, [*at[1:], None], strict=True))
    assert "| `cyclophosphamide` | Cyclophosphamide | `immunosuppressant`, `lymphodepletion` |" in drugs
    assert "| `crs` | Cytokine release syndrome | `adverse_event` |" in events
    assert "| `SLE` | Systemic lupus erythematosus |" in diseases
    assert "| `every other day` | 2 |" in frequencies
    assert "| `as needed` | not known |" in frequencies
    definitions = Path(dictionary.__file__).parents[1] / "definitions"
    for part, file in [(drugs, "drugs.toml"), (events, "events.toml"), (frequencies, "frequencies.toml")]:
        declared_ids = tomllib.loads((definitions / file).read_text(encoding="utf-8"))
        assert [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")] == list(declared_ids)


def test_load_takes_a_text_or_a_path(series, tmp_path):
    records.to_folder(series, tmp_path)
    assert len(records.load(str(tmp_path)).patients) == len(records.load(os.fspath(tmp_path)).patients) == 3
