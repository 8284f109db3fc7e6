"""casekit: clinical case series, from raw items to scores, verdicts and one shared time axis.

>>> import casekit as ck
>>> cases = ck.example()
>>> len(cases.patients)
15
"""

from typing import Any

from casekit import catalogue, scores, units
from casekit.catalogue import diseases, instruments, variables
from casekit.errors import CaseKitError, DataError, DefinitionError, UnitError, UnknownName
from casekit.records import CaseSeries, check, example, load
from casekit.records import shown_series as series
from casekit.scores import Calculation, calculate, claims, explain, judge, score, score_table
from casekit.scores.cuts import diff
from casekit.scores.sanity import sanity

__all__ = [
    "Calculation",
    "CaseKitError",
    "CaseSeries",
    "DataError",
    "DefinitionError",
    "UnitError",
    "UnknownName",
    "calculate",
    "catalogue",
    "check",
    "claims",
    "diff",
    "diseases",
    "example",
    "explain",
    "instruments",
    "judge",
    "load",
    "read",
    "sanity",
    "score",
    "score_table",
    "scores",
    "series",
    "units",
    "variables",
]


def read(path: Any, format: str | None = None, **how: Any) -> Any:  # noqa: A002  # the public name of the argument
    """A series in a foreign format, and the report of its import; see `casekit.importers.read` for what it takes."""
    from casekit import importers

    return importers.read(path, format, **how)
