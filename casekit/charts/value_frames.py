"""Measured values as points, below-detection kept apart from small, with the reference range of each laboratory."""

from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.words import as_rows, day_text, number, reference_text, text, unit_text
from casekit.scores.measurements import in_declared_units

COLUMNS = ["patient_id", "variable", "day", "value", "state", "lower", "upper", "tip", "when", "range", "origin"]
REFERENCE_COLUMNS = ["patient_id", "variable", "start", "end", "lower", "upper"]
FAR = 36_525.0
BETWEEN = " · "  # name and unit of a variable of the series' own: two units are two variables


def value_frame(measurements: pd.DataFrame) -> pd.DataFrame:
    """Return one point per result; ``state`` says below or above detection, low, high or within the reference range.

    Value and reference range are in the declared unit of the variable; the words keep what the laboratory wrote.
    """
    known = measurements.dropna(subset=["value"]).sort_values(["patient_id", "variable", "day"])
    pairs = zip(as_rows(known), as_rows(in_declared_units(known)), strict=True)
    return pd.DataFrame([_point(*pair) for pair in pairs], columns=COLUMNS)


def reference_frame(values: pd.DataFrame) -> pd.DataFrame:
    """Return from which day to which day a reference range applies; ranges of different laboratories may differ."""
    known = values.dropna(subset=["lower", "upper"], how="all")
    spans = [span for key, group in known.groupby(["patient_id", "variable"]) for span in _spans(key, group)]
    return pd.DataFrame(spans, columns=REFERENCE_COLUMNS)


def heading(variable: str) -> tuple[str, str]:
    """Return the short name and the unit of a variable, as printed beside its lane."""
    declared = catalogue.variable(variable)
    name, _, unit = (declared.short or declared.label).partition(BETWEEN)
    return name, _unit(variable, declared.unit) or unit


def _unit(variable: str, unit: Any) -> str:
    """Return the unit as printed; a percentage says of what."""
    return "% of predicted" if variable.endswith("_pct_pred") else unit_text(unit)


def _point(written: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """Return one result with the words to show for it: as the laboratory wrote it, and as it is drawn."""
    amount, reference = _amount(written), reference_text(written["lower"], written["upper"])
    if written["value"] != row["value"]:
        amount = f"{amount}, that is {_amount(row)}"
        if reference != reference_text(None, None):
            reference = f"{reference} {_unit(written['variable'], written['unit'])}"
    return {
        **{name: row[name] for name in ("patient_id", "variable", "value", "lower", "upper")},
        "day": float(row["day"]),
        "state": _state(row),
        "tip": amount,
        "when": day_text(float(row["day"])),
        "range": reference,
        "origin": text(row["origin"]),
    }


def _amount(row: dict[str, Any]) -> str:
    """Return a value with its sign and unit."""
    return f"{text(row['comparator'])}{number(row['value'])} {_unit(row['variable'], row['unit'])}".strip()


def _state(row: dict[str, Any]) -> str:
    """Return how the result stands: below detection is neither low nor zero."""
    if row["comparator"] in {"<", ">"}:
        return "below detection" if row["comparator"] == "<" else "above range of the assay"
    if pd.isna(row["lower"]) and pd.isna(row["upper"]):
        return "no reference range"
    if row["value"] < row["lower"]:  # false where the limit is missing
        return "low"
    return "high" if row["value"] > row["upper"] else "within the reference range"


def _spans(key: Any, group: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the stretches with one and the same range; the first and the last reach beyond the observed days."""
    ranges = group[["lower", "upper"]].fillna(-1)
    change = (ranges != ranges.shift()).any(axis=1).cumsum()
    parts = group.groupby(change.to_numpy()).first()
    starts = [-FAR, *parts["day"].iloc[1:]]
    ends = [*parts["day"].iloc[1:], FAR]
    return [
        (*key, start, end, part.lower, part.upper)
        for start, end, part in zip(starts, ends, parts.itertuples(), strict=True)
    ]
