"""The workbook to fill in, and any series as such a workbook: both made from the declarations of the columns.

Drop-downs, units, limits and meanings come from `definitions/tables.toml` and the lists; the example patient and the
words of the first sheet from `definitions/template.toml`.
"""

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import DataError, Problem
from casekit.records.cells import span
from casekit.records.links import known_ids
from casekit.records.metadata import Metadata
from casekit.records.schema import TABLES, Column, Table, declared

READ_ME, ABOUT, LISTS = "read me", "about", "lists"
LAST_ROW = 5000
REQUIRED, OPTIONAL = "FF1B2733", "FF52606D"
WIDEST = 28


@cache
def _declared_template() -> Mapping[str, Any]:
    """The words and rows of the template."""
    return tomllib.loads((catalogue.FOLDER / "template.toml").read_text(encoding="utf-8"))


def example() -> str:
    """The id of the example patient.

    >>> example()
    'EXAMPLE-1'
    """
    return str(_declared_template()["example"])


def title() -> str:
    """The title under which the example patient stands."""
    return str(_declared_template()["title"])


def write_template(path: Path) -> Path:
    """The workbook to fill in: five sheets with an example patient, about, the lists, and a sheet that explains.

    Raises
    ------
    DataError
        When something stands there already, or the place cannot be written to.
    """
    rows = {name: list(csv.reader(text.strip().splitlines())) for name, text in _declared_template()["rows"].items()}
    cells = {name: pd.DataFrame(body, columns=header) for name, (header, *body) in rows.items()}
    return write_book(path, cells, Metadata(synthetic=True, title=title()))


def write_book(path: Path, cells: Mapping[str, pd.DataFrame], about: Metadata) -> Path:
    """The workbook of a series given as text cells.

    Raises
    ------
    DataError
        When something stands there already, or a text holds what no workbook can hold.
    """
    import openpyxl
    from openpyxl.utils.exceptions import IllegalCharacterError

    if path.exists():
        raise DataError([Problem(str(path), None, None, "a file", "no file yet", "Choose another name.")])
    book = openpyxl.Workbook()
    try:
        _write_read_me(book.active)
        _write_about(book.create_sheet(ABOUT), about)
        lists = book.create_sheet(LISTS)
        for name in TABLES:
            table = declared()[name].with_extra(about.extra_columns)
            _write_table(book.create_sheet(name), table, cells[name], lists)
        book.move_sheet(LISTS, len(TABLES))
        book.save(path)
    except IllegalCharacterError as error:
        found = f"a text with an invisible control character ({str(error)[:40]!r})"
        expected, todo = "text a workbook can hold", "Write CSV files."
        raise DataError([Problem(path.name, None, None, found, expected, todo)]) from error
    except OSError as error:
        found = error.strerror or str(error)
        expected, todo = "a place to write to", "Choose another place."
        raise DataError([Problem(str(path), None, None, found, expected, todo)]) from error
    return path


def _write_read_me(sheet: Any) -> None:
    """The sheet that explains: what to do, then every column."""
    sheet.title = READ_ME
    for line in _declared_template()["reading"]:
        sheet.append([line])
    sheet.append([])
    _append_header(sheet, ["sheet", "column", "", "holds", "meaning"])
    for name in TABLES:
        for column in declared()[name].columns:
            needed = "required" if column.required else ""
            sheet.append([name, column.name, needed, holds(column), column.meaning])
    for letter, width in zip("ABCDE", (16, 24, 10, 40, 100), strict=True):
        sheet.column_dimensions[letter].width = width


def holds(column: Column) -> str:
    """What a column holds, in words: its list, its words, or its kind with range and unit.

    >>> holds(declared()["patients"].column("age_years"))
    'number from 0 to 120 years'
    """
    if column.known_in:
        return f"one of the {column.known_in}"
    if column.allowed:
        return ", ".join(column.allowed)
    if column.is_day:
        return "whole days since the infusion"
    words = {"integer": "whole number", "number": "number", "yes_no": "yes, no", "text": "text"}[column.type]
    return f"{words}{span(column.minimum, column.maximum)} {column.unit}".strip()


