"""The tables of an OMOP CDM as text: CSV, Parquet, a workbook with a sheet per table, or a DuckDB file.

Names are read without regard to case. The files of the vocabulary are only noted: `omop_vocabulary.py` opens them.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casekit.errors import DataError, Problem
from casekit.importers import parquet
from casekit.importers.report import Reported
from casekit.importers.source import BOOKS, MOST_CELLS, TEXTS, is_zip, tables_of
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
    """The tables of the patients, and where the vocabulary is: in tables, in files not opened yet, in a database."""

    tables: dict[str, CdmTable] = field(default_factory=dict)
    vocabulary: dict[str, CdmTable] = field(default_factory=dict)
    vocabulary_files: list[Path] = field(default_factory=list)
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
        return False  # the last two are what zipfile says of encrypted files and of ways to pack that it does not know


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
            cdm.vocabulary_files.append(file)
            continue
        try:
            for table in _tables(file, cdm):
                (cdm.vocabulary if table.name in VOCABULARY else cdm.tables)[table.name] = table
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return cdm


def _tables(file: Path, cdm: Cdm) -> Iterator[CdmTable]:
    """The tables of one file."""
    suffix = file.suffix.casefold()
    if suffix == ".parquet":
        rows = [(row, lower(cells)) for row, cells in parquet.rows_of(file)]
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


def lower(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells by lower-case names."""
    return {name.casefold(): text for name, text in cells.items()}


def _database(file: Path) -> Iterator[CdmTable]:
    """The tables of a DuckDB file, but for the vocabulary; nothing outside the file can be reached."""
    with connected(file) as connection:
        listed = connection.execute("select table_schema, table_name from information_schema.tables").fetchall()
        for schema, name in sorted(listed):
            if name.casefold() not in VOCABULARY:
                found = connection.execute(f"select * from {quoted(schema)}.{quoted(name)}")  # noqa: S608 -- its own names
                header = [column[0].casefold() for column in found.description]
                yield CdmTable(name.casefold(), f"{file.name} table {name}", *_counted(file, header, found))


def quoted(name: str) -> str:
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
            raise refused(
                file, f"more than {MOST_CELLS:,} cells in one table", f"at most {MOST_CELLS:,}", "Select a cohort."
            )
    return rows, len(rows)


@contextmanager
def connected(file: Path) -> Iterator[Any]:
    """The database, opened to be read only and without a way to the outside; its faults become words."""
    try:
        import duckdb
    except ImportError as error:
        raise refused(file, "a DuckDB file", "duckdb to read it", 'Run pip install "casekit[duckdb]".') from error
    try:
        with duckdb.connect(str(file), read_only=True, config={"enable_external_access": "false"}) as connection:
            yield connection
    except duckdb.Error as error:
        raise refused(file, f"no database that can be read ({error})", "a DuckDB file", "Export it again.") from error


def refused(file: Path, found: str, expected: str, todo: str) -> DataError:
    """The refusal of a file."""
    return DataError([Problem(file.name, None, None, found, expected, todo)])
