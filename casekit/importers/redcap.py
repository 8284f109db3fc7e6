"""REDCap: raw and label exports (CSV, JSON) with data dictionary, events and repeating instruments.

A row of an export is one event or one repeat of a record. Its day is the date field of its form, otherwise the only
date of the row, otherwise the offset of its event; where there is none of these, it has no day, and never day 0.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from casekit.errors import DataError, Problem
from casekit.importers.dates import iso
from casekit.importers.gathered import Gathered
from casekit.importers.mapping import SourceMapping
from casekit.importers.redcap_dictionary import (
    BOXED,
    CHOICE_TYPES,
    SYSTEM,
    Field,
    fields_of,
    inferred,
    is_dictionary,
    raw_names,
    settings_of,
)
from casekit.importers.report import Reported
from casekit.importers.source import SourceTable, files_of, tables_of
from casekit.importers.work import text_of
from casekit.records import Metadata
from casekit.records.cells import INTEGER

ASKS_FOR = ("mapping", "keep_text")
LEFT_OUT = "Not imported."
HEAD = 20_000
MARKS = ("redcap_event_name", "redcap_repeat_instrument", "Variable / Field Name", "field_name,form_name")
LIKELY_AGE = ("age", "age_years", "age_at_baseline")
LIKELY_SEX = ("sex", "gender")


def recognises(path: Path) -> bool:
    """Whether there is an export with the columns of REDCap, or a data dictionary."""
    if not path.exists():
        return False
    files = [*files_of(path), *(path.glob("*.json") if path.is_dir() else ())]
    heads = [_head(file) for file in files if file.suffix.casefold() in {".csv", ".json"}]
    return any(mark in head for head in heads for mark in MARKS)


def _head(file: Path) -> str:
    """The beginning of a file."""
    try:
        with file.open("rb") as opened:
            return opened.read(HEAD).decode("utf-8", errors="replace")
    except OSError:
        return ""


def read(path: Path, mapping: SourceMapping, *, keep_text: bool = False) -> Gathered:
    """The rows of a REDCap export; free text only when asked for, as results in words.

    Raises
    ------
    DataError
        When there is no export, or a file cannot be read.
    """
    data, fields, events, notes = _parts(path)
    export = _Export(data, fields, events, _settings(data, fields, mapping), keep_text)
    export.read()
    tables = {name: pd.DataFrame(rows).fillna("") for name, rows in export.rows.items() if rows}
    dates = pd.DataFrame(export.dates, columns=["patient_id", "name", "date"])
    first = next((each.name for each in fields if each.is_date), "")
    return Gathered(
        source_format="redcap",
        rows_read={data.file: data.rows_read},
        tables=tables,
        about=Metadata(synthetic=False, title=path.stem),
        reported=[*data.reported, *export.reported],
        assumptions=[*data.notes, *notes, *export.notes()],
        dates=dates,
        day_zero=f"column: {first}" if first in set(dates["name"]) else "",
    )


def propose(path: Path, mapping: SourceMapping) -> dict[str, dict[str, Any]]:
    """The settings of the export, for a mapping file: what somebody said, and a proposal for the rest."""
    data, fields, _, _ = _parts(path)
    return {data.file: _settings(data, fields, mapping)}


def _settings(data: SourceTable, fields: list[Field], mapping: SourceMapping) -> dict[str, Any]:
    """The settings of the export: what somebody said, and a proposal for the rest."""
    return {**settings_of(fields), **mapping.files.get(data.file, {})}


def _parts(path: Path) -> tuple[SourceTable, list[Field], dict[str, str], list[str]]:
    """The export, its fields, the day offset of each event, and what had to be supposed."""
    tables = [*_json_tables(path), *(tables_of(path) if path.suffix != ".json" else [])]
    dictionary = next((table for table in [*tables, *_beside(path)] if is_dictionary(table)), None)
    offsets = next((table for table in tables if {"unique_event_name", "event_name"} <= set(table.header)), None)
    aside = [id(table) for table in (dictionary, offsets)]
    others = [table for table in tables if id(table) not in aside and "arm_num" not in table.header]
    if not others:
        todo = "Put it beside the dictionary."
        raise DataError([Problem(path.name, None, None, "no export of records", "a table of records", todo)])
    data = max(others, key=lambda table: len(table.rows))
    fields = fields_of(dictionary) if dictionary else inferred(data)
    notes = [] if dictionary else ["there is no data dictionary: what a column holds was inferred from its cells"]
    data.header = raw_names(data.header, fields)
    return data, fields, _offsets(offsets), notes


def _beside(path: Path) -> list[SourceTable]:
    """The tables beside a file that may be its data dictionary."""
    files = sorted(path.parent.glob("*.csv")) if path.is_file() else []
    heads = ("Variable / Field Name", "field_name,form_name")
    return [table for file in files if any(head in _head(file) for head in heads) for table in tables_of(file)]


def _json_tables(path: Path) -> Iterator[SourceTable]:
    """Exports of records as JSON: a list of flat objects."""
    files = sorted(path.glob("*.json")) if path.is_dir() else [path] if path.suffix == ".json" else []
    for file in files:
        try:
            records = json.loads(file.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            found, todo = f"no JSON ({error})", "Export it again."
            raise DataError([Problem(file.name, None, None, found, "a list of records", todo)]) from error
        if isinstance(records, list) and records and all(isinstance(record, dict) for record in records):
            header = list(dict.fromkeys(key for record in records for key in record))
            rows = [(at, [text_of(record.get(key)) for key in header]) for at, record in enumerate(records, start=1)]
            yield SourceTable(file.name, header, rows, len(rows))


def _offsets(table: SourceTable | None) -> dict[str, str]:
    """The day offset of each event, by its unique name and by its label."""
    if table is None or "day_offset" not in table.header:
        return {}
    days = table.cells("day_offset")
    names = [*table.cells("unique_event_name"), *table.cells("event_name")]
    return {name: day for name, day in zip(names, [*days, *days], strict=True) if INTEGER.fullmatch(day)}


@dataclass
class _Export:
    """One export on its way into the five tables."""

    data: SourceTable
    fields: list[Field]
    events: dict[str, str]
    settings: dict[str, Any]
    keep_text: bool
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    dates: list[tuple[str, str, str]] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self) -> None:
        """Turn each row into rows of the five tables."""
        for row, cells in self.data.rows:
            filled = ["" if cell in self.settings["missing"] else cell for cell in cells]
            self._row(row, dict(zip(self.data.header, filled, strict=True)))
        self.rows["patients"] = list(self.people.values())
        for (name, kind), count in self.left.items():
            action = "Free text left out." if kind == "free text" else "Left out."
            self.reported.append(Reported(self.data.file, None, name, f"{count} cells", action, kind))
        known = {each.name for each in self.fields} | set(SYSTEM)
        for name in self.data.header:
            boxed = BOXED.fullmatch(name)
            if (boxed[1] if boxed else name) not in known and not name.endswith("_complete"):
                entry = Reported(self.data.file, None, name, "not in the dictionary", "Column left out.", "column")
                self.reported.append(entry)

    def notes(self) -> Iterator[str]:
        """What was supposed."""
        for form, name in self.settings["dates"].items():
            yield f"the form {form or 'without name'} is dated by {name}"
        yield "a form without a date of its own has the only date of its row, or no day"

    def _row(self, row: int, cells: dict[str, str]) -> None:
        """One row of the export."""
        who = cells[self.data.header[0]]
        if not who:
            self.reported.append(Reported(self.data.file, row, self.data.header[0], "no record", LEFT_OUT))
            return
        at = {"file": self.data.file, "row": row, "patient_id": who}
        new = who not in self.people
        person = self.people.setdefault(who, dict(at))
        dates = {each.name: date for each in self.fields if each.is_date and (date := iso(cells.get(each.name, "")))}
        self.dates += [(who, name, date) for name, date in dates.items()]
        made = 0
        for each in self.fields[1:]:
            made += self._field(at | self._when(each, dates, cells), person, each, cells)
        if not made and not new:
            self.reported.append(Reported(self.data.file, row, None, "no value in any field", LEFT_OUT, "nothing"))

    def _when(self, each: Field, dates: dict[str, str], cells: dict[str, str]) -> dict[str, str]:
        """The time of a field: the date of its form, the only date of the row, the offset of its event, or none."""
        visit = cells.get("redcap_event_name", "")
        dated = dates.get(self.settings["dates"].get(each.form, ""), "")
        if not dated and len(set(dates.values())) == 1:
            dated = next(iter(dates.values()))
        offset = self.events.get(visit, self.events.get(visit.partition(" (Arm")[0], ""))
        time = {"date": dated} if dated else {"day": offset} if offset else {}
        repeat = {"instance": cells.get("redcap_repeat_instance", "")}
        return time | {name: text for name, text in {"visit": visit, **repeat}.items() if text}

    def _field(self, at: dict[str, Any], person: dict[str, Any], each: Field, cells: dict[str, str]) -> int:
        """One field of one row: how many rows came of it."""
        value = cells.get(each.name, "")
        if each.type == "checkbox":
            return self._boxes(at, each, cells)
        if not value or each.type == "descriptive":
            return 0
        if each.name.casefold() in (*LIKELY_AGE, *LIKELY_SEX):
            return self._of_person(at, person, each, value)
        if not each.is_date and not each.identifier and (each.type in CHOICE_TYPES or each.is_number):
            return self._result({**at, "variable": each.title, "code": each.name}, each, value)
        return self._leave(at, each, value)

    def _result(self, row: dict[str, Any], each: Field, value: str) -> int:
        """A choice is an item, a number is a measurement."""
        if each.type in CHOICE_TYPES:
            return self._add("assessments", {**row, "value": each.choice(value)})
        number = value.replace(",", ".") if each.has_comma else value
        return self._add("measurements", {**row, "value": number, "unit": each.unit})

    def _of_person(self, at: dict[str, Any], person: dict[str, Any], each: Field, value: str) -> int:
        """Age and sex belong to the patient; one that differs from an earlier one is reported."""
        name = "sex" if each.name.casefold() in LIKELY_SEX else "age_years"
        told = each.choice(value)
        first = person.setdefault(name, told)
        if told != first:
            found = f'"{told}" here and "{first}" in an earlier row'
            entry = Reported(at["file"], at["row"], each.name, found, "The first was kept.", "conflict")
            self.reported.append(entry)
        return 0

    def _boxes(self, at: dict[str, Any], each: Field, cells: dict[str, str]) -> int:
        """The boxes of one field: yes and no when any is ticked or the form is complete; otherwise nobody looked."""
        ticks = {code: cells.get(f"{each.name}___{code}", "") for code, _ in each.choices}
        ticked = {code for code, cell in ticks.items() if cell in {"1", "Checked"}}
        if not ticked and cells.get(f"{each.form}_complete", "") not in {"2", "Complete"}:
            return 0
        for code, label in each.choices:
            if ticks[code]:
                item = {"variable": f"{each.title}: {label}", "value": "yes" if code in ticked else "no"}
                self._add("assessments", {**at, **item, "code": f"{each.name}___{code}"})
        return sum(map(bool, ticks.values()))

    def _add(self, table: str, row: dict[str, Any]) -> int:
        """One row of one of the five tables."""
        self.rows.setdefault(table, []).append(row)
        return 1

    def _leave(self, at: dict[str, Any], each: Field, value: str) -> int:
        """Count a cell that is left out, and keep free text when asked; a date that cannot be read is reported."""
        if each.is_date:
            if iso(value) is None:
                entry = Reported(at["file"], at["row"], each.name, "no date in a field of dates", "Left out.", "value")
                self.reported.append(entry)
            return 0
        kind = "identifier" if each.identifier or each.type == "file" else "free text"
        if kind == "free text" and self.keep_text:
            return self._add("measurements", {**at, "variable": each.title, "code": each.name, "value": value})
        self.left[each.name, kind] = self.left.get((each.name, kind), 0) + 1
        return 0
