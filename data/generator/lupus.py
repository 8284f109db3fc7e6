"""SLE: items of SLEDAI-2K, proteinuria, sediment, complement, anti-dsDNA and the physician's global assessment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .chance import Chance, Drift
from .curves import bump, halve, settle
from .people import SEEN

if TYPE_CHECKING:
    from .people import Visit
    from .record import Record

CLINICAL = {
    "seizure": 8, "psychosis": 8, "organic_brain_syndrome": 8, "visual_disturbance": 8, "cranial_nerve_disorder": 8,
    "lupus_headache": 8, "cva": 8, "vasculitis": 8, "arthritis": 4, "myositis": 4, "rash": 2, "alopecia": 2,
    "mucosal_ulcers": 2, "pleurisy": 2, "pericarditis": 2,
}  # fmt: skip
LYMPHODEPLETION_UNTIL = 120


class Kidney:
    """Proteinuria and sediment of one patient."""

    def __init__(self, plan: dict[str, Any], chance: Chance) -> None:
        self.plan = plan
        self._noise = Drift(chance, 0.10, 25)
        self._chance = chance

    def at(self, day: int) -> tuple[float, int, int]:
        """Return UPCR in mg/g, red and white cells per field."""
        start, end, days = self.plan["upcr"]
        rise = 1 + 0.4 * bump(day, self.plan.get("upcr_rise", -999), 4)
        protein = settle(day, start, end, days) * rise * self._noise.factor(day)
        red = halve(day, *self.plan["rbc"]) * self._chance.uniform(0.85, 1.15) + self._chance.uniform(0, 1.8)
        white = halve(day, *self.plan["wbc"]) * self._chance.uniform(0.85, 1.15) + self._chance.uniform(0, 1.8)
        return protein, int(red), int(white)


def _record_items(record: Record, visit: Visit, plan: dict[str, Any]) -> int:
    """Write the clinical items and return their points."""
    points = 0
    for item, weight in CLINICAL.items():
        present = visit.day < plan["items"].get(item, -999)
        record.assess(visit, item, present)
        points += weight if present else 0
    casts = visit.day < plan["casts"] if plan["casts"] else False
    record.assess(visit, "urinary_casts", casts)
    record.assess(visit, "haemolytic_anaemia", value=False)
    record.assess(visit, "gi_activity", value=False)
    return points + (4 if casts else 0)


def _attribute_counts(record: Record, visit: Visit) -> None:
    """Say of low counts in the weeks after fludarabine and cyclophosphamide that they come from there."""
    limits = {"wbc_10e9_l": ("leukopenia", 3.0), "platelets_10e9_l": ("thrombocytopenia", 100.0)}
    for row in record.rows["measurements"]:
        if row["day"] == str(visit.day) and row["variable"] in limits and 0 < visit.day < LYMPHODEPLETION_UNTIL:
            item, limit = limits[row["variable"]]
            if float(row["value"]) < limit:
                record.assess(visit, item, value=True, attributed_to="lymphodepletion")


def _record_serology(record: Record, visit: Visit, plan: dict[str, Any], noise: dict[str, Drift]) -> None:
    for variable, short in {"c3_g_l": "c3", "c4_g_l": "c4"}.items():
        start, end, days = plan[short]
        record.measure(visit, variable, settle(visit.day, start, end, days) * noise[short].factor(visit.day))
    dna = halve(visit.day, *plan["dsdna"]) * noise["dsdna"].factor(visit.day)
    record.measure(visit, "anti_dsdna_iu_ml", dna)


def record_lupus(record: Record, visits: list[Visit]) -> None:
    """Write everything that belongs to lupus; the blood counts must be there already."""
    patient = record.patient
    plan = patient["lupus"]
    kidney = Kidney(plan, patient.chance("kidney"))
    chance = patient.chance("lupus")
    noise = {name: Drift(patient.chance(name), sd, 40) for name, sd in (("c3", 0.035), ("c4", 0.04), ("dsdna", 0.08))}
    active = 0.0
    for visit in visits:
        if visit.kind in {"interim", "ill"} or (visit.kind == "inpatient" and visit.day not in {0, 7}):
            continue
        protein, red, white = kidney.at(visit.day)
        record.measure(visit, "upcr_mg_g", protein)
        record.measure(visit, "urine_rbc_hpf", red)
        record.measure(visit, "urine_wbc_hpf", white)
        if visit.kind == "screening" and plan["upcr"][0] > 500:
            record.measure(visit, "urine_protein_g_24h", protein / 1000 * chance.uniform(0.95, 1.3))
        if visit.kind in SEEN or visit.kind == "early":
            _record_serology(record, visit, plan, noise)
        if visit.kind not in SEEN:
            continue
        seen = _record_items(record, visit, plan) + 4 * (red > 5) + 4 * (white > 5)
        points = seen + (6 * min(1.0, protein / plan["upcr"][0]) if protein > 500 else 0)
        active = max(active, points)
        _attribute_counts(record, visit)
        if visit.day > 0:  # what is new is judged against the visit before infusion
            record.assess(visit, "new_bilag_a", 0)
            record.assess(visit, "new_bilag_b", 0)
        quiet = chance.pick([0.0, 0.0, 0.1, 0.1, 0.2, 0.3]) if points == 0 else 0.2 + chance.normal(0, 0.08)
        record.assess(visit, "pga_0_3", abs(round(quiet + (plan["pga"] - 0.2) * (points / active) ** 0.8, 1)))
        record.measure(visit, "esr_mm_h", 6 + 34 * points / active * chance.about(1, 0.2) + chance.uniform(0, 7))
