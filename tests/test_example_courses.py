"""Disease activity in the shipped series, scored here by hand in plain pandas and without casekit.scores."""

from __future__ import annotations

import pandas as pd
import pytest
from example_tables import IIM, SLE, SSC, assessments, measurements, patients

SLEDAI_CLINICAL = {
    "seizure": 8, "psychosis": 8, "organic_brain_syndrome": 8, "visual_disturbance": 8, "cranial_nerve_disorder": 8,
    "lupus_headache": 8, "cva": 8, "vasculitis": 8, "arthritis": 4, "myositis": 4, "urinary_casts": 4, "rash": 2,
    "alopecia": 2, "mucosal_ulcers": 2, "pleurisy": 2, "pericarditis": 2,
}  # fmt: skip


def days_with(patient: str, item: str) -> list[int]:
    rows = assessments[(assessments.patient_id == patient) & (assessments.variable == item)]
    return sorted(int(day) for day in rows.day)


def on_day(frame: pd.DataFrame, patient: str, day: int) -> pd.DataFrame:
    return frame[(frame.patient_id == patient) & (frame.day == day)].set_index("variable")


# ---- SLE -------------------------------------------------------------------------------------------------------------


def sledai(patient: str, day: int) -> int | None:
    """SLEDAI-2K of a visit; None when something was not done."""
    seen, lab = on_day(assessments, patient, day), on_day(measurements, patient, day)
    explained = set(seen.index[seen.attributed_to.notna()])
    results = {
        "proteinuria": ("upcr_mg_g", 4, lambda row: row.value > 500),
        "hematuria": ("urine_rbc_hpf", 4, lambda row: row.value > 5),
        "pyuria": ("urine_wbc_hpf", 4, lambda row: row.value > 5),
        "c3": ("c3_g_l", 2, lambda row: row.value < row.lower),
        "c4": ("c4_g_l", 2, lambda row: row.value < row.lower),
        "increased_dna_binding": ("anti_dsdna_iu_ml", 2, lambda row: row.value > row.upper),
        "fever": ("temp_c", 1, lambda row: row.value > 38),
        "thrombocytopenia": ("platelets_10e9_l", 1, lambda row: row.value < 100),
        "leukopenia": ("wbc_10e9_l", 1, lambda row: row.value < 3),
    }
    if any(item not in seen.index for item in SLEDAI_CLINICAL) or any(
        name not in lab.index for name, *_ in results.values()
    ):
        return None
    points = {item: weight for item, weight in SLEDAI_CLINICAL.items() if seen.value[item] == "yes"}
    for item, (variable, weight, counts) in results.items():
        if counts(lab.loc[variable]) and item not in explained:
            points["low_complement" if item in {"c3", "c4"} else item] = weight
    return sum(points.values())


def month_6(days: list[int]) -> int:
    return min(days, key=lambda day: abs(day - 183))


@pytest.mark.parametrize("patient", SLE)
def test_doris_lldas_and_sledai_0_at_month_6_and_at_the_last_visit(patient: str) -> None:
    days = days_with(patient, "arthritis")
    at_month_6, last = month_6(days), days[-1]
    assert abs(at_month_6 - 183) <= 14
    assert 0 <= patients.last_known_day[patient] - last <= 14
    for day in (at_month_6, last):
        seen = on_day(assessments, patient, day).value
        assert sledai(patient, day) == 0
        assert float(seen["pga_0_3"]) < 0.5
        assert (seen["haemolytic_anaemia"], seen["gi_activity"]) == ("no", "no")


@pytest.mark.parametrize("patient", SLE)
def test_lupus_is_active_before_and_stays_absent_from_month_6(patient: str) -> None:
    scores = {day: sledai(patient, day) for day in days_with(patient, "arthritis")}
    before = [score for day, score in scores.items() if day < 0]
    assert len(before) == 2
    assert all(score is not None and 8 <= score <= 20 for score in before)
    later = [score for day, score in scores.items() if day > 168]
    assert set(later) <= {0, None}


def test_activity_at_month_3_differs_between_patients() -> None:
    scores = []
    for patient in SLE:
        day = min(days_with(patient, "arthritis"), key=lambda day: abs(day - 91))
        scores.append(sledai(patient, day))
    assert sum(score == 0 for score in scores) >= 4
    assert any(score is not None and score in {2, 4, 6} for score in scores)


def test_one_residual_autoantibody_in_lupus_and_it_is_not_dsdna() -> None:
    names = ["anti_dsdna_iu_ml", "anti_sm_u_ml", "anti_nucleosome_u_ml", "anti_ro60_u_ml"]
    found = measurements[measurements.variable.isin(names) & measurements.patient_id.isin(SLE)].sort_values("day")
    last = found.groupby(["patient_id", "variable"]).tail(1)
    positive = last[last.value > last.upper]
    assert list(positive.variable) == ["anti_ro60_u_ml"]


