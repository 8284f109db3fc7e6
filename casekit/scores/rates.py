"""Events per patient-days with the exact Poisson interval."""

from dataclasses import dataclass

from casekit.errors import CaseKitError
from casekit.scores.uncertainty import LEVEL


@dataclass(frozen=True)
class Rate:
    """Events per 100 patient-days, and both ends of the exact 95 % interval."""

    value: float
    low: float
    high: float


def rate_per_100_days(events: int, patient_days: float) -> Rate:
    """The rate with the exact (Garwood) Poisson interval, from quantiles of chi-squared.

    Raises
    ------
    CaseKitError
        When nobody was observed, or the count is negative.

    Examples
    --------
    >>> rate_per_100_days(0, 300).low
    0.0
    >>> round(rate_per_100_days(0, 300).high, 2)
    1.23
    """
    if events < 0 or patient_days <= 0:
        found = f"{events} events in {patient_days:g} patient-days"
        raise CaseKitError(f"rate: found {found}; expected a count from 0 and some days. Check who is observed.")
    from scipy.stats import chi2

    tail = (1 - LEVEL) / 2
    low = 0.0 if events == 0 else float(chi2.ppf(tail, 2 * events)) / 2
    high = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return Rate(*(100 * count / patient_days for count in (events, low, high)))
