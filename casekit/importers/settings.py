"""What somebody says about each table of a spreadsheet in the mapping: judged, and completed by what is proposed."""

from collections.abc import Iterator
from typing import Any

from casekit.errors import DataError, Problem
from casekit.importers.columns import ROLES, proposed
from casekit.importers.mapping import SourceMapping
from casekit.importers.roles import setting_problems
from casekit.importers.source import SourceTable


def settings_of(table: SourceTable, mapping: SourceMapping) -> dict[str, Any]:
    """The confirmed settings of a table, and a proposal for those that nobody confirmed."""
    confirmed = dict(mapping.files.get(table.file, {}))
    problems = list(setting_problems(table, confirmed))
    if problems:
        raise DataError(problems)
    return proposed(table, confirmed)


def without_patients(table: SourceTable) -> Problem:
    """The problem of a table in which no column says whom a row is about."""
    found = f"no table with patients among the columns {', '.join(table.header)}"
    expected = f"a column of patients, named such as {ROLES['patient_id'].split('|')[0]}"
    todo = 'Propose a mapping, give the column of patients the role "patient_id" in it, and propose again with it.'
    return Problem(table.file, None, None, found, expected, todo)


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
