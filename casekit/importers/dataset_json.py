"""CDISC Dataset-JSON 1.0 and 1.1 as tables of text: JSON, NDJSON, and compressed NDJSON (DSJC)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from casekit.errors import DataError, Problem
from casekit.importers.json_text import documents
from casekit.importers.report import Reported
from casekit.importers.source import MOST_CELLS, SourceTable
from casekit.importers.work import LEFT_OUT, text_of

VERSION = re.compile(r'"datasetJSONVersion"\s*:\s*"')  # a schema of the format has an object there


def table_of(file: Path) -> SourceTable:
    """The records of one dataset, counted from 1; a declared number of records that is not there is reported.

    Raises
    ------
    DataError
        When the file is damaged, too large, or no dataset.
    """
    found = documents(file)
    _, header = next(found)
    if not isinstance(header, dict) or not _named(header.get("columns")):
        raise _refused(file, "no list of named columns", "a dataset with its columns")
    names = [str(column["name"]) for column in header["columns"]]
    listed = header.get("rows")
    records = enumerate(listed, start=1) if isinstance(listed, list) else _numbered(found)
    return _table(file, names, records, header.get("records"))


def _named(columns: Any) -> bool:
    """Whether the columns of a dataset all have names."""
    return isinstance(columns, list) and all(isinstance(each, dict) and each.get("name") for each in columns)


def _numbered(found: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """The records that follow a header, a line each."""
    yield from enumerate((record for _, record in found), start=1)


def _table(file: Path, names: list[str], records: Iterator[tuple[int, Any]] | Any, declared: Any) -> SourceTable:
    """The records that fit their columns; the others are reported."""
    table = SourceTable(file.name, names, [], 0)
    for row, record in records:
        table.rows_read += 1
        if table.rows_read * len(names) > MOST_CELLS:
            raise _refused(file, f"more than {MOST_CELLS:,} cells", f"at most {MOST_CELLS:,} cells")
        if isinstance(record, list) and len(record) == len(names):
            table.rows.append((row, [text_of(value) for value in record]))
        else:
            width = f"{len(record)} values" if isinstance(record, list) else "no list of values"
            problem = f"{width} where {len(names)} columns are declared"
            table.reported.append(Reported(file.name, row, None, problem, LEFT_OUT))
    if isinstance(declared, int) and declared != table.rows_read:
        problem = f"{declared} records are declared, {table.rows_read} are there"
        table.reported.append(
            Reported(file.name, None, "records", problem, "Those that are there were read.", "conflict")
        )
    return table


def _refused(file: Path, found: str, expected: str) -> DataError:
    """The refusal of a file."""
    return DataError([Problem(file.name, None, None, found, expected, "Export it again.")])
