"""Results as the source writes them: a number, a limit of detection, or words; and units, converted where declared."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from casekit import catalogue
from casekit.importers.names import Target, fits
from casekit.importers.naming import SOURCE_NAME
from casekit.importers.report import Reported
from casekit.importers.work import LEFT_OUT, Work, column
from casekit.records.cells import LIMIT, NUMBER

COMPARATORS = {"": "", "=": "", "<": "<", ">": ">", "<=": "<", "≤": "<", ">=": ">", "≥": ">"}


class Result(NamedTuple):
    """A result as the tables have it, and its text where the comparator says less than that of the source."""

    value: str = ""
    comparator: str = ""
    value_text: str = ""
    at_the_limit: str = ""


def read_results(work: Work) -> None:
    """Split every result into value, comparator and words; report those that are no numbers."""
    rows = work.tables["measurements"]
    if rows.empty:
        return
    cells = zip(column(rows, "value"), column(rows, "comparator"), strict=True)
    split = pd.DataFrame([_parts(*each) for each in cells], columns=Result._fields, index=rows.index)
    words = column(rows, "value_text").mask(split["value_text"] != "", split["value_text"])
    words = words.mask(split["value"] != "", "")
    rows = rows.assign(value=split["value"], comparator=split["comparator"], value_text=words)
    empty = (rows["value"] == "") & (words == "")
    work.report(rows[empty], "value", "row", lambda cells: (f"no result for {cells['variable']}", LEFT_OUT))
    for file, row, text in rows.loc[words != "", ["file", "row", "value_text"]].itertuples(index=False):
        work.reported.append(Reported(file, row, "value", f'"{text}" is no number', "Kept in words.", "text result"))
    weak = rows.assign(text=split["at_the_limit"])[split["at_the_limit"] != ""]
    work.report(weak, "comparator", "note", _weaker)
    work.tables["measurements"] = rows[~empty].reset_index(drop=True)


def _parts(text: str, comparator: str) -> Result:
    """Value, comparator and words of one result; an unknown comparator, or two that differ, make it words."""
    limit = LIMIT.fullmatch(text)
    mark, number = (limit[1], limit[2]) if limit else ("", text)
    signs = {COMPARATORS.get(each) for each in (mark, comparator)} - {""}
    if not NUMBER.fullmatch(number) or None in signs or len(signs) > 1:
        exact = COMPARATORS.get(comparator) == ""
        return Result(value_text=text if exact or not text else f"{comparator} {text}")
    sign = signs.pop() if signs else ""
    written = mark or comparator
    return Result(number, sign or "", "", f"{written}{number}" if sign and written != sign else "")


def _weaker(cells: dict[str, str]) -> tuple[str, str]:
    """The words for a comparator that includes its limit, which the tables do not have."""
    return f'"{cells["text"]}" may be the limit itself', f"Read as {cells['comparator']}."


def fit_units(work: Work) -> None:
    """Bring values into a unit their variable accepts, only by a confirmed factor; else the source keeps its own name.

    A factor belongs to the name of the source for which it was confirmed.
    """
    rows = work.tables["measurements"]
    if rows.empty:
        work.tables["measurements"] = rows.drop(columns=SOURCE_NAME, errors="ignore")
        return
    rows = rows.assign(
        **{name: column(rows, name) for name in ("unit", "lower", "upper", "unit_original", "value_original")}
    )
    for variable, source, found in list(_named_units(rows)):
        target = work.mapping.target("variables", source) or Target(variable)
        odd = [unit for unit in found if not fits(variable, unit)]
        for unit, part in found.items():
            if target.factor is not None and (len(found) == 1 or odd == [unit]):
                rows = _converted(rows, part, target)
            elif unit not in odd:
                _tell_factor_not_used(work, part, source, target)
            elif not unit and target.factor is None and fits(variable, target.unit):
                rows = _converted(rows, part, target)
            else:
                rows = _own_name(work, rows, part, variable, unit)
    work.tables["measurements"] = rows.drop(columns=SOURCE_NAME)


def _named_units(rows: pd.DataFrame) -> Iterator[tuple[str, str, dict[str, pd.DataFrame]]]:
    """Each variable under each name of the source, with its rows by unit."""
    known = rows[~rows["variable"].map(catalogue.is_other)]
    for (variable, source), part in known.groupby(["variable", SOURCE_NAME], sort=False):
        by_unit = {str(unit): each for unit, each in part.groupby("unit", sort=False)}
        yield str(variable), str(source), by_unit


def _tell_factor_not_used(work: Work, part: pd.DataFrame, source: str, target: Target) -> None:
    """Report the results of a name that are in another unit than the one for which the factor was confirmed."""
    if target.factor is None:
        return
    unit = part["unit"].iloc[0]
    found = f'the factor {target.factor:g} is confirmed for {source}; results in "{unit}" need none ({len(part)})'
    work.reported.append(Reported(str(part["file"].iloc[0]), None, "unit", found, "Kept as they are.", "unit"))


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