def test_low_counts_after_conditioning_are_attributed() -> None:
    explained = assessments[assessments.attributed_to == "lymphodepletion"]
    assert set(explained.variable) <= {"leukopenia", "thrombocytopenia"}
    assert len(explained) >= 2
    fevers = assessments[(assessments.variable == "fever") & (assessments.value == "yes")]
    assert set(fevers.attributed_to) == {"CRS", "infection"}


# ---- myositis --------------------------------------------------------------------------------------------------------


def points(percent: float, edges: list[float], given: list[float]) -> float:
    """Points of a band; upper edges belong to the band below."""
    return given[sum(round(percent, 6) > edge for edge in edges)]


def core_set(patient: str, day: int) -> dict[str, float]:
    seen, lab = on_day(assessments, patient, day).value, on_day(measurements, patient, day)
    strength = seen[seen.index.str.startswith("mmt_")].astype(float)
    sections = [name for name in seen.index if name.startswith("haq_") and not name.startswith("haq_aid_")]
    difficulty = [
        max(int(seen[name]), 2 if seen[name.replace("haq_", "haq_aid_")] == "yes" else 0) for name in sections
    ]
    assert len(strength) == 15
    return {
        "md": float(seen["md_global_0_10"]), "patient": float(seen["patient_global_0_10"]),
        "extramuscular": float(seen["extramuscular_0_10"]), "mmt": strength.sum(),
        "haq": sum(difficulty) / len(difficulty), "ck": lab.value["ck_u_l"], "ck_upper": lab.upper["ck_u_l"],
    }  # fmt: skip


def improvement_without_enzyme(before: dict[str, float], now: dict[str, float]) -> float:
    edges = [5, 15, 25, 40]
    return (
        points((before["md"] - now["md"]) * 10, edges, [0, 7.5, 15, 17.5, 20])
        + points((before["patient"] - now["patient"]) * 10, edges, [0, 2.5, 5, 7.5, 10])
        + points((before["haq"] - now["haq"]) / 3 * 100, edges, [0, 5, 7.5, 7.5, 10])
        + points((before["extramuscular"] - now["extramuscular"]) * 10, edges, [0, 7.5, 12.5, 15, 20])
        + points((now["mmt"] - before["mmt"]) / 150 * 100, [2, 10, 20, 30], [0, 10, 20, 27.5, 32.5])
    )


@pytest.mark.parametrize("patient", IIM)
def test_major_improvement_of_myositis_comes_step_by_step(patient: str) -> None:
    """Even when the enzyme, at most 7.5 points, is left out."""
    days = days_with(patient, "md_global_0_10")
    before = core_set(patient, max(day for day in days if day < 0))
    course = {
        day: improvement_without_enzyme(before, core_set(patient, day)) for day in days if day > 0
    }  # fmt: skip
    assert 20 <= course[min(course)] < 60
    assert course[month_6(days)] >= 60
    assert course[max(course)] >= 60


def test_one_early_flare_of_creatine_kinase() -> None:
    ck = measurements[(measurements.variable == "ck_u_l") & measurements.patient_id.isin(IIM)]
    early = ck[ck.day.between(1, 4)].groupby("patient_id").value.max()
    before = ck[ck.day < 0].sort_values("day").groupby("patient_id").value.last()
    assert list(early.index[early > 1.5 * before]) == ["IIM-02"]
    last = ck.sort_values("day").groupby("patient_id").tail(1)
    assert (last.value <= last.upper).all()


# ---- systemic sclerosis ----------------------------------------------------------------------------------------------


def eustar(patient: str, day: int) -> float:
    seen, lab = on_day(assessments, patient, day).value, on_day(measurements, patient, day).value
    skin = seen[seen.index.str.startswith("mrss_")].astype(int)
    assert len(skin) == 17
    return (
        1.5 * (seen["delta_skin"] == "yes")
        + 1.5 * (skin.sum() > 18)
        + 1.5 * (seen["digital_ulcers"] == "yes")
        + 2.25 * (seen["tendon_friction_rubs"] == "yes")
        + 2.25 * (lab["crp_mg_l"] > 10)
        + 1.0 * (lab["dlco_pct_pred"] < 70)
    )


def test_the_eustar_index_falls_in_all_four() -> None:
    before, after = [], []
    for patient in SSC:
        days = days_with(patient, "delta_skin")
        before.append(eustar(patient, max(day for day in days if day < 0)))
        after.append(eustar(patient, days[-1]))
    assert all(score >= 2.5 for score in before)
    assert all(late < early for early, late in zip(before, after, strict=True))
    assert sum(score < 2.5 for score in after) == 3
