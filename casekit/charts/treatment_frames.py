"""Drug courses as bars, the time without immunosuppressant, and the glucocorticoid dose as steps.

Courses come with the days on which they surely ran and may have run (`scores.spans`). A bar reaches as far as the
course may have run and says where its end is not known; what has no first day is in no bar, but the time without drugs
and the dose know of it. So a lane is empty only where nothing was taken.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue
from casekit.charts.words import (
    END_NOT_KNOWN,
    START_NOT_KNOWN,
    as_rows,
    day_text,
    length_text,
    number,
    span_text,
    text,
    unit_text,
)
from casekit.scores.spans import FIRST_DAY, perhaps_of

# What "no immunosuppressant" means in this picture; conditioning and the cells themselves are not counted.
SUPPRESSING = ("glucocorticoid", "immunosuppressant", "biologic", "antimalarial")
ORDER = (
    "immunosuppressant",
    "biologic",
    "antimalarial",
    "antifibrotic",
    "lymphodepletion",
    "car_t",
    "anticytokine",
    "immunoglobulin",
    "anti_infective",
    "other",
)
SUPPORTIVE = ("anti_infective", "other")
RECENT_FROM = -100
BAR_COLUMNS = [
    *("patient_id", "drug", "label", "category", "start", "end"),
    *("dose_text", "dose_tip", "route", "when", "reason", "origin"),
]
FREE_COLUMNS = ["patient_id", "start", "end", "label", "besides", "tip"]
STEP_COLUMNS = ["patient_id", "start", "end", "mg", "tip", "given", "when"]
NOT_KNOWN = "not known"
ROUTES = {"iv": "intravenous", "sc": "subcutaneous", "im": "intramuscular"}


def drug_frames(courses: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the bars with their row, and the rows with their names; glucocorticoids have a lane of their own.

    ``part`` says in which lane a drug stands: ``recent``, ``earlier`` (over before the months around the infusion)
    or ``supportive``.
    """
    placed = courses["start_day"].notna() & (courses["category"] != "glucocorticoid")
    bars = _bars(courses[placed], people)
    bars["part"] = _parts(bars)
    rows = _rows(bars)
    return bars.merge(rows[["patient_id", "drug", "category", "row"]], on=["patient_id", "drug", "category"]), rows


