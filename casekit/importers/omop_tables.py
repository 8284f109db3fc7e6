"""The tables of an OMOP CDM as text: CSV, Parquet, a workbook with a sheet per table, or a DuckDB file.

Names are read without regard to case. The vocabulary is large and no data: of it only the names asked for are kept.
"""

import csv
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casekit.errors import DataError, Problem
from casekit.importers import parquet
from casekit.importers.report import Reported
from casekit.importers.source import BOOKS, MOST_BYTES, MOST_CELLS, TEXTS, is_zip, tables_of
from casekit.importers.work import text_of

VOCABULARY = {
    "concept", "concept_ancestor", "concept_class", "concept_relationship", "concept_synonym", "domain",
    "drug_strength", "relationship", "source_to_concept_map", "vocabulary",
}  # fmt: skip
PERSON = ("person_id", "gender_concept_id", "year_of_birth")
DUCKDB = b"DUCK"
DUCKDB_AT = 8
SNIFFED = 1_000_000
SHEET = re.compile(rb'<sheet [^>]*name="person"', re.IGNORECASE)


@dataclass
class CdmTable:
    """One table: where it stands, its rows as text by lower-case column, all rows counted, and what was wrong."""

    name: str
    file: str
    rows: list[tuple[int, dict[str, str]]]
    rows_read: int
    reported: list[Reported] = field(default_factory=list)


@dataclass
class Cdm:
    """The tables of the patients, the files of the vocabulary, and files that are no table of a CDM."""

    tables: dict[str, CdmTable] = field(default_factory=dict)
    vocabulary: list[Path] = field(default_factory=list)
    concepts: dict[str, str] = field(default_factory=dict)
    database: Path | None = None


def is_cdm(path: Path) -> bool:
    """Whether a folder, workbook or database holds a table of persons."""
    if path.is_dir():
        return any(file.stem.casefold() == "person" and _has_person(file) for file in path.iterdir() if file.is_file())
    if not path.is_file():
        return False
    if is_zip(path):
        return _has_sheet(path)
    return _is_duckdb(path)


def _has_person(file: Path) -> bool:
    """Whether a file has the columns of persons."""
    if file.suffix.casefold() == ".parquet":
        return {"person_id"} <= {name.casefold() for name in parquet.columns_of(file)}
    with file.open("rb") as opened:
        head = opened.readline(SNIFFED).decode("utf-8", errors="replace").casefold()
    return all(name in head for name in PERSON)


