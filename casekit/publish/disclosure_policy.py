"""The policy file: what each published view shows of a patient, and what is accepted for which series and why."""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casekit.errors import DefinitionError
from casekit.records.schema import TABLES, declared

FILE = "policy.toml"
FREE_TEXT, DATE, EXACT_AGE, OLD_AGE = "free text", "date", "exact age", "age above 89"
RARE, COURSE, COUNT = "rare combination", "individual course", "small count"
IDENTIFIER, INITIALS, HIDDEN = "identifier", "initials", "not declared"
ACCEPTABLE = (FREE_TEXT, DATE, EXACT_AGE, RARE, COURSE, COUNT, INITIALS)
EVERY = "*"
NO_COUNTS, EXACT, SUPPRESSED = "none", "exact", "hidden"


@dataclass(frozen=True, slots=True)
class View:
    """What one published view shows of a patient; columns are written table.column, ``*`` stands for all.

    ``counts`` are ``hidden`` where all that the page shows are counts and small ones are hidden.
    """

    name: str
    individuals: bool
    columns: tuple[str, ...]
    counts: str = NO_COUNTS


@dataclass(frozen=True, slots=True)
class Accepted:
    """One exception: for this series, in these views, by this rule, for this field or all, because."""

    series: str
    rule: str
    views: tuple[str, ...]
    why: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """All that the policy file says."""

    smallest: int
    views: dict[str, View]
    accepted: tuple[Accepted, ...]

    def reason(self, series: str, rule: str, view: str, field: str) -> str:
        """Return why this is accepted; nothing when it is not."""
        for one in self.accepted:
            if (one.series, one.rule) == (series, rule) and view in one.views and one.field in {"", field}:
                return one.why
        return ""


def policy(folder: Path) -> Policy:
    """Return the policy of a folder with dashboards, checked; every mistake in it is named at once."""
    try:
        given = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DefinitionError(
            f"{FILE}: found no such file in {folder}; expected what each page shows of real patients. Write one."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{FILE}: found {error}; expected TOML. Correct the file.") from None
    mistakes = [*_mistakes(given)]
    if mistakes:
        raise DefinitionError("\n".join(mistakes))
    views = {name: View(name, **_tuples(entry)) for name, entry in given["view"].items()}
    return Policy(given["smallest"], views, tuple(Accepted(**_tuples(entry)) for entry in given.get("accepted", [])))


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with tuples in place of lists."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


def _mistakes(given: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the file, each as a sentence."""
    if not isinstance(given.get("smallest"), int) or given["smallest"] < 2:  # noqa: PLR2004  # one alone is no group
        yield f"{FILE}: found smallest = {given.get('smallest')}; expected a number of patients from 2. Correct it."
    for name in sorted(set(given) - {"smallest", "view", "accepted"}):
        yield f"{FILE}: found the entry {name}; expected smallest, view and accepted. Delete it."
    views = given.get("view", {})
    for name, entry in views.items():
        yield from _view_mistakes(f"{FILE} [view.{name}]", entry)
    for number, entry in enumerate(given.get("accepted", []), start=1):
        yield from _accepted_mistakes(f"{FILE} [[accepted]] {number}", entry, views)


def _view_mistakes(where: str, entry: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with what is said of one view."""
    yield from _keys(where, entry, ("individuals", "columns"), ("counts",))
    if not isinstance(entry.get("individuals", True), bool):
        yield f"{where}: found individuals = {entry['individuals']}; expected true or false. Correct it."
    counts = entry.get("counts", NO_COUNTS)
    if counts not in {NO_COUNTS, EXACT, SUPPRESSED}:
        yield f"{where}: found counts = {counts}; expected {NO_COUNTS}, {EXACT} or {SUPPRESSED}. Correct it."
    if counts == SUPPRESSED and entry.get("individuals"):
        yield (
            f"{where}: found counts = {SUPPRESSED} on a page that shows single patients; expected one or the other, "
            f"for who sees them can count them. Write {EXACT}."
        )
    for column in entry.get("columns", []):
        yield from _column_mistakes(where, column)


def _accepted_mistakes(where: str, entry: dict[str, Any], views: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with one exception; a reason of a few letters is none."""
    yield from _keys(where, entry, ("series", "rule", "views", "why"), ("field",))
    if entry.get("rule") not in ACCEPTABLE:
        yield f"{where}: found the rule {entry.get('rule')}; expected one of {', '.join(ACCEPTABLE)}. Correct it."
    for name in set(entry.get("views", [])) - set(views):
        yield f"{where}: found the view {name}; expected one of {', '.join(views)}. Correct it."
    if not str(entry.get("why", "")).strip():
        yield f"{where}: found no reason; expected why this may be shown. Write it."
    if entry.get("field"):
        yield from _column_mistakes(where, entry["field"])


def _column_mistakes(where: str, column: str) -> Iterator[str]:
    """Yield that there is no such table; a column that no table declares may be one that a series adds."""
    table, _, name = column.partition(".")
    known = column == EVERY or (table in TABLES and name) or (table == "series" and name in declared()["series"].names)
    if not known:
        yield f"{where}: found the column {column}; expected table.column, such as patients.sex. Correct it."


def _keys(where: str, entry: dict[str, Any], needed: tuple[str, ...], more: tuple[str, ...]) -> Iterator[str]:
    """Yield which entries are missing and which are not known."""
    for name in needed:
        if name not in entry:
            yield f"{where}: found no {name}; expected one. Write it."
    for name in sorted(set(entry) - {*needed, *more}):
        yield f"{where}: found the entry {name}; expected only {', '.join((*needed, *more))}. Delete it."
