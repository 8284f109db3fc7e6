"""Change since baseline: the activity score of each patient before the infusion, at month 6, at best and at last."""

from typing import Any

import pandas as pd

from casekit import catalogue, scores
from casekit.charts.panel_kinds import short_name
from casekit.charts.picture import Frames, about, patients_of
from casekit.charts.time_axis import UNIT_DAYS
from casekit.charts.words import as_rows, day_text, number
from casekit.records import CaseSeries
from casekit.scores.occurrence_words import VISIT_WINDOW

MONTH_6 = 6 * UNIT_DAYS["months"]
BASELINE, HALF_YEAR, BEST, LAST = "before the infusion", "month 6", "best", "last visit"
COLUMNS = [
    "patient_id",
    "disease",
    "instrument",
    "name",
    "visit",
    "day",
    "low",
    "high",
    "value",
    "change",
    "tip",
    "when",
]
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "name": "Score",
    "visit": "Visit",
    "day": "Day since the infusion",
    "low": "Lowest possible",
    "high": "Highest possible",
    "change": "Change since baseline",
}


def change_frames(series: CaseSeries, instrument: str = "") -> Frames:
    """Return one row per patient and visit of interest; days count from the infusion whatever day 0 is.

    Without an instrument it is the activity score of each disease.

    Visits: the last one before the infusion, the one nearest to month 6 within 31 days, the best exact score after the
    infusion, and the last one. ``change`` is missing where either score is not determinable. A score that is a
    change since baseline itself, such as TIS, is compared with 0.

    Examples
    --------
    >>> import casekit as ck
    >>> rows = change_frames(ck.example()).rows
    >>> rows.query("patient_id == 'SLE-01'")[["visit", "value", "change"]].values.tolist()[0]
    ['before the infusion', 18.0, 0.0]
    """
    own, people = series.before_alignment or series, patients_of(series.before_alignment or series)
    wanted = {str(name): instrument or catalogue.disease(str(name)).activity for name in people["disease"].unique()}
    if instrument:
        wanted = {name: score for name, score in wanted.items() if name in catalogue.instrument(instrument)["diseases"]}
    found = [row for name, score in wanted.items() if score for row in _of_disease(own, name, score)]
    rows = pd.DataFrame(found, columns=COLUMNS)
    return Frames(
        rows, about(series), people[people["disease"].isin([name for name, score in wanted.items() if score])]
    )


def _of_disease(series: CaseSeries, disease: str, instrument: str) -> list[dict[str, Any]]:
    """Return the visits of interest of all patients with a disease."""
    scored = scores.score(series.select(disease=disease), instrument).sort_values("day")
    named = {"disease": disease, "instrument": instrument, "name": short_name(instrument)}
    rows = [(who, visit, row) for who, own in scored.groupby("patient_id") for visit, row in _visits(own, instrument)]
    baseline = {who: row["value"] for who, visit, row in rows if visit == BASELINE}
    return [{**named, **_row(who, visit, row, baseline.get(who))} for who, visit, row in rows]


def _visits(own: pd.DataFrame, instrument: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the visits of interest of one patient, in the order of the picture."""
    before, after = own[own["day"] <= 0], own[own["day"] > 0]
    exact = after.dropna(subset=["value"]).sort_values("day")
    far = (after["day"].astype(float) - MONTH_6).abs()
    better = catalogue.instrument(instrument).get("better", "lower") == "higher"
    best = exact.sort_values("value", ascending=not better, kind="stable")
    found = {
        BASELINE: before.tail(1),
        HALF_YEAR: after[(far <= VISIT_WINDOW) & (far == far.min())].head(1),
        BEST: best.head(1),
        LAST: after.tail(1),
    }
    return [(visit, row) for visit, part in found.items() for row in as_rows(part)]


def _row(who: Any, visit: str, row: dict[str, Any], baseline: Any) -> dict[str, Any]:
    """Return one score with its change and words."""
    exact = pd.notna(row["value"])
    change = row["value"] - baseline if exact and pd.notna(baseline) else None
    tip = number(row["value"]) if exact else f"{number(row['low'])} to {number(row['high'])}, not determinable"
    kept = {name: float(row[name]) if pd.notna(row[name]) else None for name in ("day", "low", "high", "value")}
    return {
        "patient_id": str(who),
        "visit": visit,
        **kept,
        "change": change,
        "tip": tip,
        "when": day_text(float(row["day"])),
    }