def drug_free_frame(courses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return, per patient, the time since the infusion, or since the last drug after it; no row where one may go on.

    ``besides`` names the anticytokines of that time, which are given for CRS; it is empty where none was given.
    """
    taken = _ended(perhaps_of(courses, SUPPRESSING), people)
    last = taken.groupby("patient_id")["end"].max()
    others = _ended(courses[courses["category"] == "anticytokine"], people)
    rows = [_free(person, last.get(person.patient_id), others) for person in people.itertuples()]
    return pd.DataFrame([row for row in rows if row], columns=FREE_COLUMNS)


def glucocorticoid_frame(doses: pd.DataFrame, courses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the daily prednisolone-equivalent dose as steps with what was given; days without a dose have no row.

    ``mg`` is missing where a dose is not known or a course may be over; ``tip`` says what is known.
    """
    steps = doses[doses["high"] > 0].merge(people[["patient_id", "last_day"]], on="patient_id")
    if steps.empty:
        return pd.DataFrame(columns=STEP_COLUMNS)
    steps["start"] = steps["start_day"].astype(float)
    steps["end"] = steps["end_day"].fillna(steps["last_day"]).astype(float)
    steps["mg"] = steps["mg_per_day"]
    steps["tip"] = [_dose_words(step.low, step.high) for step in steps.itertuples()]
    taken = as_rows(_ended(courses[courses["category"] == "glucocorticoid"], people))
    told = {who: [{**row, "words": _course(row)} for row in own] for who, own in _by_patient(taken).items()}
    steps["given"] = [_given(told.get(step["patient_id"], []), step) for step in as_rows(steps)]
    steps["when"] = [_step_words(step) for step in steps.itertuples()]
    steps["end"] += 1
    return steps[STEP_COLUMNS].reset_index(drop=True)


def _dose_words(low: float, high: float) -> str:
    """Return a daily dose in words, as far as it is known.

    Examples
    --------
    >>> _dose_words(20, 20), _dose_words(0, 20), _dose_words(20, math.inf), _dose_words(0, math.inf)
    ('20 mg/day', '0 to 20 mg/day, not known', 'at least 20 mg/day', 'dose not known')
    """
    if low == high:
        return f"{number(low)} mg/day"
    if math.isfinite(high):
        return f"{number(low)} to {number(high)} mg/day, {NOT_KNOWN}"
    return f"at least {number(low)} mg/day" if low > 0 else f"dose {NOT_KNOWN}"


def _step_words(step: Any) -> str:
    """Return the days of a step in words; where a start is not known it begins on the first day a series can have."""
    if step.start <= FIRST_DAY:
        return f"until {day_text(step.end)}, {START_NOT_KNOWN}"
    return span_text(step.start, step.end)


def _by_patient(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every patient."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(str(row["patient_id"]), []).append(row)
    return found


def _given(courses: list[dict[str, Any]], step: dict[str, Any]) -> str:
    """Return the courses of the patient behind a step: drug, dose, route, reason and where each is written."""
    taken = [row["words"] for row in courses if row["start"] <= step["end"] and row["end"] >= step["start"]]
    return "; ".join(dict.fromkeys(taken))


def _course(row: dict[str, Any]) -> str:
    """Return one glucocorticoid course in words."""
    name = f"{catalogue.drug(row['drug'])['label']} {dose_text(row)}".strip()
    reason = f"for {text(row['reason'])}" if text(row["reason"]) else "reason not known"
    return ", ".join(filter(None, [name, _route(row["route"]), reason, text(row["origin"])]))


def _route(value: Any) -> str:
    """Return the route in words."""
    return ROUTES.get(text(value), text(value)) or f"route {NOT_KNOWN}"


def _bars(treatments: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return one bar per course, from its first day to the day after its last."""
    bars = _ended(treatments, people)
    bars["label"] = [catalogue.drug(name)["label"] for name in bars["drug"]]
    bars["dose_text"] = [dose_text(row) for row in as_rows(bars)]
    bars["when"] = [_when(bar) for bar in bars.itertuples()]
    bars["end"] += 1
    bars["dose_tip"] = [dose or NOT_KNOWN for dose in bars["dose_text"]]
    bars["route"] = [ROUTES.get(text(route), text(route)) or NOT_KNOWN for route in bars["route"]]
    bars["reason"] = [text(reason) or NOT_KNOWN for reason in bars["reason"]]
    bars["origin"] = bars["origin"].map(text)
    return bars[BAR_COLUMNS]


def _when(bar: Any) -> str:
    """Return the days of a course in words; an end that is not known is neither a day nor "ongoing"."""
    if bar.surely_to < bar.maybe_to:
        return f"{day_text(bar.start)}, {END_NOT_KNOWN}"
    return span_text(bar.start, bar.end, ongoing=math.isinf(bar.maybe_to))


def _ended(courses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the courses from the first to the last day they may have run; without bound, to the last known day."""
    known = courses.merge(people[["patient_id", "last_day"]], on="patient_id")
    last = known["last_day"].astype("float64")
    known["start"] = known["maybe_from"]
    known["end"] = known["maybe_to"].where(np.isfinite(known["maybe_to"]), last)
    return known


def _parts(bars: pd.DataFrame) -> pd.Series:
    """Return the lane of every drug: all courses of a drug stand together."""
    last = bars.groupby(["patient_id", "drug", "category"])["end"].transform("max")
    part = pd.Series("recent", index=bars.index).mask(last <= RECENT_FROM, "earlier")
    return part.mask(bars["category"].isin(SUPPORTIVE), "supportive")


def _rows(bars: pd.DataFrame) -> pd.DataFrame:
    """Return one row per drug of a patient and lane: by class in the order they are given, then by first day."""
    rows = bars.groupby(["patient_id", "part", "drug", "label", "category"], as_index=False).agg(start=("start", "min"))
    rows["rank"] = rows["category"].map({name: place for place, name in enumerate(ORDER)}).fillna(len(ORDER))
    rows = rows.sort_values(["patient_id", "part", "rank", "start", "label"])
    rows["row"] = rows.groupby(["patient_id", "part"]).cumcount()
    return rows[["patient_id", "part", "drug", "category", "row", "label"]].reset_index(drop=True)


def _free(person: Any, last: float | None, others: pd.DataFrame) -> tuple[str, float, float, str, str, str] | None:
    """Return the bar of the time without immunosuppressant, unless a drug goes on to the end."""
    if last is None or pd.isna(person.last_day) or last >= person.last_day:
        return None
    start = max(0.0, float(last) + 1)
    since = "the infusion" if start == 0 else f"day {number(start)}"
    label = f"none since {since} ({length_text(person.last_day - start)})"
    given = others[(others["patient_id"] == person.patient_id) & (others["end"] >= start)]
    besides = " and ".join(dict.fromkeys(_with_reason(row) for row in as_rows(given)))
    beside = f", besides {besides}" if besides else ""
    tip = (
        f"No glucocorticoid, immunosuppressant, biologic or antimalarial since {since}{beside}; "
        f"the last was taken on day {number(last)}"
    )
    return (person.patient_id, start, float(person.last_day), label, besides, tip)


def _with_reason(course: dict[str, Any]) -> str:
    """Return a drug and the reason that is recorded for it."""
    reason = text(course["reason"])
    return str(catalogue.drug(course["drug"])["label"]).lower() + (f" for {reason}" if reason else "")


def dose_text(course: dict[str, Any]) -> str:
    """Return the dose as prescribed, such as ``1000 mg twice daily``; nothing where no dose is known.

    Examples
    --------
    >>> dose_text({"dose": 25.0, "dose_unit": "mg/m2", "frequency": "daily"})
    '25 mg/m² daily'
    """
    if pd.isna(course["dose"]):
        return ""
    if course["dose_unit"] == "cells/kg":
        return f"{number(course['dose'] / 1e6)} × 10⁶ cells/kg"
    often = text(course["frequency"])
    often = "" if often == "once" else often
    return " ".join(filter(None, [number(course["dose"]), unit_text(course["dose_unit"]), often]))
