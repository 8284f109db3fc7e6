"""What a mapping file may say of a table and its columns, and what is wrong with what it says."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from casekit.errors import Problem, near
from casekit.importers.columns import ASK, ROLE_OF
from casekit.importers.gathered import DATES
from casekit.importers.names import plain
from casekit.importers.source import SourceTable
from casekit.records.schema import TABLES, declared

SETTINGS = ("table", "decimal", "date_order", "missing", "grade_system", "columns", "kind", "visits")
ALLOWED = {"table": (*TABLES, "skip"), "decimal": (".", ","), "date_order": ("dmy", "mdy", "")}
# role -> what it means; beside them every column of the five tables and its date is a role
FREE_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "result": "a column of results of one variable, with its `name`, `unit` and, where all are of one day, `day`",
        "item": "a column of values of one item of a score, with its `name` and `day`",
        "time to": "the time to an event, with its `name`, the column of its `status`, the words for `happened`",
        "day 0 candidate": 'dates that day 0 may be: `day_zero = "column: NAME"`',
        "visit date": "the date of the visit under whose name the column stands",
        "extra": "kept as text under the name of the column; no score reads it",
        "text": "free text: left out unless `--keep-text`",
        "identifier": "names a person: left out and told",
        "skip": "left out and told",
    }
)


def setting_problems(table: SourceTable, confirmed: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the settings of one table; a question nobody answered is no problem yet."""
    for key, value in confirmed.items():
        if key not in SETTINGS:
            yield Problem(table.file, None, key, f"the setting {key}", f"one of {', '.join(SETTINGS)}", "Correct it.")
        elif key in ALLOWED and value not in (*ALLOWED[key], ASK):
            known = ", ".join(f'"{word}"' for word in ALLOWED[key])
            yield Problem(table.file, None, key, f'"{value}"', f"one of {known}", "Say which it is.")
    for visit, when in dict(confirmed.get("visits", {})).items():
        if visit not in table.visits.values() or (type(when) is not int and when not in (*table.header, ASK)):
            expected, todo = "a visit of the header, with its day or the column of its date", "Correct the line."
            yield Problem(table.file, None, f"visits {visit}", f"{when!r}", expected, todo)
    with_role: dict[str, str] = {}
    for name, role in dict(confirmed.get("columns", {})).items():
        word = role.get("role") if isinstance(role, Mapping) else role
        if name not in table.header:
            close = near(name, table.header)
            todo = f"Did you mean {close[0]}?" if close else "Correct the name."
            yield Problem(table.file, 1, name, "no such column", "a column of the file", todo)
        elif word not in roles():
            yield _no_role(table, name, str(word), str(confirmed.get("table", "")))
        elif word not in FREE_ROLES and with_role.setdefault(word, name) != name:
            found = f'the role "{word}", which the column {with_role[word]} has too'
            todo = "Give one the role extra or skip."
            yield Problem(table.file, 1, name, found, "one column for each cell of a row", todo)


def roles() -> set[str]:
    """Every role a column may have.

    >>> sorted({"result", "start_date", "grade", "column"} - roles())
    ['column']
    """
    return {*FREE_ROLES, *DATES.values(), *(name for table in TABLES for name in declared()[table].names)}


def _no_role(table: SourceTable, name: str, word: str, kind: str) -> Problem:
    """The problem of a word that is no role, with those that a column of its table may have."""
    own = declared()[kind].names if kind in TABLES else ()
    columns = f"a column of {kind}: {', '.join(own)}" if own else f"a column of {', '.join(TABLES)}"
    meant = ROLE_OF.get(plain(word)) or next(iter(near(word, roles())), "")
    todo = f"Did you mean {meant}?" if meant else "docs/importing.md says what each means."
    expected = f"one of {', '.join(FREE_ROLES)}, {', '.join(DATES.values())}, or {columns}"
    return Problem(table.file, 1, name, f'the role "{word}"', expected, todo)
