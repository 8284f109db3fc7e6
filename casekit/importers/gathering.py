"""Rows of the five tables while a format finds them in its files; what it cannot take over is told row by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from casekit.importers.gathered import Gathered
from casekit.importers.report import Reported
from casekit.importers.work import LEFT_OUT
from casekit.records import Metadata

Place = tuple[str, int]


@dataclass
class Gathering:
    """What was found so far: rows by table, dates that may be day 0, and everything that is not taken over."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    dates: list[tuple[str, str, str, str]] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    joined: dict[Place, Place] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)

    def add(self, table: str, place: Place, patient_id: str, cells: Mapping[str, Any]) -> None:
        """One row of one of the five tables; empty cells are left away."""
        filled = {name: value for name, value in cells.items() if value not in ("", None)}
        self.tables.setdefault(table, []).append(
            {"file": place[0], "row": place[1], "patient_id": patient_id, **filled}
        )

    def leave(self, place: Place, problem: str, kind: str = "row", column: str | None = None) -> None:
        """A row of the source that is not taken over, and why."""
        self.reported.append(Reported(place[0], place[1], column, problem, LEFT_OUT, kind))

    def note(self, place: Place, problem: str, action: str, kind: str = "note", column: str | None = None) -> None:
        """Something to know about a row that is taken over."""
        self.reported.append(Reported(place[0], place[1], column, problem, action, kind))

    def date(self, patient_id: str, name: str, date: str, counted: str = "") -> None:
        """A date that may be chosen as day 0, and the same day as the source counts it."""
        if date or counted:
            self.dates.append((patient_id, name, date, counted))

    def gathered(self, source_format: str, rows_read: dict[str, int], about: Metadata, **more: Any) -> Gathered:
        """Everything that was found, for the core."""
        return Gathered(
            source_format=source_format,
            rows_read=rows_read,
            tables={name: pd.DataFrame(rows).fillna("") for name, rows in self.tables.items()},
            about=about,
            reported=self.reported,
            assumptions=self.assumptions,
            dates=pd.DataFrame(self.dates, columns=["patient_id", "name", "date", "start_day"], dtype=object),
            joined=self.joined,
            **more,
        )
