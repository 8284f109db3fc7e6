"""What was supposed about one table of a source, in sentences for the report."""

from collections.abc import Iterator, Mapping
from typing import Any

from casekit.importers.source import SourceTable


def notes(
    table: SourceTable, settings: Mapping[str, Any], roles: Mapping[str, Mapping[str, Any]], *, confirmed: bool
) -> Iterator[str]:
    """How one table was read: as what, by whom that was said, and what its cells mean."""
    yield from table.notes
    by = "as confirmed" if confirmed else "proposed, not confirmed by anyone"
    told = "; ".join(f"{name}: {role['role']}" for name, role in roles.items())
    yield f"{table.file} was read as {settings['table']} ({by}): {told}"
    if settings["missing"]:
        yield f"{table.file}: {', '.join(settings['missing'])} were read as empty"
    if settings["decimal"] == ",":
        yield f"{table.file}: the comma is the decimal sign"
    if settings["date_order"]:
        order = "day, month" if settings["date_order"] == "dmy" else "month, day"
        yield f"{table.file}: dates are read as {order}, year"
    if visits := settings.get("visits"):
        times = "; ".join(
            f"{name}: {'day ' if isinstance(at, int) else 'the date in '}{at}" for name, at in visits.items()
        )
        yield f"{table.file}: the time of each visit ({times})"
    if any("days_per_unit" in role for role in roles.values()):
        yield f"{table.file}: times to an event are counted in units of days_per_unit days, to the nearest day"
