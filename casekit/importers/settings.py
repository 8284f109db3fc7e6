"""What somebody says about each table of a spreadsheet in the mapping: judged, and completed by what is proposed."""

from collections.abc import Iterator
from typing import Any

from casekit.errors import DataError, Problem, near
from casekit.importers.columns import proposed
from casekit.importers.gathered import DATES
from casekit.importers.mapping import SourceMapping
from casekit.importers.source import SourceTable
from casekit.records.schema import TABLES, declared

SETTINGS = ("table", "decimal", "date_order", "missing", "columns", "kind", "visits")
DATE_ROLES = (*DATES.values(), "day 0 candidate", "visit date")
FREE_ROLES = ("result", "item", "time to", "extra", "text", "skip", "identifier", "day 0 candidate", "visit date")
ORDERS = ("dmy", "mdy")
DECIMALS = (".", ",")


def settings_of(table: SourceTable, mapping: SourceMapping) -> dict[str, Any]:
    """The confirmed settings of a table, and a proposal for those that nobody confirmed."""
    confirmed = dict(mapping.files.get(table.file, {}))
    problems = list(_setting_problems(table, confirmed))
    if problems:
        raise DataError(problems)
    return proposed(table, confirmed)


def _setting_problems(table: SourceTable, confirmed: dict[str, Any]) -> Iterator[Problem]:
    """What is wrong with the settings of one table."""
    allowed = {"table": (*TABLES, "skip"), "decimal": DECIMALS, "date_order": (*ORDERS, "")}
    for key, value in confirmed.items():
        if key not in SETTINGS:
            yield Problem(table.file, None, key, f"the setting {key}", f"one of {', '.join(SETTINGS)}", "Correct it.")
        elif key in allowed and value not in allowed[key]:
            yield Problem(table.file, None, key, f'"{value}"', f"one of {', '.join(allowed[key])}", "Say which it is.")
    for visit, when in dict(confirmed.get("visits", {})).items():
        if visit not in table.visits.values() or (type(when) is not int and when not in (*table.header, "ask")):
            expected, todo = "a visit of the header, with its day or the column of its date", "Correct the line."
            yield Problem(table.file, None, f"visits {visit}", f"{when!r}", expected, todo)
    for name, role in dict(confirmed.get("columns", {})).items():
        word = role.get("role") if isinstance(role, dict) else role
        if name not in table.header:
            close = near(name, table.header)
            todo = f"Did you mean {close[0]}?" if close else "Correct the name."
            yield Problem(table.file, 1, name, "no such column", "a column of the file", todo)
        elif word not in (
            *FREE_ROLES,
            *DATES.values(),
            *(each for known in TABLES for each in declared()[known].names),
        ):
            yield Problem(
                table.file, 1, name, f'the role "{word}"', f"one of {', '.join(FREE_ROLES)}, or a column", "Correct it."
            )


def notes_of(
    file: str, settings: dict[str, Any], roles: dict[str, dict[str, Any]], *, confirmed: bool
) -> Iterator[str]:
    """How a table was read, in sentences for the report."""
    by = "as confirmed" if confirmed else "proposed, not confirmed by anyone"
    columns = "; ".join(f"{name}: {role['role']}" for name, role in roles.items())
    yield f"{file} was read as {settings['table']} ({by}): {columns}"
    if settings["missing"]:
        yield f"{file}: {', '.join(settings['missing'])} were read as empty"
    if settings["decimal"] == ",":
        yield f"{file}: the comma is the decimal sign"
    if settings["date_order"]:
        yield f"{file}: dates are read as {'day, month' if settings['date_order'] == 'dmy' else 'month, day'}, year"
    if visits := settings.get("visits"):
        told = "; ".join(
            f"{name}: {'day ' if isinstance(at, int) else 'the date in '}{at}" for name, at in visits.items()
        )
        yield f"{file}: the time of each visit ({told})"
    if any("days_per_unit" in role for role in roles.values()):
        yield f"{file}: times to an event are counted in units of days_per_unit days, to the nearest day"