def _has_sheet(path: Path) -> bool:
    """Whether a workbook has a sheet of persons."""
    try:
        with zipfile.ZipFile(path) as book, book.open("xl/workbook.xml") as opened:
            return SHEET.search(opened.read(SNIFFED)) is not None
    except (KeyError, OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False


def _is_duckdb(path: Path) -> bool:
    """Whether a file is a DuckDB database, by its mark."""
    with path.open("rb") as opened:
        return opened.read(DUCKDB_AT + len(DUCKDB)).endswith(DUCKDB)


def cdm_of(path: Path) -> Cdm:
    """All tables of a CDM.

    Raises
    ------
    DataError
        When files cannot be read: all of them at once.
    """
    cdm, problems = Cdm(), []
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        if not file.is_file() or file.name.startswith("."):
            continue
        if file.stem.casefold() in VOCABULARY and path.is_dir():
            cdm.vocabulary.append(file)
            continue
        try:
            for table in _tables(file, cdm):
                if table.name in VOCABULARY:
                    cdm.concepts |= _names(table) if table.name == "concept" else {}
                else:
                    cdm.tables[table.name] = table
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return cdm


def _tables(file: Path, cdm: Cdm) -> Iterator[CdmTable]:
    """The tables of one file."""
    suffix = file.suffix.casefold()
    if suffix == ".parquet":
        rows = [(row, _lower(cells)) for row, cells in parquet.rows_of(file)]
        yield CdmTable(file.stem.casefold(), file.name, rows, len(rows))
    elif suffix in (*TEXTS, *BOOKS):
        for table in tables_of(file):
            name = table.file.partition(" sheet ")[2] or file.stem
            header = [each.casefold() for each in table.header]
            rows = [(row, dict(zip(header, cells, strict=True))) for row, cells in table.rows]
            yield CdmTable(name.strip().casefold(), table.file, rows, table.rows_read, table.reported)
    elif _is_duckdb(file):
        cdm.database = file
        yield from _database(file)


def _lower(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells by lower-case names."""
    return {name.casefold(): text for name, text in cells.items()}


def _database(file: Path) -> Iterator[CdmTable]:
    """The tables of a DuckDB file, but for the vocabulary; nothing outside the file can be reached."""
    with _connected(file) as connection:
        listed = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
        for schema, name in sorted(listed):
            if name.casefold() not in VOCABULARY:
                found = connection.execute(f"select * from {_quoted(schema)}.{_quoted(name)}")  # noqa: S608 -- its own names
                header = [column[0].casefold() for column in found.description]
                yield CdmTable(name.casefold(), f"{file.name} table {name}", *_counted(file, header, found))


def _quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _counted(file: Path, header: list[str], found: Any) -> tuple[list[tuple[int, dict[str, str]]], int]:
    """The rows of a query, read in parts so that too many are noticed before they fill the memory."""
    rows: list[tuple[int, dict[str, str]]] = []
    while part := found.fetchmany(10_000):
        start = len(rows) + 1
        rows += [
            (at, dict(zip(header, map(text_of, cells), strict=True))) for at, cells in enumerate(part, start=start)
        ]
        if len(rows) * len(header) > MOST_CELLS:
            raise _refused(
                file, f"more than {MOST_CELLS:,} cells in one table", f"at most {MOST_CELLS:,}", "Select a cohort."
            )
    return rows, len(rows)


@contextmanager
def _connected(file: Path) -> Iterator[Any]:
    """The database, opened to be read only and without a way to the outside; its faults become words."""
    try:
        import duckdb
    except ImportError as error:
        raise _refused(file, "a DuckDB file", "duckdb to read it", 'Run pip install "casekit[duckdb]".') from error
    try:
        with duckdb.connect(str(file), read_only=True, config={"enable_external_access": "false"}) as connection:
            yield connection
    except duckdb.Error as error:
        raise _refused(file, f"no database that can be read ({error})", "a DuckDB file", "Export it again.") from error


def concept_names(cdm: Cdm, wanted: Iterable[str]) -> dict[str, str]:
    """The names of the concepts asked for, as far as the vocabulary is there."""
    asked = set(wanted)
    found = {number: name for number, name in cdm.concepts.items() if number in asked}
    for file in cdm.vocabulary:
        if file.stem.casefold() == "concept" and file.suffix.casefold() == ".parquet":
            rows = (_lower(cells) for _, cells in parquet.rows_of(file))
            found |= {cells["concept_id"]: cells["concept_name"] for cells in rows if cells.get("concept_id") in asked}
        elif file.stem.casefold() == "concept":
            found |= dict(_streamed(file, asked))
    if cdm.database:
        found |= _queried(cdm.database, asked)
    return found


def _names(table: CdmTable) -> dict[str, str]:
    """The names of the concepts of a table."""
    return {cells["concept_id"]: cells["concept_name"] for _, cells in table.rows if cells.get("concept_id")}


def _streamed(file: Path, asked: set[str]) -> Iterator[tuple[str, str]]:
    """The concepts asked for, read line by line; Athena writes tabs and no quotation marks."""
    if file.stat().st_size > 10 * MOST_BYTES:
        raise _refused(file, f"{file.stat().st_size:,} bytes", f"at most {10 * MOST_BYTES:,}", "Leave it out.")
    csv.field_size_limit(min(sys.maxsize, 1_000_000))
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        tabs = "\t" in opened.readline()
        opened.seek(0)
        read = csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE) if tabs else csv.DictReader(opened)
        read.fieldnames = [name.casefold() for name in read.fieldnames or ()]
        for cells in read:
            if cells.get("concept_id") in asked:
                yield cells["concept_id"], cells.get("concept_name") or ""


def _queried(file: Path, asked: set[str]) -> dict[str, str]:
    """The concepts asked for, from the database."""
    numbers = [int(number) for number in asked if number.lstrip("-").isdigit()]
    with _connected(file) as connection:
        names = "select table_schema, table_name from information_schema.tables where lower(table_name) = 'concept'"
        for schema, name in connection.execute(names).fetchall():
            query = f"select concept_id, concept_name from {_quoted(schema)}.{_quoted(name)} where concept_id in "  # noqa: S608
            found = connection.execute(query + "(select unnest(?::bigint[]))", [numbers]).fetchall()
            return {str(number): str(label) for number, label in found}
    return {}


def _refused(file: Path, found: str, expected: str, todo: str) -> DataError:
    """The refusal of a file."""
    return DataError([Problem(file.name, None, None, found, expected, todo)])
