"""Notes on values: units mixed up, and rows that contradict each other."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from casekit import catalogue, units
from casekit.records import CaseSeries

Note = tuple[str, Any, str]
LIMITS = ("lower", "upper")


def implausible_value(series: CaseSeries, rule: Mapping[str, Any]) -> Iterator[Note]:
    """Values that one of the factors away from the patient's others would be like them."""
    known = _measured(series, rule["steady"])
    for (patient_id, variable), own in known.groupby(["patient_id", "variable"]):
        for row in each(own):
            others = own["number"].drop(row.Index)
            if len(others) >= rule["others"] and (cause := _mixed_up(row.number, others.median(), rule)):
                usual = f"{others.median():g} {catalogue.variable(str(variable)).unit} otherwise"
                yield str(patient_id), row.day, f"{variable} {row.value:g} {row.unit} ({usual}): {cause}?"


def _mixed_up(value: float, usual: float, rule: Mapping[str, Any]) -> str:
    """Which mix-up of units would explain the value; empty where none does."""
    if value <= 0 or usual <= 0:
        return ""
    near = rule["tolerance"]
    for factor, cause in rule["factors"].items():
        for way in (float(factor), 1 / float(factor)):
            if 1 / near < value / way / usual < near and not 1 / near < value / usual < near:
                return str(cause)
    return ""


def item_against_laboratory(series: CaseSeries, rule: Mapping[str, Any]) -> Iterator[Note]:
    """Items recorded as absent on the day of a value beyond their limit, unless attributed to another cause."""
    said = series.assessments
    absent = said[(said["value"] == "no") & said["attributed_to"].isna()]
    for pair in rule["pairs"]:
        beyond = _beyond(series, pair)
        both = absent[absent["variable"] == pair["item"]].merge(beyond, on=["patient_id", "day"])
        for row in each(both):
            found = f"{pair['item']} no, but {pair['variable']} {row.number:g} {row.usual_unit}"
            yield row.patient_id, row.day, f"{found} ({row.limit})"


def zero_with_serology(series: CaseSeries, rule: Mapping[str, Any]) -> Iterator[Note]:
    """Recorded totals of 0 on the day of a positive serology."""
    for table in (series.measurements, series.assessments):
        named = table["variable"].map(catalogue.own_name).str.casefold().isin(rule["totals"])
        zero = table[named & (pd.to_numeric(table["value"], errors="coerce") == 0)]
        for pair in rule["pairs"]:
            for row in each(zero[["patient_id", "day"]].merge(_beyond(series, pair), on=["patient_id", "day"])):
                found = f"a total of 0, but {pair['variable']} {row.number:g} {row.usual_unit} ({row.limit})"
                yield row.patient_id, row.day, found


def _beyond(series: CaseSeries, pair: Mapping[str, Any]) -> pd.DataFrame:
    """The values of a variable beyond its limit: patient_id, day, number, usual_unit, limit in words."""
    known = _measured(series, [pair["variable"]])
    edge = "above" if "above" in pair else "below"
    limit = pair[edge]
    # a limit of the laboratory is in the unit of its value
    against = known[limit].astype("float64") * known["factor"] if limit in LIMITS else limit
    beyond = known[known["number"] > against] if edge == "above" else known[known["number"] < against]
    words = f"{edge} the laboratory's limit" if limit in LIMITS else f"{edge} {limit:g}"
    chosen: pd.DataFrame = beyond[["patient_id", "day", "number", "usual_unit"]].assign(limit=words)
    return chosen


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a frame, cells by the name of their column."""
    yield from frame.itertuples()


def _measured(series: CaseSeries, variables: list[str]) -> pd.DataFrame:
    """Results of these variables in the unit of the catalogue, without those that only say below or above."""
    table = series.measurements
    known = table[table["variable"].isin(variables) & table["value"].notna() & table["comparator"].isna()]
    factors = [units.factor(row.unit, row.variable) for row in each(known[["unit", "variable"]])]
    usual = [catalogue.variable(name).unit for name in known["variable"]]
    known = known.assign(factor=pd.Series(factors, index=known.index, dtype="float64"), usual_unit=usual)
    return known.assign(number=known["value"].astype("float64") * known["factor"])
