"""SSc: skin score by site, ulcers, friction rubs; and lung function of everyone with lung disease."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chance import Drift
from .curves import settle, share_out
from .people import SEEN

if TYPE_CHECKING:
    from .people import Visit
    from .record import Record

SITES = [
    "face", "chest", "abdomen", "upper_arm_r", "upper_arm_l", "forearm_r", "forearm_l", "hand_r", "hand_l", "fingers_r",
    "fingers_l", "thigh_r", "thigh_l", "leg_r", "leg_l", "foot_r", "foot_l",
]  # fmt: skip
ITEMS = ("delta_skin", "digital_ulcers", "tendon_friction_rubs")


def record_skin(record: Record, visits: list[Visit]) -> None:
    """Write the skin score of each site and the other items of the EUSTAR index."""
    patient = record.patient
    plan = patient["sclerosis"]
    wander = Drift(patient.chance("skin"), 0.9, 60)
    chance = patient.chance("sedimentation rate")
    for visit in visits:
        if visit.kind not in SEEN:
            continue
        total = settle(visit.day, *plan["mrss_course"]) + (wander.at(visit.day) if visit.kind != "baseline" else 0)
        for site, score in zip(SITES, share_out(plan["mrss"], round(total), 3), strict=True):
            record.assess(visit, f"mrss_{site}", score)
        for item in ITEMS:
            record.assess(visit, item, plan[item] > 0 and visit.day < plan[item])
        if visit.day > 0:
            record.assess(visit, "criss_step_1_event", value=False)
        record.measure(visit, "esr_mm_h", settle(visit.day, 12 + patient["crp"], 10, 40) * chance.about(1, 0.15))
        if visit.kind == "baseline" or visit.label in {"M3", "last"}:
            record.measure(visit, "ck_u_l", chance.about(88, 0.2))


def record_lung(record: Record, visits: list[Visit]) -> None:
    """Write forced vital capacity and diffusing capacity, every three months and before the infusion."""
    patient = record.patient
    courses = patient["lung"]
    noise = Drift(patient.chance("lung"), 0.011, 60)
    for visit in visits:
        if visit.kind not in SEEN or visit.label in {"D28", "M2"}:
            continue
        shared = noise.factor(visit.day)
        record.measure(visit, "fvc_pct_pred", settle(visit.day, *courses["fvc"]) * shared)
        record.measure(visit, "dlco_pct_pred", settle(visit.day, *courses["dlco"]) * shared)
