"""The shipped series reproduces the published figures, counted here in plain pandas and without casekit.scores."""

from __future__ import annotations

import filecmp
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from example_tables import FOLDER, IIM, ROOT, SLE, SSC, assessments, events, measurements, patients, treatments

DAYS_PER_MONTH = 30.4375
TABLES = ["patients.csv", "treatments.csv", "measurements.csv", "assessments.csv", "events.csv"]
IMMUNOSUPPRESSIVE = ["glucocorticoid", "antimalarial", "immunosuppressant", "biologic"]


def rounded(number: float) -> int:
    return int(number + 0.5)


# ---- the cohort ------------------------------------------------------------------------------------------------------


def test_fifteen_patients_in_three_diseases() -> None:
    assert list(patients.index) == SLE + IIM + SSC
    assert patients.disease.value_counts().to_dict() == {"SLE": 8, "SSc": 4, "IIM": 3}


def test_ten_women_median_age_36_and_the_published_history() -> None:
    assert patients.sex.value_counts().to_dict() == {"female": 10, "male": 5}
    assert (patients.age_years.median(), patients.age_years.min(), patients.age_years.max()) == (36, 18, 60)
    duration, prior = patients.disease_duration_years, patients.prior_therapies
    assert (duration.median(), duration.min(), duration.max()) == (3, 1, 20)
    assert (prior.median(), prior.min(), prior.max()) == (5, 2, 14)


def test_prior_therapies_are_the_drugs_in_the_treatments_table() -> None:
    before = treatments[treatments.category.isin(["antimalarial", "immunosuppressant", "biologic"])]
    assert before.groupby("patient_id").drug.nunique().to_dict() == patients.prior_therapies.to_dict()


def test_follow_up_is_15_months_4_to_29() -> None:
    months = patients.last_known_day / DAYS_PER_MONTH
    assert (rounded(months.median()), rounded(months.min()), rounded(months.max())) == (15, 4, 29)
    assert months.idxmax() in SLE
    assert months.idxmin() not in SLE
    assert int((months[SLE] > 12).sum()) == 5
    assert set(patients.end_reason) == {"data cut"}


PUBLISHED_INDIVIDUALS = [  # age, sex, antibody: those who have been described one by one
    (20, "female", "anti-dsDNA"), (60, "male", "anti-RNA polymerase III"), (37, "male", "anti-Scl-70"),
    (38, "female", "anti-Scl-70"), (41, "male", "anti-Jo-1"), (44, "female", "anti-Jo-1"), (45, "female", "anti-Jo-1"),
    (15, "female", "anti-dsDNA"),
]  # fmt: skip


@pytest.mark.parametrize(("age", "sex", "antibody"), PUBLISHED_INDIVIDUALS)
def test_no_patient_is_a_published_individual(age: int, sex: str, antibody: str) -> None:
    same = patients[(patients.age_years == age) & (patients.sex == sex)]
    assert not same.autoantibodies.str.contains(antibody, regex=False).any()


def test_the_first_five_lupus_patients_are_not_the_published_five() -> None:
    five = patients.loc[SLE[:5]]
    assert not five.age_years.between(18, 24).all()
    assert five.age_years.median() != 22


def test_no_skin_score_before_the_infusion_is_a_published_one() -> None:
    skin = assessments[assessments.variable.str.startswith("mrss_") & (assessments.day < 0)]
    totals = skin.assign(value=skin.value.astype(int)).groupby(["patient_id", "day"]).value.sum()
    assert not set(totals) & {24, 27, 32}


# ---- infusion, conditioning, drugs -----------------------------------------------------------------------------------


def test_one_infusion_on_day_0() -> None:
    infusions = treatments[treatments.category == "car_t"]
    assert list(infusions.patient_id) == SLE + IIM + SSC
    given = infusions[["drug", "dose", "dose_unit", "start_day", "end_day"]].drop_duplicates()
    assert given.to_numpy().tolist() == [["cd19_car_t", 1_000_000, "cells/kg", 0, 0]]


def test_conditioning_as_published_and_halved_in_one_ssc_patient() -> None:
    conditioning = treatments[treatments.category == "lymphodepletion"].set_index("patient_id")
    fludarabine = conditioning[conditioning.drug == "fludarabine"]
    assert len(fludarabine) == 15
    given = fludarabine[["dose", "dose_unit", "start_day", "end_day"]].drop_duplicates()
    assert given.to_numpy().tolist() == [[25, "mg/m2", -5, -3]]
    cyclophosphamide = conditioning[conditioning.drug == "cyclophosphamide"]
    assert set(cyclophosphamide.start_day) == set(cyclophosphamide.end_day) == {-3}
    assert cyclophosphamide.dose.value_counts().to_dict() == {1000: 14, 500: 1}
    assert cyclophosphamide.index[cyclophosphamide.dose == 500][0] in SSC


def test_leukapheresis_on_day_minus_13() -> None:
    leukapheresis = events[events.name == "leukapheresis"]
    assert list(leukapheresis.patient_id) == SLE + IIM + SSC
    assert set(leukapheresis.start_day) == {-13}


