"""Kaplan-Meier and rates: by hand, and by the printed tables."""

import pandas as pd
import pytest

from casekit.errors import CaseKitError
from casekit.scores.rates import rate_per_100_years
from casekit.scores.survival import at_most, kaplan_meier


def rows(frame, *columns):
    """The rows of a frame as tuples."""
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_kaplan_meier_by_hand():
    # Five patients: events on day 10, 20, 20, 40; one still waiting on day 30.
    # S(10) = 4/5 = 0.8; S(20) = 0.8 × (1 - 2/4) = 0.4; day 30 leaves without event; S(40) = 0.4 × (1 - 1/1) = 0.
    curve = kaplan_meier(pd.Series([10.0, 20.0, 20.0, 40.0]), pd.Series([30.0]))
    assert rows(curve.steps.round(6), "day", "happened", "at_risk") == [(10, 0.2, 5), (20, 0.6, 4), (40, 1.0, 1)]
    assert curve.median == 20
    assert [round(share, 6) for share in at_most(curve, pd.Series([9, 10, 30, 41]))] == [0, 0.2, 0.6, 1]


def test_the_interval_of_kaplan_meier_by_hand():
    # Day 10: S = 0.8, Greenwood sum = 1/(5 × 4) = 0.05. log(-log 0.8) = -1.49994; its standard error is
    # sqrt(0.05)/|log 0.8| = 0.223607/0.223144 = 1.002076; × 1.959964 = 1.964033.
    # S^exp(∓1.964033) = 0.8^0.140291 = 0.969177 and 0.8^7.128021 = 0.203806, so 1 - S lies in 0.030823 to 0.796194.
    curve = kaplan_meier(pd.Series([10.0, 20.0, 20.0, 40.0]), pd.Series([30.0]))
    first = curve.steps.iloc[0]
    assert (first["low"], first["high"]) == (pytest.approx(0.030823, abs=2e-5), pytest.approx(0.796194, abs=2e-5))
    assert pd.isna(curve.steps.iloc[-1]["low"])  # at 1 the formula has none


def test_nobody_with_the_event_has_no_steps_and_no_median():
    curve = kaplan_meier(pd.Series(dtype=float), pd.Series([30.0]))
    assert (len(curve.steps), curve.median) == (0, None)
    assert at_most(curve, pd.Series([100])) == [0.0]


@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0, 3.6889), (1, 0.0253, 5.5716), (2, 0.2422, 7.2247), (10, 4.7954, 18.3904)],
)
def test_exact_poisson_limits_are_those_of_the_printed_tables(events, low, high):
    # Garwood's exact 95 % limits of a Poisson count, as printed in tables; of 100 patient-years, the count itself.
    rate = rate_per_100_years(events, 36_525)
    assert (rate.value, rate.low, rate.high) == (events, pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(("events", "days"), [(-1, 10), (1, 0)])
def test_a_rate_of_nobody_is_refused(events, days):
    with pytest.raises(CaseKitError, match="patient-days"):
        rate_per_100_years(events, days)
