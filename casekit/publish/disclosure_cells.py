"""What the cells of a real series tell by themselves: identifiers, free text, dates, ages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd

from casekit.publish.disclosure_policy import (
    DATE,
    EVERY,
    EXACT_AGE,
    FREE_TEXT,
    IDENTIFIER,
    INITIALS,
    OLD_AGE,
    View,
)
from casekit.publish.disclosure_text import has_date, identifiers, may_be_initials, names_somebody
from casekit.records import CaseSeries
from casekit.records.schema import TABLES, declared

BAND, OLDEST = 5, 89  # years; ages above 89 are named one by one in 45 CFR 164.514(b)(2)(i)(C)
OTHER = "other: "
# Text whose words are checked when a series is read, and lists of terms, which are judged as combinations.
NOT_FREE = (
    *("assessments.value", "measurements.unit", "treatments.dose_unit", "events.grade_system"),
    *("patients.organs", "patients.autoantibodies"),
)
SHOWN_PATIENTS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a view would reveal: by which rule, in which view and field, what was found and the remedy."""

    rule: str
    view: str
    field: str
    found: str
    todo: str
    accepted: str = ""

    def __str__(self) -> str:
        """The finding as one line."""
        return f"{self.view}, {self.field}: found {self.found} ({self.rule}). {self.todo}"


def cell_findings(series: CaseSeries, view: View, smallest: int) -> Iterator[Finding]:
    """Yield what the cells shown by a view reveal."""
    if view.individuals:
        yield from _patient_ids(series, view)
    for field in text_fields(series, view):
        yield from _texts(series, view, field, smallest)
    if "patients.age_years" in shown_columns(series, view):
        yield from _ages(series, view)
    yield from _metadata(series, view)


def cells_of(series: CaseSeries, field: str) -> pd.DataFrame:
    """Return patient_id and the filled cells of a column, of rows with and without a day."""
    table, _, name = field.partition(".")
    parts = [part for part in (series.tables[table], series.unplaced.get(table)) if part is not None and name in part]
    if not parts:
        return pd.DataFrame({"patient_id": [], "cell": []}, dtype=str)
    rows = pd.concat([pd.DataFrame({"patient_id": part["patient_id"], "cell": part[name]}) for part in parts])
    filled = rows.dropna(subset=["cell"])
    return filled.assign(cell=filled["cell"].astype(str)).query("cell != ''")


def shown_columns(series: CaseSeries, view: View) -> list[str]:
    """Return the columns a view shows that this series has; ``*`` stands for all."""
    has = [f"{table}.{name}" for table in TABLES for name in series.tables[table].columns]
    return has if EVERY in view.columns else [name for name in view.columns if name in has]


def text_fields(series: CaseSeries, view: View) -> list[str]:
    """Return the shown columns that hold text, ids of a closed list among them: "other: " lets any word in."""
    return [field for field in shown_columns(series, view) if _is_text(field) and field not in _keys()]


def is_free(field: str) -> bool:
    """Return whether anything may be written into the column."""
    return field not in NOT_FREE and field not in _keys() and _is_text(field) and not _known(field)


def _keys() -> set[str]:
    """Return the columns that hold the name of the patient."""
    return {f"{table}.patient_id" for table in TABLES}


def _is_text(field: str) -> bool:
    """Return whether a column holds text; one that is not declared always does."""
    table, _, name = field.partition(".")
    column = next((one for one in declared()[table].columns if one.name == name), None)
    return column is None or column.type == "text"


def _known(field: str) -> bool:
    """Return whether the words of a column stand in a list."""
    table, _, name = field.partition(".")
    return any(one.name == name and one.known_in for one in declared()[table].columns)


def _patient_ids(series: CaseSeries, view: View) -> Iterator[Finding]:
    """Yield what the names of the patients look like."""
    ids = [str(name) for name in series.patients["patient_id"]]
    field, todo = "patients.patient_id", "Give the patients new names, such as P01, in an order that tells nothing."
    for looks, many in pd.Series([names_somebody(name) for name in ids]).value_counts().items():
        if looks:
            yield Finding(IDENTIFIER, view.name, field, f"names that look like {looks}: {many}", todo)
    if may_be_initials(ids):
        yield Finding(INITIALS, view.name, field, f"{len(ids)} names of two or three letters", todo)


def _texts(series: CaseSeries, view: View, field: str, smallest: int) -> Iterator[Finding]:
    """Yield what the texts of one column reveal."""
    cells = cells_of(series, field)
    for kind in sorted({kind for cell in cells["cell"].unique() for kind in identifiers(cell)}):
        found = _where(cells, kind, partial(_holds, kind))
        yield Finding(IDENTIFIER, view.name, field, found, "Remove it from the published copy of the series.")
    if any(map(has_date, cells["cell"].unique())):
        todo = "Write days since the infusion instead, or leave the column out of the published copy."
        yield Finding(DATE, view.name, field, _where(cells, "a date", has_date), todo)
    free = cells if is_free(field) else cells[cells["cell"].str.startswith(OTHER) & _known(field)]
    rare = free.groupby("cell")["patient_id"].nunique()
    rare = rare[rare < smallest]
    if len(rare):
        found = f"texts that fewer than {smallest} patients share: {len(rare)}"
        todo = (
            "Nobody can judge free text but a reader: empty the column in the published copy, code it, or read it and "
            "accept it with the reason."
        )
        yield Finding(FREE_TEXT, view.name, field, found, todo)


def _holds(kind: str, cell: str) -> bool:
    """Return whether a text holds that kind of identifier."""
    return kind in identifiers(cell)


def _where(cells: pd.DataFrame, kind: str, holds: Callable[[str], bool]) -> str:
    """Return how many cells hold something and whose they are, without repeating it."""
    who = cells.loc[cells["cell"].map(holds), "patient_id"]
    named = [str(one) for one in who.unique()]
    more = " and others" if len(named) > SHOWN_PATIENTS else ""
    return f"{kind} in {len(who)} cell{'' if len(who) == 1 else 's'} of {', '.join(named[:SHOWN_PATIENTS])}{more}"


def _ages(series: CaseSeries, view: View) -> Iterator[Finding]:
    """Yield that ages are exact, or above 89."""
    age, field = series.patients["age_years"].dropna(), "patients.age_years"
    exact, old = int((age % BAND != 0).sum()), int((age > OLDEST + 1).sum())
    if exact:
        todo = f"Write the lower end of a band of {BAND} years (30 for 30 to 34) in the published copy."
        yield Finding(EXACT_AGE, view.name, field, f"ages to the year: {exact}", todo)
    if old:
        yield Finding(
            OLD_AGE, view.name, field, f"ages above {OLDEST + 1}: {old}", f"Write {OLDEST + 1} for all above 89."
        )


def _metadata(series: CaseSeries, view: View) -> Iterator[Finding]:
    """Yield dates and identifiers in what the series says of itself, which every page and file carries."""
    told = series.metadata
    for name in ("title", "data_cut", "description", "day_zero_rule"):
        text, field = str(told[name] or ""), f"series.{name}"
        for kind in identifiers(text):
            yield Finding(IDENTIFIER, view.name, field, kind, "Remove it from series.toml of the published copy.")
        if has_date(text):
            todo = "Write the year at most: follow-up until the data cut counts back to the day of the infusion."
            yield Finding(DATE, view.name, field, "a date", todo)
