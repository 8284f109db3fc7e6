"""The published figures, recomputed from the shipped tables."""

import json
from pathlib import Path

import pandas as pd
import pytest

import casekit as ck
from casekit import records
from casekit.scores.claims import agrees

# Typed from the abstract: N Engl J Med 2024;390:687-700.
ABSTRACT = {
    "n_total": 15, "n_sle": 8, "n_iim": 3, "n_ssc": 4, "infusions_per_patient": 1,
    "fu_median": 15, "fu_min": 4, "fu_max": 29, "aplasia_mean": 112, "aplasia_sd": 47,
    "sle_doris_n": 8, "iim_major_n": 3, "ssc_eustar_dec_n": 4, "is_stopped_n": 15,
    "crs_g1_n": 10, "crs_g2_n": 1, "icans_g1_n": 1, "pneumonia_hosp_n": 1, "crs_any_n": 11,
}  # fmt: skip


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return ck.claims(ck.example()).set_index("claim")


def test_every_figure_of_the_abstract_agrees(claims: pd.DataFrame) -> None:
    high = claims[claims["confidence"] == "high"]
    assert high["published"].to_dict() == ABSTRACT
    assert set(high["verdict"]) == {"agrees"}


def test_a_report_that_contradicts_the_paper_is_shown_as_conflict(claims: pd.DataFrame) -> None:
    row = claims.loc["crs_g1_n_eular24"]
    assert (row["published"], row["computed"], row["verdict"]) == (8, 10, "conflict")


def test_the_claims_say_what_the_published_sheet_says(claims: pd.DataFrame) -> None:
    sheet = Path(__file__).parents[2] / "shared" / "published" / "claims.json"
    if not sheet.exists():
        pytest.skip("the sheet of published claims is not here")
    published = {claim["id"]: claim for claim in json.loads(sheet.read_text(encoding="utf-8"))}
    assert {name: published[name]["value"] for name in claims.index} == claims["published"].to_dict()
    assert {name: published[name]["confidence"] for name in claims.index} == claims["confidence"].to_dict()


def test_a_claim_differs_when_the_patients_differ() -> None:
    """Without the patient with grade 2 CRS the figures of the abstract must no longer agree."""
    series = ck.example()
    grades = ck.score(series, "crs_astct_2019").groupby("patient_id")["value"].max()
    others = series.select(patient_id=list(grades.index[grades < 2]))
    verdicts = ck.claims(others).set_index("claim")["verdict"]
    assert verdicts[["n_total", "crs_g2_n", "crs_any_n", "is_stopped_n"]].tolist() == ["differs"] * 4


def test_a_claim_about_a_disease_that_is_not_there_is_not_a_difference() -> None:
    claims = ck.claims(ck.example().select(disease="SLE")).set_index("claim")
    assert claims.loc[["n_ssc", "iim_major_n"], "verdict"].tolist() == ["no such patients"] * 2
    assert claims.loc["sle_doris_n", "verdict"] == "agrees"


def test_a_series_without_publication_has_no_claims() -> None:
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,90",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
    )
    assert ck.claims(series).empty


@pytest.mark.parametrize(
    ("published", "computed", "holds"),
    [(112, 112.5, True), (112, 112.51, False), (8.6, 8.55, True), (8.6, 8.54, False)],
)
def test_a_figure_agrees_within_half_a_unit_of_its_last_digit(published: float, computed: float, holds: bool) -> None:
    assert agrees(published, round(computed, 6)) is holds


def test_a_missing_value_leaves_the_other_patients_in() -> None:
    series = ck.example()
    tables = dict(series.tables)
    tables["patients"].loc[0, ["prior_therapies", "age_years", "disease_duration_years"]] = pd.NA
    checked = ck.claims(records.from_frames(tables, series.metadata)).set_index("claim")
    assert checked.loc["prior_max", "verdict"] == "agrees"


def test_a_parameter_of_a_score_reaches_the_verdict_built_on_it() -> None:
    series = ck.example()
    counted = ck.score(series, "clinical_sledai")
    without = ck.score(series, "clinical_sledai", use_upcr_for_proteinuria=False)
    assert counted["missing"].str.contains("proteinuria").sum() == 0
    assert without["missing"].str.contains("proteinuria").any()
    assert set(ck.judge(series, "doris_2021", use_upcr_for_proteinuria=False)["verdict"]) == {"not met", "unknown"}
