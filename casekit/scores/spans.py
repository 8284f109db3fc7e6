"""When a drug course ran and an event began: the days on which they surely did, and those on which they may have.

Four cells of a course say it: `start_day`, `end_day`, `frequency` and `day_range`. Without an end it is ongoing; a
single dose is over on the day it was given. Where `day_range` is filled, a day is not known: with a start it is the
end, without one the start. Such a course surely ran from the latest start to the earliest end, and may have run from
the earliest start to the latest end; "none" is never concluded from it.
"""

from collections.abc import Collection
from functools import lru_cache

import numpy as np
import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries

DAYS = ("surely_from", "surely_to", "maybe_from", "maybe_to")
FIRST_DAY = -36_525  # the earliest day of the tables: a hundred years before the infusion
LOCAL_ROUTES = ("inhaled", "topical")
RANGE = r"^(-?\d+) to (-?\d+)$"


@lru_cache(maxsize=32)
def recorded_courses(series: CaseSeries) -> pd.DataFrame:
    """Every drug course of a series with the days on which it surely ran and may have run, see `spanned`.

    Courses whose start is not known are among them, after the others.
    """
    return spanned(series.whole_tables["treatments"])


def spanned(courses: pd.DataFrame) -> pd.DataFrame:
    """The courses with the days on which they surely ran and may have run.

    Returns
    -------
    DataFrame
        One row per course; surely_from and surely_to (days since the infusion, included; the first after the second
        when no day is sure), maybe_from and maybe_to; infinite where there is no bound.

    Examples
    --------
    >>> course = {"start_day": 5, "end_day": None, "frequency": "daily", "day_range": "20 to 50"}
    >>> spanned(pd.DataFrame([course]))[list(DAYS)].values.tolist()
    [[5.0, 20.0, 5.0, 50.0]]
    """
    start, end = (courses[name].astype("float64") for name in ("start_day", "end_day"))
    once = (courses["frequency"] == "once").fillna(value=False).astype(bool)
    earliest, latest = _range_of(courses)
    no_start, ends_somewhen = start.isna(), courses["day_range"].notna() & start.notna() & end.isna()
    last = end.mask(once & end.isna(), start)
    open_end = ends_somewhen & ~once
    days = {
        "surely_from": start.mask(no_start, latest),
        "surely_to": last.fillna(np.inf)
        .mask(open_end, np.maximum(earliest, start))
        .mask(no_start & last.isna(), -np.inf),
        "maybe_from": start.mask(no_start, earliest),
        "maybe_to": last.fillna(np.inf).mask(open_end | (no_start & once & last.isna()), latest),
    }
    return courses.assign(**days)


@lru_cache(maxsize=32)
def recorded_events(series: CaseSeries) -> pd.DataFrame:
    """Every event of a series, those on a day not known after the others.

    Returns
    -------
    DataFrame
        One row per event: its cells, earliest_day and latest_day of its first day, infinite where nothing is known.
    """
    every = series.whole_tables["events"]
    start, (earliest, latest) = every["start_day"].astype("float64"), _range_of(every)
    return every.assign(earliest_day=start.fillna(earliest), latest_day=start.fillna(latest))


def _range_of(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The two days of `day_range`, infinite where it says unknown or nothing."""
    ends = rows["day_range"].astype("str").str.extract(RANGE).astype("float64")
    return ends[0].fillna(-np.inf), ends[1].fillna(np.inf)


def perhaps_of(courses: pd.DataFrame, categories: Collection[str]) -> pd.DataFrame:
    """The courses of drugs of these categories, then those of drugs whose category nobody knows.

    A drug in no list whose category is ``other`` may be of any; its course may have run but is never sure. Inhaled or
    topical it counts nothing, as a listed glucocorticoid does.

    Examples
    --------
    >>> course = {"drug": "other: Decortin", "category": "other", "start_day": 5, "end_day": 9, "frequency": "daily"}
    >>> courses = spanned(pd.DataFrame([course | {"route": "oral", "day_range": None}]))
    >>> perhaps_of(courses, ["glucocorticoid"])[list(DAYS)].values.tolist()
    [[inf, -inf, 5.0, 9.0]]
    """
    known, unlisted = courses[courses["category"].isin(list(categories))], courses[is_unlisted(courses)]
    return known if unlisted.empty else pd.concat([known, unlisted.assign(surely_from=np.inf, surely_to=-np.inf)])


def is_unlisted(courses: pd.DataFrame) -> "pd.Series[bool]":
    """Which courses are of drugs in no list, with no category said, given by a route that may be systemic."""
    unlisted = (courses["category"] == "other") & courses["drug"].map(catalogue.is_other).astype(bool)
    return unlisted & ~courses["route"].isin(LOCAL_ROUTES)


def running(courses: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """One row per visit and course, as `spanned`, that may run on the day of the visit; `surely` where it does."""
    pairs = visits[["patient_id", "day"]].merge(courses, on="patient_id")
    day = pairs["day"].astype("float64")
    possible = (pairs["maybe_from"] <= day) & (day <= pairs["maybe_to"])
    surely = (pairs["surely_from"] <= day) & (day <= pairs["surely_to"])
    return pairs.assign(surely=surely)[possible]
