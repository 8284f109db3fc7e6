"""A series in one workbook: five sheets and the sheet about, read with the same checks as a folder."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from casekit.errors import DataError, Problem, near
from casekit.records.files import header_problems
from casekit.records.metadata import FILE, Metadata, entry_problems, metadata_from
from casekit.records.schema import TABLES, Table, declared
from casekit.records.tables import Reading, judge_cells
from casekit.records.workbook import Sheet, book_sheets
from casekit.records.workbook_writing import ABOUT, LISTS, READ_ME, example, title

NEEDED = (*TABLES, ABOUT)
LISTED = ("sources", "extra_columns")


def read_workbook(path: Path) -> Reading:
    """The five tables and the metadata of a workbook, with every problem told by sheet, row and column."""
    try:
        sheets = {sheet.name: sheet for sheet in book_sheets(path)}
    except DataError as error:
        return Reading({}, None, error.problems)
    if _is_foreign(sheets):
        return Reading({}, None, [_to_import(path, sheets)])
    problems = [*_sheet_problems(sheets), *_remarks(sheets)]
    about, faults = _about(sheets.get(ABOUT))
    problems += faults
    cells = {}
    for name in TABLES:
        if name in sheets:
            table = declared()[name].with_extra(about.extra_columns if about else ())
            cells[name], faults = _cells(sheets[name], table)
            problems += faults
    reading = judge_cells(cells, about, problems)
    reading.problems.extend(_example_left(cells, about))
    return Reading(reading.tables, reading.metadata, [_by_sheet(problem, path) for problem in reading.problems])


def _is_foreign(sheets: Mapping[str, Sheet]) -> bool:
    """Whether a workbook was not made for casekit: most sheets are missing, and so are those that only explain."""
    missing = [name for name in NEEDED if name not in sheets]
    return 2 * len(missing) > len(NEEDED) and not {READ_ME, LISTS} & set(sheets)


def _to_import(path: Path, sheets: Mapping[str, Sheet]) -> Problem:
    """The problem of a workbook that has to be imported first."""
    todo = f"Read it with casekit import {path.name} --propose mapping.toml, or start from that of casekit template."
    expected = f"the sheets {', '.join(NEEDED)}"
    return Problem(path.name, None, None, f"the sheets {', '.join(sheets)}", expected, todo)


def _by_sheet(problem: Problem, path: Path) -> Problem:
    """The problem in the words of a workbook."""
    said = {name: getattr(problem, name) for name in ("found", "expected", "todo")}
    for name in TABLES:
        said = {key: text.replace(f"{name}.csv", f"the sheet {name}") for key, text in said.items()}
    said = {key: text.replace(FILE, f"the sheet {ABOUT}") for key, text in said.items()}
    sheet = ABOUT if problem.file == FILE else problem.file.removesuffix(".csv")
    return replace(problem, file=f"{path.name} sheet {sheet}", **said)


def _sheet_problems(sheets: Mapping[str, Sheet]) -> Iterator[Problem]:
    """Sheets that are missing, and sheets that nobody would read."""
    known = (*NEEDED, READ_ME, LISTS)
    for name in NEEDED:
        if name not in sheets:
            close = near(name, [sheet for sheet in sheets if sheet not in known])
            todo = f"Rename {close[0]} to {name}." if close else "Start from the workbook of casekit template."
            yield Problem(
                f"{name}.csv" if name in TABLES else FILE, None, None, "no such sheet", f"a sheet {name}", todo
            )
    for name, sheet in sheets.items():
        if name not in known and any(any(cells) for _, cells in sheet.rows):
            todo = "It would not be read: delete it, or keep it in another workbook."
            yield Problem(name, None, None, "another sheet", f"only the sheets {', '.join(known)}", todo)


def _file(sheet: str) -> str:
    """The file that a sheet stands for."""
    return f"{sheet}.csv" if sheet in TABLES else FILE


def _remarks(sheets: Mapping[str, Sheet]) -> Iterator[Problem]:
    """Formulas, merged cells and hidden rows in the sheets that are read."""
    for name in NEEDED:
        sheet = sheets.get(name)
        for row, letter, found, todo in sheet.remarks if sheet else ():
            column = _header(sheet).get(letter, letter) if sheet and letter else None
            yield Problem(_file(name), row, column, found, "plain values in sight", todo)


def _header(sheet: Sheet) -> dict[str | None, str]:
    """The name of each column by its letter."""
    from openpyxl.utils import get_column_letter

    names = sheet.rows[0][1] if sheet.rows else []
    return {get_column_letter(at): name for at, name in enumerate(names, start=1) if name}


def _cells(sheet: Sheet, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """The text cells of one sheet, indexed by its rows, and what is wrong with its shape."""
    header = [*sheet.rows[0][1]] if sheet.rows else []
    while header and not header[-1]:
        header.pop()
    body = [(row, cells) for row, cells in sheet.rows[1:] if any(cells)]
    problems = [
        *header_problems(header, table),
        *_beside(body, len(header), table),
        *_numbers_as_text(sheet, header, table),
    ]
    index = pd.Index([row for row, _ in body], name="row", dtype="int64")
    columns = {
        name: pd.Series([cells[header.index(name)] for _, cells in body], index=index, dtype=object)
        for name in table.names
        if name in header
    }
    return pd.DataFrame(columns, index=index), problems


def _beside(body: Iterable[tuple[int, list[str]]], width: int, table: Table) -> Iterator[Problem]:
    """Cells to the right of the last column that has a name."""
    for row, cells in body:
        if any(cells[width:]):
            found = f'"{next(filter(None, cells[width:]))}" in a column without a name'
            yield Problem(table.file, row, None, found, "values under a name only", "Move or delete it.")


def _numbers_as_text(sheet: Sheet, header: list[str], table: Table) -> Iterator[Problem]:
    """Numbers that the spreadsheet holds as text, where a number belongs: it may have read 1.234 as a word."""
    numeric = {name for name in header if name in table.names and table.column(name).type in {"integer", "number"}}
    for row, at in sorted(sheet.numbers_as_text):
        name = header[at] if at < len(header) else ""
        if row > 1 and name in numeric:
            found = f'the number "{sheet.rows[row - 1][1][at]}" stored as text'
            todo = "Format the column as General, then type the number again."
            yield Problem(table.file, row, name, found, "a number", todo)


def _about(sheet: Sheet | None) -> tuple[Metadata | None, list[Problem]]:
    """The metadata in the sheet about: one entry a row, lists in several rows."""
    if sheet is None:
        return None, []
    given: dict[str, Any] = {}
    problems = []
    for row, cells in sheet.rows[1:]:
        key, value = (*cells, "", "")[:2]
        if not key or not value:
            continue
        if key in LISTED:
            given.setdefault(key, []).append(value)
        elif key in given:
            problems.append(Problem(FILE, row, key, f"the entry {key} twice", "each entry once", "Delete one of them."))
        else:
            given[key] = {"yes": True, "no": False}.get(value, value) if key == "synthetic" else value
    problems += entry_problems(given)
    return (None if problems else metadata_from(given)), problems


def _example_left(cells: Mapping[str, pd.DataFrame], about: Metadata | None) -> Iterator[Problem]:
    """The example patient beside real ones, or the title of the template over them."""
    patients = cells.get("patients")
    if patients is None or "patient_id" not in patients:
        return
    others = patients["patient_id"] != example()
    if not others.any():
        return
    for row in patients.index[~others]:
        todo = "Delete its rows in all five sheets."
        yield Problem("patients.csv", int(row), "patient_id", "the example patient", "your own patients only", todo)
    if about and about.title == title():
        todo = "Write your own title, and check that synthetic says whether your patients are invented."
        yield Problem(FILE, None, "title", f'"{about.title}"', "the title of your series", todo)
