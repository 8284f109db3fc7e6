"""Drug courses as bars, the time without immunosuppressant, and the glucocorticoid dose as steps."""

from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.words import as_rows, length_text, number, span_text, text, unit_text

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
FREE_COLUMNS = ["patient_id", "start", "end", "label", "tip"]
STEP_COLUMNS = ["patient_id", "start", "end", "mg", "tip", "when"]


def drug_frames(treatments: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the bars with their row, and the rows with their names; glucocorticoids have a lane of their own.

    ``part`` says in which lane a drug stands: ``recent``, ``earlier`` (over before the months around the infusion)
    or ``supportive``.
    """
    bars = _bars(treatments[treatments["category"] != "glucocorticoid"], people)
    bars["part"] = _parts(bars)
    rows = _rows(bars)
    return bars.merge(rows[["patient_id", "drug", "category", "row"]], on=["patient_id", "drug", "category"]), rows


def drug_free_frame(treatments: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return, per patient, the time since the last immunosuppressant; no row where one still goes on."""
    taken = _ended(treatments[treatments["category"].isin(SUPPRESSING)], people)
    last = taken.groupby("patient_id")["end"].max()
    rows = [_free(person, last.get(person.patient_id)) for person in people.itertuples()]
    return pd.DataFrame([row for row in rows if row], columns=FREE_COLUMNS)


def glucocorticoid_frame(doses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the daily prednisolone-equivalent dose as steps; days without a dose have no row."""
    steps = _ended(doses[doses["mg_per_day"].fillna(0) > 0], people)
    if steps.empty:
        return pd.DataFrame(columns=STEP_COLUMNS)
    steps["mg"] = steps["mg_per_day"]
    steps["tip"] = [f"{number(mg)} mg a day" for mg in steps["mg"]]
    steps["when"] = [span_text(step.start, step.end) for step in steps.itertuples()]
    steps["end"] += 1
    return steps[STEP_COLUMNS].reset_index(drop=True)


def _bars(treatments: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return one bar per course, from its first day to the day after its last."""
    bars = _ended(treatments, people)
    bars["label"] = [catalogue.drug(name)["label"] for name in bars["drug"]]
    bars["dose_text"] = [dose_text(row) for row in as_rows(bars)]
    bars["when"] = [span_text(bar.start, bar.end, ongoing=bool(bar.is_ongoing)) for bar in bars.itertuples()]
    bars["end"] += 1
    bars["origin"] = bars["origin"].map(text)
    return bars[["patient_id", "drug", "label", "category", "start", "end", "dose_text", "when", "origin"]]


def _ended(courses: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the courses with plain start and end days; ongoing ones end on the patient's last known day."""
    known = courses.merge(people[["patient_id", "last_day"]], on="patient_id")
    known["is_ongoing"] = known["end_day"].isna()
    known["start"] = known["start_day"].astype(float)
    known["end"] = known["end_day"].fillna(known["last_day"]).astype(float)
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


def _free(person: Any, last: float | None) -> tuple[str, float, float, str, str] | None:
    """Return the bar of the time without immunosuppressant, unless a drug goes on to the end."""
    if last is None or last >= person.last_day:
        return None
    length = length_text(person.last_day - last)
    tip = f"No glucocorticoid, immunosuppressant, biologic or antimalarial since day {number(last)}"
    return (person.patient_id, float(last + 1), float(person.last_day), f"none for {length}", tip)


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
