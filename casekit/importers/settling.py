"""The records judge what was imported as they judge any folder; what they refuse is set aside and reported.

A cell that cannot be read in a column that may be empty is kept as text beside it. A row whose name cannot be held
against what it says (a unit, a kind, a second value at one time) keeps that name as its own. All else is left out.
"""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import DataError, Problem
from casekit.importers.gathered import PLACE
from casekit.importers.report import Reported
from casekit.importers.work import LEFT_OUT, Work, column, further_columns
from casekit.records import Metadata
from casekit.records.schema import TABLES, Column, declared
from casekit.records.tables import Reading, judge_cells

ID_COLUMNS = {"treatments": "drug", "measurements": "variable", "assessments": "variable", "events": "name"}
PARTNERS = {"dose_unit": "dose", "grade_system": "grade"}
ROUNDS = 8
FIRST_ROW = 2


def settle(work: Work, about: Metadata) -> Reading:
    """The typed tables once nothing in them is refused any more."""
    for _ in range(ROUNDS):
        reading = judge_cells(_cells(work), _with_extra(work, about), [])
        if not reading.problems:
            return reading
        _set_aside(work, reading.problems)
    raise DataError(reading.problems)


def _with_extra(work: Work, about: Metadata) -> Metadata:
    """The metadata with the columns that no declaration knows."""
    extra = [f"{name}.{each}" for name, rows in work.tables.items() for each in further_columns(name, rows)]
    return Metadata(**{**about, "extra_columns": tuple(extra)})


def _cells(work: Work) -> dict[str, pd.DataFrame]:
    """The tables as the records judge them: text, rows counted as in a file."""
    cells = {}
    for name in TABLES:
        rows = work.tables[name]
        wanted = [each for each in (*declared()[name].names, *further_columns(name, rows)) if each in rows]
        needed = [each.name for each in declared()[name].columns if each.required and each.name not in rows]
        text = rows.reindex(columns=[*wanted, *needed], fill_value="")
        cells[name] = text.set_axis(pd.RangeIndex(FIRST_ROW, len(text) + FIRST_ROW, name="row")).astype(object)
    return cells


def _set_aside(work: Work, problems: list[Problem]) -> None:
    """Do for each problem the mildest thing that solves it, one thing a row."""
    by_table: dict[str, dict[int, Problem]] = {}
    for problem in problems:
        if problem.row is None:
            raise DataError(problems)
        by_table.setdefault(problem.file.removesuffix(".csv"), {}).setdefault(problem.row - FIRST_ROW, problem)
    for table, found in by_table.items():
        _solve(work, table, found)


def _solve(work: Work, table: str, found: dict[int, Problem]) -> None:
    """Solve the problems of one table."""
    rows = work.tables[table]
    left_out = pd.Series(data=False, index=rows.index)
    for at, problem in found.items():
        file, row = (rows[name].iloc[at] for name in PLACE)
        action, kind = _mildest(rows, table, at, problem)
        left_out[at] = kind == "row"
        told = f"found {problem.found}; expected {problem.expected}"
        work.reported.append(Reported(str(file), int(row), problem.column, told, action, kind))
    work.tables[table] = rows[~left_out].reset_index(drop=True)


def _mildest(rows: pd.DataFrame, table: str, at: Any, problem: Problem) -> tuple[str, str]:
    """What is done about one problem, and the kind of entry that tells it."""
    for name in _unreadable(table, problem):
        if name in rows and rows.loc[at, name] != "":
            rows[f"{name}_as_written"] = column(rows, f"{name}_as_written")
            rows.loc[at, f"{name}_as_written"] = rows.loc[at, name]
            rows.loc[at, name] = ""
            return f"Kept as written in {name}_as_written.", "value"
    name = ID_COLUMNS.get(table, "")
    given: Any = rows.loc[at, name] if name else ""
    if given and problem.column not in {"patient_id", "end_day"} and not catalogue.is_other(given):
        rows.loc[at, name] = own_name(table, given)
        return f'Kept under its own name "{own_name(table, given)}", so that no score uses it.', "conflict"
    return LEFT_OUT, "row"


def _unreadable(table: str, problem: Problem) -> Iterator[str]:
    """The columns whose cell can be set aside as text to solve a problem."""
    columns = {each.name: each for each in declared()[table].columns}
    named = columns.get(problem.column or "")
    if named is None:
        return
    if named.name in PARTNERS:
        yield PARTNERS[named.name]
    elif _may_be_empty(named) and not named.is_day:
        yield named.name


def _may_be_empty(known: Column) -> bool:
    """Whether no row needs that column."""
    return not known.required and not known.unless and known.name not in {"unit", "day_range", "ongoing"}


def own_name(table: str, name: str) -> str:
    """The label of an id as a name of the series' own."""
    look = {"treatments": catalogue.drug, "events": catalogue.event}.get(table)
    label = look(name)["label"] if look else catalogue.variable(name).label
    return f"{catalogue.OTHER}{label}"
