"""A folder of five tables, read and judged as a whole: every problem at once, or the typed tables.

Nothing is dropped, filled in or converted to another unit here.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from casekit.errors import Problem, near
from casekit.records.ambiguity import ambiguity_problems
from casekit.records.cells import convert
from casekit.records.files import Refused, header_problems, read_cells
from casekit.records.links import link_problems
from casekit.records.metadata import FILE, Metadata, read_metadata
from casekit.records.rows import Rows, row_problems
from casekit.records.schema import DTYPES, TABLES, Table, declared

WORKBOOKS = {".xlsx", ".xlsm", ".xls", ".ods"}
REPORT = "import-report"  # what an import wrote beside the tables
SAVE_EACH_SHEET = "Or save each sheet as its own CSV file in one folder and load the folder."


@dataclass(frozen=True, slots=True)
class Reading:
    """What came out of a folder: typed tables, metadata and every problem."""

    tables: dict[str, Any]
    metadata: Metadata | None
    problems: list[Problem]

    @property
    def placed(self) -> dict[str, Any]:
        """The rows of each table that have a day and a value."""
        return {name: _those(table, ~_unplaced(table)) for name, table in self.tables.items()}

    @property
    def unplaced(self) -> dict[str, pd.DataFrame]:
        """The rows of each table whose day or value is not known, so that nothing can be drawn or scored."""
        return {name: _those(table, _unplaced(table)) for name, table in self.tables.items()}


def _those(table: pd.DataFrame, wanted: pd.Series) -> pd.DataFrame:
    """The wanted rows, counted from 0; the table itself when that is all of them."""
    return table if wanted.all() else table[wanted].reset_index(drop=True)


def _unplaced(table: pd.DataFrame) -> pd.Series:
    """Which rows have no day or no value; a patient without day 0 is still a patient.

    A course or event with a first day has its place on the timeline, whether or not its end is known.
    """
    if "last_known_day" in table:
        return pd.Series(data=False, index=table.index)
    if "start_day" in table:
        return table["day_range"].notna() & table["start_day"].isna()
    return table["day_range"].notna() | (table["value"].isna() if "value_text" in table else False)


def read_folder(path: str | os.PathLike[str]) -> Reading:
    """The five tables and the metadata of a folder, with every problem found on the way."""
    folder = Path(path)
    if problem := _no_folder(folder):
        return Reading({}, None, [problem])
    metadata, problems = read_metadata(folder)
    extra = metadata.extra_columns if metadata else ()
    cells: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        found, faults = _read_table(folder, declared()[name].with_extra(extra))
        problems.extend(faults)
        if found is not None:
            cells[name] = found
    problems.extend(_stray_files(folder))
    return judge_cells(cells, metadata, problems)


def judge_cells(cells: Mapping[str, pd.DataFrame], metadata: Metadata | None, problems: list[Problem]) -> Reading:
    """The typed tables of text cells, and the problems known so far with all those in the cells."""
    tables = {}
    extra = metadata.extra_columns if metadata else ()
    for name, text in cells.items():
        tables[name], faults = _typed(declared()[name].with_extra(extra), text)
        problems.extend([*faults, *row_problems(tables[name]), *ambiguity_problems(tables[name])])
    problems.extend(link_problems(tables, metadata.index_event if metadata else ""))
    order = {file: place for place, file in enumerate([FILE, *(declared()[name].file for name in TABLES)])}
    problems.sort(key=lambda problem: (order.get(problem.file, -1), problem.row or 0))
    return Reading({name: _finished(rows) for name, rows in tables.items()}, metadata, problems)


def _no_folder(folder: Path) -> Problem | None:
    """Why the path is no folder of tables; None when it is a folder."""
    expected = "a folder with patients.csv, treatments.csv, measurements.csv, assessments.csv, events.csv, series.toml"
    try:
        if folder.is_dir():
            return None
        found = "a file" if folder.exists() else "no such folder"
    except (OSError, ValueError) as error:
        found = str(error)
    workbook = folder.suffix.lower() in WORKBOOKS
    todo = f"Save it as .xlsx. {SAVE_EACH_SHEET}" if workbook else "Check the path."
    return Problem(str(folder), None, None, "a workbook" if workbook and found == "a file" else found, expected, todo)


def _read_table(folder: Path, table: Table) -> tuple[pd.DataFrame | None, list[Problem]]:
    """The text cells of one table and what is wrong with the file; None when no cell can be read."""
    csv_file, parquet_file = folder / table.file, folder / f"{table.name}.parquet"
    if parquet_file.is_file() and csv_file.exists():
        found, todo = f"{table.file} and {parquet_file.name}", "Keep the one that is right."
        return None, [Problem(table.file, None, None, found, "one file per table", todo)]
    try:
        if parquet_file.is_file():
            return _read_parquet(parquet_file, table)
        if csv_file.exists():
            return read_cells(csv_file, table)
    except Refused as refused:
        return None, [refused.problem]
    return None, [_missing_file(folder, table)]


def _missing_file(folder: Path, table: Table) -> Problem:
    """The problem of a table that has no file, with the file it may have been meant to be."""
    present = sorted(entry.name for entry in folder.iterdir())
    books = [name for name in present if Path(name).suffix.lower() in WORKBOOKS]
    likely = [name for name in near(table.file, present) if name not in {each.file for each in declared().values()}]
    todo = f"Add the file; a table without rows is its header line alone: {','.join(table.names)}"
    if likely:
        todo = f"Rename {likely[0]} to {table.file}."
    elif books:
        todo = f"{books[0]} is a workbook: load it by its own path, or move it elsewhere."
    return Problem(table.file, None, None, "no such file", f"a file {table.file} ({table.rows})", todo)


def _stray_files(folder: Path) -> Iterator[Problem]:
    """Tables in the folder that no one would read."""
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in {".csv", ".parquet"} and path.stem not in (*TABLES, REPORT) and path.exists():
            expected = f"only the tables {', '.join(TABLES)}"
            todo = "It would not be read: rename it or move it elsewhere."
            yield Problem(path.name, None, None, "another table", expected, todo)


def _read_parquet(path: Path, table: Table) -> tuple[pd.DataFrame | None, list[Problem]]:
    """The cells of a Parquet file as text, and what is wrong with its columns."""
    try:
        stored = pd.read_parquet(path)
    except ImportError:
        todo = "Install pyarrow (pip install pyarrow), or save the table as CSV."
        return None, [Problem(path.name, None, None, "a Parquet file and no pyarrow", "pyarrow", todo)]
    except (OSError, ValueError) as error:
        found = f"no readable Parquet ({type(error).__name__})"
        return None, [Problem(path.name, None, None, found, "a Parquet file", "Write the file again.")]
    return frame_cells(stored, table)


def frame_cells(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """The cells of a dataframe as text, as a CSV file would hold them, and what is wrong with its columns."""
    header = [str(name) for name in frame.columns]
    rows = pd.RangeIndex(2, len(frame) + 2, name="row")
    known = {name: _as_text(frame.iloc[:, header.index(name)], name, table) for name in table.names if name in header}
    cells = pd.DataFrame({name: text.set_axis(rows) for name, text in known.items()}, index=rows, dtype=object)
    return cells, list(header_problems(header, table))


def _as_text(values: pd.Series, name: str, table: Table) -> pd.Series:
    """The values as they would stand in a CSV file; missing is empty, whole numbers have no decimals."""
    whole_column = table.column(name).type == "integer"
    if values.dtype == object:  # may hold what has no order and no hash
        return values.map(lambda value: _written(value, whole=whole_column))
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    texts = [_written(value, whole=whole_column) for value in distinct]
    return pd.Series(np.array(texts, dtype=object)[codes], index=values.index, dtype=object)


def _written(value: object, *, whole: bool = False) -> str:
    """One value as it stands in a CSV file."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if whole and value.is_integer() else repr(float(value)).removesuffix(".0")
    return str(value)


def _typed(table: Table, text: pd.DataFrame) -> tuple[Rows, list[Problem]]:
    """The rows of one table in their types, and a problem for every cell that has none."""
    values, problems = {}, []
    for name in text.columns:
        values[name], faults = convert(table.column(name), text[name], table.file)
        problems.extend(faults)
    return Rows(table, text, pd.DataFrame(values, index=text.index)), problems


def _finished(rows: Rows) -> pd.DataFrame:
    """The table with all its declared columns in order, rows counted from 0; absent columns are empty."""
    plain = rows.typed.reset_index(drop=True)
    for column in rows.table.columns:
        if column.name not in plain:
            plain[column.name] = pd.array([None] * len(plain), dtype=DTYPES[column.type])
    return plain[list(rows.table.names)]
