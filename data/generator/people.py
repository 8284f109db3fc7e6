"""The invented patients and the days on which they are seen."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .chance import Chance

HERE = Path(__file__).parent
BASELINE = -6
# Visits at which a physician examines; the others are for blood, the ward or an illness.
SEEN = {"screening", "baseline", "clinic"}
MONTHS = {"M2": 61, "M3": 91, "M6": 183, "M9": 274, "M12": 365, "M18": 548, "M24": 731}


@dataclass(frozen=True)
class Patient:
    """One invented patient: the id and everything that cohort.toml says."""

    id: str
    plan: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return one entry of the plan."""
        return self.plan[name]

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return one entry of the plan, or something else where there is none."""
        return self.plan.get(name, otherwise)

    def chance(self, purpose: str) -> Chance:
        """Return this patient's own stream of random numbers for a purpose."""
        return Chance(self.id, purpose)

    @property
    def disease(self) -> str:
        """Return the id of the disease."""
        return str(self["disease"])

    @property
    def woman(self) -> bool:
        """Return whether reference ranges for women apply."""
        return self["sex"] == "female"

    @property
    def return_day(self) -> int:
        """Return the day of the first sample with B cells back."""
        return int(self["b_onset"] + self["aplasia"])


@dataclass(frozen=True)
class Visit:
    """A day on which the patient is seen."""

    day: int
    label: str
    kind: str  # screening | baseline | inpatient | early | clinic | interim | ill


def patients() -> list[Patient]:
    """Return the fifteen patients."""
    plans = tomllib.loads((HERE / "cohort.toml").read_text(encoding="utf-8"))
    return [Patient(name, plan) for name, plan in plans.items()]


def _clinic(patient: Patient) -> list[Visit]:
    chance = patient.chance("visits")
    last = patient["last_visit"]
    planned = {label: day + chance.integer(-7, 7) for label, day in MONTHS.items()}
    near = {label: patient.return_day for label, day in planned.items() if abs(day - patient.return_day) <= 7}
    seen = [
        Visit(day, label, "clinic")
        for label, day in (planned | near).items()
        if day < last - 25 and label not in patient.get("missed", [])
    ]
    return [*seen, Visit(last, "last", "clinic")]


def _interim(patient: Patient, taken: list[int]) -> list[Visit]:
    """Return the visits for blood only, every two to four weeks until the B cells are back and once after."""
    chance = patient.chance("interim visits")
    days, day = [], 28
    while (day := day + chance.integer(12, 19)) < patient.return_day:
        days.append(day)
    days = [day for day in days if all(abs(day - other) > 6 for other in [*taken, patient.return_day])]
    after = patient.return_day + chance.integer(24, 33)
    days += [patient.return_day] + [day for day in [after] if all(abs(day - other) > 6 for other in taken)]
    if late := patient.get("late_neutropenia"):
        days = [day for day in days if abs(day - late - 3) > 8] + [late, late + 3, late + 6]
    wanted = [day for day in sorted(days) if day < patient["last_visit"] - 6 and day not in taken]
    return [Visit(day, f"D{day}", "interim") for day in wanted]


def visits(patient: Patient) -> list[Visit]:
    """Return all visits in the order of their days."""
    chance = patient.chance("early visits")
    first = [Visit(-chance.integer(16, 22), "screening", "screening"), Visit(BASELINE, "baseline", "baseline")]
    ward = [Visit(day, f"D{day}", "inpatient") for day in (-3, -1, *range(11))]
    early = [Visit(14 + chance.integer(-1, 1), "D14", "early"), Visit(21 + chance.integer(-1, 1), "D21", "early")]
    clinic = [Visit(28 + chance.integer(-1, 2), "D28", "clinic"), *_clinic(patient)]
    interim = _interim(patient, [visit.day for visit in clinic])
    ill = [Visit(day, f"D{day}", "ill") for day in patient.get("ill", [])]
    return sorted([*first, *ward, *early, *clinic, *interim, *ill], key=lambda visit: visit.day)
