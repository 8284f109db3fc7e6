"""Dates become days since day 0; a partial date becomes the range it stands for, never a day."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casekit.importers.dates import hour, span
from casekit.importers.day_zero import DayZero
from casekit.importers.gathered import DATES
from casekit.importers.report import Reported
from casekit.importers.work import Work, column
from casekit.records.cells import INTEGER
from casekit.records.rows import UNKNOWN_DAY
from casekit.records.schema import declared

KEPT, KEPT_OPEN = "Kept, without a day.", "Kept, with an end that is not known."
PRECISION = {4: "only the year is known", 7: "only the month is known"}


def place(work: Work, zero: DayZero) -> None:
    """Give every row its days, and every patient a last known day."""
    for name in work.tables:
        if name != "patients":
            work.tables[name] = _placed(work, name, zero)
    work.tables["patients"] = _patients(work, zero)


def _placed(work: Work, table: str, zero: DayZero) -> pd.DataFrame:
    """One table with days in place of dates."""
    rows = work.tables[table]
    if rows.empty:
        return rows
    if table == "measurements" and "date" in rows:
        rows = rows.assign(hour=column(rows, "hour").mask(column(rows, "hour") == "", rows["date"].map(_hour)))
    ranges = pd.Series("", index=rows.index, dtype=object)
    start, *end = declared()[table].days
    for day in (start, *(name for name in end if name in rows or DATES[name] in rows)):
        spans = [
            _span(*cells) for cells in zip(column(rows, day), column(rows, DATES[day]), _zeros(rows, zero), strict=True)
        ]
        days = pd.Series([str(ends[0]) if ends and ends[0] == ends[1] else "" for ends in spans], index=rows.index)
        told = (column(rows, day) != "") | (column(rows, DATES[day]) != "")
        lost = (days == "") & (told if day == "end_day" else True)
        _report_lost(work, rows[lost], day)
        if day != "end_day" or table == "treatments":  # an event whose end is not known has no end_day; a drug goes on
            width = [f"{ends[0]} to {ends[1]}" if ends else UNKNOWN_DAY for ends in spans]
            ranges = ranges.mask(lost & (ranges == ""), pd.Series(width, index=rows.index, dtype=object))
        rows = rows.assign(**{day: days.astype(object)})
    return rows.assign(day_range=ranges)


def _zeros(rows: pd.DataFrame, zero: DayZero) -> list[tuple[int | None, int | None]]:
    """Day 0 of the patient of each row, by both clocks."""
    at = {who: tuple(None if pd.isna(part) else int(part) for part in pair) for who, *pair in zero.at.itertuples()}
    return [at.get(who, (None, None)) for who in rows["patient_id"]]  # type: ignore[misc]


def _span(day: str, date: str, zero: tuple[int | None, int | None]) -> tuple[int, int] | None:
    """First and last day a row can mean, counted from day 0; None when that is not known."""
    if date:
        ends = span(date)
        return None if ends is None or zero[0] is None else (ends[0] - zero[0], ends[1] - zero[0])
    if INTEGER.fullmatch(day) and zero[1] is not None:
        return int(day) - zero[1], int(day) - zero[1]
    return None


def _hour(text: str) -> str:
    """The hour of a date with a time."""
    at = hour(text)
    return "" if at is None else f"{at:g}"


def _report_lost(work: Work, rows: pd.DataFrame, day: str) -> None:
    """Report the rows that have no day, and why; the date itself is not told."""
    texts = column(rows, DATES[day])
    for file, row, text in dict.fromkeys(zip(rows["file"], rows["row"], texts, strict=True)):
        partial = span(text) if text else None
        kind = "partial date" if partial and partial[0] != partial[1] else "no day"
        if kind == "partial date":
            problem = PRECISION.get(len(text), "only a part of the date is known")
        else:
            problem = "no date that can be read" if text and partial is None else "no date" if not text else "no day 0"
        kept = KEPT_OPEN if day == "end_day" else KEPT
        work.reported.append(Reported(file, int(row), DATES[day], problem, kept, kind))


def _patients(work: Work, zero: DayZero) -> pd.DataFrame:
    """The patients with their last known day: the given one, or the last day of any row, whichever is later."""
    rows = work.tables["patients"]
    latest = _latest(work)
    given = [
        _span(*cells)
        for cells in zip(
            column(rows, "last_known_day"), column(rows, "last_known_date"), _zeros(rows, zero), strict=True
        )
    ]
    last = [_later(work, cells, ends, latest) for cells, ends in zip(rows.to_dict("records"), given, strict=True)]
    known = rows["patient_id"].isin(zero.at.index)
    for cells in rows[~known].to_dict("records"):
        work.reported.append(
            Reported(
                cells["file"], int(cells["row"]) or None, None, f"{cells['patient_id']} has no day 0", KEPT, "day 0"
            )
        )
    days = pd.Series([str(day) for day in last], index=rows.index, dtype=object).where(known, "")
    return rows.assign(last_known_day=days, day_range=known.map({True: "", False: UNKNOWN_DAY}))


def _later(work: Work, cells: Mapping[Any, str], given: tuple[int, int] | None, latest: dict[str, int]) -> int:
    """The last known day of one patient; rows after the given one are reported."""
    seen = latest.get(cells["patient_id"], 0)
    if given is None:
        return max(seen, 0)
    if seen > given[1]:
        problem = f"{cells['patient_id']} has rows up to day {seen}, after the last known day {given[1]}"
        action = f"The last known day became {seen}."
        work.reported.append(Reported(cells["file"], int(cells["row"]), "last_known_day", problem, action, "conflict"))
    return max(seen, given[0])


def _latest(work: Work) -> dict[str, int]:
    """The last day of any row of each patient."""
    found: dict[str, int] = {}
    for name, rows in work.tables.items():
        for day in declared()[name].days if name != "patients" else ():
            for who, text in zip(rows["patient_id"], column(rows, day), strict=True):
                if text:
                    found[who] = max(int(text), found.get(who, int(text)))
    return found
