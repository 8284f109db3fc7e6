"""CSV files and workbooks of any shape: long, wide per visit, wide per patient, intervals, counting process.

What could be meant in two ways (day before month, decimal comma) is asked, never guessed.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from casekit.errors import DataError, Problem
from casekit.importers.columns import ASK, DATE_ROLES, INDEX_NAME, PERSON
from casekit.importers.dates import ONGOING, goes_on, in_two_ways, iso, mark_of, unlike_most
from casekit.importers.gathered import DATES, PLACE, Gathered
from casekit.importers.grades import grade_of
from casekit.importers.mapping import SourceMapping
from casekit.importers.people import People, one_per_patient
from casekit.importers.report import Reported
from casekit.importers.roles import FREE_ROLES
from casekit.importers.settings import notes_of, settings_of, without_patients
from casekit.importers.source import BOOKS, TEXTS, SourceTable, files_of, is_zip, tables_of
from casekit.records import Metadata
from casekit.records.cells import NUMBER
from casekit.records.schema import TABLES, declared

ASKS_FOR = ("mapping",)
ENDS = ("end_date", "end_day")
YEARS = ("age_years", "disease_duration_years")
OF_EACH = ("hour", "specimen")
OF_ONE = ("code", "comparator", "lower", "unit", "upper")
NUMBERS = ("value", "lower", "upper", "dose", "hour", "day", "start_day", "end_day", *YEARS)


def recognises(path: Path) -> bool:
    """Whether there is a table of text or a workbook, and it is no series of casekit itself."""
    if path.is_dir() and (path / "patients.csv").is_file() and (path / "series.toml").is_file():
        return False
    files = files_of(path) if path.exists() else []
    return any(file.suffix.casefold() in (*TEXTS, *BOOKS) or is_zip(file) for file in files)


def read(path: Path, mapping: SourceMapping) -> Gathered:
    """The rows of all tables of a file or folder.

    Raises
    ------
    DataError
        When a file cannot be read, or could be read in two ways.
    """
    tables = tables_of(path)
    readers = [_Reader(table, settings_of(table, mapping)) for table in tables]
    problems = [problem for reader in readers for problem in reader.questions()]
    if not any(reader.kind in TABLES for reader in readers):
        problems += map(without_patients, tables)
    if problems:
        raise DataError(problems)
    for reader in readers:
        reader.read()
    return _gathered(path, readers, mapping)


def propose(path: Path, mapping: SourceMapping) -> dict[str, dict[str, Any]]:
    """The settings of each table, for a mapping file: what somebody said, and a proposal for the rest."""
    return {table.file: settings_of(table, mapping) for table in tables_of(path)}


@dataclass
class _Reader:
    """One table of the source on its way into the five."""

    table: SourceTable
    settings: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    dates: list[tuple[str, str, str]] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Which of the five tables the rows belong to."""
        return str(self.settings["table"])

    @cached_property
    def roles(self) -> dict[str, dict[str, Any]]:
        """The role of each column as a small table."""
        return {
            name: role if isinstance(role, dict) else {"role": role} for name, role in self.settings["columns"].items()
        }

    @cached_property
    def results(self) -> list[str]:
        """The columns that are results of one variable each."""
        return [name for name, role in self.roles.items() if role["role"] == "result"]

    @cached_property
    def own(self) -> set[str]:
        """The roles that are a cell of the row itself."""
        if not self._is_long():
            return set()
        words, known = {role["role"] for role in self.roles.values()}, declared()[self.kind]
        started = self.kind != "events" or words & {"start_date", "start_day"}
        dates = {DATES[day] for day in known.days} | (set() if started else {"date", "day"})
        return {*known.names, *dates, "code"} - {*PERSON, "patient_id"}

    @cached_property
    def beside(self) -> set[str]:
        """The roles that are a cell of each result in the row; those of one result only when there is but one."""
        if not any(role["role"] in {"result", "item"} for role in self.roles.values()):
            return set()
        wide = bool(self.results) and (self.kind == "patients" or not self._is_long())
        return {"date", "day", *(OF_EACH if wide else ()), *(OF_ONE if wide and len(self.results) == 1 else ())}

    def _is_unused(self, word: str) -> bool:
        """Whether the table has no place for a role: its cells are kept under the name of their column."""
        return word not in {*FREE_ROLES, *PERSON, "patient_id", *self.own, *self.beside}

    def questions(self) -> Iterator[Problem]:
        """What could be meant in two ways and has to be said by somebody."""
        if self.kind == "skip":
            return
        if self.settings["decimal"] == ASK:
            found = "numbers with a comma and numbers with a point"
            todo = 'Say decimal = "," or decimal = "." in the mapping; the other sign marks thousands and is refused.'
            yield Problem(self.table.file, None, None, found, "one decimal sign", todo)
        if self.settings["date_order"] == ASK:
            found = f"dates such as {' beside '.join(in_two_ways([cell for *_, cell in self._dates()]))}"
            todo = 'Say date_order = "dmy" or "mdy" in the mapping; correct those that are in the other order.'
            yield Problem(self.table.file, None, None, found, "day and month in a known order", todo)
        if self.kind == "events" and self.settings.get("grade_system") == ASK:
            todo = 'Say grade_system = "CTCAE 5.0" or what it is in the mapping, or "" to keep the grades as written.'
            yield Problem(self.table.file, None, None, "grades by a system nobody says", "its name and version", todo)
        yield from self._questions_of_time()
        for name, role in self.roles.items() if self.results else ():
            if role["role"] == "comparator" and self._is_unused("comparator") and any(self.table.cells(name)):
                found = f"a comparator beside {len(self.results)} columns of results"
                todo = 'Give the column the role "extra" or "skip", and write the comparator into the results.'
                yield Problem(self.table.file, 1, name, found, "a comparator of one result", todo)

    def _questions_of_time(self) -> Iterator[Problem]:
        """Visits without a time, and columns that would be two results of one thing at one time."""
        dated = ", ".join(name for name, role in self.roles.items() if role["role"] in DATE_ROLES) or "none here"
        columns: dict[tuple[Any, ...], list[str]] = {}
        for name, role in self.roles.items():
            if role["role"] in {"result", "item"}:
                thing = role.get("name", name), role.get("unit", "")
                columns.setdefault((*thing, self._when(name)), []).append(name)
        for visit in dict.fromkeys(self.table.visits[each[0]] for key, each in columns.items() if key[-1] == ASK):
            todo = f'Say under visits in the mapping "{visit}" = 0, or "{visit}" = "COLUMN"; columns of dates: {dated}.'
            expected = "its day, or the column of its date"
            yield Problem(self.table.file, None, "visits", f"the visit {visit} without a time", expected, todo)
        for (thing, *_, when), names in columns.items():
            if len(names) > 1 and when != ASK:
                todo = 'Give each its own day, as in { role = "result", name = "CRP", day = 28 }, or the role "skip".'
                found = f"{len(names)} columns of {thing} at the same time: {', '.join(names)}"
                yield Problem(self.table.file, 1, names[1], found, "one column for each result at one time", todo)

    def _dates(self) -> Iterator[tuple[int, str, str]]:
        """Row, column and text of each date of three numbers."""
        for name, role in self.roles.items():
            if role["role"] in DATE_ROLES:
                cells = zip(self.table.rows, self.table.cells(name), strict=True)
                yield from ((row, name, cell) for (row, _), cell in cells if mark_of(cell))

    def _tell_rare_dates(self) -> None:
        """Report the dates that could be in the other order and are written unlike most."""
        dates = list(self._dates()) if self.settings["date_order"] else []  # else none in two ways is read
        order = "day, month" if self.settings["date_order"] == "dmy" else "month, day"
        rare = unlike_most([cell for *_, cell in dates])
        for row, name, cell in dates:
            if cell in rare:
                problem = f"a date with {mark_of(cell)} where most have {rare[cell]}, read as {order}"
                todo = "Check it against the source."
                self.reported.append(Reported(self.table.file, row, name, problem, todo, "note"))

    def read(self) -> None:
        """Turn each row into rows of the five tables."""
        self.reported += self.table.reported
        for row, cells in self.table.rows:
            self._row(row, dict(zip(self.table.header, map(self._filled, cells), strict=True)))
        self._tell_columns()
        if self.kind != "skip":
            self._tell_rare_dates()

    def _tell_columns(self) -> None:
        """Report the columns that are left out, and those whose role has no place in the table."""
        for name, role in self.roles.items():
            filled, word = sum(map(bool, self.table.cells(name))), role["role"]
            found, action, kind = f"{filled} cells", "Column left out.", "column"
            if word == "identifier":
                kind = "identifier"
            elif word != "skip" and (self.kind == "skip" or not filled or not self._is_unused(word)):
                continue
            elif word != "skip":
                found = f"{word} has no place among the {self.kind}, {filled} cells"
                action, kind = "Kept under the name of its column.", "note"
            self.reported.append(Reported(self.table.file, None, name, found, action, kind))

    def _filled(self, cell: str) -> str:
        """A cell, empty where it holds one of the words for missing."""
        return "" if cell in self.settings["missing"] else cell

    def _row(self, row: int, cells: dict[str, str]) -> None:
        """One row of the source."""
        where = {"file": self.table.file, "row": row}
        if self.kind == "skip":
            self._reject(
                row,
                None,
                "the table is not read; say in the mapping what it holds, or propose again with it",
                "nothing",
            )
            return
        read = {
            role["role"]: self._cell(row, name, role["role"], cells[name])
            for name, role in self.roles.items()
            if cells[name]
        }
        who = read.get("patient_id", "")
        if not who:
            self._reject(row, "patient_id", "no patient", "row")
            return
        at = {**where, "patient_id": who}
        person = {name: read[name] for name in PERSON if name in read}
        if self.kind == "patients":
            self._add("patients", {**at, **person, **self._own(read, "patients"), **self._further(cells)})
        elif person:
            self._add("patients", {**at, **person})
        self._candidates(who, cells)
        beside = at if self.kind == "patients" else {**at, **self._further(cells)}
        made = sum(self._column(beside, read, cells, name) for name in self.roles if cells[name])
        if self._is_long() and self.kind != "patients":
            self._add(self.kind, {**at, **self._own(read, self.kind), **self._further(cells)})
        elif not made and self.kind != "patients":
            self._reject(row, None, "no result in any column", "nothing")

    def _is_long(self) -> bool:
        """Whether a row is one row of its table, and not several results side by side."""
        words = {role["role"] for role in self.roles.values()}
        return self.kind != "measurements" or "variable" in words

    def _own(self, read: dict[str, str], table: str) -> dict[str, str]:
        """The cells whose role is a column of the table."""
        own = {name: text for name, text in read.items() if name in self.own}
        if table == "events":
            own.setdefault("name", self.settings.get("kind", "interval"))
            for name in {"date", "day"} & set(own):
                own[f"start_{name}"] = own.pop(name)
        if any(own.get(name) == ONGOING for name in ENDS):
            own = {name: text for name, text in own.items() if name not in ENDS}
            own |= {"ongoing": "yes"} if table == "events" else {}
        system = own.get("grade_system") or self.settings.get("grade_system")
        if system and "grade" in own:
            own |= {"grade": grade_of(own["grade"]) or own["grade"], "grade_system": system}
        if own.get("code"):
            own["code_system"] = "loinc"
        return own

    def _further(self, cells: dict[str, str]) -> dict[str, str]:
        """The cells kept under the name of their column."""
        kept = {
            name: cells[name]
            for name, role in self.roles.items()
            if cells[name] and (role["role"] in {"extra", "text"} or self._is_unused(role["role"]))
        }
        return {self._kept_as(name): text for name, text in kept.items()}

    def _kept_as(self, name: str) -> str:
        """The name of a column of the source beside the columns of a table."""
        return f"{name} (source)" if name in self.taken else name

    @cached_property
    def taken(self) -> set[str]:
        """The names that a column of the source cannot keep."""
        return {*declared()[self.kind].names, *DATES.values(), *PLACE, "code", "code_system"}

    @property
    def texts(self) -> set[str]:
        """The columns that somebody wrote freely, as they are kept."""
        if self.kind == "skip":
            return set()
        return {self._kept_as(name) for name, role in self.roles.items() if role["role"] == "text"}

    def _column(self, at: dict[str, Any], read: dict[str, str], cells: dict[str, str], name: str) -> int:
        """One cell that is a result of its own: how many rows came of it."""
        role, cell = self.roles[name], self._number(cells[name])
        if role["role"] == "time to":
            return self._time_to(at, name, cell, cells.get(role.get("status", ""), ""))
        if role["role"] not in {"result", "item"}:
            return 0
        fitting = self.beside if role["role"] == "result" else {"date", "day"}
        beside: dict[str, Any] = {key: read[key] for key in fitting if key in read}
        if (at_visit := self._when(name)) is not None:
            beside = {key: text for key, text in beside.items() if key not in {"date", "day"}}
            beside |= {"day": str(at_visit)} if isinstance(at_visit, int) else {"date": self._date(cells[at_visit])}
        if "code" in beside:
            beside["code_system"] = "loinc"
        if role["role"] == "result" and role.get("unit"):
            beside["unit"] = role["unit"]
        table = "measurements" if role["role"] == "result" else "assessments"
        self._add(table, {**at, **beside, "variable": role.get("name", name), "value": cell})
        return 1

    def _when(self, name: str) -> int | str | None:
        """The day of a column that is a result at one visit, or the column of its date; None where the row says it."""
        role = self.roles[name]
        visits: dict[str, int | str] = self.settings.get("visits", {})
        return int(role["day"]) if "day" in role else visits.get(self.table.visits.get(name, ""))

    def _date(self, cell: str) -> str:
        """A date as ISO text, empty where it cannot be read."""
        return iso(cell, self.settings["date_order"]) or ""

    def _time_to(self, at: dict[str, Any], name: str, cell: str, status: str) -> int:
        """The time to an event: an event on that day when the status is one of those that say it happened."""
        role, event = self.roles[name], str(self.roles[name].get("name", ""))
        if not NUMBER.fullmatch(cell):
            problem = f'{event}: "{cell}" is no number'
        elif status not in map(str, role.get("happened", ())):
            problem = f'{event}: {cell} with the status "{status}", which is none that says it happened'
        else:
            day = math.floor(float(cell) * float(role.get("days_per_unit", 1.0)) + 0.5)
            self._add("events", {**at, "name": event, "start_day": str(day), "outcome": f"status {status}"})
            return 1
        self.reported.append(Reported(self.table.file, at["row"], name, problem, "No event.", "note"))
        return 0

    def _cell(self, row: int, name: str, role: str, cell: str) -> str:
        """One cell in the form its role needs."""
        if role in ENDS and goes_on(cell):
            return ONGOING
        if role in DATE_ROLES:
            date = iso(cell, self.settings["date_order"])
            if date is None and role not in ENDS:
                told = (name, "no date that can be read", "No day.", "no day")
                self.reported.append(Reported(self.table.file, row, *told))
            return date or (cell if role in ENDS else "")  # an end nobody can read is not known, an empty one goes on
        return self._number(cell) if role in NUMBERS else cell

    def notes(self, *, confirmed: bool) -> Iterator[str]:
        """What was supposed about the table."""
        yield from self.table.notes
        yield from notes_of(self.table.file, self.settings, self.roles, confirmed=confirmed)

    def _number(self, cell: str) -> str:
        """A number with a decimal point; anything else as it is."""
        return cell.replace(",", ".") if self.settings["decimal"] == "," and cell.count(",") == 1 else cell

    def _candidates(self, who: str, cells: dict[str, str]) -> None:
        """Keep every date of the row as a possible day 0."""
        for name, role in self.roles.items():
            if role["role"] in DATE_ROLES and cells[name]:
                date = iso(cells[name], self.settings["date_order"])
                self.dates += [(who, name, date)] if date else []

    def _add(self, table: str, row: dict[str, Any]) -> None:
        """One row of one of the five tables."""
        self.rows.setdefault(table, []).append(row)

    def _reject(self, row: int, column: str | None, problem: str, kind: str) -> None:
        """Report a row of the source that is not in the series."""
        self.reported.append(Reported(self.table.file, row, column, problem, "Not imported.", kind))


