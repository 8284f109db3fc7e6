"""Where an exported file comes from: series, data cut, version, hash of the data, day 0, and the link to the view."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from urllib.parse import urlencode

import pandas as pd

from casekit.records import CaseSeries

SYNTHETIC = "Synthetic data: no real person is shown."
PRINTED_DIGITS = 12


@dataclass(frozen=True)
class Provenance:
    """What every exported file carries; it names no person, no machine and no hour, so two exports are the same bytes.

    Attributes
    ----------
    title, data_cut : str
        What the series calls itself, and until when it was observed (empty where not stated).
    version : str
        Version of casekit that wrote the file.
    data : str
        SHA-256 of the five tables of the whole series, see :func:`data_hash`.
    day_zero : str
        The event that days are counted from.
    synthetic : bool
        Whether the data were made up.
    view : str
        Address of the view inside the read-only pages, such as ``patient?patient=SLE-03&window=month``.
    """

    title: str
    data_cut: str
    version: str
    data: str
    day_zero: str
    synthetic: bool
    view: str = ""

    @property
    def entries(self) -> dict[str, str]:
        """Every entry with its heading, in the order of reading; what is not stated is left out."""
        told = {
            "Series": self.title,
            "Data": SYNTHETIC if self.synthetic else "Data of real patients",
            "Data cut": self.data_cut,
            "Day 0": self.day_zero,
            "Made with": f"casekit {self.version}",
            "SHA-256 of the data": self.data,
            "View": self.view,
        }
        return {name: value for name, value in told.items() if value}

    @cached_property
    def sentence(self) -> str:
        """The line printed on pictures and pages."""
        parts = [
            "Synthetic data" if self.synthetic else "",
            self.title,
            f"data cut: {self.data_cut}" if self.data_cut else "",
            f"day 0: {self.day_zero}",
            f"casekit {self.version}",
            f"data {self.data[:PRINTED_DIGITS]}",
            self.view,
        ]
        return " · ".join(filter(None, parts))


def provenance(series: CaseSeries, page: str = "", choices: Mapping[str, str] | None = None) -> Provenance:
    """Return where a file made of this series comes from.

    Parameters
    ----------
    series : CaseSeries
        The whole series, not a selection: files about different patients of the same data carry the same hash.
    page : str
        Address of the published page that shows the same.
    choices : mapping of str to str, optional
        What is chosen on that page, by the short names of its address, such as ``{"patient": "SLE-03"}``.

    Examples
    --------
    >>> import casekit as ck
    >>> provenance(ck.example(), "patient", {"patient": "SLE-03", "window": "month"}).view
    'patient?patient=SLE-03&window=month'
    """
    told = series.metadata
    return Provenance(
        title=str(told.title),
        data_cut=str(told.data_cut or ""),
        version=version("casekit"),
        data=data_hash(series),
        day_zero=str(told.index_event).replace("_", " "),
        synthetic=bool(told.synthetic),
        view=page + (f"?{urlencode(choices)}" if choices else ""),
    )


def data_hash(series: CaseSeries) -> str:
    """Return the SHA-256 of the five tables, the same whatever the order of rows and columns and the chosen day 0.

    The columns of every table are taken in alphabetical order and its rows are sorted as text, below the name of the
    table and of its columns; an empty cell differs from an empty text. Only a changed, added or missing cell changes
    the hash.

    Examples
    --------
    >>> import casekit as ck
    >>> len(data_hash(ck.example()))
    64
    """
    source = series.before_alignment or series
    whole = hashlib.sha256()
    for name, table in sorted(source.whole_tables.items()):
        whole.update("\n".join([name, *_lines(table), ""]).encode())
    return whole.hexdigest()


def _lines(table: pd.DataFrame) -> list[str]:
    """Return the heading and the sorted rows of a table, each as one text in which a line break stays visible."""
    ordered = table[sorted(table.columns)]
    rows = [str([None if pd.isna(cell) else str(cell) for cell in row]) for row in ordered.itertuples(index=False)]
    return [str(list(ordered.columns)), *sorted(rows)]
