"""The days on the ward: temperature, inflammation, CRS and ICANS items, and what was given for them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .cells import crs_strength
from .chance import Drift
from .curves import bump, settle

if TYPE_CHECKING:
    from .people import Patient, Visit
    from .record import Record

ICE = {"ice_orientation": 4, "ice_naming": 3, "ice_commands": 1, "ice_writing": 1, "ice_attention": 1}
HOURS = (6, 12, 18)


def fever_peaks(patient: Patient) -> dict[int, float]:
    """Return the highest temperature of each day with fever from CRS."""
    crs = patient.get("crs")
    return {} if crs is None else {crs["first_day"] + at: peak for at, peak in enumerate(crs["peaks"])}


def other_fever(patient: Patient) -> dict[int, float]:
    """Return the highest temperature of each inpatient day with fever from an infection."""
    return {int(day): peak for day, peak in patient.get("other_fever", {}).items()}


def _record_temperature(record: Record, visits: list[Visit]) -> None:
    patient = record.patient
    chance = patient.chance("temperature")
    peaks = other_fever(patient) | fever_peaks(patient)
    for visit in visits:
        if visit.kind == "interim":
            continue
        if visit.kind == "ill":
            _record_ill(record, visit)
            continue
        if visit.kind != "inpatient":
            record.measure(visit, "temp_c", min(37.2, chance.normal(36.6, 0.22)), hour=chance.integer(8, 11))
            continue
        peak = peaks.get(visit.day)
        highest = chance.pick(HOURS[1:])
        for hour in HOURS if peak is None else (*HOURS, 22):
            usual = min(37.6, chance.normal(36.5, 0.18) + (0.25 if hour == 18 else 0))
            hot = peak if hour == highest else max(37.3, (peak or 0) - chance.uniform(0.2, 1.1))
            record.measure(visit, "temp_c", usual if peak is None else hot, hour=hour)


def _record_ill(record: Record, visit: Visit) -> None:
    """Write temperatures of a later hospital stay: highest on the first day."""
    chance = record.patient.chance(f"ill {visit.day}")
    peak = 39.1 if visit.day == record.patient["ill"][0] else 37.4
    for hour in HOURS:
        record.measure(visit, "temp_c", peak - (0 if hour == HOURS[-1] else chance.uniform(0.2, 0.7)), hour=hour)
    if record.patient.disease == "SLE" and peak > 38:
        record.assess(visit, "fever", value=True, attributed_to="infection")


def _record_inflammation(record: Record, visits: list[Visit]) -> None:
    patient = record.patient
    chance = patient.chance("inflammation")
    crp, ferritin = Drift(chance, 0.22, 15), Drift(patient.chance("ferritin"), 0.08, 20)
    usual_ferritin = chance.uniform(40, 190)
    treated = patient.get("crs", {}).get("tocilizumab", [])
    for visit in visits:
        strength = crs_strength(patient, visit.day)
        calmed = math.exp(-max(0, visit.day - treated[0]) / 1.6) if treated and visit.day < 28 else 1.0
        usual = settle(visit.day, patient["crp"], min(2.2, patient["crp"]), 16) * (
            1 if visit.day < 0 else crp.factor(visit.day)
        )
        infection = sum(100 * bump(visit.day, day, 4) for day in patient.get("crp_peaks", []))
        record.measure(visit, "crp_mg_l", usual + 38 * strength * calmed + infection)
        if visit.kind in {"baseline", "early", "clinic"} or (
            visit.kind == "inpatient" and visit.day in {-1, 0, 2, 3, 4, 6, 8, 10}
        ):
            later = crs_strength(patient, visit.day - 2)
            record.measure(
                visit, "ferritin_ug_l", usual_ferritin * (1 + 2.6 * max(strength, later)) * ferritin.factor(visit.day)
            )
        if visit.kind in {"baseline", "early"} or (visit.kind == "inpatient" and visit.day >= -1):
            blocked = 3.2 * math.exp(-(visit.day - treated[-1]) / 6) if treated and visit.day > treated[0] else 0
            record.measure(
                visit,
                "il6_pg_ml",
                chance.about(2.6, 0.35) + 55 * (strength**1.6) * (1 + blocked) * chance.about(1, 0.3),
            )


def _record_crs(record: Record, visit: Visit) -> None:
    patient = record.patient
    crs = patient.get("crs", {})
    days = fever_peaks(patient)
    low_pressure = visit.day in crs.get("hypotension", [])
    first = crs.get("first_day", 99)
    record.assess(visit, "hypotension", low_pressure)
    record.assess(visit, "vasopressor_count", 0)
    record.assess(visit, "vasopressin", value=False)
    flow = crs.get("oxygen", {}).get(str(visit.day))
    record.assess(visit, "oxygen", "low_flow_nasal" if flow else "none")
    if flow:
        record.assess(visit, "o2_flow_l_min", flow)
    record.assess(visit, "fever_modifying_therapy_given", visit.day in days and visit.day > first)
    record.assess(visit, "attributable_to_crs", visit.day in days)
    record.assess(visit, "death_due_to_crs", value=False)
    if patient.disease == "SLE" and visit.day in days:
        record.assess(visit, "fever", value=True, attributed_to="CRS")
    if patient.disease == "SLE" and visit.day in other_fever(patient):
        record.assess(visit, "fever", value=True, attributed_to="infection")


def _record_icans(record: Record, visit: Visit) -> None:
    failed = record.patient.get("icans", {}).get(str(visit.day), [])
    for item, full in ICE.items():
        record.assess(visit, item, full - (1 if item in failed else 0))
    record.assess(visit, "consciousness", "spontaneous")
    record.assess(visit, "seizure_type", "none")
    record.assess(visit, "deep_focal_motor_weakness", value=False)
    record.assess(visit, "cerebral_edema_icp", "none")
    record.assess(visit, "death_due_to_icans", value=False)


def record_toxicity(record: Record, visits: list[Visit]) -> None:
    """Write temperature, inflammation and the daily CRS and ICANS items."""
    _record_temperature(record, visits)
    _record_inflammation(record, visits)
    not_seen = record.patient.get("no_neurology_on", [])
    for visit in visits:
        if visit.kind == "inpatient" and visit.day >= 0:
            _record_crs(record, visit)
            if visit.day not in not_seen:
                _record_icans(record, visit)
