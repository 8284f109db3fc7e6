"""Measurements in the units the catalogue declares: what every score, picture and figure reads."""

from functools import lru_cache

import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.units import factor

CONVERTED = ("value", "lower", "upper")


def in_declared_units(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return the same rows with value and reference range in the declared unit of each variable.

    A detection limit is converted with its value. A variable of the series' own has no declared unit and stays.

    Parameters
    ----------
    measurements : DataFrame
        Rows of the table of measurements, each in the unit the laboratory wrote.

    Returns
    -------
    DataFrame
        One row per row: value, lower, upper and unit are those of `definitions/variables.toml`.

    Raises
    ------
    UnitError
        When no conversion is declared for a unit.

    Examples
    --------
    >>> row = {"variable": "c3_g_l", "value": 60.0, "lower": 90.0, "upper": 180.0, "unit": "mg/dL"}
    >>> in_declared_units(pd.DataFrame([row]))[["value", "lower", "unit"]].values.tolist()
    [[0.6, 0.9, 'g/L']]
    """
    pairs = measurements[["unit", "variable"]].drop_duplicates()
    named = [(str(unit), str(name)) for unit, name in pairs.itertuples(index=False)]
    units = [unit if catalogue.is_other(name) else catalogue.variable(name).unit for unit, name in named]
    pairs = pairs.assign(factor=[factor(*pair) for pair in named], declared=units)
    found = measurements[["unit", "variable"]].merge(pairs, on=["unit", "variable"], how="left")
    times = found["factor"].astype("float64").to_numpy()
    converted = {column: measurements[column] * times for column in CONVERTED}
    return measurements.assign(
        **converted, unit=pd.Series(found["declared"].to_numpy(), index=measurements.index, dtype="str")
    )


@lru_cache(maxsize=32)
def daily_measurements(series: CaseSeries) -> pd.DataFrame:
    """All measurements in their declared units, one per patient, variable and day."""
    rows = in_declared_units(series.measurements)
    rows = rows.assign(observed_day=rows["day"])
    return _one_a_day(rows)


def _one_a_day(rows: pd.DataFrame) -> pd.DataFrame:
    """Of several values on one day the one the variable declares: highest, lowest or last."""
    order = rows["variable"].map(lambda name: catalogue.variable(name).within_day)
    rank = rows["hour"].astype("float64").fillna(-1.0)  # a value without an hour yields to one with an hour
    rank = rank.mask(order == "highest", rows["value"]).mask(order == "lowest", -rows["value"])
    ranked = rows.assign(rank=rank).sort_values("rank", kind="stable")
    return ranked.drop_duplicates(["patient_id", "variable", "day"], keep="last").drop(columns="rank")
