"""An import on its way from the words of a source to a series: tables of text, and what was reported so far."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from casekit.importers.gathered import PLACE, Gathered
from casekit.importers.mapping import SourceMapping
from casekit.importers.report import Reported
from casekit.records.schema import TABLES, declared

LEFT_OUT = "Not imported."


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person importing asks for beyond the mapping.

    Attributes
    ----------
    day_zero : str
        Rule for day 0; empty for that of the mapping or the format.
    listed : DataFrame or None
        patient_id and date (or day) of a list that says day 0.
    keep_dates, keep_text : bool
        Whether real dates and free text stay in the series.
    key : bytes or None
        Secret with which patient ids are hashed; None keeps them as they are.
    """

    day_zero: str = ""
    listed: pd.DataFrame | None = None
    keep_dates: bool = False
    keep_text: bool = False
    key: bytes | None = None


@dataclass
class Work:
    """The state of one import."""

    gathered: Gathered
    mapping: SourceMapping
    options: Options
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    reported: list[Reported] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tables = {name: as_text(self.gathered.tables.get(name)) for name in TABLES}
        self.reported = list(self.gathered.reported)
        self.assumptions = list(self.gathered.assumptions)

    def report(self, rows: pd.DataFrame, field: str | None, kind: str, say: Callable[[Any], tuple[str, str]]) -> None:
        """Report each of the rows, in the words that `say` finds for it: problem and action."""
        for cells in rows.to_dict("records"):
            problem, action = say(cells)
            self.reported.append(Reported(cells["file"], int(cells["row"]), field, problem, action, kind))

    def drop(self, table: str, wrong: pd.Series) -> None:
        """Take rows out of a table."""
        self.tables[table] = self.tables[table][~wrong].reset_index(drop=True)


def as_text(frame: pd.DataFrame | None) -> pd.DataFrame:
    """A table of the source with every cell as text, empty where missing, and its places as they are."""
    if frame is None or frame.empty:
        return pd.DataFrame(columns=[*PLACE, "patient_id"], dtype=object)
    texts = {name: frame[name].map(text_of).astype(object) for name in frame.columns if name not in PLACE}
    places = {"file": frame["file"].astype(object), "row": frame["row"].astype("int64")}
    return pd.DataFrame({**places, **texts}).reset_index(drop=True)


def text_of(value: Any) -> str:
    """One value as text: missing is empty, whole numbers have no decimals, yes and no are words."""
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value).strip()


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column of text, empty where the source has none."""
    return frame[name] if name in frame else pd.Series("", index=frame.index, dtype=object)


def further_columns(table: str, frame: pd.DataFrame) -> list[str]:
    """The columns of a source table that no declaration knows and that are no place in the source."""
    known: Iterable[str] = (*PLACE, *declared()[table].names, "code_system")
    return [name for name in frame.columns if name not in known]
