"""What an import kept, what it did not and why, and what it had to assume."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

import pandas as pd


@dataclass(frozen=True, slots=True)
class Reported:
    """One row or column of the source that is not in the series, and why."""

    file: str
    row: int | None
    field: str | None
    problem: str
    action: str

    def __str__(self) -> str:
        row = "" if self.row is None else f" row {self.row}"
        field = "" if self.field is None else f", {self.field}"
        return f"{self.file}{row}{field}: {self.problem}. {self.action}"


@dataclass(frozen=True)
class ImportReport:
    """The account of one import: every row read is either kept or reported.

    Parameters
    ----------
    source_format : str
        Name of the format that was read.
    rows_read, rows_kept : mapping of str to int
        Number of rows by file.
    reported : tuple of Reported
        Rows that were not kept, and columns that were not read.
    assumptions : tuple of str
        What the source does not say and the import had to suppose.

    Examples
    --------
    >>> late = Reported("a.csv", 3, "end_time", "ends before it starts", "Not imported.")
    >>> print(ImportReport("ggswim", {"a.csv": 4}, {"a.csv": 3}, (late,), ("a month has 30.4375 days",)))
    ggswim: 4 rows read, 3 kept, 1 reported
    Not kept:
      a.csv row 3, end_time: ends before it starts. Not imported.
    Supposed:
      a month has 30.4375 days
    """

    source_format: str
    rows_read: Mapping[str, int]
    rows_kept: Mapping[str, int]
    reported: tuple[Reported, ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def rows_reported(self) -> dict[str, int]:
        """Number of rows by file that are not in the series."""
        rows = {(entry.file, entry.row) for entry in self.reported if entry.row is not None}
        return {file: sum(1 for reported, _ in rows if reported == file) for file in self.rows_read}

    def to_frame(self) -> pd.DataFrame:
        """One row per row or column that is not in the series: file, row, field, problem, action."""
        entries = [(entry.file, entry.row, entry.field, entry.problem, entry.action) for entry in self.reported]
        frame = pd.DataFrame(entries, columns=["file", "row", "field", "problem", "action"])
        return frame.astype({"row": "Int64"})

    def __str__(self) -> str:
        read, kept = sum(self.rows_read.values()), sum(self.rows_kept.values())
        head = f"{self.source_format}: {read} rows read, {kept} kept, {sum(self.rows_reported.values())} reported"
        return "\n".join([head, *_listed("Not kept", self.reported), *_listed("Supposed", self.assumptions)])

    def _repr_html_(self) -> str:
        """The account for a notebook."""
        head, *lines = str(self).splitlines()
        return f"<p><strong>{escape(head)}</strong></p><pre>{escape(chr(10).join(lines))}</pre>"


def _listed(title: str, entries: Iterable[object]) -> list[str]:
    """A titled list of lines; nothing when there are no entries."""
    lines = [f"  {entry}" for entry in entries]
    return [f"{title}:", *lines] if lines else []
