"""Expansion of CAR T cells in one patient: peak, day of the peak, exposure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

BELOW_LIMIT = {"zero": 0.0, "half": 0.5, "limit": 1.0}


@dataclass(frozen=True)
class Level:
    """One sample: the value, or the limit of quantification with `below` set."""

    day: float
    value: float
    below: bool = False


@dataclass(frozen=True)
class Expansion:
    """Peak, exposure from day 0 to `until_day`, and last quantifiable day of one course.

    `auc` is None when the samples end before that day; `auc_to_last` runs to the last sample at most.
    """

    cmax: float
    tmax_day: float | None
    auc: float | None
    auc_to_last: float
    tlast_day: float | None
    last_sample_day: float
    until_day: float


def expansion(levels: Sequence[Level], until_day: float, below_limit: str) -> Expansion | None:
    """Cmax, Tmax and the area under the curve from day 0 by linear trapezoids; None without a sample.

    A sample below the limit of quantification counts as 0 before the peak and, after it, as 0, half the limit or
    the limit (`below_limit`). Before infusion there are no CAR T cells: without a sample on day 0 the course starts
    at 0. Without a sample on day `until_day` the value there is interpolated between its neighbours.

    >>> expansion([Level(0, 0), Level(9, 250), Level(28, 20)], 28, "zero").tmax_day
    9
    """
    ordered = sorted((level for level in levels if level.day >= 0), key=lambda level: level.day)
    if not ordered:
        return None
    quantified = [level for level in ordered if not level.below and level.value > 0]
    peak = max(quantified, key=lambda level: level.value, default=None)
    points = [(level.day, _counted(level, peak, below_limit)) for level in ordered]
    points = points if points[0][0] == 0 else [(0.0, 0.0), *points]
    area, last = _area(points, until_day), points[-1][0]
    return Expansion(
        cmax=peak.value if peak else 0.0,
        tmax_day=peak.day if peak else None,
        auc=area if last >= until_day else None,
        auc_to_last=area,
        tlast_day=quantified[-1].day if quantified else None,
        last_sample_day=last,
        until_day=until_day,
    )


def _counted(level: Level, peak: Level | None, below_limit: str) -> float:
    if not level.below:
        return level.value
    return level.value * BELOW_LIMIT[below_limit] if peak and level.day > peak.day else 0.0


def _area(points: Sequence[tuple[float, float]], until: float) -> float:
    """Area under the straight lines between the points, cut off at `until`."""
    area = 0.0
    for (start, left), (end, right) in pairwise(points):
        if start >= until or end == start:
            continue
        stop = min(end, until)
        at_stop = left + (right - left) * (stop - start) / (end - start)
        area += (left + at_stop) / 2 * (stop - start)
    return round(area, 6)
