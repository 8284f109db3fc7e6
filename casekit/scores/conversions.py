"""Conversions whose factor is a parameter of the instrument: exact, or as guidelines round it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores.validity import parameters_of
from casekit.units import spelled

Factors = Mapping[tuple[str, str], float]


def factors_of(instrument: str, given: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """Variable and unit to the factor chosen for it; empty while every parameter has its default.

    >>> factors_of("upcr", {"mg_g_per_mg_mmol": 10})
    {('upcr_mg_g', 'mg/mmol'): 10.0, ('upcr_mg_g', 'g/mol'): 10.0}
    """
    declared = catalogue.instrument(instrument).get("parameters", {})
    chosen = {name: value for name, value in given.items() if "factor_of" in declared.get(name, {})}
    return {
        (declared[name]["factor_of"]["variable"], spelled(unit)): float(value)
        for name, value in chosen.items()
        for unit in declared[name]["factor_of"]["units"]
    }


def multiples_of(instrument: str, given: Mapping[str, Any]) -> dict[str, float]:
    """The range of each enzyme the instrument follows, as a multiple of its upper limit of normal.

    >>> multiples_of("tis_2016", {"ck_times_uln": 10})["ck_u_l"]
    10.0
    """
    declared = parameters_of(catalogue.instrument(instrument))
    return {
        str(entry["multiple_of"]): float(given.get(name, entry["default"]))
        for name, entry in declared.items()
        if "multiple_of" in entry
    }


def restated_inputs(
    inputs: Mapping[str, Any], names: Mapping[str, tuple[str, str]], factors: Factors
) -> dict[str, Any]:
    """The inputs of one case, those in a unit with a chosen factor converted by it.

    `names` maps the name of an input to its column and unit.
    """
    return {name: _restated(given, *names.get(name, (name, "")), factors) for name, given in inputs.items()}


def _restated(given: Any, column: str, unit: str, factors: Factors) -> Any:
    quantity = isinstance(given, Mapping) and {"value", "unit"} <= set(given)
    value, unit = (given["value"], str(given["unit"])) if quantity else (given, unit)
    times = factors.get((column, spelled(unit)))
    if times is None or isinstance(value, bool) or not isinstance(value, int | float):
        return given
    return {"value": value * times, "unit": catalogue.variable(column).unit}


def restated_series(series: CaseSeries, factors: Factors) -> CaseSeries:
    """The series with its measurements in such units converted by the chosen factor; the series itself without any."""
    if not factors:
        return series
    rows = series.measurements
    keys = list(zip(rows["variable"], rows["unit"].map(lambda unit: spelled(str(unit))), strict=True))
    times = rows["value"].mul(0.0).add([factors.get(key, 1.0) for key in keys])
    units = [
        catalogue.variable(key[0]).unit if key in factors else unit
        for key, unit in zip(keys, rows["unit"], strict=True)
    ]
    converted = {column: rows[column] * times for column in ("value", "lower", "upper")}
    return replace(series, measurements=rows.assign(**converted, unit=units))
