"""Rules that hold inside one table: order of days, cells that need each other, rows that stand twice."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pandas as pd

from casekit.catalogue import is_other
from casekit.errors import Problem
from casekit.records.cells import empty_refusal
from casekit.records.schema import Table, declared

UNKNOWN_DAY = "unknown"
DAY_RANGE = re.compile(r"(-?\d{1,5}) to (-?\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as written and as understood; both frames are indexed by spreadsheet row."""

    table: Table
    text: pd.DataFrame
    typed: pd.DataFrame

    def has(self, *columns: str) -> bool:
        """Whether the file holds all these columns of the table, and not columns of its own that are called so."""
        return set(columns) <= set(self.text.columns) & set(declared()[self.table.name].names)

    def problem(self, row: Any, column: str | None, found: str, expected: str, todo: str) -> Problem:
        """A problem in one row of this table."""
        return Problem(self.table.file, int(row), column, found, expected, todo)

    def where(self, condition: pd.Series) -> pd.DataFrame:
        """The texts of the rows for which the condition is known to hold."""
        return self.text[condition.fillna(value=False).astype(bool)]


Rule = Callable[[Rows], Iterable[Problem]]


def row_problems(rows: Rows) -> list[Problem]:
    """What is wrong inside one table, beyond single cells."""
    return list(chain.from_iterable(rule(rows) for rule in RULES))


def _empty_without_reason(rows: Rows) -> Iterator[Problem]:
    """Cells that may be empty only where another column says why."""
    for column in rows.table.columns:
        if column.unless and rows.has(column.name):
            told = rows.text[column.unless] != "" if rows.has(column.unless) else pd.Series(False, rows.text.index)
            refusal = empty_refusal(column)
            for row in rows.text.index[(rows.text[column.name] == "") & ~told]:
                yield rows.problem(row, column.name, "an empty cell", refusal.expected, refusal.todo)


def _day_ranges(rows: Rows) -> Iterator[Problem]:
    """Ranges of days that are neither two days in order nor the word unknown."""
    if rows.has("day_range"):
        for row, text in rows.where(rows.text["day_range"] != "")["day_range"].items():
            ends = DAY_RANGE.fullmatch(text)
            if not (text == UNKNOWN_DAY or (ends and int(ends[1]) <= int(ends[2]))):
                todo = "Write both days, or unknown; leave it empty where the day itself is known."
                yield rows.problem(row, "day_range", f'"{text}"', "two days such as -30 to -1, or unknown", todo)


def _range_beside_a_start(rows: Rows) -> Iterator[Problem]:
    """Events with a first day and a range for it; only a drug course has a range for its end."""
    if rows.table.name == "events" and rows.has("start_day", "day_range"):
        for row, cells in rows.where((rows.text["start_day"] != "") & (rows.text["day_range"] != "")).iterrows():
            found = f"start_day {cells['start_day']} and day_range {cells['day_range']}"
            todo = "Empty one of the two; where only the end is not known, leave end_day and day_range empty."
            yield rows.problem(row, "day_range", found, "a start_day, or the days it may have been", todo)


def _ends_before_start(rows: Rows) -> Iterator[Problem]:
    """Courses and events that end before they start."""
    if rows.has("start_day", "end_day"):
        todo = "Correct one of the two days; the end is the last day, included."
        for row, cells in rows.where(rows.typed["end_day"] < rows.typed["start_day"]).iterrows():
            found = f"end_day {cells['end_day']} before start_day {cells['start_day']}"
            yield rows.problem(row, "end_day", found, "an end on or after the start", todo)


def _range_upside_down(rows: Rows) -> Iterator[Problem]:
    """Reference ranges whose lower end is above the upper one."""
    if rows.has("lower", "upper"):
        for row, cells in rows.where(rows.typed["lower"] > rows.typed["upper"]).iterrows():
            found = f"lower {cells['lower']} above upper {cells['upper']}"
            yield rows.problem(row, "lower", found, "a lower end up to the upper end", "Swap or correct the two.")


def _half_told(rows: Rows) -> Iterator[Problem]:
    """Doses without a unit, grades without a system, units without a dose."""
    for given, needed in (("dose", "dose_unit"), ("grade", "grade_system")):
        if rows.has(given):
            partner = rows.text[needed] if rows.has(needed) else pd.Series("", index=rows.text.index)
            for row, cells in rows.where((rows.text[given] != "") & (partner == "")).iterrows():
                found = f"{given} {cells[given]} and an empty {needed}"
                todo = f"Fill in {needed}: {rows.table.column(needed).meaning}"
                yield rows.problem(row, needed, found, f"a {needed} beside every {given}", todo)


def _ongoing_with_end(rows: Rows) -> Iterator[Problem]:
    """Events that go on and yet have an end."""
    if rows.has("ongoing", "end_day"):
        for row, cells in rows.where(rows.typed["ongoing"] & (rows.text["end_day"] != "")).iterrows():
            found = f"ongoing yes and end_day {cells['end_day']}"
            todo = "Empty end_day, or write ongoing no."
            yield rows.problem(row, "ongoing", found, "either an end or an event that goes on", todo)


def _standing_twice(rows: Rows) -> Iterator[Problem]:
    """Rows that repeat an earlier one, or contradict it."""
    identical = rows.text.duplicated()
    for row, first in _pairs(rows.text, list(rows.text.columns), identical):
        found = f"the same row as row {first}"
        yield rows.problem(row, None, found, "each row once", "Delete one of the two rows.")
    key = [name for name in rows.table.key if rows.has(name)]
    if key and rows.has("patient_id"):
        again = rows.typed.duplicated(subset=key) & ~identical & ~of_no_list(rows)
        yield from _contradictions(rows, key, again)


def of_no_list(rows: Rows) -> pd.Series:
    """Rows under a name of the series' own, which no score reads and which may therefore stand twice."""
    if not rows.has("variable"):
        return pd.Series(data=False, index=rows.text.index)
    names = rows.text["variable"]
    return names.isin([name for name in names.unique() if is_other(name)])


def _contradictions(rows: Rows, key: list[str], again: pd.Series) -> Iterator[Problem]:
    """Rows with the key of an earlier row and other content."""
    todo = "Give the hour of each, or keep the one that counts." if "hour" in rows.table.key else "Keep the right one."
    for row, first in _pairs(rows.typed, key, again):
        cells, other = rows.text.loc[row], rows.text.loc[first]
        named = ", ".join(f"{name} {cells[name]}" for name in key if cells[name])
        differing = ", ".join(f"{name} {cells[name] or 'empty'}" for name in cells.index if cells[name] != other[name])
        found = f"a second row for {named} with {differing}; the first is row {first}"
        yield rows.problem(row, None, found, f"one row per {', '.join(key)}", todo)


def _pairs(frame: pd.DataFrame, key: list[str], again: pd.Series) -> Iterator[tuple[int, int]]:
    """Each repeating row with the row it repeats."""
    if not again.any():
        return
    number = frame.groupby(key, dropna=False, sort=False).ngroup()
    first = number.drop_duplicates()
    first_row = pd.Series(first.index, index=first.to_numpy())
    for row in again.index[again]:
        yield int(row), int(first_row[number[row]])


RULES: tuple[Rule, ...] = (
    _empty_without_reason, _day_ranges, _range_beside_a_start, _ends_before_start, _range_upside_down, _half_told,
    _ongoing_with_end, _standing_twice,
)  # fmt: skip
