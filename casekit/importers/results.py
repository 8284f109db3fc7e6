"""Results as the source writes them: a number, a limit of detection, or words; and units, converted where declared."""

import re

import pandas as pd

from casekit import catalogue
from casekit.importers.names import Target, fits
from casekit.importers.report import Reported
from casekit.importers.work import LEFT_OUT, Work, column
from casekit.records.cells import NUMBER

LIMIT = re.compile(r"([<>]|≤|≥|[<>]=)\s*(.+)")
STRICT = {"<": "<", ">": ">", "<=": "<", "≤": "<", ">=": ">", "≥": ">"}


def read_results(work: Work) -> None:
    """Split every result into value, comparator and words; report those that are no numbers."""
    rows = work.tables["measurements"]
    if rows.empty:
        return
    parts = [_parts(*cells) for cells in zip(column(rows, "value"), column(rows, "comparator"), strict=True)]
    split = pd.DataFrame(parts, columns=["value", "comparator", "value_text"], index=rows.index)
    words = column(rows, "value_text").mask(split["value_text"] != "", split["value_text"])
    words = words.mask(split["value"] != "", "")
    rows = rows.assign(value=split["value"], comparator=split["comparator"], value_text=words)
    empty = (rows["value"] == "") & (words == "")
    work.report(rows[empty], "value", "row", lambda cells: (f"no result for {cells['variable']}", LEFT_OUT))
    for file, row, text in rows.loc[words != "", ["file", "row", "value_text"]].itertuples(index=False):
        work.reported.append(Reported(file, row, "value", f'"{text}" is no number', "Kept in words.", "text result"))
    work.tables["measurements"] = rows[~empty].reset_index(drop=True)


def _parts(text: str, comparator: str) -> tuple[str, str, str]:
    """Value, comparator and words of one result."""
    if NUMBER.fullmatch(text):
        return text, STRICT.get(comparator, ""), ""
    limit = LIMIT.fullmatch(text)
    if limit and NUMBER.fullmatch(limit[2]):
        return limit[2], STRICT[limit[1]], ""
    return "", "", text


def fit_units(work: Work, targets: dict[str, Target]) -> None:
    """Bring values into a unit their variable accepts, only by a declared factor; else the source keeps its own name.

    `targets` says what was confirmed for an id, by id.
    """
    rows = work.tables["measurements"]
    if rows.empty:
        return
    rows = rows.assign(
        **{name: column(rows, name) for name in ("unit", "lower", "upper", "unit_original", "value_original")}
    )
    for (variable, unit), part in rows.groupby(["variable", "unit"], sort=False):
        name = str(variable)
        if catalogue.is_other(name) or fits(name, str(unit)):
            continue
        target = targets.get(name, Target(name))
        if target.factor is not None or (not unit and fits(name, target.unit)):
            rows = _converted(rows, part, target)
        else:
            rows = _own_name(work, rows, part, name, str(unit))
    work.tables["measurements"] = rows


def _converted(rows: pd.DataFrame, part: pd.DataFrame, target: Target) -> pd.DataFrame:
    """The rows of one variable and unit in the confirmed unit; the value and unit of the source stay beside them."""
    at = part.index
    if target.factor is not None:
        rows.loc[at, "value_original"] = part["value"]
        for name in ("value", "lower", "upper"):
            rows.loc[at, name] = part[name].map(lambda text: _times(text, target.factor))
    rows.loc[at, "unit_original"] = part["unit"]
    rows.loc[at, "unit"] = target.unit or catalogue.variable(target.id).unit
    return rows


def _times(text: str, factor: float | None) -> str:
    """A number as text, multiplied; anything else as it is."""
    return f"{float(text) * (factor or 1.0):.12g}" if NUMBER.fullmatch(text) else text


def _own_name(work: Work, rows: pd.DataFrame, part: pd.DataFrame, variable: str, unit: str) -> pd.DataFrame:
    """The rows under a name of their own, because their unit does not fit the variable."""
    accepted = catalogue.variable(variable)
    expected = " or ".join([accepted.unit, *accepted.other_units])
    problem = f'{len(part)} results of {accepted.label} in "{unit}" where {expected} is expected'
    action = "Kept under its own name; give unit and factor in the mapping to convert."
    work.reported.append(Reported(str(part["file"].iloc[0]), None, "unit", problem, action, "unit"))
    rows.loc[part.index, "variable"] = f"{catalogue.OTHER}{accepted.label} ({unit or 'no unit'})"
    return rows
