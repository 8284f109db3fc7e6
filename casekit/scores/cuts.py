"""Two data cuts of one series: which values are new, changed or gone, and which results changed because of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.records.schema import TABLES, declared
from casekit.scores.changed_results import RESULT_COLUMNS, changed_results

# Rows of these tables have no key of their own: what was given or happened, and when it began.
KEYS = {
    "treatments": ("patient_id", "drug", "route", "start_day"),
    "events": ("patient_id", "kind", "name", "start_day"),
}
NAMES = {"treatments": "drug", "measurements": "variable", "assessments": "variable", "events": "name"}
DAYS = {"treatments": "start_day", "measurements": "day", "assessments": "day", "events": "start_day"}
NOTHING = {"column": "", "before": "", "after": ""}
VALUE_COLUMNS = ["change", "table", "patient_id", "name", "day", "column", "before", "after"]


@dataclass(frozen=True)
class Difference:
    """What lies between two data cuts.

    Attributes
    ----------
    changes : DataFrame
        One row per new, changed or vanished cell: change, table, patient_id, name (variable, drug or event), day (days
        since day 0), column, before, after. A new or vanished row is told once, with an empty column.
    results : DataFrame
        One row per score, verdict or claim that is not what it was: kind, id (of the instrument or claim), patient_id,
        day, before, after, because (the changed values this result reads, as far as they are named).
    """

    changes: pd.DataFrame
    results: pd.DataFrame

    def __bool__(self) -> bool:
        return bool(len(self.changes) or len(self.results))


def diff(old: CaseSeries, new: CaseSeries) -> Difference:
    """What a new data cut changes.

    Parameters
    ----------
    old, new : CaseSeries
        Two states of one series, both counted from the same day 0.

    Returns
    -------
    Difference
        ``changes`` and ``results``; false when the cuts are the same.

    Raises
    ------
    CaseKitError
        When the two count their days from different events.

    Examples
    --------
    >>> import casekit as ck
    >>> bool(ck.diff(ck.example(), ck.example()))
    False
    """
    events = [old.metadata.index_event, new.metadata.index_event]
    if events[0] != events[1]:
        found = " and ".join(events)
        raise CaseKitError(f"diff: found day 0 at {found}; expected the same day 0 in both. Align both series alike.")
    before, after = old.whole_tables, new.whole_tables
    changed = [row for table in TABLES for row in _changes(table, before[table], after[table])]
    values = pd.DataFrame(changed, columns=VALUE_COLUMNS).astype({"day": "Int64"})
    results = [] if values.empty else changed_results(old, new, values)
    return Difference(values, pd.DataFrame(results, columns=RESULT_COLUMNS).astype({"day": "Int64"}))


def _changes(name: str, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The cells of one table that differ."""
    key = [*(KEYS.get(name) or declared()[name].key)]
    before, after = (_by_key(table, key) for table in (old, new))
    for place in after.index.difference(before.index, sort=False):
        yield _change("new", name, dict(zip(key, place, strict=False)), after=_told(after.loc[place]))
    for place in before.index.difference(after.index, sort=False):
        yield _change("vanished", name, dict(zip(key, place, strict=False)), before=_told(before.loc[place]))
    both = after.index.intersection(before.index, sort=False)
    for column in after.columns.union(before.columns, sort=False):
        was, now = (_texts(table, column).loc[both] for table in (before, after))
        for place in both[(was != now).to_numpy()]:
            row = dict(zip(key, place, strict=False))
            yield _change("changed", name, row, column=column, before=was[place], after=now[place])


def _by_key(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The table by its key; rows that share one are counted, in the order of their content."""
    ordered = table.sort_values([*table.columns], kind="stable").astype("object")
    ordered = ordered.where(ordered.notna(), "")
    return ordered.assign(repeat=ordered.groupby(key, sort=False).cumcount()).set_index([*key, "repeat"])


def _texts(table: pd.DataFrame, column: str) -> pd.Series:
    """One column as text; empty throughout where the table has none."""
    return table[column].map(str) if column in table else pd.Series("", index=table.index)


def _told(row: pd.Series) -> str:
    """What a row says, in its own words; where it comes from is told elsewhere."""
    return ", ".join(f"{name} {value}" for name, value in row.items() if value != "" and name != "origin")


def _change(change: str, table: str, row: Mapping[str, Any], **cell: str) -> dict[str, Any]:
    """One row of the answer; `cell` holds column, before and after."""
    day = row.get(DAYS.get(table, ""), "")
    place = {"patient_id": row["patient_id"], "name": row.get(NAMES.get(table, ""), "")}
    return {"change": change, "table": table, **place, "day": pd.NA if day == "" else day, **(NOTHING | cell)}
