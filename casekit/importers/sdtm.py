"""CDISC SDTM (XPT, CSV, Dataset-JSON): demographics, findings, events and interventions by the shape of each domain.

Domains are told by their DOMAIN column, not by the file name: LBUR and QSMM are parts of LB and QS. Days are taken from
the dates; a study day (--DY, which has no day 0) only where there is no date.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from casekit.errors import DataError, Problem
from casekit.importers.cdisc import (
    ADVERSE_EVENT_COLUMNS,
    END_REASONS,
    FREQUENCIES,
    GOES_ON,
    NO_END,
    ROUTES,
    Record,
    adverse_event,
    age_of,
    datasets,
    kinds_in,
    records,
    tell_unread,
    when,
)
from casekit.importers.dates import after, days_between, hour
from casekit.importers.gathered import Gathered
from casekit.importers.gathering import Gathering, Place
from casekit.importers.source import SourceTable
from casekit.records import Metadata

ITEMS = {"QS", "RS", "FT", "FA"}
SUMMARY = "TS"
KINDS = {"AE": "adverse_event", "PR": "procedure", "HO": "hospitalisation"}
PATIENT = ("STUDYID", "DOMAIN", "USUBJID", "SUBJID", "SEX", "AGE", "AGEU", "ARM", "ACTARM", "SITEID")
DATES = ("RFXSTDTC", "RFSTDTC", "RFICDTC")
FINDING = (
    "TESTCD", "TEST", "CAT", "STRESN", "STRESC", "ORRES", "STRESU", "ORRESU", "STNRLO", "STNRHI", "SPEC", "LOINC",
    "STAT", "POS", "TPT", "OBJ", "DRVFL", "DTC", "DY", "SEQ", "NRIND", "ELTM", "TPTREF", "RFTDTC",
)  # fmt: skip
EVENT = ("TERM", "DECOD", "CAT", "STDTC", "ENDTC", "STDY", "ENDY", "SEQ", "DTC")
COURSE = (
    "TRT", "DECOD", "DOSE", "DOSTXT", "DOSU", "ROUTE", "DOSFRQ", "STDTC", "ENDTC", "STDY", "ENDY", "ENRF", "ENRTPT",
    "SEQ", "DTC",
)  # fmt: skip


def recognises(path: Path) -> bool:
    """Whether there is a dataset with the columns USUBJID and DOMAIN that is no analysis dataset."""
    return "sdtm" in kinds_in(path)


def read(path: Path) -> Gathered:
    """The rows of a set of SDTM datasets.

    Raises
    ------
    DataError
        When files cannot be read, or there is no dataset.
    """
    tables, told = datasets(path, "sdtm")
    if not tables:
        raise DataError([Problem(path.name, None, None, "no SDTM dataset", "datasets with USUBJID", "Check the path.")])
    found = _Study(tables)
    found.reported += told
    found.read()
    return found.gathered(
        "sdtm",
        {table.file: table.rows_read for table in tables},
        Metadata(synthetic=False, title=path.stem),
        day_zero=found.day_zero(),
        free_text={"events": ("term",)},
        unknown_patients="report" if found.has_patients else "add",
    )


class _Study(Gathering):
    """The datasets of one study on their way into the five tables."""

    def __init__(self, tables: list[SourceTable]) -> None:
        super().__init__()
        self.datasets = [(table, list(records(table))) for table in tables]
        self.starts: dict[str, str] = {}
        self.supplements: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}
        self.supplement_places: dict[tuple[str, str, str, str], list[Place]] = {}
        self.died: set[str] = set()
        self.fatal: dict[str, str] = {}
        self.indications: list[tuple[str, Place]] = []
        self.ends: dict[str, tuple[str, str]] = {}

    @property
    def has_patients(self) -> bool:
        """Whether there are demographics."""
        return any(_domain(rows) == "DM" for _, rows in self.datasets)

    def read(self) -> None:
        """Turn every row of every dataset into rows of the five tables."""
        for table, rows in self.datasets:
            self.reported += table.reported
            domain = _domain(rows)
            if "QNAM" in table.header:
                self._supplement(rows)
            elif domain == "DS":
                self._dispositions(rows)
            elif domain == "AE":
                self.fatal |= {row.patient: row["AEENDTC"] for row in rows if row["AEOUT"] == "FATAL"}
            elif domain == SUMMARY:
                self.indications += [(row["TSVAL"], row.place) for row in rows if row["TSPARMCD"] == "INDIC"]
        for table, rows in self.datasets:
            read, used = self._reader(table, _domain(rows))
            for record in rows:
                if record.patient or record["DOMAIN"] == SUMMARY:
                    read(record)
                else:
                    self.leave(record.place, "no subject", column="USUBJID")
            if "QNAM" not in table.header:
                self._tell_unread(table, rows, used)
        self._report_loose_supplements()

    def _tell_unread(self, table: SourceTable, rows: list[Record], used: tuple[str, ...]) -> None:
        """Name the columns that were not read."""
        prefix = _domain(rows)
        names = used if prefix == "DM" else (*PATIENT, *(f"{prefix}{part}" for part in used), "VISIT")
        further = (*DATES, "RFPENDTC", "DTHDTC", "DTHFL") if prefix == "DM" else ADVERSE_EVENT_COLUMNS
        tell_unread(table, (*names, *further), self)

    def _reader(self, table: SourceTable, domain: str) -> tuple[Callable[[Record], None], tuple[str, ...]]:
        """How the rows of a dataset are read, and the columns that are."""
        names = set(table.header)
        if "QNAM" in names:
            return lambda _: None, ()
        if domain in {"DM", SUMMARY}:
            return (self._patient, PATIENT) if domain == "DM" else (self._summary, tuple(table.header))
        if f"{domain}TESTCD" in names:
            return self._finding, FINDING
        if domain == "PR" or f"{domain}TERM" in names:
            return self._event, (*EVENT, "TRT")
        if f"{domain}TRT" in names and not (domain == "EC" and any(_domain(rows) == "EX" for _, rows in self.datasets)):
            return self._course, COURSE
        why = "EX holds the same doses" if domain == "EC" else f"the domain {domain or 'without name'} is not read"
        return lambda record: self.leave(record.place, why, "nothing"), ()

    def _patient(self, record: Record) -> None:
        """One subject of the demographics."""
        who = record.patient
        self.starts[who] = record["RFSTDTC"]
        dead = record["DTHFL"] == "Y" or bool(record["DTHDTC"]) or who in self.fatal
        reason = "DEATH" if dead else self.ends.get(who, ("", ""))[1]
        cells = {
            "disease": self.indication,
            "sex": record["SEX"],
            "age_years": age_of(record, self),
            "arm": record.first("ACTARM", "ARM"),
            "site": record["SITEID"],
            "last_known_date": record["RFPENDTC"],
            "end_reason": END_REASONS.get(reason.upper(), ""),
        }
        self.add("patients", record.place, who, cells)
        for name in DATES:
            self.date(who, name, record[name], days_between(record["RFSTDTC"], record[name]))
        if dead and who not in self.died:
            date = record["DTHDTC"] or self.fatal.get(who, "")
            self.add("events", record.place, who, {"kind": "death", "name": "death", "start_date": date})
        if self.indication:
            self.joined |= {place: self.joined.get(place, record.place) for _, place in self.indications}

    @property
    def indication(self) -> str:
        """The disease of the study where its summary names one; with several, nobody knows whose is which."""
        named = {name for name, _ in self.indications}
        return named.pop() if len(named) == 1 and self.has_patients else ""

    def _summary(self, record: Record) -> None:
        """A row of the trial summary, of which only the one indication is read."""
        if record["TSPARMCD"] != "INDIC":
            self.leave(record.place, f"{record['TSPARM'] or record['TSPARMCD']} of the trial summary", "nothing")
        elif not self.indication:
            self.leave(record.place, "one of several indications, or of nobody; name the disease in the mapping")

    def day_zero(self) -> str:
        """The first exposure, otherwise the start of the reference period."""
        named = {name for _, name, _, _ in self.dates}
        return next((f"column: {name}" for name in DATES if name in named), "")

    def _supplement(self, rows: list[Record]) -> None:
        """Note the supplemental qualifiers by the row they belong to."""
        for record in rows:
            if record.patient:
                value = record["IDVARVAL"]
                key = (record["RDOMAIN"], record.patient, record["IDVAR"], value.removesuffix(".0"))
                self.supplements.setdefault(key, []).append((record["QNAM"], record["QVAL"]))
                self.supplement_places.setdefault(key, []).append(record.place)

    def _qualifiers(self, record: Record, prefix: str) -> dict[str, str]:
        """The supplemental qualifiers of a row, which is their host from now on."""
        found: dict[str, str] = {}
        for name in (f"{prefix}SEQ", f"{prefix}SPID", f"{prefix}GRPID", "VISITNUM", ""):
            key = (prefix, record.patient, name, record[name] if name else "")
            if name and not record[name]:
                continue
            for qualifier, value in self.supplements.get(key, ()):
                found[qualifier.lower()] = value
            for place in self.supplement_places.get(key, ()):
                self.joined.setdefault(place, record.place)
        return found

    def _report_loose_supplements(self) -> None:
        """Supplemental qualifiers of rows that are nowhere."""
        for key, places in self.supplement_places.items():
            for place in places:
                if place not in self.joined:
                    self.leave(
                        place,
                        f"no row of {key[0]} with {key[2]} {key[3]}"
                        if key[2]
                        else f"no row of {key[0]} of this subject",
                    )

    def _dispositions(self, rows: list[Record]) -> None:
        """Note who died and how observation ended, before the demographics are read."""
        for record in rows:
            ended = (record["DSSTDTC"], record["DSDECOD"])
            if record["DSDECOD"] == "DEATH":
                self.died.add(record.patient)
            if record["DSCAT"] in {"DISPOSITION EVENT", ""} and ended >= self.ends.get(record.patient, ("", "")):
                self.ends[record.patient] = ended

    def _finding(self, record: Record) -> None:
        """One result: of a laboratory test or body function, or an item of an instrument."""
        at = _Part(record, record["DOMAIN"])
        value = at.first("STRESN", "STRESC", "ORRES")
        if at["STAT"] == "NOT DONE" or not value:
            self.leave(record.place, f"{at.first('TEST', 'TESTCD')}: not done or no result", "nothing")
            return
        name = at.first("TEST", "TESTCD")
        cells = {
            "variable": f"{at['OBJ']}: {name}" if at["OBJ"] else name,
            "code": at.first("LOINC", "TESTCD"),
            "code_system": "loinc" if at["LOINC"] else "testcd",
            **when("day", "date", at["DY"], _timed(at["DTC"], at["RFTDTC"], at["ELTM"])),
            "value": value,
            "unit": at["STRESU"] if at.first("STRESN", "STRESC") else at["ORRESU"],
            "visit": record["VISIT"],
            **self._qualifiers(record, record["DOMAIN"]),
        }
        if record["DOMAIN"] in ITEMS:
            derived = {"instrument": at["CAT"], "derived": "yes" if at["DRVFL"] == "Y" else ""}
            self.add("assessments", record.place, record.patient, {**cells, **derived})
            return
        limits = {"lower": at["STNRLO"], "upper": at["STNRHI"], "specimen": at["SPEC"], "flag": at["NRIND"]}
        place = {"position": at["POS"], "time_point": at["TPT"], "elapsed": at["ELTM"], "elapsed_since": at["TPTREF"]}
        self.add("measurements", record.place, record.patient, {**cells, **limits, **place})

    def _event(self, record: Record) -> None:
        """One event: adverse, of the medical history, of the disposition, or a procedure."""
        prefix = record["DOMAIN"]
        at = _Part(record, prefix)
        start = when("start_day", "start_date", at["STDY"], at.first("STDTC", "DTC"))
        end = when("end_day", "end_date", at["ENDY"], at["ENDTC"])
        if prefix == "AE":
            cells = adverse_event(record, start, end)
        else:
            died = prefix == "DS" and at["DECOD"] == "DEATH"
            name = at.first("DECOD", "TERM", "TRT")
            kind = "death" if died else KINDS.get(prefix, "other")
            cells = {"kind": kind, "name": "death" if died else name, "category": at["CAT"], "sequence": at["SEQ"]}
            cells |= {**start, **end}
        self.add("events", record.place, record.patient, {**cells, **self._qualifiers(record, prefix)})

    def _course(self, record: Record) -> None:
        """One course of a drug; a dose of 0, such as of a placebo, is a dose of 0."""
        at = _Part(record, record["DOMAIN"])
        frequency = FREQUENCIES.get(at["DOSFRQ"], at["DOSFRQ"].lower())
        end = when("end_day", "end_date", at["ENDY"], at["ENDTC"])
        start = when("start_day", "start_date", at["STDY"], at.first("STDTC", "DTC"))
        if not any(end.values()) and frequency == "once":
            end = {name.replace("start", "end"): text for name, text in start.items()}
        elif not any(end.values()) and not {at["ENRF"], at["ENRTPT"]} & GOES_ON:
            end = {"end_date": NO_END}
        cells = {
            "drug": at.first("DECOD", "TRT"),
            "dose": at["DOSE"],
            "dose_text": at["DOSTXT"],
            "dose_unit": at["DOSU"] if at["DOSE"] else "",
            "frequency": frequency,
            "route": ROUTES.get(at["ROUTE"], at["ROUTE"].lower()),
            "sequence": at["SEQ"],
            **start,
            **end,
            **self._qualifiers(record, record["DOMAIN"]),
        }
        self.add("treatments", record.place, record.patient, cells)


class _Part:
    """The cells of a row by the part of their name behind the two letters of the domain."""

    def __init__(self, record: Record, prefix: str) -> None:
        self.record, self.prefix = record, prefix

    def __getitem__(self, name: str) -> str:
        return self.record[f"{self.prefix}{name}"]

    def first(self, *names: str) -> str:
        """The first filled cell."""
        return self.record.first(*(f"{self.prefix}{name}" for name in names))


def _timed(dated: str, reference: str, elapsed: str) -> str:
    """The date of a result, with its time where only the time planned since a reference gives one.

    >>> _timed("2024-01-05", "2024-01-05T08:00", "PT1H30M"), _timed("2024-01-06", "2024-01-05T08:00", "PT1H")
    ('2024-01-05T09:30:00', '2024-01-06')
    """
    at = after(reference, elapsed) if hour(dated) is None else ""
    return at if at and dated in ("", at[: len(dated)]) else dated


def _domain(rows: list[Record]) -> str:
    """The domain most rows say they belong to."""
    said: Iterator[str] = (record.first("DOMAIN", "RDOMAIN") for record in rows)
    counted = Counter(said).most_common(1)
    return counted[0][0] if counted else ""
