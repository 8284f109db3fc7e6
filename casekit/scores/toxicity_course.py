"""On which days a recorded toxicity had its highest grade, and for which findings: its first day is not that day."""

from typing import Any

import pandas as pd

from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores.explanation import explain
from casekit.scores.scoring import score

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


def highest_days(event: dict[Any, Any], daily: pd.DataFrame | None) -> list[float]:
    """Return the days within the event whose items give the grade it is recorded with; none where they do not."""
    if daily is None or pd.isna(event["grade"]) or pd.isna(event["start_day"]):
        return []
    own = daily[(daily["patient_id"] == event["patient_id"]) & (daily["low"] == float(event["grade"]))]
    last = float("inf") if pd.isna(event["end_day"]) else float(event["end_day"])
    return [float(day) for day in own["day"].sort_values() if float(event["start_day"]) <= day <= last]


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
    days = highest_days(event, daily)
    if not days or float(event["grade"]) == LOWEST_GRADE:
        return ""
    found: dict[str, list[float]] = {}
    for day in days:
        items = explain(series, GRADED_BY[str(event["name"])], patient_id=str(event["patient_id"]), day=int(day))
        for observed in items.loc[items["points"].astype(str) == f"{event['grade']:g}", "observed"]:
            found.setdefault(str(observed).removesuffix(" yes"), []).append(day)
    named = [_lower(what) + (f" ({_on(on)})" if on != days else "") for what, on in found.items()]
    return f"grade {event['grade']:g} on {_on(days)}: {', '.join(named)}"


def _on(days: list[float]) -> str:
    """Return the days in words."""
    told = [f"{day:g}" for day in days]
    return f"day {told[0]}" if len(told) == 1 else f"days {', '.join(told[:-1])} and {told[-1]}"


def _lower(words: str) -> str:
    """Return the words as they stand within a sentence."""
    return words[:1].lower() + words[1:]
