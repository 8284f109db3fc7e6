"""Parquet files as rows of text; whole numbers of 64 bits stay exact."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from casekit.errors import DataError, Problem
from casekit.importers.source import MOST_CELLS
from casekit.importers.work import text_of

MARK = b"PAR1"


def columns_of(file: Path) -> list[str]:
    """The names of the columns; none when the file is no Parquet file.

    Raises
    ------
    DataError
        When it is one and pyarrow is missing, or it is damaged.
    """
    with file.open("rb") as opened:
        if opened.read(len(MARK)) != MARK:
            return []
    return list(_opened(file).schema_arrow.names)


def rows_of(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row, counted from 1, with its cells as text.

    Raises
    ------
    DataError
        When pyarrow is missing, or the file is damaged or too large.
    """
    opened = _opened(file)
    cells = opened.metadata.num_rows * opened.metadata.num_columns
    if cells > MOST_CELLS:
        raise _refused(file, f"{cells:,} cells", f"at most {MOST_CELLS:,} cells", "Split it.")
    row = 0
    for batch in opened.iter_batches():
        columns = [[_cell(value) for value in _plain(column)] for column in batch.columns]
        for values in zip(*columns, strict=True):
            row += 1
            yield row, dict(zip(batch.schema.names, values, strict=True))


def _opened(file: Path) -> Any:
    """The file as pyarrow opens it."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        todo = 'Run pip install "casekit[parquet]".'
        raise _refused(file, "a Parquet file", "pyarrow to read it", todo) from error
    try:
        return parquet.ParquetFile(file)
    except (pa.ArrowException, OSError, ValueError) as error:
        found = f"a Parquet file that cannot be read ({error})"
        raise _refused(file, found, "a whole file", "Export it again.") from error


def _plain(column: Any) -> list[Any]:
    """The values of a column; a float of 32 bits with the digits it was written with, not those of 64 bits."""
    import pyarrow as pa

    if pa.types.is_float32(column.type):
        return [None if value is None else float(str(np.float32(value))) for value in column.to_pylist()]
    return list(column.to_pylist())


def _cell(value: Any) -> str:
    """A cell as text; a time as ISO text."""
    if isinstance(value, list):
        return " ".join(_cell(each) for each in value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return text_of(value)


def _refused(file: Path, found: str, expected: str, todo: str) -> DataError:
    """The refusal of a file."""
    return DataError([Problem(file.name, None, None, found, expected, todo)])
