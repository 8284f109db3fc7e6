"""Events per 100 patient-years with the exact Poisson interval."""

from dataclasses import dataclass

from casekit.errors import CaseKitError
from casekit.scores.uncertainty import LEVEL

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Rate:
    """Events per 100 patient-years, and both ends of the exact 95 % interval."""

    value: float
    low: float
    high: float


def rate_per_100_years(events: int, patient_days: float) -> Rate:
    """The rate with the exact (Garwood) Poisson interval, from quantiles of chi-squared.

    Raises
    ------
    CaseKitError
        When nobody was observed, or the count is negative.

    Examples
    --------
    >>> rate_per_100_years(0, 300).low
    0.0
    >>> round(rate_per_100_years(0, 365.25).high, 1)
    368.9
    """
    if events < 0 or patient_days <= 0:
        found = f"{events} events in {patient_days:g} patient-days"
        raise CaseKitError(f"rate: found {found}; expected a count from 0 and some days. Check who is observed.")
    from scipy.stats import chi2

    tail = (1 - LEVEL) / 2
    low = 0.0 if events == 0 else float(chi2.ppf(tail, 2 * events)) / 2
    high = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    years = patient_days / DAYS_PER_YEAR
    return Rate(*(100 * count / years for count in (events, low, high)))
