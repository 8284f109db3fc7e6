"""The days of a course or an event in words, as far as they are known."""

from collections.abc import Mapping
from typing import Any

from casekit.charts.words import END_NOT_KNOWN, ONGOING, START_NOT_KNOWN, number


def day(value: float) -> str:
    """Return the day."""
    return f"day {number(value)}"


def span(start: float, end: float, between: str = "to") -> str:
    """Return from when to when.

    Examples
    --------
    >>> span(5, 7), span(5, 5)
    ('day 5 to 7', 'day 5')
    """
    return day(start) if start == end else f"{day(start)} {between} {number(end)}"


def stretch(row: Mapping[str, Any], between: str = "to") -> str:
    """Return the days of a course or an event, whose frames end on the day after the last.

    Examples
    --------
    >>> stretch({"start": 5, "end": 401, "when": "day 5, end not known"})
    'day 5, end not known'
    """
    if END_NOT_KNOWN in str(row["when"]):
        return f"{day(row['start'])}, {END_NOT_KNOWN}"
    if START_NOT_KNOWN in str(row["when"]):
        return f"until {day(row['end'] - 1)}, {START_NOT_KNOWN}"
    going_on = f", {ONGOING}" if ONGOING in str(row["when"]) else ""
    return span(row["start"], row["end"] - 1, between) + going_on


def stretch_in_sentence(row: Mapping[str, Any]) -> str:
    """Return the same days as they stand in a sentence.

    Examples
    --------
    >>> stretch_in_sentence({"start": 5, "end": 8, "when": "day 5 to day 7"})
    'from day 5 to day 7'
    """
    words = stretch(row, between="to day")
    if words.startswith("until"):
        return words
    return f"on {words}" if words == day(row["start"]) else f"from {words}"
