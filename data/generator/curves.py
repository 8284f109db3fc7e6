"""Shapes that courses are made of."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def through(day: float, points: Sequence[tuple[float, float]]) -> float:
    """Return the value on a day, on straight lines through the points and level outside them."""
    if day <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if day <= right:
            return low + (high - low) * (day - left) / (right - left)
    return points[-1][1]


def through_log(day: float, points: Sequence[tuple[float, float]]) -> float:
    """Return the value on a day, on lines that are straight on a logarithmic scale."""
    return math.exp(through(day, [(at, math.log(value)) for at, value in points]))


def settle(day: float, start: float, end: float, days: float) -> float:
    """Return the start before the infusion and an approach to the end after it, 63 % done after the given days."""
    return start if day <= 0 else end + (start - end) * math.exp(-day / days)


def halve(day: float, start: float, half_life: float) -> float:
    """Return the start before the infusion and half of it after every half-life."""
    return start if day <= 0 else start * math.exp(-math.log(2) * day / half_life)


def bump(day: float, centre: float, width: float) -> float:
    """Return 1 at the centre and towards 0 on both sides, slower afterwards."""
    reach = width if day < centre else 1.8 * width
    return math.exp(-(((day - centre) / reach) ** 2))


def share_out(pattern: Sequence[int], total: int, cap: int) -> list[int]:
    """Return whole numbers that follow the pattern and add up to the total, none above the cap."""
    whole = sum(pattern)
    exact = [part * total / whole for part in pattern]
    shares = [min(cap, math.floor(part + 1e-9)) for part in exact]
    by_rest = sorted(range(len(pattern)), key=lambda at: (shares[at] - exact[at], at))
    for at in by_rest:
        if sum(shares) < total and shares[at] < cap and pattern[at] > 0:
            shares[at] += 1
    return shares
