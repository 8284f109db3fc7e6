"""Foreign files become a case series and a report of what was kept, what was not and what was supposed."""

import os
from pathlib import Path
from types import MappingProxyType, ModuleType

from casekit.errors import DataError, Problem, UnknownName
from casekit.importers import ggswim
from casekit.importers.report import ImportReport, Reported
from casekit.records import CaseSeries

__all__ = ["ImportReport", "Reported", "read"]

# each format is one file with `recognises(path)` and `read(path)`
FORMATS: MappingProxyType[str, ModuleType] = MappingProxyType({"ggswim": ggswim})


def read(path: str | os.PathLike[str], format: str | None = None) -> tuple[CaseSeries, ImportReport]:  # noqa: A002
    """The series in foreign files and the report of the import: rows read = rows kept + rows reported.

    Parameters
    ----------
    path : path-like
        Folder with the files of one format.
    format : str, optional
        Name of the format; recognised by file names and columns when left out.

    Returns
    -------
    tuple of CaseSeries and ImportReport

    Raises
    ------
    UnknownName
        When there is no such format.
    DataError
        When the format is not recognised, or its files cannot be read.
    """
    if format is not None and format not in FORMATS:
        raise UnknownName("format", format, FORMATS, "casekit.importers.FORMATS")
    source = Path(path)
    recognised = format or next((name for name, module in FORMATS.items() if module.recognises(source)), None)
    if recognised is None:
        raise DataError([_not_recognised(source)])
    imported: tuple[CaseSeries, ImportReport] = FORMATS[recognised].read(source)
    return imported


def _not_recognised(source: Path) -> Problem:
    """The problem of files in no known format."""
    if (source / "patients.csv").is_file():
        found, todo = "a folder in casekit's own form", "Read it with casekit.load."
    else:
        found = "no known format" if source.exists() else "no such folder"
        todo = "Check the path, or name the format."
    return Problem(str(source), None, None, found, f"one of the formats {', '.join(FORMATS)}", todo)
