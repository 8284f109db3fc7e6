"""Which series the notebooks show: one switch for serving, JupyterLab, and export."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from casekit.records.series import CaseSeries

VARIABLE = "CASEKIT_SERIES"
_given: ContextVar[CaseSeries | None] = ContextVar("given", default=None)


def shown_series() -> CaseSeries:
    """The series that the notebooks show: the one that `casekit serve` or `casekit lab` was given, else the shipped.

    Raises
    ------
    DataError
        When the environment variable CASEKIT_SERIES names a folder or workbook that cannot be read.

    Examples
    --------
    >>> import casekit as ck
    >>> ck.series() is ck.example()
    True
    """
    from casekit import records

    return _given.get() or records.load(os.environ.get(VARIABLE) or records.example_folder())


@contextmanager
def showing(given: CaseSeries) -> Iterator[None]:
    """Let the notebooks show this series as long as it lasts.

    Examples
    --------
    >>> import casekit as ck
    >>> with showing(ck.example().patient("SLE-03")):
    ...     len(ck.series().patients)
    1
    """
    before = _given.set(given)
    try:
        yield
    finally:
        _given.reset(before)
