"""What pictures over time draw: measured values and scores of many patients, as rows of one and the same kind."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from casekit import catalogue, scores
from casekit.charts.panel_kinds import short_name
from casekit.charts.picture import Frames, about, patients_of
from casekit.charts.score_frames import activity_frame, is_from_baseline
from casekit.charts.value_frames import heading, value_frame
from casekit.records import CaseSeries

ROW_COLUMNS = [
    *("patient_id", "disease", "variable", "name", "day", "value", "low", "high"),
    *("lower", "upper", "state", "tip", "when", "range", "missing", "origin"),
]
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "name": "What",
    "day": "Day",
    "tip": "Result",
    "low": "Lowest possible",
    "high": "Highest possible",
    "state": "State",
    "range": "Reference range",
    "missing": "Missing items",
    "origin": "Origin",
}
COMPUTED = "computed from its items"


def course_frames(
    series: CaseSeries, diseases: Sequence[str], measured: Iterable[str], scored: Iterable[str]
) -> Frames:
    """Return the values and scores of the patients with one of these diseases; rows of days not known are left out.

    Parameters
    ----------
    series : CaseSeries
    diseases : sequence of str
        Whose patients are shown; a series without them gives frames without rows.
    measured, scored : iterable of str
        Ids of laboratory variables and of instruments.

    Returns
    -------
    Frames
        Rows: one per value, with the bounds ``low`` and ``high`` (equal where nothing is missing), the reference
        limits ``lower`` and ``upper``, and the words to show.

    Examples
    --------
    >>> import casekit as ck
    >>> frames = course_frames(ck.example(), ["SSc"], ["crp_mg_l"], ["mrss"])
    >>> sorted(frames.rows["variable"].unique())
    ['crp_mg_l', 'mrss']
    """
    people = patients_of(series)
    people = people[people["disease"].isin(diseases)]
    if people.empty:
        return Frames(pd.DataFrame(columns=ROW_COLUMNS), about(series), people)
    chosen = series.select(disease=list(people["disease"].unique()))
    parts = [*[_measured(chosen, name) for name in measured], *[_scored(chosen, name) for name in scored]]
    rows = pd.concat([part for part in parts if len(part)] or [pd.DataFrame(columns=ROW_COLUMNS)], ignore_index=True)
    rows["disease"] = rows["patient_id"].map(people.set_index("patient_id")["disease"])
    return Frames(rows[ROW_COLUMNS].dropna(subset=["day"]), about(series), people)


def diseases_of(instrument: str) -> list[str]:
    """Return the diseases an instrument was made for.

    Examples
    --------
    >>> diseases_of("sledai_2k")
    ['SLE']
    """
    return [str(name) for name in catalogue.instrument(instrument)["diseases"]]


def before_and_last(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, by patient, the last exact value up to day 0 and the last one after it; missing where there is none.

    Examples
    --------
    >>> rows = pd.DataFrame({"patient_id": "A", "day": [-9, -5, 30, 60], "value": [8.0, 6.0, 4.0, None]})
    >>> before_and_last(rows).to_dict("index")
    {'A': {'before': 6.0, 'last': 4.0}}
    """
    exact = rows.dropna(subset=["value"]).sort_values("day")
    before = exact[exact["day"] <= 0].groupby("patient_id")["value"].last()
    last = exact[exact["day"] > 0].groupby("patient_id")["value"].last()
    return pd.DataFrame({"before": before, "last": last})


def course_words(rows: pd.DataFrame) -> str:
    """Return the course of a group in words: medians of those who have a value before and after day 0."""
    pairs = before_and_last(rows).dropna()
    if pairs.empty:
        return "no patient has a value before and after day 0"
    medians = pairs.median()
    return f"median {medians['before']:.4g} before day 0, {medians['last']:.4g} at the last visit (n = {len(pairs)})"


def from_day_zero(rows: pd.DataFrame, series: CaseSeries, *days: str) -> pd.DataFrame:
    """Return rows whose days count from the infusion with their days counted from day 0 of the series.

    What is computed in the days of the infusion, such as the time without drugs, would mean something else around
    another day 0. Rows of patients without a day 0 are left out.

    Examples
    --------
    >>> import casekit as ck
    >>> series = ck.example().patient("SLE-01")
    >>> rows = pd.DataFrame({"patient_id": ["SLE-01"], "day": [100.0]})
    >>> from_day_zero(rows, series.align("leukapheresis"), "day")["day"].tolist()
    [113.0]
    """
    if series.day_zero is None:
        return rows
    zero = rows["patient_id"].map(series.day_zero.astype("float64")).astype("float64")
    return rows.assign(**{day: rows[day] - zero for day in days})[zero.notna()]


def narrowed(frames: Frames, variable: str) -> Frames:
    """Return the frames with the rows of one variable or instrument."""
    return replace(frames, rows=frames.rows[frames.rows["variable"] == variable])


def _measured(series: CaseSeries, variable: str) -> pd.DataFrame:
    """Return the results of one laboratory variable."""
    known = series.measurements[series.measurements["variable"] == variable].dropna(subset=["day"])
    values = value_frame(known)
    blank = dict.fromkeys(["missing", "disease"], "")
    return values.assign(low=values["value"], high=values["value"], name=heading(variable)[0], **blank)[ROW_COLUMNS]


def _scored(series: CaseSeries, instrument: str) -> pd.DataFrame:
    """Return the scores of one instrument; empty where it was never assessed."""
    found = scores.score(series, instrument).dropna(subset=["day"])
    if is_from_baseline(instrument):
        found = _from_baseline(found, series)
    drawn = activity_frame({instrument: found}).rename(columns={"instrument": "variable"})
    blank = dict.fromkeys(["range", "disease"], "")
    return drawn.assign(**blank, name=short_name(instrument), lower=None, upper=None, origin=COMPUTED)[ROW_COLUMNS]


def _from_baseline(found: pd.DataFrame, series: CaseSeries) -> pd.DataFrame:
    """Return the scores from the last visit up to the infusion on: a change since baseline means nothing before it."""
    zero = series.day_zero if series.day_zero is not None else pd.Series(dtype="float64")
    infusion = -found["patient_id"].map(zero.astype("float64")).fillna(0.0)
    baseline = found["day"].where(found["day"] <= infusion).groupby(found["patient_id"]).transform("max")
    return found[found["day"] >= baseline.fillna(-math.inf)]
