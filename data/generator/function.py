"""IIM and SSc: function in daily life (HAQ) and the globals of physician and patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chance import Drift
from .curves import settle, share_out
from .people import SEEN

if TYPE_CHECKING:
    from .people import Visit
    from .record import Record

SECTIONS = ["dressing", "arising", "eating", "walking", "hygiene", "reach", "grip", "activities"]
WITH_AIDS = {"arising", "walking", "reach"}
GLOBALS = {"md": "md_global_0_10", "patient": "patient_global_0_10", "extramuscular": "extramuscular_0_10"}


def record_function(record: Record, visits: list[Visit]) -> None:
    """Write every HAQ section, from totals that recover and are shared out, and the globals of each visit."""
    plan = record.patient["function"]
    opinion = {name: Drift(record.patient.chance(f"global {name}"), 0.22, 25) for name in plan["globals"]}
    for visit in visits:
        if visit.kind not in SEEN:
            continue
        hard = settle(visit.day, sum(plan["haq"]), plan["haq_end"], plan["haq_days"])
        for section, difficulty in zip(SECTIONS, share_out(plan["haq"], round(hard), 3), strict=True):
            record.assess(visit, f"haq_{section}", difficulty)
            record.assess(visit, f"haq_aid_{section}", difficulty >= 2 and section in WITH_AIDS)
        for name, course in plan["globals"].items():
            level = settle(visit.day, *course) + opinion[name].at(visit.day)
            record.assess(visit, GLOBALS[name], min(10.0, max(0.0, round(level, 1))))
