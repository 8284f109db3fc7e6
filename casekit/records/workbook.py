"""Sheets of a workbook as rows of text; what a sheet can hide (formulas, merged cells, hidden rows) is said.

A workbook is a zip archive of XML: its size is looked at before anything in it is opened, and entities are refused.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from defusedxml import DefusedXmlException

from casekit.errors import DataError, Problem
from casekit.records.cells import NUMBER

MOST_BYTES = 150_000_000
MOST_CELLS = 2_000_000
SUFFIXES = (".xlsx", ".xlsm")
MIDNIGHT = time(0)
Remark = tuple[int | None, str | None, str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows as text, counted as the spreadsheet counts them, and what could not be taken as it is.

    Attributes
    ----------
    name : str
        Name of the sheet.
    rows : list of (int, list of str)
        Row number and cells; empty cells are empty texts.
    remarks : list of (row, column letter, what was found, what to do)
        Formulas, errors and merged cells, whose cells are empty in `rows`; hidden rows.
    numbers_as_text : set of (row, place in the row)
        Cells that hold a number as text.
    """

    name: str
    rows: list[tuple[int, list[str]]]
    remarks: list[Remark]
    numbers_as_text: frozenset[tuple[int, int]] = frozenset()


def book_sheets(path: Path) -> list[Sheet]:
    """The sheets of an Excel workbook.

    Raises
    ------
    DataError
        When the file is no workbook, is damaged, or unpacks into more than can be read safely.
    """
    import openpyxl

    _refuse_bomb(path)
    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, data_only=False)
    except Exception as error:  # openpyxl raises whatever its parts raise on a damaged file
        raise _damaged(path, error) from error
    return [_sheet(path, sheet) for sheet in book.worksheets]


def _refused(path: Path, found: str, expected: str, todo: str) -> DataError:
    """The error of a workbook that is not read."""
    return DataError([Problem(path.name, None, None, found, expected, todo)])


def _damaged(path: Path, error: BaseException) -> DataError:
    """The error of a workbook that cannot be opened; entities in its XML are named as what they are."""
    cause: BaseException | None = error
    while cause and not isinstance(cause, DefusedXmlException):
        cause = cause.__cause__ or cause.__context__
    if cause:
        todo = "Such a file can be made to exhaust a machine. Save it again in a spreadsheet program."
        return _refused(path, f"XML with entities ({type(cause).__name__})", "a workbook without them", todo)
    return _refused(path, f"a damaged workbook ({type(error).__name__})", "an Excel workbook", "Save it again.")


def _refuse_bomb(path: Path) -> None:
    """Refuse what is no zip archive, or unpacks into too much."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        found = "a file that is cut off or no workbook" if path.exists() else "no such file"
        raise _refused(path, found, "an Excel workbook (.xlsx)", "Save it again in a spreadsheet program.") from error
    if size > MOST_BYTES:
        found = f"{size / 1e6:,.0f} MB when unpacked"
        todo = "Delete what is not needed, or save the sheets as CSV files in one folder."
        raise _refused(path, found, f"at most {MOST_BYTES / 1e6:,.0f} MB", todo)
    if "[Content_Types].xml" not in names:
        raise _refused(path, "a zip archive", "an Excel workbook (.xlsx)", "Unpack it and read the folder.")


def _sheet(path: Path, sheet: Any) -> Sheet:
    """One sheet as text."""
    cells = sheet.max_row * sheet.max_column
    if cells > MOST_CELLS:
        found = f"{cells:,} cells in sheet {sheet.title}"
        todo = "Delete what is not needed, or save the sheet as CSV."
        raise _refused(path, found, f"at most {MOST_CELLS:,} cells", todo)
    remarks = list(_hidden(sheet))
    rows, as_text = [], set()
    for number, row in enumerate(sheet.iter_rows(), start=1):
        texts = []
        for cell in row:
            text, remark = cell_text(cell)
            texts.append(text)
            if isinstance(cell.value, str) and NUMBER.fullmatch(text):
                as_text.add((number, len(texts) - 1))
            if remark:
                remarks.append((number, cell.column_letter, *remark))
        rows.append((number, texts))
    return Sheet(sheet.title, rows, remarks, frozenset(as_text))


def _hidden(sheet: Any) -> Iterator[Remark]:
    """What cannot be seen on the sheet: merged cells beyond the first, hidden rows and columns."""
    for area in sheet.merged_cells.ranges:
        todo = "Unmerge the cells and fill in each of them."
        yield area.min_row, None, f"merged cells {area.coord}, of which only the first holds a value", todo
    for number, row in sheet.row_dimensions.items():
        if row.hidden:
            yield number, None, "a hidden row", "Show it, and delete it if it should not count."
    for letter, column in sheet.column_dimensions.items():
        if column.hidden:
            yield None, letter, "a hidden column", "Show it, and delete it if it should not count."


def cell_text(cell: Any) -> tuple[str, tuple[str, str] | None]:
    """The text of one cell, and why it is empty although something stands there."""
    value = cell.value
    if cell.data_type == "f":
        return "", (f"the formula {str(value)[:40]}", "Copy the column and paste it as values.")
    if cell.data_type == "e":
        return "", (f"the error {value}", "Correct the cell or empty it.")
    if isinstance(value, float) and "%" in str(cell.number_format):
        todo = "Format the column as General and write the number alone."
        return "", (f"{value:.0%} as a percentage, which is stored as {value:g}", todo)
    return _plain(value), None


def _plain(value: Any) -> str:
    """A stored value as text: dates as ISO, whole numbers without decimals, yes and no as words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime) and value.time() == MIDNIGHT:
        return value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook by its name or its content."""
    try:
        return path.is_file() and (path.suffix.casefold() in SUFFIXES or zipfile.is_zipfile(path))
    except (OSError, ValueError):  # a path that no system can hold
        return False
