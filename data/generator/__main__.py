"""Write the series: `python -m data.generator data/cd19-car-t` from the top of the repository."""

from __future__ import annotations

import sys
from pathlib import Path

from .cells import record_cells
from .drugs import earlier_therapies, record_drugs
from .function import record_function
from .happenings import record_events
from .lupus import record_lupus
from .myositis import record_myositis
from .people import Patient, patients, visits
from .record import Record, save
from .sclerosis import record_lung, record_skin
from .serum import record_serum
from .toxicity import record_toxicity


def _describe(record: Record, patient: Patient) -> None:
    record.describe(
        disease=patient.disease,
        subtype=patient["subtype"],
        sex=patient["sex"],
        age_years=patient["age"],
        disease_duration_years=patient["duration"]
        if isinstance(patient["duration"], int)
        else f"{patient['duration']:g}",
        prior_therapies=earlier_therapies(patient),
        autoantibodies="; ".join(patient["antibodies"]),
        organs="; ".join(patient["organs"]),
        weight_kg=patient["weight"],
        last_known_day=patient["last_known_day"],
        end_reason="data cut",
    )


def record_of(patient: Patient) -> Record:
    """Return everything that is written about one patient."""
    record, seen = Record(patient), visits(patient)
    _describe(record, patient)
    record_drugs(record)
    record_cells(record, seen)
    record_toxicity(record, seen)
    record_serum(record, seen)
    if patient.disease == "SLE":
        record_lupus(record, seen)
    if patient.disease == "IIM":
        record_myositis(record, seen)
    if patient.disease == "SSc":
        record_skin(record, seen)
    if patient.get("function"):
        record_function(record, seen)
    if patient.get("lung"):
        record_lung(record, seen)
    record_events(record)
    return record


if __name__ == "__main__":
    save([record_of(patient) for patient in patients()], Path(sys.argv[1]))
