"""Blood counts day by day turned into what a grade asks for: days below a limit, nadirs, recovery.

Each function looks at the samples of one patient; none of them reads a file or knows a declaration.
Where days are not known the answer is two-sided: `least` counts them as recovered, `most` as below the limit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

EARLY_DAYS = 30
LATE_DAYS = 100
LOW, VERY_LOW, LATE_LIMIT = 50, 20, 100  # platelets, 10^9/L; the highest one is asked for after day 30 only
STABLE_RECOVERY = 3  # consecutive days above the limit that end a run (CIBMTR)
STARTS_BY = 3
IMPUTED_TO = 0.01  # 10 per µL, as the public implementation rounds what it interpolates
DECIMALS = 6

Sample = tuple[int, float]


@dataclass(frozen=True)
class Course:
    """What an instrument reads from a time course, least and most toxic reading of the days not known.

    `details` holds the numbers on the way, such as the longest run and the plain number of days.
    """

    least: Mapping[str, float]
    most: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Transfusions:
    """The days of platelet transfusions, and for how many days, its own included, one may hold a count up."""

    days: Collection[int] = ()
    holds_days: int = 7

    def touch(self, first: int, last: int) -> bool:
        """Whether one of them lies between these days, or holds up a count there.

        >>> [Transfusions([day]).touch(0, 30) for day in (-7, -6, 30, 31)]
        [False, True, True, False]
        """
        return any(first - max(self.holds_days, 1) < day <= last for day in self.days)

    def own_counts(self, samples: Sequence[Sample], limit: float) -> list[Sample]:
        """The counts without those at or above the limit that a transfusion may have raised.

        A count below the limit stands: without the transfusion it would have been lower still.

        >>> Transfusions([5]).own_counts([(5, 15), (6, 60), (12, 60)], limit=50)
        [(5, 15), (12, 60)]
        """
        raised = {day + later for day in self.days for later in range(self.holds_days)}
        return [(day, value) for day, value in samples if day not in raised or value < limit]


@dataclass(frozen=True)
class LowDays:
    """Days at or below a limit: the longest run, all runs together, and the plain number of days."""

    longest_run: int
    cumulative: int
    raw_days: int
    from_start_to_last: bool


@dataclass(frozen=True)
class DailyCounts:
    """The lowest measured count of each day, and what is filled in between two of them."""

    measured: Mapping[int, float]
    imputed: Mapping[int, float]

    @property
    def known(self) -> dict[int, float]:
        """The measured count of each day, or the imputed one."""
        return {day: round(value, DECIMALS) for day, value in {**self.imputed, **self.measured}.items()}


def by_day(
    samples: Sequence[Sample], days: range, *, interpolate_up_to: int = 7, to: float | None = None
) -> DailyCounts:
    """The counts of some days: measured, or imputed between two samples.

    A day is imputed only when it was not measured and at most `interpolate_up_to` days in a row are missing; a longer
    gap stays empty, as does everything before the first and after the last sample. Imputed values are rounded to
    multiples of `to`.

    >>> by_day([(0, 1.0), (2, 0.5)], range(4))
    DailyCounts(measured={0: 1.0, 2: 0.5}, imputed={1: 0.75})
    """
    lowest: dict[int, float] = {}
    for day, value in samples:
        lowest[day] = min(value, lowest.get(day, value))
    filled: dict[int, float] = {}
    for before, after in pairwise(sorted(lowest)):
        if 0 < after - before - 1 <= interpolate_up_to:
            slope = (lowest[after] - lowest[before]) / (after - before)
            between = {day: lowest[before] + slope * (day - before) for day in range(before + 1, after)}
            filled |= {day: _rounded(value, to) for day, value in between.items()}
    measured, imputed = ({day: found[day] for day in days if day in found} for found in (lowest, filled))
    return DailyCounts(measured, imputed)


def _rounded(value: float, to: float | None) -> float:
    steps = value if to is None else round(round(value / to, DECIMALS)) * to
    return round(steps, DECIMALS)


def runs(days: Sequence[int]) -> list[tuple[int, int]]:
    """First and last day of each run; runs with fewer than three other days between them are one.

    >>> runs([1, 2, 5, 9])
    [(1, 5), (9, 9)]
    """
    found: list[tuple[int, int]] = []
    for day in sorted(days):
        if found and day - found[-1][1] - 1 < STABLE_RECOVERY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def low_days(days: Sequence[int], last_count: int | None = None) -> LowDays:
    """Runs and numbers of the days below a limit; whether one run goes from day 0 to 3 to the last count.

    >>> low_days([3, 4, 6, 7], last_count=7)
    LowDays(longest_run=5, cumulative=5, raw_days=4, from_start_to_last=True)
    """
    found = runs(days)
    lengths = [end - start + 1 for start, end in found]
    persists = last_count is not None and any(start <= STARTS_BY and end >= last_count for start, end in found)
    return LowDays(max(lengths, default=0), sum(lengths), len(days), persists)


def _both_readings(
    counts: DailyCounts, days: range, limit: float, hold: int, *, strict: bool
) -> tuple[LowDays, LowDays]:
    """Days below the limit, read with the days not known as recovered, and as below it."""
    known, recovered = counts.known, _days_recovery_holds(counts.measured, limit, hold)
    low = [day for day, value in known.items() if (value < limit if strict else value <= limit)]
    unknown = [day for day in days if day not in known and day not in recovered]
    last = max(counts.measured, default=None)
    return low_days(low, last), low_days([*low, *unknown], last)


def _days_recovery_holds(measured: Mapping[int, float], limit: float, hold: int) -> set[int]:
    """Days shortly before the first or after the last count, where that count lies above the limit."""
    if not measured:
        return set()
    first, last = min(measured), max(measured)
    before = range(first - hold, first) if measured[first] > limit else ()
    after = range(last + 1, last + hold + 1) if measured[last] > limit else ()
    return {*before, *after}


def early_neutropenia(
    samples: Sequence[Sample],
    last: int = EARLY_DAYS,
    *,
    duration: str = "longest_run",
    interpolate_up_to: int = 7,
    recovery_holds_days: int = 7,
) -> Course:
    """Days with neutrophils (10^9/L) up to 0.5 and 0.1 from day 0 to `last`, and neutropenia without an end.

    >>> early_neutropenia([(day, 0.4 if 5 <= day <= 11 else 2.0) for day in range(31)]).details["longest_run_le_500"]
    7
    """
    days = range(last + 1)
    counts = by_day(samples, days, interpolate_up_to=interpolate_up_to, to=IMPUTED_TO)
    if not counts.measured:
        return Course({}, {})
    sides: tuple[dict[str, float], dict[str, float]] = ({}, {})
    details: dict[str, Any] = {"imputed_days": len(counts.imputed), "duration": duration}
    for limit, name in ((0.5, "le_500"), (0.1, "le_100")):
        readings = _both_readings(counts, days, limit, recovery_holds_days, strict=False)
        for side, reading in zip(sides, readings, strict=True):
            side[f"neutropenia_days_{name}"] = float(getattr(reading, duration))
            if name == "le_500":
                side["neutropenia_from_start_to_last_count"] = float(reading.from_start_to_last)
        details |= {f"{part}_{name}": getattr(readings[0], part) for part in ("longest_run", "raw_days", "cumulative")}
    return Course(*sides, details)


def early_thrombocytopenia(
    samples: Sequence[Sample],
    last: int = EARLY_DAYS,
    *,
    transfusions: Transfusions = Transfusions(),
    duration: str = "cumulative",
    interpolate_up_to: int = 7,
    recovery_holds_days: int = 7,
) -> Course:
    """Days with platelets (10^9/L) below 50 and below 20 from day 0 to `last`."""
    days = range(last + 1)
    if not any(day in days for day, _ in samples):
        return Course({}, {})
    sides: tuple[dict[str, float], dict[str, float]] = ({}, {})
    details: dict[str, Any] = {"duration": duration}
    for limit in (LOW, VERY_LOW):
        counts = by_day(transfusions.own_counts(samples, limit), days, interpolate_up_to=interpolate_up_to)
        details.setdefault("imputed_days", len(counts.imputed))
        readings = _both_readings(counts, days, limit, recovery_holds_days, strict=True)
        for side, reading in zip(sides, readings, strict=True):
            side[f"platelet_days_below_{limit}"] = float(getattr(reading, duration))
        details |= {f"{part}_lt_{limit}": getattr(readings[0], part) for part in ("longest_run", "raw_days")}
    return Course(*sides, details)


def late_neutropenia(samples: Sequence[Sample], last: int = LATE_DAYS) -> Course:
    """The lowest and second lowest neutrophil count (10^9/L) after day 30, one per day.

    >>> late_neutropenia([(35, 0.8), (60, 0.76), (20, 0.1)]).least["neutrophil_nadir_late_10e9_l"]
    0.76
    """
    days = sorted({day for day, _ in samples if EARLY_DAYS < day <= last})
    return nadirs([min(value for at, value in samples if at == day) for day in days])


def nadirs(counts: Sequence[float]) -> Course:
    """The two lowest of the counts, and whether there is only one."""
    lowest = sorted(counts)[:2]
    names = ("neutrophil_nadir_late_10e9_l", "neutrophil_second_lowest_late_10e9_l")
    found = {name: round(value, DECIMALS) for name, value in zip(names, lowest, strict=False)}
    if lowest:
        found["only_one_late_count"] = float(len(lowest) == 1)
    return Course(found, found, {"two_lowest": lowest, "counts": len(counts)})


def late_thrombocytopenia(
    samples: Sequence[Sample],
    last: int = LATE_DAYS,
    *,
    transfusions: Transfusions = Transfusions(),
    interpolate_up_to: int = 7,
) -> Course:
    """The lowest platelet count (10^9/L) after day 30, and the days below 20 that were measured or imputed."""
    late = [(day, value) for day, value in samples if EARLY_DAYS < day <= last]
    own = transfusions.own_counts(late, LATE_LIMIT)
    if not own:
        return Course({}, {})
    days = range(EARLY_DAYS + 1, last + 1)
    counts = by_day(transfusions.own_counts(late, VERY_LOW), days, interpolate_up_to=interpolate_up_to)
    low = low_days([day for day, value in counts.known.items() if value < VERY_LOW])
    found = {
        "platelet_nadir_late_10e9_l": min(value for _, value in own),
        "platelet_days_below_20_late": float(low.cumulative),
    }
    return Course(found, found, {"counts": len(own)})
