"""Patient series: read from a folder, checked as a whole, frozen, and written back without loss."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from casekit.errors import DataError, Problem
from casekit.records.files import Refused, parse_cells
from casekit.records.formulas import harmless_column
from casekit.records.metadata import FILE, Metadata, metadata_from
from casekit.records.schema import TABLES, declared
from casekit.records.series import COMPUTED_DAYS, CaseSeries
from casekit.records.shown import showing, shown_series
from casekit.records.tables import Reading, frame_cells, judge_cells, read_folder
from casekit.records.workbook import is_workbook
from casekit.records.workbook_series import read_workbook
from casekit.records.workbook_writing import write_book, write_template

__all__ = [
    "COMPUTED_DAYS", "CaseSeries", "Metadata", "check", "example", "example_folder", "from_frames", "from_text",
    "load", "series_of", "showing", "shown_series", "template", "to_folder", "to_workbook",
]  # fmt: skip

SHIPPED = "cd19-car-t"
KEPT = 8  # series of this process: pages are told apart by the series they show
_read: dict[Path, tuple[Any, CaseSeries]] = {}  # a series is frozen: the same files are the same series


def load(path: str | os.PathLike[str]) -> CaseSeries:
    """The case series in a folder of five CSV (or Parquet) files and series.toml, or in one workbook.

    Parameters
    ----------
    path : path-like
        Folder with patients.csv, treatments.csv, measurements.csv, assessments.csv, events.csv and series.toml;
        columns as in the data dictionary. Or a workbook with these as sheets, as `casekit template` writes it.

    Raises
    ------
    DataError
        Lists every problem with file, row (as a spreadsheet counts it) and column, and what to do.

    Examples
    --------
    >>> load("no/such/folder")
    Traceback (most recent call last):
    casekit.errors.DataError: 1 problem in the data:
    no/such/folder: found no such folder; expected a folder with patients.csv, ...
    """
    folder, state = Path(path).resolve(), _state(Path(path))
    known = _read.get(folder)
    if known is None or known[0] != state:
        known = state, series_of(_reading(path))
        _read.pop(folder, None)
        _read[folder] = known
        while len(_read) > KEPT:
            _read.pop(next(iter(_read)))
    return known[1]


def _state(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when the workbook or a file of the folder does."""
    files = [folder] if is_workbook(folder) else sorted(folder.iterdir()) if folder.is_dir() else []
    states = [(file.name, file.stat() if file.exists() else file.lstat()) for file in files]  # a lock is a broken link
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)


def check(path: str | os.PathLike[str]) -> list[Problem]:
    """Every problem that `load` would refuse the folder for; an empty list when there is none.

    Examples
    --------
    >>> [str(problem) for problem in check("no/such/folder")]
    ['no/such/folder: found no such folder; expected a folder with patients.csv, treatments.csv, ...']
    """
    return _reading(path).problems


def _reading(path: str | os.PathLike[str]) -> Reading:
    """What a folder or a workbook holds."""
    return read_workbook(Path(path)) if is_workbook(Path(path)) else read_folder(path)


def example() -> CaseSeries:
    """The series that ships with casekit: 15 invented patients after CD19 CAR T cells.

    Examples
    --------
    >>> example().metadata.synthetic
    True
    """
    return load(example_folder())


def example_folder() -> Path:
    """The folder of the series that ships with casekit, inside the package or in the project around it.

    Examples
    --------
    >>> (example_folder() / "series.toml").is_file()
    True
    """
    package = Path(__file__).parents[1]
    places = [package / "data" / SHIPPED, package.parent / "data" / SHIPPED]
    return next((place for place in places if place.is_dir()), places[0])


