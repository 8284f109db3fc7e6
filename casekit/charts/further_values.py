"""Any other measured variable as a lane of its own, chosen by name: also what stands in no list of the catalogue."""

from collections import Counter
from collections.abc import Collection, Iterable

import pandas as pd

from casekit import catalogue
from casekit.charts.timeline_frames import CELLS
from casekit.charts.value_frames import BETWEEN, value_frame
from casekit.charts.words import unit_text
from casekit.records import CaseSeries


def further_names(series: CaseSeries) -> list[str]:
    """Return the measured variables that a timeline can show in a lane of their own, the most frequent first.

    A variable of the series' own carries its unit, so that no lane has two.

    Examples
    --------
    >>> import casekit as ck
    >>> "crp_mg_l" in further_names(ck.example())
    True
    """
    measured = series.measurements.dropna(subset=["value"])
    counts = _lane_names(measured).value_counts()
    return [str(name) for name in counts.index if name not in CELLS]


def further_frame(series: CaseSeries, names: Collection[str]) -> pd.DataFrame:
    """Return one point per result of the variables chosen by name, as `value_frame` has them."""
    measured = series.measurements.dropna(subset=["value"])
    lanes = _lane_names(measured)
    chosen = lanes.isin(list(names))
    return value_frame(measured[chosen].assign(variable=lanes[chosen]))


def with_further(laboratory: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """Return the laboratory values of a timeline with further ones, none of them twice: some have a lane anyway."""
    return pd.concat([laboratory, further[~further["variable"].isin(laboratory["variable"])]], ignore_index=True)


def named(variables: Iterable[str]) -> list[tuple[str, str]]:
    """Return label and name of each variable, in the order of the labels; a label of two carries the name as well.

    Examples
    --------
    >>> named(["other: Lipase · U/L", "crp_mg_l"])
    [('C-reactive protein', 'crp_mg_l'), ('Lipase · U/L', 'other: Lipase · U/L')]
    """
    labels = {name: catalogue.variable(name).label for name in variables}
    often = Counter(labels.values())
    told = [(label if often[label] == 1 else f"{label} ({name})", name) for name, label in labels.items()]
    return sorted(told, key=lambda each: each[0].casefold())


def _lane_names(measured: pd.DataFrame) -> pd.Series:
    """Return the variable of each row; one of the series' own with its unit."""
    names, units = measured["variable"].astype(object), measured["unit"].astype(object)
    own = names.map(catalogue.is_other).astype(bool) & units.notna()
    return names.mask(own, names + BETWEEN + units.map(unit_text, na_action="ignore").fillna(""))
