"""IIM: muscle testing and enzymes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chance import Drift
from .curves import bump, settle, share_out
from .people import SEEN

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
ENZYMES = {"ck": "ck_u_l", "aldolase": "aldolase_u_l", "ldh": "ldh_u_l", "ast": "ast_u_l", "alt": "alt_u_l"}
EARLY_ENZYMES = {0, 1, 2, 3, 4, 6, 8, 10}


def _record_strength(record: Record, visit: Visit, plan: dict[str, Any], wander: float) -> None:
    """Write the strength of every muscle, from a total that recovers and is shared out."""
    weak = [10 - strength for strength in plan["mmt"]]
    lost = settle(visit.day, sum(weak), plan["mmt_end"], plan["mmt_days"])
    lost = round(lost + (wander if visit.kind != "baseline" else 0))
    for muscle, missing in zip(MUSCLES, share_out(weak, max(lost, 1), 10), strict=True):
        record.assess(visit, f"mmt_{muscle}", 10 - missing)


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
    enzymes = {name: Drift(patient.chance(f"enzyme {name}"), 0.09, 10) for name in ENZYMES}
    for visit in visits:
        if visit.kind != "interim" and (visit.kind != "inpatient" or visit.day in EARLY_ENZYMES):
            for name, variable in ENZYMES.items():
                record.measure(visit, variable, _enzyme(plan, name, visit.day) * enzymes[name].factor(visit.day))
        if visit.kind in SEEN:
            _record_strength(record, visit, plan, strength.at(visit.day))