def from_text(metadata: Mapping[str, Any] | None = None, **tables: str) -> CaseSeries:
    """The series typed in as CSV texts, checked like a folder; a table left out has no rows.

    Parameters
    ----------
    metadata : mapping, optional
        Entries of series.toml; without it the series counts as synthetic.
    **tables
        The text of each table under its name; blanks around a line are ignored.

    Raises
    ------
    DataError
        As `load`.

    Examples
    --------
    >>> from_text(
    ...     patients='''patient_id,disease,sex,last_known_day
    ...                 A,SLE,female,90''',
    ...     treatments='''patient_id,drug,category,start_day
    ...                   A,cd19_car_t,car_t,0''',
    ... )
    CaseSeries "Untitled series": 1 patient (1 SLE), synthetic data
    """
    about = metadata_from({"synthetic": True, **(metadata or {})})
    cells, problems = {}, []
    for name in TABLES:
        table = declared()[name].with_extra(about.extra_columns)
        text = tables.pop(name, ",".join(table.names))
        try:
            lines = (line.strip(" ") for line in text.strip().splitlines())
            cells[name], faults = parse_cells("\n".join(lines), table)
        except Refused as refused:
            faults = [refused.problem]
        problems.extend(faults)
    if tables:
        raise TypeError(f"from_text takes the tables {', '.join(TABLES)}, not {', '.join(tables)}")
    return series_of(judge_cells(cells, about, problems))


def from_frames(tables: Mapping[str, pd.DataFrame], metadata: Metadata) -> CaseSeries:
    """The series of five dataframes, checked like a folder; rows in problems are counted from 2, as in a CSV file.

    Raises
    ------
    DataError
        As `load`.
    """
    cells, problems = {}, []
    for name in TABLES:
        empty = pd.DataFrame(columns=list(declared()[name].names))
        cells[name], faults = frame_cells(tables.get(name, empty), declared()[name].with_extra(metadata.extra_columns))
        problems.extend(faults)
    return series_of(judge_cells(cells, metadata, problems))


def to_folder(series: CaseSeries, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """The folder the series was written to, as CSV files that `load` reads back without loss and no spreadsheet runs.

    Raises
    ------
    DataError
        When the folder already holds such files and `overwrite` is not set.
    """
    folder = Path(path)
    present = [name for name in [FILE, *(f"{table}.csv" for table in TABLES)] if (folder / name).exists()]
    if present and not overwrite:
        todo = "Choose another folder, or say overwrite=True."
        raise DataError([Problem(str(folder / name), None, None, "a file", "no file yet", todo) for name in present])
    folder.mkdir(parents=True, exist_ok=True)
    for name, cells in series_cells(series).items():
        safe = pd.DataFrame({column: harmless_column(cells[column]) for column in cells})
        safe.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n")
    (folder / FILE).write_text(series.metadata.to_toml(), encoding="utf-8")
    return folder


def to_workbook(series: CaseSeries, path: str | os.PathLike[str]) -> Path:
    """The workbook the series was written to, with drop-downs and meanings, which `load` reads back without loss.

    Raises
    ------
    DataError
        When something stands there already, or a text holds what no workbook can hold.
    """
    return write_book(Path(path), series_cells(series), series.metadata)


def template(path: str | os.PathLike[str]) -> Path:
    """The workbook to fill in: five sheets with an example patient, about, the lists, and a sheet that explains."""
    return write_template(Path(path))


def series_cells(series: CaseSeries) -> dict[str, pd.DataFrame]:
    """The cells of each table as text, with the rows that have no day or no value at the end."""
    extra = series.metadata.extra_columns
    whole = series.whole_tables
    return {name: frame_cells(table, declared()[name].with_extra(extra))[0] for name, table in whole.items()}


def series_of(reading: Reading) -> CaseSeries:
    """The series that was read, or all its problems."""
    if reading.problems or reading.metadata is None:
        raise DataError(reading.problems)
    patients = reading.tables["patients"]
    without_day_zero = tuple(patients["patient_id"][patients["last_known_day"].isna()])
    return CaseSeries(
        metadata=reading.metadata, unplaced=reading.unplaced, unaligned=without_day_zero, **reading.placed
    )
