"""Dates as texts: read in the order the source uses, kept partial where they are partial, never invented."""

import re
import unicodedata
from calendar import monthrange
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import chain

import pandas as pd

ISO = re.compile(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?(?:[T ](\d{1,2}):?(\d{2})?.*)?", re.ASCII)
NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})(?:[T ]+(\d{1,2}:\d{2}).*)?", re.ASCII)
MONTH_NAME = re.compile(
    r"(?:([0-9]{1,2}|UNK?)[ ./-]{0,2})?([A-Za-zÄä]{3,9})[ ./-]{0,2}([0-9]{4})(?:[T :]([0-9]{1,2}:[0-9]{2}).*)?"
)
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: at for at, name in enumerate(MONTH_NAMES, start=1)}
MONTHS |= {"jän": 1, "mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12}  # German; Jänner is Austrian
ELAPSED = re.compile(r"(-)?P(?:(\d+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?)?", re.ASCII)
ONGOING = "ongoing"
GOES_ON = [
    "ongoing",
    "continuing",
    "continues",
    "laufend",
    "fortlaufend",
    "andauernd",
    "weiterhin",
    "seitdem",
]
ORDERS = {"dmy": (0, 1), "mdy": (1, 0)}
CENTURY = 100
TURN = 69  # as POSIX has it: 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999


def iso(text: str, order: str = "") -> str | None:
    """The text as an ISO date, partial where it is partial; None when it is no date or its order is not known.

    >>> iso("31.01.2024", "dmy"), iso("1/31/24 08:30", "mdy"), iso("3. März 2020"), iso("03/04/2020")
    ('2024-01-31', '2024-01-31T08:30', '2020-03-03', None)
    """
    plain = unicodedata.normalize("NFC", text.strip())
    if span(plain) is not None:
        return plain.replace(" ", "T", 1)
    if found := NUMERIC.fullmatch(plain):
        return _numeric(found, order)
    if found := MONTH_NAME.fullmatch(plain):
        month = MONTHS.get(found[2][:3].casefold())
        day = found[1] if found[1] and found[1].isdigit() else None
        return None if month is None else _checked(int(found[3]), month, int(day) if day else None, found[4])
    return None


def goes_on(text: str) -> bool:
    """Whether the end of a course or an event says in words that it goes on.

    >>> goes_on("Laufend"), goes_on("ongoing."), goes_on("unknown")
    (True, True, False)
    """
    return text.strip(" .").casefold() in GOES_ON


def _numeric(found: re.Match[str], order: str) -> str | None:
    """A date of three numbers in the given order; where only one order is possible, in that one."""
    orders = [order] if order else ORDERS
    year = int(found[3]) if len(found[3]) > 2 else _century(int(found[3]))  # noqa: PLR2004
    read = [
        _checked(year, int(found[ORDERS[each][1] + 1]), int(found[ORDERS[each][0] + 1]), found[4]) for each in orders
    ]
    possible = {answer for answer in read if answer}
    return possible.pop() if len(possible) == 1 else None


def _century(year: int) -> int:
    """The year that two digits stand for."""
    return year + CENTURY * (19 if year >= TURN else 20)


def _checked(year: int, month: int, day: int | None, time: str | None) -> str | None:
    """The ISO text of a date that exists."""
    text = f"{year:04}-{month:02}" + (f"-{day:02}" if day else "") + (f"T{time}" if time and day else "")
    return None if span(text) is None else text


def span(text: str) -> tuple[int, int] | None:
    """First and last calendar day a (partial) ISO date stands for, as ordinals; None when it is no date.

    >>> [date.fromordinal(day).isoformat() for day in span("2024-02")]
    ['2024-02-01', '2024-02-29']
    """
    found = ISO.fullmatch(text.strip())
    if not found:
        return None
    try:
        year, month, day = (int(part) if part else None for part in found.group(1, 2, 3))
        first = date(year or 0, month or 1, day or 1)
        last = date(first.year, month or 12, day or monthrange(first.year, month or 12)[1])
    except ValueError:
        return None
    return first.toordinal(), last.toordinal()


def days_between(first: str, second: str) -> str:
    """Days from the first whole date to the second; empty when one is not known to the day.

    >>> days_between("2024-01-01", "2024-01-05T08:00"), days_between("2024-01", "2024-01-05")
    ('4', '')
    """
    ends = [span(text) for text in (first, second)]
    known = [each[0] for each in ends if each and each[0] == each[1]]
    return str(known[1] - known[0]) if len(known) == len(ends) else ""


def hour(text: str) -> float | None:
    """Hours since midnight, as the source writes them; no time zone is converted.

    >>> hour("2024-01-31T08:30:00+10:00"), hour("2024-01-31")
    (8.5, None)
    """
    found = ISO.fullmatch(text.strip())
    if not found or not found[4]:
        return None
    at = int(found[4]) + int(found[5] or 0) / 60
    return round(at, 4) if at <= 24 else None  # noqa: PLR2004


def after(start: str, elapsed: str) -> str:
    """The time that long after a known time, the length in ISO 8601 with days, hours and minutes; empty otherwise.

    >>> after("2024-01-31T23:00", "PT90M"), after("2024-01-31", "PT1H"), after("2024-01-31T23:00", "P1M")
    ('2024-02-01T00:30:00', '', '')
    """
    length = ELAPSED.fullmatch(elapsed.strip())
    if not length or hour(start) is None:
        return ""
    days, hours, minutes = (float(part or 0) for part in length.group(2, 3, 4))
    span_of_time = timedelta(days=days, hours=hours, minutes=minutes)
    try:
        begun = datetime.fromisoformat(start.strip())
        return (begun - span_of_time if length[1] else begun + span_of_time).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def order_of(texts: pd.Series) -> str | None:
    """`dmy` or `mdy` as the dates of a column show it, `` when none needs an order, None when both would do.

    What dates with points show says nothing of dates with slashes, which somebody else may have written.

    >>> [order_of(pd.Series(texts)) for texts in (["31.01.2024", "01.02.2024"], ["01/02/2024"], ["2024"])]
    ['dmy', None, '']
    >>> order_of(pd.Series(["31.01.2024", "10/01/2024"])) is None
    True
    """
    by_mark: dict[str, list[re.Match[str]]] = {}
    for text in texts.unique():
        if match := NUMERIC.fullmatch(str(text).strip()):
            by_mark.setdefault(mark_of(match[0]), []).append(match)
    possible = {
        tuple(name for name, at in ORDERS.items() if all(_fits(match, at) for match in found))
        for found in by_mark.values()
    }
    if not possible:
        return ""
    orders = possible.pop()
    return orders[0] if not possible and len(orders) == 1 else None


def mark_of(text: str) -> str:
    """The mark between the numbers of a date, empty where it is no date of three numbers.

    >>> mark_of("10/01/2024"), mark_of("1. Mai 2024")
    ('/', '')
    """
    found = NUMERIC.fullmatch(text.strip())
    return found[0][len(found[1])] if found else ""


def in_two_ways(dates: list[str]) -> list[str]:
    """Of the dates of three numbers, one that is a date in either order for each mark; any where there is none.

    >>> in_two_ways(["26.03.2024", "10/01/2024"]), in_two_ways(["26.03.2024", "10/31/2024"])
    (['10/01/2024'], ['26.03.2024', '10/31/2024'])
    """
    unclear = {mark_of(date): date for date in reversed(dates) if iso(date) is None}
    return list((unclear or {mark_of(date): date for date in reversed(dates)}).values())[::-1]


def unlike_most(dates: list[str]) -> dict[str, str]:
    """The dates that are dates in either order and have another mark than most, with the mark of most.

    >>> unlike_most(["26.03.2024", "02.04.2024", "10/01/2024"])
    {'10/01/2024': '.'}
    """
    often = Counter(map(mark_of, dates)).most_common(1)
    return {date: often[0][0] for date in dates if mark_of(date) != often[0][0] and iso(date) is None}


def _fits(found: re.Match[str], at: tuple[int, int]) -> bool:
    """Whether the numbers of a date can be day and month in that order."""
    day, month = int(found[at[0] + 1]), int(found[at[1] + 1])
    return 1 <= day <= 31 and 1 <= month <= 12  # noqa: PLR2004


def looks_like_dates(texts: pd.Series) -> bool:
    """Whether every filled cell of a column is a date in some order; a year alone is no date."""
    filled = [str(text).strip() for text in texts.unique() if str(text).strip()]
    if not filled or all(text.isdigit() and len(text) < 8 for text in filled):  # noqa: PLR2004
        return False
    return all(any(chain((span(text),), (iso(text, order) for order in ORDERS))) for text in filled)
