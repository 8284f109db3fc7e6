"""How far a figure of a small series can be trusted: exact intervals of proportions, figures without one patient."""

from collections.abc import Iterable

import pandas as pd

from casekit.errors import CaseKitError

LEVEL = 0.95
AT_LEAST = 2


def exact_interval(count: int, patients: int, level: float = LEVEL) -> tuple[float, float]:
    """Both ends of the exact two-sided interval of the proportion `count` of `patients`.

    Clopper CJ, Pearson ES. Biometrika 1934;26:404-13, doi 10.1093/biomet/26.4.404.

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
    from scipy.stats import binomtest

    interval = binomtest(count, patients).proportion_ci(level, method="exact")
    return float(interval.low), float(interval.high)


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