def _write_about(sheet: Any, about: Metadata) -> None:
    """The sheet about: one entry a row, lists in several rows."""
    _append_header(sheet, ["entry", "value", "meaning"])
    for column in declared()["series"].columns:
        for value in _values(about[column.name]):
            sheet.append([column.name, None, column.meaning])
            _put(sheet.cell(sheet.max_row, 2), value)
    for letter, width in zip("ABC", (18, 60, 90), strict=True):
        sheet.column_dimensions[letter].width = width


def _values(value: Any) -> Sequence[str]:
    """The texts of one entry; an empty list still has its row."""
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return (list(value) or [""]) if isinstance(value, tuple) else [str(value)]


def _append_header(sheet: Any, names: Sequence[str], required: Iterable[str] = ()) -> None:
    """A row of headings that stays in sight."""
    from openpyxl.styles import Font, PatternFill

    needed = set(required) or set(names)
    at = sheet.max_row + 1 if sheet.max_row > 1 or sheet.cell(1, 1).value else 1
    for place, name in enumerate(names, start=1):
        cell = sheet.cell(at, place, name)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor=REQUIRED if name in needed else OPTIONAL)
    if at == 1:
        sheet.freeze_panes = "A2"


def _write_table(sheet: Any, table: Table, cells: pd.DataFrame, lists: Any) -> None:
    """One sheet: its columns with their meaning, its rows, its drop-downs."""
    from openpyxl.comments import Comment
    from openpyxl.utils import get_column_letter

    _append_header(sheet, table.names, [column.name for column in table.columns if column.required])
    for at, column in enumerate(table.columns, start=1):
        needed = "Required. " if column.required else ""
        sheet.cell(1, at).comment = Comment(f"{needed}{column.meaning}\nHolds: {holds(column)}", "casekit", 160, 320)
        letter = get_column_letter(at)
        sheet.column_dimensions[letter].width = min(WIDEST, max(12, len(column.name) + 3))
        for rule in _validations(column, lists):
            sheet.add_data_validation(rule)
            rule.add(f"{letter}2:{letter}{LAST_ROW}")
    texts = {column.name: cells[column.name].tolist() if column.name in cells else None for column in table.columns}
    for at, column in enumerate(table.columns, start=1):
        for row, text in enumerate(texts[column.name] or (), start=2):
            if text != "":
                _put(sheet.cell(row, at), _typed(column, text))


def _typed(column: Column, text: str) -> str | float | int:
    """The value of one cell: numbers as numbers, everything else as text."""
    if column.type == "integer":
        return int(text)
    return float(text) if column.type == "number" else text


def _put(cell: Any, value: str | float) -> None:
    """Write one value; a text that begins with = stays a text."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.number_format = "@"


def _validations(column: Column, lists: Any) -> Iterator[Any]:
    """The drop-down or the limits of one column."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words = column.allowed or (("yes", "no") if column.type == "yes_no" else ())
    if column.known_in == "patients":
        yield DataValidation("list", formula1=f"patients!$A$2:$A${LAST_ROW}", allow_blank=True)
    elif column.known_in:
        place = _listed(lists, column.known_in, known_ids(column.known_in))
        yield DataValidation("list", formula1=place, allow_blank=True, showErrorMessage=False)
    elif words:
        place = _listed(lists, column.name, words)
        said = f"One of: {', '.join(words)}"[:250]
        yield DataValidation("list", formula1=place, allow_blank=True, showErrorMessage=True, error=said)
    elif column.type in {"integer", "number"} and column.minimum is not None:
        kind = "whole" if column.type == "integer" else "decimal"
        low, high = f"{column.minimum:g}", f"{column.maximum if column.maximum is not None else 1e9:.12g}"
        ends = {"formula1": low, "formula2": high, "operator": "between"}
        yield DataValidation(kind, **ends, allow_blank=True, showErrorMessage=True, error=holds(column)[:250])


def _listed(lists: Any, name: str, words: Sequence[str]) -> str:
    """The range of the sheet of lists that holds the words under that name, written at first use."""
    from openpyxl.utils import get_column_letter

    filled = lists.max_column if lists.cell(1, 1).value else 0
    for at in range(1, filled + 1):
        written = [lists.cell(row, at).value for row in range(2, len(words) + 2)]
        if lists.cell(1, at).value == name and written == list(words):
            break
    else:
        at = filled + 1
        for row, word in enumerate((name, *words), start=1):
            lists.cell(row, at, word)
    letter = get_column_letter(at)
    return f"{LISTS}!${letter}$2:${letter}${len(words) + 1}"
