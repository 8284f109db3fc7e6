"""On which day something happened to each patient, and the tables counted from that day."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from casekit.errors import CaseKitError, UnknownName
from casekit.records.links import known_ids
from casekit.records.rows import DAY_RANGE, UNKNOWN_DAY
from casekit.records.schema import declared

Tables = Mapping[str, pd.DataFrame]


def event_days(tables: Tables, event: str, computed: Mapping[str, object]) -> pd.Series:
    """The day of an event in the tables: one row per patient who has it.

    `infusion` is the first infusion of CAR T cells. A drug, a category of drugs, the name of an event or a kind of
    event (also with `first_` before it) stands for its first day; with `last_` before it for its last day, and a
    patient in whom it still goes on has none.
    """
    edge, _, bare = event.partition("_") if event.startswith(("first_", "last_")) else ("first", "", event)
    what = {"infusion": "car_t"}.get(bare, bare)
    names = _names()
    if what not in names:
        raise UnknownName("event", event, [*names, "infusion", *computed], "casekit.catalogue.events()")
    courses = _courses(tables, what)
    by_patient = courses.groupby("patient_id", sort=False)
    if edge == "first":
        return by_patient["start_day"].min()
    over = by_patient["end_day"].apply(lambda days: days.notna().all())
    return by_patient["end_day"].max()[over]


def _names() -> list[str]:
    """Every drug, category, event name and kind of event that can be aligned to."""
    kinds = declared()["events"].column("kind").allowed
    categories = declared()["treatments"].column("category").allowed
    return [*known_ids("drugs"), *categories, *known_ids("events"), *kinds]


def _courses(tables: Tables, what: str) -> pd.DataFrame:
    """The drug courses and events that go by that name, with their first and last day."""
    treatments, events = tables["treatments"], tables["events"]
    given = treatments[(treatments["drug"] == what) | (treatments["category"] == what)]
    happened = events[(events["name"] == what) | (events["kind"] == what)]
    ended = happened["end_day"].fillna(happened["start_day"].where(~happened["ongoing"].fillna(value=False)))
    columns = ["patient_id", "start_day", "end_day"]
    return pd.concat([given[columns], happened.assign(end_day=ended)[columns]], ignore_index=True)


def checked_days(days: pd.Series, event: str) -> pd.Series:
    """The given days as whole numbers by patient; missing ones left out, anything else refused."""
    known = days.dropna()
    if known.index.has_duplicates:
        raise CaseKitError(f"align to {event}: found several days for one patient; expected one. Keep the right one.")
    numbers = pd.to_numeric(known, errors="coerce")
    if numbers.isna().any() or (numbers % 1 != 0).any():
        found = known[numbers.isna() | (numbers % 1 != 0)].iloc[0]
        raise CaseKitError(f"align to {event}: found the day {found}; expected whole days. Round them as you see fit.")
    return numbers.astype("Int64")


def shifted(tables: Tables, days: pd.Series) -> dict[str, pd.DataFrame]:
    """The tables with every day counted from the patient's own day; empty for patients without one."""
    return {name: _shifted_table(table, declared()[name].days, days) for name, table in tables.items()}


def _shifted_table(table: pd.DataFrame, columns: tuple[str, ...], days: pd.Series) -> pd.DataFrame:
    """One table with its days counted from the patient's own day."""
    offset = table["patient_id"].map(days).astype("Int64")
    ranges = [_shifted_range(*pair) for pair in zip(table["day_range"], offset, strict=True)]
    moved = {column: table[column] - offset for column in columns}
    return table.assign(**moved, day_range=pd.Series(ranges, index=table.index, dtype="str"))


def _shifted_range(text: Any, offset: Any) -> Any:
    """A range of days counted from the patient's own day; unknown when there is no such day."""
    ends = None if pd.isna(text) else DAY_RANGE.fullmatch(text)
    if ends is None:
        return text
    return UNKNOWN_DAY if pd.isna(offset) else " to ".join(str(int(end) - offset) for end in ends.groups())
