"""Time until something happens, when some patients are still waiting and each day is known only between two samples."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casekit.scores.uncertainty import LEVEL

INTERVAL = "95 % interval of Kaplan-Meier, log-log"


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve of what has happened.

    Attributes
    ----------
    steps : DataFrame
        One row per day on which the curve changes: day, happened (share, 0 to 1), low and high (95 % interval by the
        log-log method; null where the formula gives none, at 0 and at 1), at_risk (patients waiting just before).
    median : float or None
        First day on which half of the patients are there; None when that is not reached.
    """

    steps: pd.DataFrame
    median: float | None


def kaplan_meier(happened: pd.Series, waiting: pd.Series) -> Curve:
    """The share of patients in whom something has happened, by day.

    Parameters
    ----------
    happened : Series
        Day of the event, of those who had it.
    waiting : Series
        Last day without it, of those who had not.

    Examples
    --------
    >>> curve = kaplan_meier(pd.Series([3.0, 5.0]), pd.Series([4.0]))
    >>> curve.steps[["day", "at_risk"]].values.tolist()
    [[3.0, 3.0], [5.0, 1.0]]
    >>> [round(float(share), 3) for share in curve.steps["happened"]]
    [0.333, 1.0]
    """
    from scipy import stats

    days = np.sort(happened.dropna().unique().astype(float))
    columns = ["day", "happened", "low", "high", "at_risk"]
    if not len(days):
        return Curve(pd.DataFrame(columns=columns, dtype="float64"), None)
    events, others = happened.dropna().to_numpy(float), waiting.dropna().to_numpy(float)
    curve = stats.ecdf(stats.CensoredData(uncensored=events, right=others)).sf
    with warnings.catch_warnings():
        # At 0 and at 1 the formula has no interval; the null in the table says so.
        warnings.simplefilter("ignore", RuntimeWarning)
        ends = curve.confidence_interval(confidence_level=LEVEL, method="log-log")
    every = np.concatenate([events, others])
    steps = pd.DataFrame({"day": days, "happened": 1 - curve.evaluate(days)})
    steps["low"], steps["high"] = 1 - ends.high.evaluate(days), 1 - ends.low.evaluate(days)
    steps["at_risk"] = [int((every >= day).sum()) for day in days]
    half = steps.loc[steps["happened"] >= 0.5 - 1e-9, "day"]  # the median
    return Curve(steps, float(half.iloc[0]) if len(half) else None)


def at_most(curve: Curve, days: pd.Series) -> list[float]:
    """The share in whom it had happened by each of these days.

    Examples
    --------
    >>> at_most(kaplan_meier(pd.Series([3.0, 5.0]), pd.Series([4.0])), pd.Series([2, 5]))
    [0.0, 1.0]
    """
    known = [0.0, *curve.steps["happened"]]
    return [float(known[place]) for place in np.searchsorted(curve.steps["day"], days, side="right")]
