"""IIM: muscle testing, globals, HAQ and enzymes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chance import Drift
from .curves import bump, settle, share_out

if TYPE_CHECKING:
    from .people import Visit
    from .record import Record

MUSCLES = [
    "neck_flexors",
    *(
        f"{muscle}_{side}"
        for muscle in ("middle_deltoid", "biceps", "wrist_extensors", "gluteus_maximus", "gluteus_medius", "quadriceps",
                       "ankle_dorsiflexors")
        for side in ("r", "l")
    ),
]  # fmt: skip
SECTIONS = ["dressing", "arising", "eating", "walking", "hygiene", "reach", "grip", "activities"]
GLOBALS = {"md": "md_global_0_10", "patient": "patient_global_0_10", "extramuscular": "extramuscular_0_10"}
ENZYMES = {"ck": "ck_u_l", "aldolase": "aldolase_u_l", "ldh": "ldh_u_l", "ast": "ast_u_l", "alt": "alt_u_l"}
SEEN = {"screening", "baseline", "clinic"}
EARLY_ENZYMES = {0, 1, 2, 3, 4, 6, 8, 10}


def _record_function(record: Record, visit: Visit, plan: dict[str, Any], wander: float) -> None:
    """Write strength of every muscle and every HAQ section, from totals that recover and are shared out."""
    weak = [10 - strength for strength in plan["mmt"]]
    lost = settle(visit.day, sum(weak), plan["mmt_end"], plan["mmt_days"])
    lost = round(lost + (wander if visit.kind != "baseline" else 0))
    for muscle, missing in zip(MUSCLES, share_out(weak, max(lost, 1), 10), strict=True):
        record.assess(visit, f"mmt_{muscle}", 10 - missing)
    hard = settle(visit.day, sum(plan["haq"]), plan["haq_end"], plan["haq_days"])
    for section, difficulty in zip(SECTIONS, share_out(plan["haq"], round(hard), 3), strict=True):
        record.assess(visit, f"haq_{section}", difficulty)
        record.assess(visit, f"haq_aid_{section}", difficulty >= 2 and section in {"arising", "walking", "reach"})


def _enzyme(plan: dict[str, Any], name: str, day: int) -> float:
    start, end, days = plan[name]
    level = settle(day, start, end, days)
    flare = plan.get("ck_flare")
    if flare and day > -2:
        share = {"ck": 1.0, "aldolase": 0.7, "ldh": 0.5, "ast": 0.7, "alt": 0.5}[name]
        level *= 1 + share * (flare / plan["ck"][0] - 1) * bump(day, 3, 1.6)
    return float(level)


def record_myositis(record: Record, visits: list[Visit]) -> None:
    """Write everything that belongs to myositis."""
    patient = record.patient
    plan = patient["myositis"]
    strength = Drift(patient.chance("strength"), 1.1, 30)
    opinion = {name: Drift(patient.chance(f"global {name}"), 0.22, 25) for name in GLOBALS}
    enzymes = {name: Drift(patient.chance(f"enzyme {name}"), 0.09, 10) for name in ENZYMES}
    for visit in visits:
        if visit.kind != "interim" and (visit.kind != "inpatient" or visit.day in EARLY_ENZYMES):
            for name, variable in ENZYMES.items():
                record.measure(visit, variable, _enzyme(plan, name, visit.day) * enzymes[name].factor(visit.day))
        if visit.kind not in SEEN:
            continue
        _record_function(record, visit, plan, strength.at(visit.day))
        for name, variable in GLOBALS.items():
            level = settle(visit.day, *plan["globals"][name]) + opinion[name].at(visit.day)
            record.assess(visit, variable, min(10.0, max(0.0, round(level, 1))))
