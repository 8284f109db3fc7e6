"""The five tables while they are being written."""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from .people import HERE, Patient, Visit

if TYPE_CHECKING:
    from pathlib import Path

LABORATORY: dict[str, dict[str, Any]] = tomllib.loads((HERE / "laboratory.toml").read_text(encoding="utf-8"))
COLUMNS = {
    "patients": "patient_id disease subtype sex age_years disease_duration_years prior_therapies autoantibodies organs "
    "weight_kg last_known_day end_reason",
    "treatments": "patient_id drug category dose dose_unit frequency route start_day end_day reason origin",
    "measurements": "patient_id day hour variable value comparator unit lower upper specimen origin",
    "assessments": "patient_id day variable value attributed_to origin",
    "events": "patient_id kind name start_day end_day ongoing grade grade_system serious relatedness outcome origin",
}
ALWAYS_DONE = {"screening", "baseline"}
NEVER_FORGOTTEN = {
    "cd19_b_cells_per_ul", "car_t_cells_per_ul", "car_t_copies_per_ug", "temp_c", "wbc_10e9_l", "neutrophils_10e9_l",
    "platelets_10e9_l", "upcr_mg_g", "urine_rbc_hpf", "urine_wbc_hpf", "c3_g_l", "c4_g_l", "anti_dsdna_iu_ml",
    "anti_ro60_u_ml", "anti_sm_u_ml", "anti_nucleosome_u_ml", "ck_u_l", "ldh_u_l", "fvc_pct_pred", "dlco_pct_pred",
}  # fmt: skip


def written(value: Any, decimals: int = 0) -> str:
    """Return a number with its decimals, yes or no for truth, and nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)


class Record:
    """What is written about one patient."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.rows: dict[str, list[dict[str, str]]] = defaultdict(list)

    def _row(self, table: str, **cells: Any) -> None:
        self.rows[table].append({"patient_id": self.patient.id} | {name: written(cell) for name, cell in cells.items()})

    def _range(self, variable: str, visit: Visit) -> tuple[str, str]:
        """Return the reference range of the laboratory that measured, as it prints it."""
        test = LABORATORY[variable]
        prefixes = [""]
        prefixes += ["female_"] if self.patient.woman else []
        if visit.label in self.patient.get("local", []):
            prefixes += ["local_", "local_female_"] if self.patient.woman else ["local_"]
        lower, upper = ([test[name + end] for name in prefixes if name + end in test] for end in ("lower", "upper"))
        return (f"{lower[-1]:g}" if lower else ""), (f"{upper[-1]:g}" if upper else "")

    def measure(self, visit: Visit, variable: str, value: float, hour: int | None = None) -> None:
        """Write one result, below the detection limit as the limit with "<"."""
        if self._forgotten(visit, variable):
            return
        test = LABORATORY[variable]
        limit = test.get("limit")
        below = limit is not None and round(value, test["decimals"]) < limit
        lower, upper = self._range(variable, visit)
        self._row(
            "measurements",
            day=visit.day,
            hour=hour,
            variable=variable,
            value=written(float(limit if below and limit is not None else value), test["decimals"]),
            comparator="<" if below else "",
            unit=test["unit"],
            lower=lower,
            upper=upper,
            specimen=test["specimen"],
            origin=f"synthetic: visit {visit.label}, {self._source(variable, visit)}",
        )

    def _forgotten(self, visit: Visit, variable: str) -> bool:
        """Return whether the result is missing: as planned, or by chance as in life."""
        if variable in self.patient.get("missing", {}).get(visit.label, []):
            return True
        if variable in NEVER_FORGOTTEN or visit.kind in ALWAYS_DONE:
            return False
        return self.patient.chance(f"forgotten {variable} {visit.day}").happens(0.03)

    def _source(self, variable: str, visit: Visit) -> str:
        if variable == "temp_c":
            return "ward chart" if visit.kind == "inpatient" else "vital signs"
        if variable in {"fvc_pct_pred", "dlco_pct_pred"}:
            return "lung function"
        return "local laboratory" if visit.label in self.patient.get("local", []) else "laboratory"

    def assess(self, visit: Visit, variable: str, value: Any, attributed_to: str = "") -> None:
        """Write one item of an instrument, unless it was not done."""
        if variable in self.patient.get("missing", {}).get(visit.label, []):
            return
        what = "ward chart" if visit.kind == "inpatient" else "examination"
        self._row(
            "assessments",
            day=visit.day,
            variable=variable,
            value=written(value, 1),
            attributed_to=attributed_to,
            origin=f"synthetic: visit {visit.label}, {what}",
        )

    def manage(self, day: int, variable: str, value: str) -> None:
        """Write how an event was managed, on the day it began."""
        self._row("assessments", day=day, variable=variable, value=value, origin="synthetic: event log")

    def treat(self, drug: str, category: str, **course: Any) -> None:
        """Write one course of a drug."""
        self._row("treatments", drug=drug, category=category, **course, origin="synthetic: medication list")

    def happen(self, kind: str, name: str, start_day: int, end_day: int | None, **about: Any) -> None:
        """Write one event."""
        about = {"ongoing": end_day is None} | about
        self._row("events", kind=kind, name=name, start_day=start_day, end_day=end_day, **about,
                  origin="synthetic: event log")  # fmt: skip

    def describe(self, **cells: Any) -> None:
        """Write the patient's own row."""
        self._row("patients", **cells)


ORDER = {
    "patients": ("patient_id",),
    "treatments": ("patient_id", "start_day", "drug"),
    "measurements": ("patient_id", "day", "variable", "hour"),
    "assessments": ("patient_id", "day", "variable"),
    "events": ("patient_id", "start_day", "name"),
}
NUMBERS = {"start_day", "day", "hour"}


def save(records: list[Record], folder: Path) -> None:
    """Write the five tables, sorted within each patient."""
    for table, columns in COLUMNS.items():
        keys = ORDER[table][1:]
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns.split(), restval="", lineterminator="\n")
            writer.writeheader()
            for record in records:
                writer.writerows(sorted(record.rows[table], key=lambda row: [_sortable(row, key) for key in keys]))


def _sortable(row: dict[str, str], key: str) -> Any:
    return int(row[key] or -1) if key in NUMBERS else row[key]
