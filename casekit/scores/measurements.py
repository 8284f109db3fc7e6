"""Measurements in the units the catalogue declares: what every score, picture and figure reads."""

import pandas as pd

from casekit import catalogue
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
