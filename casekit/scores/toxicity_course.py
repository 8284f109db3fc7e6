"""On which days a recorded toxicity had its highest grade, and for which findings: its first day is not that day."""

from itertools import count
from typing import Any

import pandas as pd

from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores.explanation import explain
from casekit.scores.scoring import score
from casekit.scores.wording import within_a_sentence

GRADED_BY = {"crs": "crs_astct_2019", "icans": "icans_astct_2019"}
LOWEST_GRADE = 1


def daily_grades(series: CaseSeries, name: str) -> pd.DataFrame | None:
    """Return the grades computed day by day, for a toxicity that has to be looked for; None for other events."""
    if name not in GRADED_BY:
        return None
    try:
        return score(series, GRADED_BY[name])
    except CaseKitError:  # the instrument is not for these diseases: nobody looked
        return pd.DataFrame({"patient_id": [], "day": [], "low": [], "high": []})


def days_with_grade(event: dict[Any, Any], daily: pd.DataFrame | None, grade: float) -> list[float]:
    """Return the days within the event whose items give this grade or a higher one."""
    if daily is None or pd.isna(event["start_day"]):
        return []
    own = daily[(daily["patient_id"] == event["patient_id"]) & (daily["low"] >= grade)]
    last = float("inf") if pd.isna(event["end_day"]) else float(event["end_day"])
    return [float(day) for day in own["day"].sort_values() if float(event["start_day"]) <= day <= last]


def reached_between(event: dict[Any, Any], daily: pd.DataFrame | None, grade: float) -> tuple[float, float] | None:
    """Return the first and last day on which the event may have come to this grade; None where no items give it.

    A day on which nobody looked may have been the first, so the span is one day only where the days before are known.
    """
    days = days_with_grade(event, daily, grade)
    if daily is None or not days:
        return None
    lower = set(daily.loc[(daily["patient_id"] == event["patient_id"]) & (daily["high"] < grade), "day"].astype(float))
    return next(day for day in count(float(event["start_day"])) if day not in lower), days[0]


def highest_words(series: CaseSeries, event: dict[Any, Any], daily: pd.DataFrame | None) -> str:
    """Return the days of the highest grade and its findings; nothing for the lowest grade or without daily items.

    Examples
    --------
    >>> import casekit as ck
    >>> events = ck.example().events
    >>> [event] = events[(events["name"] == "crs") & (events["grade"] == 2)].to_dict("records")
    >>> highest_words(ck.example(), event, daily_grades(ck.example(), "crs"))
    'grade 2 on days 3 and 4: hypotension, oxygen support low flow nasal (day 3)'
    """
    if pd.isna(event["grade"]) or event["grade"] == LOWEST_GRADE:
        return ""
    higher = days_with_grade(event, daily, event["grade"] + 1)
    days = [day for day in days_with_grade(event, daily, event["grade"]) if day not in higher]
    if not days:
        return ""
    found: dict[str, list[float]] = {}
    for day in days:
        items = explain(series, GRADED_BY[str(event["name"])], patient_id=str(event["patient_id"]), day=int(day))
        for observed in items.loc[items["points"].astype(str) == f"{event['grade']:g}", "observed"]:
            found.setdefault(str(observed).removesuffix(" yes"), []).append(day)
    named = [within_a_sentence(what) + (f" ({_on(on)})" if on != days else "") for what, on in found.items()]
    return f"grade {event['grade']:g} on {_on(days)}: {', '.join(named)}"


def _on(days: list[float]) -> str:
    """Return the days in words."""
    told = [f"{day:g}" for day in days]
    return f"day {told[0]}" if len(told) == 1 else f"days {', '.join(told[:-1])} and {told[-1]}"
