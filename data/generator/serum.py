"""Immunoglobulins, vaccine titres, autoantibodies and kidney function: what every patient has taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chance import Drift
from .curves import halve, through, through_log

if TYPE_CHECKING:
    from .people import Patient, Visit
    from .record import Record

TITRES = {
    "tetanus_igg_iu_ml": (1.5, 0.5),
    "measles_igg_miu_ml": (950, 0.6),
    "rubella_igg_iu_ml": (58, 0.6),
    "vzv_igg_miu_ml": (1150, 0.5),
    "pneumococcus_igg_mg_l": (46, 0.4),
}
ANTIBODIES = {
    "SLE": {"sm": "anti_sm_u_ml", "nucleosome": "anti_nucleosome_u_ml", "ro60": "anti_ro60_u_ml"},
    "IIM": {"jo1": "anti_jo1_u_ml", "ro60": "anti_ro60_u_ml"},
    "SSc": {"scl70": "anti_scl70_u_ml", "rna_pol3": "anti_rna_pol3_u_ml", "ro60": "anti_ro60_u_ml"},
}
IVIG_EVERY = 30


def ivig_days(patient: Patient) -> list[int]:
    """Return the days of immunoglobulin infusions."""
    return list(range(-70, patient["last_visit"], IVIG_EVERY)) if patient.get("ivig") else []


def _record_immunoglobulins(record: Record, visits: list[Visit]) -> None:
    patient = record.patient
    chance, back = patient.chance("immunoglobulins"), patient.return_day
    iga, igm = chance.uniform(1.3, 2.9), chance.uniform(0.6, 1.5)
    low_g, low_a, low_m = chance.uniform(0.68, 0.8), chance.uniform(0.5, 0.66), chance.uniform(0.28, 0.45)
    end_g, end_a, end_m = chance.uniform(0.78, 0.92), chance.uniform(0.6, 0.8), chance.uniform(0.6, 0.95)
    noise = [Drift(patient.chance(f"immunoglobulin {name}"), 0.05, 30) for name in "GAM"]
    late = back + 300
    for visit in visits:
        if visit.kind not in {"screening", "baseline", "clinic"}:
            continue
        day = visit.day
        own = patient["igg"] * through_log(day, [(0, 1), (back, low_g), (late, end_g)])
        given = sum(halve(day - infused, 3.2, 24) for infused in ivig_days(patient) if infused <= day)
        record.measure(visit, "igg_g_l", own * noise[0].factor(day) + (given - 2.2 if given else 0))
        record.measure(
            visit, "iga_g_l", iga * through_log(day, [(0, 1), (back, low_a), (late, end_a)]) * noise[1].factor(day)
        )
        record.measure(
            visit, "igm_g_l", igm * through_log(day, [(0, 1), (back, low_m), (late, end_m)]) * noise[2].factor(day)
        )


def vaccinations(patient: Patient) -> dict[str, int]:
    """Return a few vaccinations and their days, once the B cells are back and not while ill."""
    chance = patient.chance("vaccinations")
    given = {}
    for name in ("influenza_vaccination", "covid_19_vaccination", "pneumococcal_vaccination"):
        day = patient.return_day + chance.integer(70, 190)
        ill = any(event["start_day"] - 7 <= day <= event["end_day"] + 14 for event in patient.get("events", []))
        if day < patient["last_visit"] and chance.happens(0.6) and not ill:
            given[name] = day
    return given


def _record_titres(record: Record, visits: list[Visit]) -> None:
    patient = record.patient
    chance = patient.chance("titres")
    vaccinated = vaccinations(patient).get("pneumococcal_vaccination", 9999)
    for variable, (median, spread) in TITRES.items():
        before, end = chance.about(median, spread), chance.uniform(0.74, 0.96)
        for visit in visits:
            if visit.label in {"baseline", "M3", "last"}:
                kept = through(visit.day, [(0, 1), (100, (1 + end) / 2), (400, end)])
                boosted = variable.startswith("pneumococcus") and visit.day > vaccinated + 14
                record.measure(visit, variable, before * kept * chance.about(2.4 if boosted else 1, 0.06))


def _record_autoantibodies(record: Record, visits: list[Visit]) -> None:
    patient = record.patient
    courses = patient.plan | patient.get("lupus", {})
    for short, variable in ANTIBODIES[patient.disease].items():
        if short not in courses:
            continue
        start, half_life = courses[short]
        noise = Drift(patient.chance(f"antibody {short}"), 0.08, 40)
        for visit in visits:
            wanted = visit.label in {"screening", "baseline", "M3", "M6", "M12", "M24", "last"}
            if wanted and (start > 20 or visit.label in {"baseline", "M3", "last"}):
                record.measure(visit, variable, halve(visit.day, start, half_life) * noise.factor(visit.day))


def ckd_epi(creatinine: float, age: float, *, woman: bool) -> float:
    """Return the CKD-EPI 2021 filtration rate."""
    kappa, alpha, factor = (0.7, -0.241, 1.012) if woman else (0.9, -0.302, 1.0)
    ratio = creatinine / kappa
    return 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * factor


def creatinine_for(rate: float, age: float, *, woman: bool) -> float:
    """Return the creatinine in mg/dL that belongs to a filtration rate."""
    low, high = 0.2, 15.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if ckd_epi(middle, age, woman=woman) > rate else (low, middle)
    return round((low + high) / 2, 2)


def _record_kidney_function(record: Record, visits: list[Visit]) -> None:
    patient = record.patient
    before, later = patient["egfr"]
    noise = Drift(patient.chance("creatinine"), 0.025, 20)
    for visit in visits:
        if visit.kind == "interim" or (visit.kind == "inpatient" and visit.day not in {-1, 0, 2, 4, 6, 8, 10}):
            continue
        rate = through(visit.day, [(-5, before), (3, before * 0.96), (30, before), (300, later)]) * noise.factor(
            visit.day
        )
        creatinine = creatinine_for(rate, patient["age"], woman=patient.woman)
        record.measure(visit, "creatinine_mg_dl", creatinine)
        record.measure(visit, "egfr_ml_min", ckd_epi(creatinine, patient["age"], woman=patient.woman))


def _record_liver(record: Record, visits: list[Visit]) -> None:
    patient = record.patient
    chance = patient.chance("liver")
    usual = {"ast_u_l": chance.uniform(16, 27), "alt_u_l": chance.uniform(14, 28), "ldh_u_l": chance.uniform(165, 225)}
    for visit in visits:
        if visit.kind == "baseline" or visit.day == 7 or visit.label in {"D14", "D28", "M3", "M12", "last"}:
            strain = 1.35 if visit.day in range(5, 16) else 1.0
            for variable, level in usual.items():
                record.measure(visit, variable, level * strain * chance.about(1, 0.1))


def record_serum(record: Record, visits: list[Visit]) -> None:
    """Write immunoglobulins, titres, autoantibodies, kidney function and liver enzymes."""
    _record_immunoglobulins(record, visits)
    _record_titres(record, visits)
    _record_autoantibodies(record, visits)
    _record_kidney_function(record, visits)
    if record.patient.disease != "IIM":
        _record_liver(record, visits)