def test_every_immunosuppressive_drug_is_stopped_in_all_15() -> None:
    courses = treatments[treatments.category.isin(IMMUNOSUPPRESSIVE)]
    assert courses.patient_id.nunique() == 15
    assert courses.end_day.notna().all()
    assert courses.end_day.max() < 0
    assert courses[courses.category != "glucocorticoid"].end_day.max() < -13


def test_at_most_10_mg_prednisolone_at_leukapheresis() -> None:
    steroids = treatments[treatments.category == "glucocorticoid"]
    running = steroids[(steroids.start_day <= -13) & (steroids.end_day >= -13)]
    assert running.dose.max() <= 10
    assert not running.patient_id.duplicated().any()


# ---- cells -----------------------------------------------------------------------------------------------------------


def aplasia() -> pd.DataFrame:
    rows = []
    cells = measurements[measurements.variable == "cd19_b_cells_per_ul"].sort_values("day")
    for patient, samples in cells[cells.day > 0].groupby("patient_id"):
        onset = samples[samples.value < 10].day.min()
        later = samples[samples.day > onset]
        back = later[later.value >= 10].day.min()
        rows.append((patient, onset, back, bool((later[later.day >= back].value >= 10).all())))
    return pd.DataFrame(rows, columns=["patient_id", "onset", "back", "stays"]).set_index("patient_id")


def test_b_cell_aplasia_lasts_112_and_47_days() -> None:
    found = aplasia()
    duration = found.back - found.onset
    assert duration.notna().sum() == 15
    assert (rounded(duration.mean()), rounded(duration.std(ddof=1))) == (112, 47)
    assert found.stays.all()
    assert (found.onset[SSC] <= 7).all()


def test_b_cells_are_there_before_and_low_counts_say_below_the_limit() -> None:
    cells = measurements[measurements.variable == "cd19_b_cells_per_ul"]
    assert (cells[cells.day <= 0].value >= 10).all()
    below = cells[cells.comparator == "<"]
    assert set(below.value) == {1}
    assert below.patient_id.nunique() == 15


@pytest.mark.parametrize(("variable", "limit"), [("car_t_cells_per_ul", 0.1), ("car_t_copies_per_ug", 10)])
def test_car_t_cells_peak_on_day_8_6_and_vanish(variable: str, limit: float) -> None:
    cells = measurements[measurements.variable == variable]
    peaks = cells.loc[cells.groupby("patient_id").value.idxmax()].day
    assert len(peaks) == 15
    assert (round(peaks.mean(), 1), round(peaks.std(ddof=1), 1)) == (8.6, 0.8)
    last = cells.loc[cells.groupby("patient_id").day.idxmax()]
    assert set(last.comparator) == {"<"}
    assert set(last.value) == {limit}


# ---- side effects ----------------------------------------------------------------------------------------------------


def crs_grades() -> dict[str, int]:
    daily = assessments[assessments.day.between(0, 10)].pivot_table(
        index=["patient_id", "day"], columns="variable", values="value", aggfunc="first"
    )
    hottest = measurements[measurements.variable == "temp_c"].groupby(["patient_id", "day"]).value.max()
    fever = (hottest.reindex(daily.index) >= 38.0) & (daily.attributable_to_crs == "yes")
    assert set(daily.vasopressor_count) == {"0"}
    assert set(daily.oxygen) == {"none", "low_flow_nasal"}
    assert pd.to_numeric(daily.o2_flow_l_min).max() <= 6
    second = fever & ((daily.hypotension == "yes") | (daily.oxygen == "low_flow_nasal"))
    return (fever.astype(int) + second.astype(int)).groupby("patient_id").max().to_dict()


def test_crs_grade_1_in_10_and_grade_2_in_one() -> None:
    grades = crs_grades()
    assert sorted(grades.values()) == [0] * 4 + [1] * 10 + [2]
    reported = events[events.name == "crs"].set_index("patient_id")
    assert set(reported.grade_system) == {"ASTCT 2019"}
    assert reported.grade.astype(int).to_dict() == {patient: grade for patient, grade in grades.items() if grade}


def test_icans_grade_1_in_one() -> None:
    ice = assessments[assessments.variable.str.startswith("ice_")]
    daily = ice.assign(value=ice.value.astype(int)).groupby(["patient_id", "day"]).value.sum()
    lowest = daily.groupby("patient_id").min()
    assert len(lowest) == 15
    assert min(lowest) in {7, 8, 9}
    assert sorted(lowest)[1:] == [10] * 14
    assert list(events.patient_id[events.name == "icans"]) == [lowest.idxmin()]
    signs = assessments.set_index("variable").value
    assert set(signs["consciousness"]) == {"spontaneous"}
    assert set(signs["seizure_type"]) == set(signs["cerebral_edema_icp"]) == {"none"}


