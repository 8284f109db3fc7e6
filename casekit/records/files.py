"""A CSV file as rows of text, or the reasons why it cannot be read; nothing is converted here."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from casekit.errors import Problem, near
from casekit.records.formulas import as_it_was
from casekit.records.schema import Table

DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
ARCHIVE_MARKS = {
    b"PK\x03\x04": "an Excel workbook or zip file",
    b"\x1f\x8b": "a gzip file",
    b"\xd0\xcf": "an old Excel file",
}
SAVE_AS_UTF8 = 'In Excel, save as "CSV UTF-8 (comma delimited)".'


class Refused(Exception):  # noqa: N818
    """The file as a whole cannot be read; carries the one problem that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_cells(path: Path, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """The text cells of one CSV file, indexed by spreadsheet row, and what is wrong with its shape.

    An apostrophe before what a spreadsheet would run as a formula is how such a text is written, and no part of it.

    Raises
    ------
    Refused
        When no cell can be read at all (encoding, delimiter, a file that is no text).
    """
    text = _text(path, table.file)
    cells, problems = parse_cells(text, table)
    if "'" in text:
        texts = [column.name for column in table.columns if column.type == "text" and column.name in cells]
        cells = cells.assign(**{name: as_it_was(cells[name]) for name in texts})
    return cells, problems


def parse_cells(text: str, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """The text cells of the text of one CSV file, and what is wrong with its shape."""
    file = table.file
    _refuse_empty(text, file)
    _refuse_other_delimiter(text, table)
    if _is_plain(text):
        header = text.partition("\n")[0].removesuffix("\r").split(",")
        return _plain_frame(text, header, table), list(header_problems(header, table))
    header, *lines = _records(text, file)
    problems = [*header_problems(header, table), *_row_problems(lines, header, file)]
    return _frame(header, lines, table), problems


def _is_plain(text: str) -> bool:
    """Whether every line has as many fields as the header, and no quotation mark or empty row needs a closer look."""
    if '"' in text or text.count("\r") != text.count("\r\n"):
        return False
    header, *lines = text.removesuffix("\n").removesuffix("\r").split("\n")
    marks = header.count(",")
    return bool(lines) and all(line.count(",") == marks and line.strip(",\r") for line in lines)


def _plain_frame(text: str, header: Sequence[str], table: Table) -> pd.DataFrame:
    """The cells of lines that are known to fit the header, read by the fast parser of pandas."""
    read = pd.read_csv(
        io.StringIO(text), dtype=object, header=None, skiprows=1, na_filter=False, quoting=csv.QUOTE_NONE, engine="c"
    )
    read.index = pd.RangeIndex(2, len(read) + 2, name="row")
    at = {name: place for place, name in reversed(list(enumerate(header)))}
    return pd.DataFrame({name: read[at[name]] for name in table.names if name in at}, index=read.index)


def _text(path: Path, file: str) -> str:
    """The decoded text of the file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = "a folder" if path.is_dir() else (error.strerror or str(error))
        raise Refused(Problem(file, None, None, reason, "a CSV file", f"Put a readable {file} there.")) from error
    _refuse_binary(content, file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(_encoding_problem(content, error.start, file)) from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise Refused(Problem(file, row, None, "a NUL byte", "plain text", f"The file is damaged. {SAVE_AS_UTF8}"))
    return text


def _refuse_binary(content: bytes, file: str) -> None:
    """Refuse what is recognisably not UTF-8 text."""
    if content.startswith(UTF16_MARKS) or _every_other_byte_is_0(content[:200]):
        raise Refused(Problem(file, None, None, "text in UTF-16", "text in UTF-8", SAVE_AS_UTF8))
    for mark, kind in ARCHIVE_MARKS.items():
        if content.startswith(mark):
            todo = "Open it and save each table as its own CSV file."
            raise Refused(Problem(file, None, None, kind, "a CSV file", todo))


def _every_other_byte_is_0(content: bytes) -> bool:
    """Whether the bytes look like UTF-16 without its mark."""
    return any(half.count(0) > len(half) // 2 for half in (content[::2], content[1::2]) if half)


def _refuse_empty(text: str, file: str) -> None:
    """Refuse a file without a header line."""
    if not text.strip():
        expected = "a header line with the names of the columns"
        raise Refused(Problem(file, None, None, "an empty file", expected, "Write the header line, even without rows."))


def _encoding_problem(content: bytes, position: int, file: str) -> Problem:
    """The problem that names the first byte which is not UTF-8."""
    row = content.count(b"\n", 0, position) + 1
    line = content[content.rfind(b"\n", 0, position) + 1 :].split(b"\n", 1)[0]
    reading = line.decode("cp1252", errors="replace").strip()[:60]
    found = f'byte 0x{content[position]:02X} at position {position}, which is not UTF-8 (read as Latin-1: "{reading}")'
    return Problem(file, row, None, found, "text in UTF-8", SAVE_AS_UTF8)


def _records(text: str, file: str) -> list[list[str]]:
    """The lines of the file as lists of fields; blank lines are empty lists."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        found = f"a broken quotation mark or an over-long field ({error})"
        todo = "Put fields with commas or quotation marks in quotation marks, and double those inside."
        raise Refused(Problem(file, reader.line_num, None, found, "comma separated fields", todo)) from error


def _refuse_other_delimiter(text: str, table: Table) -> None:
    """Refuse a file whose columns are separated by something other than commas."""
    line = text.splitlines()[0].replace('"', "")
    for mark, name in DELIMITERS.items():
        if _known(line, mark, table) > _known(line, ",", table) or line == f"sep={mark}":
            found = f"columns separated by {name}"
            todo = "Save with commas (in Excel, list separator and decimal sign follow the language of the system)."
            raise Refused(Problem(table.file, 1, None, found, "columns separated by commas", todo))


def _known(line: str, mark: str, table: Table) -> int:
    """How many declared columns the header names when it is split at the mark."""
    return len(set(table.names).intersection(line.split(mark)))


def header_problems(header: Sequence[str], table: Table) -> Iterable[Problem]:
    """What is wrong with the names of the columns."""
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            found, todo = f'the column "{name}" {header.count(name)} times', "Keep one and delete the other."
            yield Problem(table.file, 1, name, found, "each column once", todo)
        if name not in table.names:
            yield _unknown_column(name, header, table)
    for column in table.columns:
        if column.required and column.name not in header:
            todo = f"Add the column {column.name}: {column.meaning}"
            yield Problem(table.file, 1, column.name, "no such column", "this column", todo)


def _unknown_column(name: str, header: Sequence[str], table: Table) -> Problem:
    """The problem of one column that is not declared, with the declared name it resembles."""
    if not name.strip():
        found, todo = "a column without a name", "Give it a name or delete it."
        return Problem(table.file, 1, None, found, "a name for every column", todo)
    absent = [known for known in table.names if known not in header]
    likely = [known for known in absent if known == name.strip().casefold()] or near(name, absent)
    hint = f"Rename it to {likely[0]}" if likely else "Rename it"
    expected = f"only the columns {', '.join(table.names)}"
    return Problem(table.file, 1, name, f'the column "{name}"', expected, f"{hint}, or delete it if it is not needed.")


def _row_problems(lines: Iterable[list[str]], header: Sequence[str], file: str) -> Iterable[Problem]:
    """The rows with too few or too many fields, and those that hold nothing but commas."""
    width = len(header)
    for number, line in enumerate(lines, start=2):
        if line and len(line) != width:
            found, expected = f"{len(line)} fields", f"{width} fields as in the header line"
            todo = "Look for a comma inside a text or a decimal comma; put such a text in quotation marks."
            yield Problem(file, number, None, found, expected, todo)
        elif line and not any(line):
            yield Problem(file, number, None, "an empty row", "a row with values", "Delete the row.")


def _frame(header: Sequence[str], lines: Sequence[list[str]], table: Table) -> pd.DataFrame:
    """The cells of the whole rows under the declared columns, text as written, indexed by spreadsheet row."""
    places = [place for place, line in enumerate(lines) if len(line) == len(header) and any(line)]
    whole = lines if len(places) == len(lines) else [lines[place] for place in places]
    rows = pd.Index(places, name="row", dtype="int64") + 2
    fields = list(zip(*whole, strict=True)) or [()] * len(header)
    at = {name: place for place, name in reversed(list(enumerate(header)))}
    cells = {name: pd.Series(fields[at[name]], index=rows, dtype=object) for name in table.names if name in at}
    return pd.DataFrame(cells, index=rows)
