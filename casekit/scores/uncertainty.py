"""How far a figure of a small series can be trusted: exact intervals of proportions, figures without one patient."""

from collections.abc import Callable, Iterable
from math import comb

import pandas as pd

from casekit.errors import CaseKitError

LEVEL = 0.95
# Each halving doubles the precision: 60 of them reach the last digit of a float.
HALVINGS = 60
AT_LEAST = 2


def exact_interval(count: int, patients: int, level: float = LEVEL) -> tuple[float, float]:
    """Both ends of the exact (Clopper-Pearson) two-sided interval of the proportion `count` of `patients`.

    Raises
    ------
    CaseKitError
        When there are no patients, or more counted than there are.

    Examples
    --------
    >>> [round(100 * end, 1) for end in exact_interval(11, 15)]
    [44.9, 92.2]
    """
    if not 0 <= count <= patients or patients == 0:
        raise CaseKitError(f"proportion: found {count} of {patients}; expected a count from 0 to at least 1 patient.")
    tail = (1.0 - level) / 2.0
    low = 0.0 if count == 0 else _where(lambda p: _up_to(patients - count, patients, 1.0 - p) < tail)
    high = 1.0 if count == patients else _where(lambda p: _up_to(count, patients, p) > tail)
    return low, high


def _up_to(count: int, patients: int, chance: float) -> float:
    """The probability of at most `count` events in so many patients, each with that chance."""
    return sum(comb(patients, k) * chance**k * (1.0 - chance) ** (patients - k) for k in range(count + 1))


def _where(too_low: Callable[[float], bool]) -> float:
    """The chance between 0 and 1 at which `too_low` stops being true."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if too_low(middle) else (low, middle)
    return (low + high) / 2.0


def leave_one_out(values: Iterable[float], statistic: str) -> tuple[float, float] | None:
    """The least and the most a mean or median becomes when any one patient is left out; None below two patients.

    >>> leave_one_out([1, 2, 6], "mean"), leave_one_out([4], "mean")
    ((1.5, 4.0), None)
    """
    known = pd.Series([float(value) for value in values if not pd.isna(value)], dtype="float64")
    if len(known) < AT_LEAST:
        return None
    without = [float(known.drop(index=row).agg(statistic)) for row in known.index]
    return min(without), max(without)