def _gathered(path: Path, readers: list[_Reader], mapping: SourceMapping) -> Gathered:
    """All tables of the source together."""
    tables = {
        name: pd.DataFrame([row for reader in readers for row in reader.rows.get(name, [])]).fillna("")
        for name in TABLES
    }
    tables = {name: frame for name, frame in tables.items() if not frame.empty}
    reported = [entry for reader in readers for entry in reader.reported]
    texts = tuple(sorted({name for reader in readers for name in reader.texts}))
    people = People()
    if "patients" in tables:
        listed = {reader.table.file for reader in readers if reader.kind == "patients"}
        people = one_per_patient(tables["patients"], listed, texts)
        tables["patients"] = pd.DataFrame(people.people, columns=tables["patients"].columns)
    dates = [each for reader in readers for each in reader.dates]
    return Gathered(
        source_format="spreadsheet",
        rows_read={reader.table.file: reader.table.rows_read for reader in readers},
        tables=tables,
        about=Metadata(synthetic=False, title=path.stem),
        reported=[*reported, *people.reported],
        joined=people.joined,
        assumptions=[note for reader in readers for note in reader.notes(confirmed=reader.table.file in mapping.files)],
        dates=pd.DataFrame(dates, columns=["patient_id", "name", "date"]),
        free_text=dict.fromkeys(TABLES, texts),
        day_zero=_likely_day_zero(readers),
        unknown_patients="add",
    )


def _likely_day_zero(readers: list[_Reader]) -> str:
    """The rule for day 0 when a column of dates is called after the infusion or the start of observation."""
    names = [name for reader in readers for name, role in reader.roles.items() if role["role"] == "day 0 candidate"]
    return next((f"column: {name}" for name in names if INDEX_NAME.search(name)), "")
