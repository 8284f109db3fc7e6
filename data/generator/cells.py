"""CAR T cells, B cells, other lymphocytes and the blood count: one body, so that they add up."""

from __future__ import annotations

import math
from functools import cached_property

from .chance import Drift
from .curves import bump, halve, settle, through, through_log
from .people import Patient, Visit
from .record import Record

FLOOR = 0.01
CAR_DAYS = {1, 3, 5, 7, 9}


class Cells:
    """The cells of one patient on any day."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        chance = patient.chance("cells")
        self._peak_day, self._peak = patient["car_peak_day"], float(patient["car_peak"])
        self._first = chance.uniform(0.05, 0.4)
        self._fast = chance.uniform(2.3, 3.4)
        self._slow = 5.0 + patient["aplasia"] / chance.uniform(22, 30)
        self._residue = chance.uniform(0.05, 0.12)
        self.copies_per_cell = chance.uniform(95, 190)
        self._after_onset = chance.uniform(2, 7.4)
        self._at_return = chance.uniform(11, 24)
        self._plateau = chance.uniform(95, 260)
        self._rise = chance.uniform(75, 150)
        self._before_infusion = max(14.0, patient["b_baseline"] * chance.uniform(0.22, 0.38))
        self._cd4 = chance.uniform(0.75, 1.35)
        self._others = chance.uniform(0.75, 1.25)

    def car_t(self, day: int) -> float:
        """Return CAR T cells per microlitre."""
        if day <= 0:
            return FLOOR
        if day <= self._peak_day:
            return through_log(
                day, [(1, self._first), (self._peak_day - 3, self._peak * 0.16), (self._peak_day, self._peak)]
            )
        since = day - self._peak_day
        lasting = self._residue * self._peak
        return halve(since, self._peak - lasting, self._fast) + halve(since, lasting, self._slow)

    def b_cells(self, day: int) -> float:
        """Return CD19+ B cells per microlitre."""
        onset, back = self.patient["b_onset"], self.patient.return_day
        if day < onset:
            points = [(-6, self.patient["b_baseline"]), (0, self._before_infusion), (onset - 1, 11.8)]
            return through_log(day, points)
        if day < back:
            low = through_log(day, [(onset, self._after_onset), (onset + 4, 0.3), (back - 40, 0.3), (back - 1, 8.6)])
            return max(low, 0.3) if back - onset > 46 else low
        grown = settle(day - back, self._at_return, self._plateau, self._rise)
        return max(grown, self._at_return)

    def cd4(self, day: int) -> float:
        """Return CD4+ T cells per microlitre."""
        before = 270 if self.patient.disease == "SLE" else 520
        points = [(-6, before), (-3, before * 0.4), (-1, 34), (0, 16), (4, 24), (9, 64), (14, 120), (28, 172),
                  (61, 225), (120, 310), (270, 430), (600, 540)]  # fmt: skip
        return self._cd4 * through_log(day, points)

    def lymphocytes(self, day: int) -> float:
        """Return all lymphocytes per microlitre: T, NK, B and CAR T cells."""
        return self.cd4(day) * (1 + self._others) + self.b_cells(day) + self.car_t(day)

    @cached_property
    def _nadir_day(self) -> int:
        return self.patient.chance("nadir").integer(7, 9)

    def neutrophils(self, day: int) -> float:
        """Return neutrophils in 10^9 per litre."""
        before, nadir, later = self.patient["neutrophils"]
        late = self.patient.get("late_neutropenia")
        if late and late - 4 <= day <= late + 12:
            return through_log(
                day, [(late - 4, 1.6), (late, 0.34), (late + 3, 0.46), (late + 6, 3.9), (late + 12, 2.6)]
            )
        points = [(-5, before), (-1, before * 0.82), (2, before * 0.62), (self._nadir_day, nadir), (12, nadir * 1.5),
                  (21, later * 0.8), (33, later * 0.66), (61, later * 0.92), (100, later)]  # fmt: skip
        return through_log(day, points)

    def haemoglobin(self, day: int) -> float:
        """Return haemoglobin in g/dL."""
        before, later = self.patient["haemoglobin"]
        points = [(-5, before), (0, before - 0.6), (10, before - 1.5), (28, before - 0.7), (91, (before + later) / 2),
                  (200, later)]  # fmt: skip
        return through(day, points)

    def platelets(self, day: int) -> float:
        """Return platelets in 10^9 per litre."""
        before, later = self.patient["platelets"]
        points = [(-5, before), (0, before * 0.86), (9, before * 0.64), (14, before * 0.78),
                  (27, before * 0.3 + later * 0.72), (60, later)]  # fmt: skip
        return through_log(day, points)


def _record_kinetics(record: Record, cells: Cells, visits: list[Visit]) -> None:
    patient = record.patient
    chance = patient.chance("kinetics noise")
    b_noise, copies_noise = Drift(chance, 0.09), Drift(patient.chance("copies noise"), 0.14, 4)
    extra = {patient["car_peak_day"] + chance.integer(1, 2), patient["car_peak_day"] - 1, patient["car_peak_day"]}
    for visit in visits:
        if visit.kind == "ill" or (visit.kind == "inpatient" and visit.day not in {0} | CAR_DAYS | extra):
            continue
        count = cells.b_cells(visit.day)
        if visit.day >= 14:
            count = max(count * b_noise.factor(visit.day), 10.6) if count >= 10 else min(count, 8.6)
        record.measure(visit, "cd19_b_cells_per_ul", count)
        if 0 <= visit.day <= max(150, patient.return_day + 30) and visit.kind != "baseline":
            _record_car_t(record, cells, visit, copies_noise)
        if count >= 10 and visit.kind in {"baseline", "clinic", "interim"}:
            _record_subsets(record, visit)


def _record_car_t(record: Record, cells: Cells, visit: Visit, noise: Drift) -> None:
    patient = record.patient
    level, chance = cells.car_t(visit.day), patient.chance(f"car t {visit.day}")
    at_peak = visit.day == patient["car_peak_day"]
    counted = level if at_peak else min(level * math.exp(chance.normal(0, 0.12)), 0.9 * patient["car_peak"])
    amplified = level if at_peak else min(level * noise.factor(visit.day), 0.88 * patient["car_peak"])
    record.measure(visit, "car_t_cells_per_ul", counted)
    record.measure(visit, "car_t_copies_per_ug", amplified * cells.copies_per_cell)


def _record_subsets(record: Record, visit: Visit) -> None:
    patient = record.patient
    own = patient.chance(f"subsets {visit.day}")
    habit = patient.chance("subsets")
    if visit.day < 0:
        transitional, memory, blasts = habit.uniform(3, 8), habit.uniform(16, 31), habit.uniform(1.5, 9.5)
    else:
        since = visit.day - patient.return_day
        transitional = settle(since, habit.uniform(24, 41), habit.uniform(5, 9), habit.uniform(60, 100)) * own.about(
            1, 0.06
        )
        memory = settle(since, habit.uniform(0.6, 2.2), habit.uniform(7, 12), 420) * own.about(1, 0.12)
        blasts = settle(since, habit.uniform(0.1, 0.4), habit.uniform(0.6, 1.6), 300) * own.about(1, 0.2)
    naive = 100 - transitional - memory - blasts - own.uniform(1, 4)
    shares = {
        "b_naive_pct": naive,
        "b_transitional_pct": transitional,
        "b_memory_pct": memory,
        "plasmablast_pct": blasts,
    }
    for variable, share in shares.items():
        record.measure(visit, variable, share)


def _record_counts(record: Record, cells: Cells, visits: list[Visit]) -> None:
    chance = record.patient.chance("count noise")
    neutro, lympho = Drift(chance, 0.10, 6), Drift(chance, 0.07, 8)
    haemo, thrombo, mono = Drift(chance, 0.22, 10), Drift(chance, 0.05, 8), Drift(chance, 0.2, 5)
    late = record.patient.get("late_neutropenia") or 999
    for visit in visits:
        day = visit.day
        wander = neutro.factor(day)
        granulocytes = cells.neutrophils(day) * (1 if abs(day - late) < 5 else wander)
        if day < 40:
            granulocytes = max(granulocytes, 0.52)
        lymphocytes = cells.lymphocytes(day) / 1000 * lympho.factor(day)
        rest = (0.06 + 0.07 * through(day, [(-6, 6), (-1, 2), (3, 0.2), (8, 0.6), (13, 5), (25, 6)])) * mono.factor(day)
        record.measure(visit, "neutrophils_10e9_l", granulocytes)
        record.measure(visit, "lymphocytes_10e9_l", lymphocytes)
        record.measure(visit, "wbc_10e9_l", round(granulocytes, 2) + round(lymphocytes, 2) + rest)
        record.measure(visit, "haemoglobin_g_dl", cells.haemoglobin(day) + haemo.at(day))
        record.measure(visit, "platelets_10e9_l", cells.platelets(day) * thrombo.factor(day))
        if visit.kind in {"baseline", "early", "clinic"} or day in {0, 9}:
            share = cells.cd4(day) / cells.lymphocytes(day)
            record.measure(visit, "cd4_t_cells_per_ul", share * lymphocytes * 1000)


def record_cells(record: Record, visits: list[Visit]) -> None:
    """Write CAR T cells, B cells, their subsets and the blood counts."""
    cells = Cells(record.patient)
    _record_kinetics(record, cells, visits)
    _record_counts(record, cells, visits)


def crs_strength(patient: Patient, day: int) -> float:
    """Return how strong the cytokine release is on a day, about 1 for grade 1 and 2.4 for grade 2."""
    crs = patient.get("crs")
    if crs is None:
        return 0.16 * bump(day, patient["car_peak_day"] - 1, 3)
    middle = crs["first_day"] + len(crs["peaks"]) / 2
    heat = max(crs["peaks"]) - 37.6
    return heat * (1.5 if crs["grade"] == 2 else 0.85) * bump(day, middle, 1.4 + len(crs["peaks"]) / 2)
