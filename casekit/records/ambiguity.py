"""Rows that could be meant in two ways, so that a score would hang on their order or on a slip of the pen."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from casekit.errors import Problem
from casekit.records.rows import Rows, of_no_list

GLUCOCORTICOID_UNITS = ("mg", "g", "ug", "mg/kg")
ALWAYS = 10**6
SHOWN = ("hour", "specimen", "value", "unit", "comparator")


def ambiguity_problems(rows: Rows) -> Iterator[Problem]:
    """What could be meant in two ways inside one table."""
    if rows.table.name == "measurements" and rows.has("patient_id", "day", "variable", "value"):
        yield from _values_at_one_time(rows)
    if rows.table.name == "treatments":
        yield from _once_for_days(rows)
        yield from _glucocorticoid_units(rows)
        yield from _doubled_glucocorticoids(rows)


def _values_at_one_time(rows: Rows) -> Iterator[Problem]:
    """Different values of one variable that no hour puts in order, such as those of two specimens."""
    moment = [name for name in ("patient_id", "day", "hour", "variable") if rows.has(name)]
    what = [name for name in ("value", "unit", "comparator") if rows.has(name)]
    told_already = rows.typed.duplicated([name for name in rows.table.key if rows.has(name)])
    known = rows.typed[["patient_id", "day", "variable", "value"]].notna().all(axis=1)
    seen = rows.typed[known & ~told_already & ~of_no_list(rows)].drop_duplicates([*moment, *what])
    again = seen[seen.duplicated(moment, keep=False)]
    for _, results in again.groupby(moment, sort=False, dropna=False):
        first = results.index[0]
        for row in results.index[1:]:
            yield _two_values(rows, row, first)


def _two_values(rows: Rows, row: Any, first: Any) -> Problem:
    """The problem of a result that contradicts an earlier one of the same time."""
    cells = rows.text.loc[row]
    told = ", ".join(f"{name} {cells[name]}" for name in SHOWN if rows.has(name) and cells[name])
    found = f"another {cells['variable']} of {cells['patient_id']} on day {cells['day']} with {told}; see row {first}"
    todo = "Give the hour of each, or keep the one that counts."
    return rows.problem(row, "hour", found, "one value of a variable at a time", todo)


def _once_for_days(rows: Rows) -> Iterator[Problem]:
    """Single doses that last for days, which would count every day."""
    if rows.has("frequency", "start_day", "end_day"):
        lasting = (rows.text["frequency"] == "once") & (rows.typed["end_day"] > rows.typed["start_day"])
        for row, cells in rows.where(lasting).iterrows():
            found = f"frequency once from day {cells['start_day']} to day {cells['end_day']}"
            todo = "Write end_day as start_day for a single dose, or the frequency with which it was repeated."
            yield rows.problem(row, "frequency", found, "once on a single day", todo)


def _glucocorticoid_units(rows: Rows) -> Iterator[Problem]:
    """Glucocorticoid doses that cannot be counted in milligrams."""
    if rows.has("category", "dose_unit"):
        units = rows.text["dose_unit"]
        unknown = (rows.text["category"] == "glucocorticoid") & (units != "") & ~units.isin(GLUCOCORTICOID_UNITS)
        for row, unit in rows.where(unknown)["dose_unit"].items():
            todo = "Write the amount in one of these (mg/kg stays a dose unknown in mg), or leave dose and unit empty."
            yield rows.problem(row, "dose_unit", f'"{unit}" for a glucocorticoid', "mg, g or ug", todo)


def _doubled_glucocorticoids(rows: Rows) -> Iterator[Problem]:
    """Courses of the same glucocorticoid by the same route that run at the same time, so that their doses add up."""
    if not rows.has("patient_id", "drug", "category", "start_day"):
        return
    counted = (rows.text["category"] == "glucocorticoid") & rows.typed["start_day"].notna() & ~rows.text.duplicated()
    ends = pd.Series(ALWAYS, index=rows.text.index, dtype="Int64")
    if rows.has("end_day"):
        ends = rows.typed["end_day"].fillna(ALWAYS)
        counted &= rows.typed["end_day"].notna() | (rows.text["end_day"] == "")
    named = [name for name in ("patient_id", "drug", "route") if rows.has(name)]
    courses = rows.where(counted)[named].assign(start=rows.typed["start_day"], end=ends)
    for _, alike in courses.sort_values("start", kind="stable").groupby(named, sort=False):
        latest = alike["end"].cummax().shift()
        for row in alike.index[(alike["start"] <= latest).fillna(value=False)]:
            running = alike["end"].loc[:row].iloc[:-1]
            yield _doubled(rows, row, running.idxmax())


def _doubled(rows: Rows, row: Any, other: Any) -> Problem:
    """The problem of a course that begins while another one of the same drug runs."""
    cells = rows.text.loc[row]
    end = rows.text.loc[other, "end_day"] if rows.has("end_day") else ""
    until = f"runs until day {end}" if end else "has no end_day"
    found = f"{cells['drug']} from day {cells['start_day']} of {cells['patient_id']} while row {other} {until}"
    todo = f"Give row {other} the end_day before this course starts; write doses given together as one course."
    return rows.problem(row, "start_day", found, "one course at a time of a glucocorticoid by one route", todo)
