"""Files of unknown origin as tables of text: looked at before they are opened, measured before they are read.

Nothing is converted. Encoding, delimiter and the number of fields of every line are settled here, so that no cell slips
into another column.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from casekit.errors import DataError, Problem
from casekit.importers.dates import iso
from casekit.importers.headers import Header, header_of, visits_over
from casekit.importers.report import Reported
from casekit.records.cells import NUMBER
from casekit.records.workbook import book_sheets

TEXTS = (".csv", ".tsv", ".txt")
BOOKS = (".xlsx", ".xlsm")
DELIMITERS = ",;\t|"
MOST_BYTES = 400_000_000
MOST_CELLS = 8_000_000
SNIFFED = 30
QUOTED = re.compile(r'"[^"]*"')
MISSING = ("NA", "N/A", "n/a", "NULL", "null", "NaN", "nan", ".", "-", "--")
MARKS = {
    b"PK\x03\x04": "a zip archive or workbook",
    b"\x1f\x8b": "a gzip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF file",
    b"HEADER RECORD": "a SAS transport file",
    b"{": "a JSON file",
    b"<": "an XML or HTML file",
}


@dataclass
class SourceTable:
    """One table of a source: its header, and its rows as text with their place.

    Attributes
    ----------
    file : str
        Name of the file, and of the sheet where there are several.
    header : list of str
        Names of the columns.
    rows : list of (int, list of str)
        Row as a spreadsheet counts it, and its cells.
    rows_read : int
        All data rows, those that could not be read as well.
    reported : list of Reported
        Rows that could not be read.
    notes : list of str
        What had to be supposed.
    written, visits : dict of str to str
        What the header says above each column, and the visit it belongs to where a line of visits stands above.
    """

    file: str
    header: list[str]
    rows: list[tuple[int, list[str]]]
    rows_read: int
    reported: list[Reported] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    visits: dict[str, str] = field(default_factory=dict)

    def cells(self, name: str) -> list[str]:
        """The cells of one column."""
        at = self.header.index(name)
        return [cells[at] for _, cells in self.rows]


def tables_of(path: Path) -> list[SourceTable]:
    """Every table in a file or folder of CSV files and workbooks.

    Raises
    ------
    DataError
        When a file is not what it seems, is damaged or is too large: all of them at once.
    """
    tables, problems = [], []
    for file in files_of(path):
        try:
            tables += _sheets(file) if file.suffix.casefold() in BOOKS else [_text_table(file)]
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return tables


def files_of(path: Path) -> list[Path]:
    """The files of a folder that may be tables, or the file itself."""
    if path.is_file():
        return [path]
    return [each for each in sorted(path.iterdir()) if each.is_file() and each.suffix.casefold() in (*TEXTS, *BOOKS)]


def _sheets(file: Path) -> list[SourceTable]:
    """The sheets of a workbook that hold anything."""
    sheets = [sheet for sheet in book_sheets(file) if any(any(cells) for _, cells in sheet.rows)]
    tables = []
    for sheet in sheets:
        name = file.name if len(sheets) == 1 else f"{file.name} sheet {sheet.name}"
        notes = [Reported(name, row, column, found, todo, "value") for row, column, found, todo in sheet.remarks]
        tables.append(_shaped(name, sheet.rows, notes))
    return tables


def _text_table(file: Path) -> SourceTable:
    """The table in a text file."""
    text, note = read_text(file)
    lines = lines_of(text)
    if not any(lines):
        raise DataError([Problem(file.name, None, None, "an empty file", "a table", "Export it again.")])
    mark = delimiter(lines[:SNIFFED])
    _refuse_many_cells(file, text.count(mark) + len(lines))
    if '"' not in text:
        records = [(number, line.split(mark)) for number, line in enumerate(lines, start=1)]
    else:
        records = list(_records(file, text, mark))
    table = _shaped(file.name, [(row, [cell.strip() for cell in cells]) for row, cells in records], [])
    table.notes += [note] if note else []
    return table


def lines_of(text: str) -> list[str]:
    r"""The lines of a text; a vertical tab or a separator of Unicode, where Python also ends lines, ends none.

    >>> lines_of("a\u2028b\r\nc\x0bd\n"), lines_of("a\rb")
    (['a\u2028b', 'c\x0bd'], ['a', 'b'])
    """
    lines = text.replace("\r\n", "\n").split("\n") if "\n" in text else text.split("\r")
    return lines if lines[-1] else lines[:-1]


def _records(file: Path, text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    """The records of a text with quotation marks, each with the line it starts on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        found = f"a broken quotation mark or an over-long field ({error})"
        raise DataError(
            [Problem(file.name, start, None, found, "a table", "Is the file cut off? Export it again.")]
        ) from error


def read_text(file: Path) -> tuple[str, str]:
    """The text of a file, and what had to be supposed about its encoding.

    Raises
    ------
    DataError
        When it is no text.
    """
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            found, todo = f"{size / 1e6:,.0f} MB", "Split it, or load it as Parquet in casekit's own form."
            raise DataError([Problem(file.name, None, None, found, f"at most {MOST_BYTES / 1e6:,.0f} MB", todo)])
        content = file.read_bytes()
    except OSError as error:
        found = error.strerror or str(error)
        raise DataError([Problem(file.name, None, None, found, "a readable file", "Check the path.")]) from error
    for mark, kind in MARKS.items():
        if content.startswith(mark):
            todo = "Check the format, or export the table as CSV."
            raise DataError([Problem(file.name, None, None, kind, "a table as text", todo)])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="strict"), f"{file.name} is written in UTF-16"
    if b"\0" in content:
        raise DataError(
            [Problem(file.name, None, None, "bytes that are no text", "a table as text", "Export it again.")]
        )
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), f"{file.name} is not UTF-8; it was read as Windows-1252"


