"""What an import kept, what it did not and why, and what it had to assume."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

import pandas as pd

from casekit.records.formulas import harmless

FILE = "import-report"
SHOWN = 12
COLUMNS = ["kind", "file", "row", "field", "problem", "action"]
# kind of entry -> its heading; the first ones say that a whole row of the source is not in the series
REJECTING = {
    "row": "Rows left out",
    "duplicate": "Identical rows, kept once",
    "unknown id": "Rows of patients who are in no patient table",
    "nothing": "Rows without anything to read",
}
KINDS = {
    **REJECTING,
    "value": "Values that could not be read, kept as written beside the table",
    "text result": "Results that are no number: kept in words, in no picture and no score",
    "partial date": "Days known only as a range: kept, in no picture and no score",
    "no day": "Rows without a day: kept, in no picture and no score",
    "day 0": "Patients without day 0",
    "conflict": "Values that contradict each other",
    "unit": "Units",
    "name": "Names that stand in no list, kept as they are",
    "free text": "Free text left out",
    "identifier": "Identifiers left out",
    "column": "Columns not read",
    "note": "Notes",
}


@dataclass(frozen=True, slots=True)
class Reported:
    """One thing in the source that is not in the series as it was, and why.

    Parameters
    ----------
    file : str
        File, sheet or table of the source.
    row : int or None
        Row as a spreadsheet counts it; None when more than one row is meant.
    field : str or None
        Column or field of the source.
    problem, action : str
        What was found, and what became of it.
    kind : str
        One of `KINDS`; those of `REJECTING` say that the whole row is not in the series.
    """

    file: str
    row: int | None
    field: str | None
    problem: str
    action: str
    kind: str = "row"

    @property
    def rejects(self) -> bool:
        """Whether the whole row is not in the series."""
        return self.row is not None and self.kind in REJECTING

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
        Rows that were not kept, columns that were not read, and whatever is not as it was.
    assumptions : tuple of str
        What the source does not say and the import had to suppose.
    day_zero : str
        The rule by which day 0 was found.
    mappings : tuple of str
        Which names of the source became which ids, and who said so.

    Raises
    ------
    ValueError
        When a row is neither kept nor reported: a fault of the importer.

    Examples
    --------
    >>> late = Reported("a.csv", 3, "end_time", "ends before it starts", "Not imported.")
    >>> print(ImportReport("ggswim", {"a.csv": 4}, {"a.csv": 3}, (late,), ("a month has 30.4375 days",)))
    ggswim: 4 rows read, 3 kept, 1 reported
    Rows left out (1):
      a.csv row 3, end_time: ends before it starts. Not imported.
    Supposed:
      a month has 30.4375 days
    """

    source_format: str
    rows_read: Mapping[str, int]
    rows_kept: Mapping[str, int]
    reported: tuple[Reported, ...] = ()
    assumptions: tuple[str, ...] = ()
    day_zero: str = ""
    mappings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rows_reported = self.rows_reported
        for file, read in self.rows_read.items():
            kept, told = self.rows_kept.get(file, 0), rows_reported[file]
            if read != kept + told:
                raise ValueError(
                    f"{file}: {read} rows read, but {kept} kept and {told} reported; the importer is wrong"
                )

    @property
    def rows_reported(self) -> dict[str, int]:
        """Number of rows by file that are not in the series."""
        rejected = Counter(file for file, _ in {(entry.file, entry.row) for entry in self.reported if entry.rejects})
        return {file: rejected[file] for file in self.rows_read}

    def of_kind(self, kind: str) -> list[Reported]:
        """The entries of one kind, such as ``partial date``."""
        return [entry for entry in self.reported if entry.kind == kind]

    def to_frame(self) -> pd.DataFrame:
        """One row per entry: kind, file, row, field, problem, action."""
        entries = [tuple(getattr(entry, name) for name in COLUMNS) for entry in self.reported]
        return pd.DataFrame(entries, columns=COLUMNS).astype({"row": "Int64"})

    def save(self, folder: Path) -> None:
        """Write the report beside the series, as a table no spreadsheet runs, and as JSON for other programs."""
        self.to_frame().astype(object).map(harmless).to_csv(
            folder / f"{FILE}.csv", index=False, encoding="utf-8", lineterminator="\n"
        )
        content = json.dumps({**asdict(self), "rows_reported": self.rows_reported}, ensure_ascii=False, indent=1)
        (folder / f"{FILE}.json").write_text(content, encoding="utf-8")

    @property
    def headline(self) -> str:
        """How many rows were read, kept and reported."""
        read, kept = sum(self.rows_read.values()), sum(self.rows_kept.values())
        return f"{self.source_format}: {read} rows read, {kept} kept, {sum(self.rows_reported.values())} reported"

    def sections(self) -> dict[str, list[str]]:
        """Every line of the report by its heading, in the order in which they matter."""
        told: dict[str, list[str]] = {"Day 0": [self.day_zero] if self.day_zero else []}
        for kind, title in KINDS.items():
            entries = self.of_kind(kind)
            told[f"{title} ({len(entries)})"] = [str(entry) for entry in entries]
        told |= {"Names": list(self.mappings), "Supposed": list(self.assumptions)}
        return {title: lines for title, lines in told.items() if lines}

    def __str__(self) -> str:
        parts = [line for title, lines in self.sections().items() for line in _listed(title, lines)]
        return "\n".join([self.headline, *parts])

    def _repr_html_(self) -> str:
        """The account for a notebook: the rows by file, then a fold for each kind of entry."""
        told = self.rows_reported
        rows = "".join(
            f"<tr><td>{escape(file)}</td><td>{read:,}</td><td>{self.rows_kept.get(file, 0):,}</td>"
            f"<td>{told[file]:,}</td></tr>"
            for file, read in self.rows_read.items()
        )
        heads = "".join(f"<th>{word}</th>" for word in ("source", "rows read", "kept", "reported"))
        folds = "".join(_fold(title, lines) for title, lines in self.sections().items())
        return f"<p><strong>{escape(self.headline)}</strong></p><table><tr>{heads}</tr>{rows}</table>{folds}"


def _listed(title: str, lines: list[str]) -> Iterable[str]:
    """A titled list of lines, the first ones of a long list."""
    more = [f"  … and {len(lines) - SHOWN} more, in the table of the report"] if len(lines) > SHOWN else []
    return [f"{title}:", *(f"  {line}" for line in lines[:SHOWN]), *more]


def _fold(title: str, lines: list[str]) -> str:
    """One kind of entry as a part that can be opened."""
    points = "".join(f"<li>{escape(line)}</li>" for line in lines[:SHOWN])
    more = f"<li>… and {len(lines) - SHOWN} more: report.to_frame()</li>" if len(lines) > SHOWN else ""
    opened = " open" if len(lines) <= SHOWN else ""
    return f"<details{opened}><summary>{escape(title)}</summary><ul>{points}{more}</ul></details>"