def test_one_pneumonia_with_a_hospital_stay_and_no_death() -> None:
    pneumonia = events[events.name == "pneumonia"]
    assert list(zip(pneumonia.kind, pneumonia.grade, pneumonia.serious, strict=True)) == [("infection", 3, "yes")]
    stay = events[events.name == "hospital_stay_infection"]
    assert list(stay.patient_id) == list(pneumonia.patient_id)
    assert stay.start_day.iloc[0] <= pneumonia.end_day.iloc[0]
    assert stay.end_day.iloc[0] >= pneumonia.start_day.iloc[0]
    others = events[(events.kind == "infection") & (events.name != "pneumonia")]
    assert set(others.serious) == {"no"}
    assert others.grade.max() <= 2
    assert "death" not in set(events.kind)


def test_one_late_grade_4_neutropenia_that_resolved() -> None:
    late = events[(events.name == "neutropenia") & (events.start_day > 30)]
    assert list(late.grade) == [4]
    assert late.outcome.str.startswith("resolved").all()
    counts = measurements[measurements.variable == "neutrophils_10e9_l"]
    assert set(counts[counts.value < 0.5].patient_id) == set(late.patient_id)


# ---- the series as a whole -------------------------------------------------------------------------------------------


def test_every_patient_has_all_laboratory_baselines() -> None:
    needed = {
        "cd19_b_cells_per_ul",
        "wbc_10e9_l",
        "igg_g_l",
        "crp_mg_l",
        "ferritin_ug_l",
        "creatinine_mg_dl",
        "tetanus_igg_iu_ml",
    }
    baseline = measurements[measurements.day == -6].groupby("patient_id").variable.agg(set)
    assert len(baseline) == 15
    assert all(needed <= there for there in baseline)


def test_values_are_possible() -> None:
    variables = tomllib.loads((ROOT / "casekit" / "definitions" / "variables.toml").read_text(encoding="utf-8"))
    for name, rows in measurements.groupby("variable"):
        assert variables[str(name)]["unit"] == rows.unit.iloc[0]
        assert len(set(rows.unit)) == 1
        assert rows.value.between(variables[str(name)]["minimum"], variables[str(name)]["maximum"]).all(), name
    for name, rows in assessments.groupby("variable"):
        declared = variables[str(name)]
        if declared["type"] in {"number", "integer"}:
            assert rows.value.astype(float).between(declared["minimum"], declared["maximum"]).all(), name
        else:
            assert set(rows.value) <= set(declared.get("allowed", ["yes", "no"])), name


def test_blood_cells_add_up() -> None:
    names = ["wbc_10e9_l", "neutrophils_10e9_l", "lymphocytes_10e9_l", "car_t_cells_per_ul", "cd19_b_cells_per_ul"]
    wide = measurements[measurements.variable.isin(names)].pivot_table(
        index=["patient_id", "day"], columns="variable", values="value"
    )
    counts = wide.dropna(subset=names[:3])
    assert (counts.neutrophils_10e9_l + counts.lymphocytes_10e9_l <= counts.wbc_10e9_l + 0.011).all()
    both = wide.dropna()
    assert (both.car_t_cells_per_ul / 1000 <= both.lymphocytes_10e9_l * 1.1).all()


def test_some_values_are_missing_as_in_life() -> None:
    pga = {(row.patient_id, row.day) for row in assessments[assessments.variable == "pga_0_3"].itertuples()}
    visits = {(row.patient_id, row.day) for row in assessments[assessments.variable == "arthritis"].itertuples()}
    assert len(visits - pga) == 1
    cells = {(row.patient_id, row.day) for row in measurements[measurements.variable == "urine_rbc_hpf"].itertuples()}
    assert len(visits - cells) == 1
    seen = assessments[
        assessments.patient_id.isin(SSC) & assessments.variable.isin(["mrss_face", "patient_global_0_10"])
    ]
    asked = seen.groupby(["patient_id", "day"]).variable.nunique()
    assert [patient for patient, _ in asked.index[asked == 1]] == ["SSc-03"]
    lungs = (
        measurements[measurements.variable.isin(["fvc_pct_pred", "dlco_pct_pred"])]
        .groupby(["patient_id", "day"])
        .size()
    )
    assert (lungs == 1).sum() == 1


def test_every_row_says_that_it_is_synthetic() -> None:
    assert tomllib.loads((FOLDER / "series.toml").read_text(encoding="utf-8"))["synthetic"] is True
    for table in (treatments, measurements, assessments, events):
        assert table.origin.str.startswith("synthetic: ").all()


def test_the_generator_writes_the_same_bytes_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "data.generator", str(tmp_path)], cwd=ROOT, check=True)
    same, different, missing = filecmp.cmpfiles(FOLDER, tmp_path, TABLES, shallow=False)
    assert (len(same), different, missing) == (5, [], [])


def test_one_patient_changes_no_other(tmp_path: Path) -> None:
    """Each patient and purpose has an own stream, so the last patient alone comes out the same."""
    program = (
        "import sys; from pathlib import Path; from data.generator.__main__ import record_of; "
        "from data.generator.people import patients; from data.generator.record import save; "
        "save([record_of(patients()[-1])], Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, check=True)
    shipped = (FOLDER / "measurements.csv").read_text(encoding="utf-8").splitlines()
    alone = (tmp_path / "measurements.csv").read_text(encoding="utf-8").splitlines()
    assert alone[1:] == [line for line in shipped if line.startswith("SSc-04,")]