def delimiter(lines: list[str]) -> str:
    """The mark that splits the lines into the same number of fields, and into most.

    >>> delimiter(["id;value", "1;2,5", "2;3,1"])
    ';'
    """
    bare = [QUOTED.sub("", line) for line in lines]
    best, widest = ",", (0.0, 0)
    for mark in DELIMITERS:
        width, often = Counter(line.count(mark) for line in bare).most_common(1)[0]
        if width and (often / len(bare), width) > widest:
            best, widest = mark, (often / len(bare), width)
    return best


def _refuse_many_cells(file: Path, cells: int) -> None:
    """Refuse a table that would not fit into memory."""
    if cells > MOST_CELLS:
        todo = "Split it, or load it as Parquet in casekit's own form."
        raise DataError([Problem(file.name, None, None, f"{cells:,} cells", f"at most {MOST_CELLS:,} cells", todo)])


def _shaped(name: str, records: list[tuple[int, list[str]]], reported: list[Reported]) -> SourceTable:
    """The records under their header, with those that do not fit reported."""
    filled = [(row, cells) for row, cells in records if any(cells)]
    widths = Counter(sum(map(bool, cells)) for _, cells in filled[:SNIFFED])
    usual = max(widths, default=1)
    at = next((place for place, (_, cells) in enumerate(filled) if sum(map(bool, cells)) * 2 > usual), 0)
    above, at = _visits_and_header(filled, at)
    first = at - 1 if above else at
    reported += [
        Reported(name, row, None, "a line above the header", "Not imported.", "nothing") for row, _ in filled[:first]
    ]
    columns = header_of(filled[at][1], above) if filled else Header([])
    header, body, read = columns.names, filled[at + 1 :], len(filled) - 1 - (1 if above else 0)
    whole = []
    for row, cells in body:
        if len(cells) == len(header) or not any(cells[len(header) :]):
            whole.append(
                (row, [*cells, *[""] * (len(header) - len(cells))][: len(header)])
                if len(cells) >= len(header)
                else (row, cells)
            )
        else:
            found = f"{len(cells)} fields where the header has {len(header)}"
            reported.append(Reported(name, row, None, found, "Not imported: its cells may stand in other columns."))
    short = [(row, cells) for row, cells in whole if len(cells) < len(header)]
    for row, cells in short:
        found = f"{len(cells)} fields where the header has {len(header)}"
        reported.append(Reported(name, row, None, found, "Not imported: its cells may stand in other columns."))
    table = SourceTable(name, header, [each for each in whole if len(each[1]) == len(header)], read, reported)
    table.written, table.visits = columns.written, columns.visits
    if above:
        _say_visits(table, filled[first][0])
    _drop_labels(table)
    return table


def _visits_and_header(filled: list[tuple[int, list[str]]], at: int) -> tuple[list[str], int]:
    """The line of visits over a header, empty when there is none, and the place of the header."""
    lines = [cells for _, cells in filled[: at + 2]]
    if at and visits_over(lines[at], lines[at - 1]) and not any(map(_is_typed, lines[at - 1])):
        return lines[at - 1], at
    if len(lines) == at + 2 and visits_over(lines[at + 1], lines[at]):
        several = len(set(filter(None, lines[at]))) < len(lines[at]) - 1
        below = [dict.fromkeys(column) for column in zip(*(cells for _, cells in filled[at + 2 :]), strict=False)]
        alone = not any(cell in values for cell, values in zip(lines[at + 1], below, strict=False) if cell)
        if several and alone and not any(map(_is_typed, (*lines[at], *lines[at + 1]))):
            return lines[at], at + 1
    return [], at


def _is_typed(cell: str) -> bool:
    """Whether a cell holds a number, a date or a word for missing."""
    return cell != "" and _no_word(cell)


def _say_visits(table: SourceTable, row: int) -> None:
    """Note which line names the visits; that its cells are merged loses nothing."""
    visits = ", ".join(dict.fromkeys(table.visits.values()))
    table.notes.append(f"{table.file} row {row} names the visits of the columns below it: {visits}")
    table.reported = [each for each in table.reported if each.row != row or not each.problem.startswith("merged cells")]


def _drop_labels(table: SourceTable) -> None:
    """Report a second header line: words that stand nowhere else, over columns of numbers or dates."""
    if len(table.rows) < 3:  # noqa: PLR2004
        return
    row, first = table.rows[0]
    columns = list(zip(*(cells for _, cells in table.rows[1:]), strict=True))
    typed = [any(below) and all(map(_no_word, below)) for below in columns]
    names = all(cell and not _no_word(cell) for cell, of_numbers in zip(first, typed, strict=True) if of_numbers)
    alone = not any(cell and (_no_word(cell) or cell in below) for cell, below in zip(first, columns, strict=True))
    if any(typed) and names and alone:
        table.rows = table.rows[1:]
        table.reported.append(Reported(table.file, row, None, "a second header line", "Not imported.", "nothing"))


def _no_word(cell: str) -> bool:
    """Whether a cell is empty, missing, a number or a date."""
    return cell in ("", *MISSING) or NUMBER.fullmatch(cell) is not None or iso(cell, "dmy") is not None


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive, whatever its name says."""
    return path.is_file() and zipfile.is_zipfile(path)
