"""SAS transport files (XPT) as tables of text.

pandas is not used for them: its reader turns an exact 0 into 5.4e-79, so that a dose of 0 or a lower limit of 0 is
neither (seen with pandas 3.1.1 in 1,726 cells of one laboratory file of the PHUSE test data).
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from casekit.errors import DataError, Problem
from casekit.importers.source import MOST_BYTES, MOST_CELLS, SourceTable
from casekit.importers.work import text_of

MARK = b"HEADER RECORD*******LIB"
HEAD = 200_000
END_OF_NAMES = b"HEADER RECORD*******OBS"
SAS_START = datetime(1960, 1, 1)  # noqa: DTZ001 -- SAS counts without a time zone


def names_in(head: bytes) -> str:
    """The part of a transport file that names its columns, by which it is recognised."""
    return head[:HEAD].partition(END_OF_NAMES)[0].decode("latin-1")


def table_of(file: Path) -> SourceTable:
    """The observations of a transport file, counted from 1.

    Raises
    ------
    DataError
        When pyreadstat is missing, or the file is damaged or too large.
    """
    frame = _read(file)
    header = [str(name) for name in frame.columns]
    columns = [[_cell(name, value) for value in frame[name]] for name in frame.columns]
    rows = [(at, list(cells)) for at, cells in enumerate(zip(*columns, strict=True), start=1)]
    return SourceTable(file.name, header, rows, len(rows))


def _read(file: Path) -> Any:
    """The table as pyreadstat reads it, once its size is known to be bounded."""
    try:
        import pyreadstat
    except ImportError as error:
        raise _refused(
            file, "a SAS transport file", "pyreadstat to read it", 'Run pip install "casekit[xpt]".'
        ) from error
    if file.stat().st_size > MOST_BYTES:
        raise _refused(file, f"{file.stat().st_size:,} bytes", f"at most {MOST_BYTES:,} bytes", "Split it.")
    failures = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, UnicodeDecodeError, OverflowError)
    for encoding in (None, "WINDOWS-1252"):
        try:
            frame, about = pyreadstat.read_xport(
                str(file), disable_datetime_conversion=True, encoding=encoding, row_limit=0
            )
        except failures as error:
            reason = error
            continue
        if frame.size > MOST_CELLS:
            raise _refused(file, f"{frame.size:,} cells", f"at most {MOST_CELLS:,} cells", "Split it.")
        if about is not None:
            return frame
    raise _refused(file, f"no transport file that can be read ({reason})", "a whole XPT file", "Export it again.")


def _cell(name: str, value: Any) -> str:
    """A cell as text; a number in a column of dates is a day or a second since 1960."""
    if isinstance(value, float) and value == value and name.endswith(("DT", "DTM")):  # noqa: PLR0124
        step = timedelta(days=value) if name.endswith("DT") else timedelta(seconds=value)
        try:
            return (SAS_START + step).isoformat().removesuffix("T00:00:00")
        except OverflowError:
            return text_of(value)
    return text_of(value)


def _refused(file: Path, found: str, expected: str, todo: str) -> DataError:
    """The refusal of a file."""
    return DataError([Problem(file.name, None, None, found, expected, todo)])
