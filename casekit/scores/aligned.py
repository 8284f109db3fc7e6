"""Scores of an aligned series: computed in the series' own days, then counted from the chosen event."""

from collections.abc import Callable

import pandas as pd

from casekit.records import CaseSeries

DAYS = ("day", "start_day", "end_day", "onset_day", "last_aplastic_day", "reconstitution_day")


def in_aligned_days(series: CaseSeries, compute: Callable[[CaseSeries], pd.DataFrame]) -> pd.DataFrame:
    """The table that `compute` gives for the series before alignment, its days counted from the event.

    A baseline, a window or a first sample after infusion would otherwise be looked for around the wrong day 0.
    Days of patients without the event are empty.
    """
    if series.before_alignment is None or series.day_zero is None:
        return compute(series)
    table = compute(series.before_alignment)
    zero = table["patient_id"].map(series.day_zero.astype("float64")).astype("float64")
    return table.assign(
        **{name: (table[name].astype("float64") - zero).astype("Int64") for name in DAYS if name in table}
    )
