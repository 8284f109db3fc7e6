"""Events: leukapheresis, hospital stays, side effects, infections and vaccinations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .serum import vaccinations
from .toxicity import fever_peaks

if TYPE_CHECKING:
    from .record import Record

CTCAE = "CTCAE 5.0"
LICATS_MANAGEMENT = {1: "spontaneous_resolution"}
# variable: event, then (grade, limit) from the worst down; a count below the limit has that grade
COUNTS = {
    "neutrophils_10e9_l": ("neutropenia", [(4, 0.5), (3, 1.0)]),
    "lymphocytes_10e9_l": ("lymphopenia", [(4, 0.2)]),
    "haemoglobin_g_dl": ("anaemia", [(3, 8.0)]),
    "platelets_10e9_l": ("thrombocytopenia", [(3, 50.0), (2, 75.0)]),
}


def _course(record: Record) -> None:
    record.happen("procedure", "leukapheresis", -13, -13, serious=False)
    peaks = fever_peaks(record.patient)
    leave = max([10, *(day + 3 for day in peaks)]) + record.patient.chance("stay").integer(0, 2)
    record.happen("hospitalisation", "hospital_stay_infusion", -6, leave, serious=False)


def _crs_and_icans(record: Record) -> None:
    patient = record.patient
    peaks = fever_peaks(patient)
    about = {"grade_system": "ASTCT 2019", "serious": False, "relatedness": "CAR T cells", "outcome": "resolved"}
    if peaks:
        record.happen("adverse_event", "crs", min(peaks), max(peaks), grade=patient["crs"]["grade"], **about)
    confused = sorted(int(day) for day in patient.get("icans", {}))
    if confused:
        record.happen("adverse_event", "icans", confused[0], confused[-1], grade=1, **about)


def _low_counts(record: Record) -> None:
    """Write an event for each stretch of days with a low count, from the counts themselves."""
    for variable, (name, grades) in COUNTS.items():
        counts = [(int(row["day"]), float(row["value"])) for row in record.rows["measurements"]
                  if row["variable"] == variable and int(row["day"]) > -6]  # fmt: skip
        stretch: list[tuple[int, float]] = []
        for day, count in [*sorted(counts), (9999, 9999.0)]:
            if count < grades[-1][1]:
                stretch.append((day, count))
            elif stretch and any(day < other <= day + 2 and low < grades[-1][1] for other, low in counts):
                continue  # one better count between two low ones does not end it
            elif stretch:
                lowest = min(low for _, low in stretch)
                grade = next(grade for grade, limit in grades if lowest < limit)
                late = stretch[0][0] > 30
                ended = day if day < 9999 else None
                record.happen("adverse_event", name, stretch[0][0], ended, grade=grade, grade_system=CTCAE,
                              serious=False, relatedness="unknown, late" if late else "lymphodepletion",
                              outcome="resolved with G-CSF" if late and name == "neutropenia" else
                              "resolved" if ended else "ongoing")  # fmt: skip
                stretch = []


def _mild(record: Record) -> None:
    chance = record.patient.chance("mild effects")
    if chance.happens(0.5):
        record.happen("adverse_event", "nausea", -4, -2 + chance.integer(0, 2), grade=chance.integer(1, 2),
                      grade_system=CTCAE, serious=False, relatedness="lymphodepletion", outcome="resolved")  # fmt: skip
    if chance.happens(0.4):
        record.happen("adverse_event", "fatigue", chance.integer(0, 4), chance.integer(12, 30), grade=1,
                      grade_system=CTCAE, serious=False, relatedness="lymphodepletion", outcome="resolved")  # fmt: skip


def record_events(record: Record) -> None:
    """Write all events of one patient; the blood counts must be there already."""
    _course(record)
    _crs_and_icans(record)
    _low_counts(record)
    _mild(record)
    for name, day in vaccinations(record.patient).items():
        record.happen("vaccination", name, day, day)
    for event in record.patient.get("events", []):
        record.happen(**event)
        if event["name"] == "licats":
            record.manage(event["start_day"], "licats_management", LICATS_MANAGEMENT[event["grade"]])
