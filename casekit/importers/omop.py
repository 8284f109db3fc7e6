"""OMOP CDM 5.3 and 5.4: persons, conditions, drugs, measurements, observations, procedures, stays, deaths.

`value_as_number` that is empty is no value, and concept 0 means that nothing was mapped: then the word of the source is
the name. Eras and cohorts are derived from other tables and are not read. Without another choice day 0 is the start of
observation; `code: CONCEPT` chooses the first drug, condition or procedure with that concept or one below it,
`event: NAME` and `drug: NAME` one by its name.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from casekit.errors import DataError, Problem
from casekit.importers.gathered import Gathered
from casekit.importers.gathering import Gathering, Place
from casekit.importers.infusions import is_car_t
from casekit.importers.omop_tables import Cdm, cdm_of, is_cdm
from casekit.importers.omop_vocabulary import concept_names, descendants
from casekit.records import Metadata

SEXES = {"8507": "male", "8532": "female"}
OPERATORS = {"": "", "0": "", "4172703": "=", "4171756": "<", "4172704": ">", "4171754": "<=", "4171755": ">="}
UNMAPPED = ("", "0")
INPATIENT = {"9201": "inpatient stay", "262": "emergency and inpatient stay", "32037": "intensive care"}
START = "observation_period_start_date"
NO_END = "not stated"
NO_ROOM = "is derived from other tables or says nothing of a patient's course"


def recognises(path: Path) -> bool:
    """Whether there is a table of persons: a file, a sheet or a table of a database."""
    return is_cdm(path)


def read(path: Path) -> Gathered:
    """The rows of all tables.

    Raises
    ------
    DataError
        When files cannot be read, or there are no persons.
    """
    cdm = cdm_of(path)
    if "person" not in cdm.tables:
        raise DataError(
            [Problem(path.name, None, None, "no table of persons", "the tables of a CDM", "Check the path.")]
        )
    found = _Cdm(cdm)
    found.read()
    return found.gathered(
        "omop",
        {table.file: table.rows_read for table in cdm.tables.values()},
        Metadata(synthetic=False, title=path.stem),
        day_zero=f"column: {START}" if any(name == START for _, name, _, _ in found.dates) else "",
        narrower=partial(descendants, cdm),
    )


class _Cdm(Gathering):
    """The tables of one CDM on their way into the five tables."""

    def __init__(self, cdm: Cdm) -> None:
        super().__init__()
        self.cdm = cdm
        self.names = concept_names(cdm, _concepts(cdm))
        self.persons: dict[str, Place] = {}
        self.periods: dict[str, str] = {}
        self.dead: set[str] = set()
        if not self.names:
            told = "there is no CONCEPT table: what has no word of the source is called by its concept number"
            self.assumptions.append(told)

    def read(self) -> None:
        """Turn every row of every table into rows of the five tables."""
        order = ("person", "observation_period", "death")
        tables = [self.cdm.tables[name] for name in order if name in self.cdm.tables]
        tables += [table for name, table in self.cdm.tables.items() if name not in order]
        readers: dict[str, Callable[[Place, str, dict[str, str]], None]] = {
            "person": self._note_person,
            "observation_period": self._period,
            "death": self._death,
            "condition_occurrence": self._condition,
            "drug_exposure": self._drug,
            "measurement": self._measurement,
            "observation": self._observation,
            "procedure_occurrence": self._procedure,
            "visit_occurrence": self._visit,
        }
        for table in tables:
            self.reported += table.reported
            reader = readers.get(table.name)
            for row, cells in table.rows:
                place, who = (table.file, row), _number(cells.get("person_id", ""))
                if reader is None:
                    self.leave(place, f"the table {table.name} {NO_ROOM}", "nothing")
                elif not who:
                    self.leave(place, "no person_id", column="person_id")
                else:
                    reader(place, who, cells)
        self._add_persons()

    def _name(self, cells: dict[str, str], stem: str) -> dict[str, str]:
        """Name and code: of the concept, otherwise the word of the source, otherwise the number."""
        number, word = _number(cells.get(f"{stem}_concept_id", "")), cells.get(f"{stem}_source_value", "")
        if number in UNMAPPED:
            return {"name": word or "not mapped", "code": ""}
        return {"name": self.names.get(number) or word or f"concept {number}", "code": number, "code_system": "OMOP"}

    def _label(self, cells: dict[str, str], stem: str) -> str:
        """The name of a concept, otherwise the word of the source; empty when neither is there."""
        number = _number(cells.get(f"{stem}_concept_id", ""))
        return self.names.get(number, "") or cells.get(f"{stem}_source_value", "")

    def _note_person(self, place: Place, who: str, _: dict[str, str]) -> None:
        """Note where a person stands; a second row for one is reported."""
        if who in self.persons:
            self.leave(place, "a second row for one person", column="person_id")
        else:
            self.persons[who] = place

    def _join(self, place: Place, who: str, what: str) -> bool:
        """Whether a row that belongs to the patient has one; otherwise it is reported."""
        if who not in self.persons:
            self.leave(place, f"{what} of somebody who is no person", "unknown id", "person_id")
            return False
        self.joined[place] = self.persons[who]
        return True

    def _period(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """A period of observation: a day 0 to choose, and the last known day."""
        if self._join(place, who, "a period"):
            self.date(who, START, cells.get(START, ""))
            end = cells.get("observation_period_end_date", "")
            self.periods[who] = max(end, self.periods.get(who, ""))

    def _death(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """A death."""
        self.dead.add(who)
        date = _first(cells, "death_datetime", "death_date")
        self.add("events", place, who, {"kind": "death", "name": "death", "start_date": date})

    def _add_persons(self) -> None:
        """The patients."""
        table = self.cdm.tables["person"]
        rows = dict(table.rows)
        for who, place in self.persons.items():
            cells = rows[place[1]]
            sex = SEXES.get(_number(cells.get("gender_concept_id", ""))) or cells.get("gender_source_value", "")
            person = {
                "sex": sex,
                "birth_date": _birth(cells),
                "last_known_date": self.periods.get(who, ""),
                "end_reason": "death" if who in self.dead else "",
            }
            self.add("patients", place, who, person)

    def _condition(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """A diagnosis."""
        times = _times(cells, "condition_start", "condition_end")
        self.add(
            "events", place, who, {"kind": "other", **self._name(cells, "condition"), **times, "category": "diagnosis"}
        )

    def _procedure(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """A procedure; the infusion of CAR T cells is a treatment."""
        named = self._name(cells, "procedure")
        date = _first(cells, "procedure_datetime", "procedure_date")
        if is_car_t(named["name"]):
            given = {"drug": named.pop("name"), **named, "frequency": "once", "start_date": date}
            given |= {"category": "car_t", "end_date": date}
            self.add("treatments", place, who, given)
        else:
            self.add("events", place, who, {"kind": "procedure", **named, "start_date": date})

    def _visit(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """A stay in hospital; other visits have no table in a series."""
        number = _number(cells.get("visit_concept_id", ""))
        if number in INPATIENT:
            times = _times(cells, "visit_start", "visit_end")
            self.add("events", place, who, {"kind": "hospitalisation", "name": INPATIENT[number], **times})
        else:
            self.leave(place, "a visit that is no stay in hospital", "nothing")

    def _drug(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """An exposure to a drug; OMOP gives no dose of one administration, and an end that is missing is not known."""
        named = self._name(cells, "drug")
        times = _times(cells, "drug_exposure_start", "drug_exposure_end")
        given = {
            "drug": named.pop("name"),
            **named,
            "quantity": cells.get("quantity", ""),
            "route": self._label(cells, "route").lower(),
            "end_date": NO_END,
            **times,
        }
        self.add("treatments", place, who, given)

    def _comparator(self, cells: dict[str, str]) -> str:
        """The comparator of a result; a concept that is none stays as a word, so that the number is not exact."""
        number = _number(cells.get("operator_concept_id", ""))
        return OPERATORS.get(number, self.names.get(number) or f"concept {number}")

    def _result(self, cells: dict[str, str], stem: str) -> dict[str, str]:
        """The cells of a result; a number that is missing is no number, and not 0."""
        named = self._name(cells, stem)
        words = (
            self._label(cells, "value_as") or cells.get("value_as_string", "") or cells.get("value_source_value", "")
        )
        number = cells.get("value_as_number", "")
        unit_number = _number(cells.get("unit_concept_id", ""))
        return {
            "variable": named.pop("name"),
            **named,
            "value": number or words,
            "comparator": self._comparator(cells) if number else "",
            "unit": cells.get("unit_source_value", "") or self.names.get(unit_number, ""),
            "lower": cells.get("range_low", ""),
            "upper": cells.get("range_high", ""),
            "date": _first(cells, f"{stem}_datetime", f"{stem}_date"),
        }

    def _measurement(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """A result; a row that only says that something was measured is reported."""
        found = self._result(cells, "measurement")
        if found["value"]:
            self.add("measurements", place, who, found)
        else:
            self.leave(place, f"no value of {found['variable']}, which is not 0", "nothing", "value_as_number")

    def _observation(self, place: Place, who: str, cells: dict[str, str]) -> None:
        """A result, or where there is no value, an event."""
        found = self._result(cells, "observation")
        if found["value"]:
            self.add("measurements", place, who, found)
            return
        event = {"kind": "other", "name": found["variable"], "code": found["code"], "start_date": found["date"]}
        self.add("events", place, who, {**event, "category": "observation"})


def _number(text: str) -> str:
    """An id as it is written, without the decimals a spreadsheet adds.

    >>> _number("-3210373572193940992"), _number("8507.0"), _number("0")
    ('-3210373572193940992', '8507', '0')
    """
    return text.removesuffix(".0").strip()


def _first(cells: dict[str, str], *names: str) -> str:
    """The first filled cell."""
    return next((cells[name] for name in names if cells.get(name)), "")


def _times(cells: dict[str, str], start: str, end: str) -> dict[str, str]:
    """Start and end, with the hour where it is known."""
    found = {
        "start_date": _first(cells, f"{start}_datetime", f"{start}_date"),
        "end_date": _first(cells, f"{end}_datetime", f"{end}_date"),
    }
    return {name: date for name, date in found.items() if date}


def _birth(cells: dict[str, str]) -> str:
    """The date of birth as far as it is known: day, month or year."""
    if date := cells.get("birth_datetime", ""):
        return date[:10]
    year, month, day = (_number(cells.get(f"{part}_of_birth", "")) for part in ("year", "month", "day"))
    known = [part.zfill(2) for part in (month, day if month else "") if part]
    return "-".join([year, *known]) if year else ""


def _concepts(cdm: Cdm) -> Iterator[str]:
    """Every concept number in the tables."""
    for table in cdm.tables.values():
        for _, cells in table.rows:
            yield from (_number(text) for name, text in cells.items() if name.endswith("concept_id"))
