"""CDISC ADaM (XPT, CSV, Dataset-JSON): subjects, results by parameter, occurrences, times to event.

Rows that the analysis derived are not observations: they are reported. A day that the analysis imputed is not known:
the date is cut back to what was recorded, as its imputation flag says.
"""

import re
from collections.abc import Callable
from pathlib import Path

from casekit.errors import DataError, Problem
from casekit.importers.cdisc import (
    ADVERSE_EVENT_COLUMNS,
    END_REASONS,
    FREQUENCIES,
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
from casekit.importers.dates import days_between
from casekit.importers.gathered import Gathered
from casekit.importers.gathering import Gathering
from casekit.importers.source import SourceTable
from casekit.records import Metadata

UNIT = re.compile(r"(.*\S)\s*\(([^()]*)\)")
KNOWN_PART = {"D": 7, "M": 4, "Y": 0}
SUBJECT = (
    "STUDYID", "USUBJID", "SUBJID", "SITEID", "SEX", "AGE", "AGEU", "TRT01A", "ARM", "TRTSDT", "RANDDT", "DTHDT",
    "DTHFL", "EOSDT", "LSTALVDT", "DCDECOD", "DCSREAS", "EOSSTT", "RFENDT",
)  # fmt: skip
RESULT = (
    "STUDYID", "USUBJID", "SITEID", "PARAM", "PARAMCD", "AVAL", "AVALC", "AVALU", "ADT", "ADTM", "ADY", "ADTF", "A1LO",
    "A1HI", "ANRLO", "ANRHI", "ANRIND", "AVISIT", "DTYPE", "PARAMTYP", "CNSR", "STARTDT", "EVNTDESC",
)  # fmt: skip
OCCURRENCE = (
    "STUDYID",
    "USUBJID",
    "SITEID",
    "ASTDT",
    "AENDT",
    "ASTDTM",
    "AENDTM",
    "ASTDTF",
    "AENDTF",
    "ASTDY",
    "AENDY",
)


def recognises(path: Path) -> bool:
    """Whether there is a dataset with USUBJID and columns only an analysis has."""
    return "adam" in kinds_in(path)


def read(path: Path) -> Gathered:
    """The rows of a set of ADaM datasets.

    Raises
    ------
    DataError
        When files cannot be read, or there is no dataset.
    """
    tables, told = datasets(path, "adam")
    if not tables:
        raise DataError([Problem(path.name, None, None, "no ADaM dataset", "datasets with USUBJID", "Check the path.")])
    found = Gathering(reported=told, assumptions=["rows and days that the analysis derived are not observations"])
    has_subjects = False
    for table in tables:
        found.reported += table.reported
        read_row, used = _reader(table)
        has_subjects = has_subjects or read_row is _subject
        for record in records(table):
            if record.patient:
                read_row(found, record)
            else:
                found.leave(record.place, "no subject", column="USUBJID")
        tell_unread(table, used, found)
    return found.gathered(
        "adam",
        {table.file: table.rows_read for table in tables},
        Metadata(synthetic=False, title=path.stem),
        day_zero="column: TRTSDT" if any(name == "TRTSDT" for _, name, _, _ in found.dates) else "",
        free_text={"events": ("term",)},
        unknown_patients="report" if has_subjects else "add",
    )


def _reader(table: SourceTable) -> tuple[Callable[[Gathering, Record], None], tuple[str, ...]]:
    """How the rows of a dataset are read, and the columns that are."""
    names = set(table.header)
    if "PARAMCD" in names:
        items = "QSSEQ" in names or table.file.casefold().startswith("adqs")
        return (_event_in_time if "CNSR" in names else _item if items else _measurement), RESULT
    prefix = next((name[:2] for name in table.header if re.fullmatch(r"[A-Z]{2}(TERM|TRT)", name)), "")
    if prefix and "ASTDT" in names | {name[:5] for name in names}:
        read = _occurrence if f"{prefix}TERM" in names else _course
        named = (f"{prefix}{part}" for part in ("TERM", "TRT", "DECOD", "DOSE", "DOSU", "ROUTE", "DOSFRQ"))
        return read, (*OCCURRENCE, *ADVERSE_EVENT_COLUMNS, *named)
    if names & {"TRT01P", "TRT01A", "ARM"}:
        return _subject, SUBJECT
    return _unread, ()


def _unread(found: Gathering, record: Record) -> None:
    """A row of a dataset of no known shape."""
    found.leave(record.place, "a dataset of no known shape", "nothing")


def _subject(found: Gathering, record: Record) -> None:
    """One subject: day 0 is the first day of treatment."""
    who = record.patient
    died = record["DTHFL"] == "Y" or record["DTHDT"]
    reason = "DEATH" if died else record.first("DCDECOD", "DCSREAS").upper()
    cells = {
        "sex": record["SEX"],
        "age_years": age_of(record, found),
        "arm": record.first("TRT01A", "ARM"),
        "site": record["SITEID"],
        "last_known_date": record.first("LSTALVDT", "EOSDT", "RFENDT"),
        "end_reason": END_REASONS.get(reason, ""),
    }
    found.add("patients", record.place, who, cells)
    found.date(who, "TRTSDT", record["TRTSDT"], "0" if record["TRTSDT"] else "")
    found.date(who, "RANDDT", record["RANDDT"], days_between(record["TRTSDT"], record["RANDDT"]))
    if died:
        found.add("events", record.place, who, {"kind": "death", "name": "death", "start_date": record["DTHDT"]})


def _recorded(date: str, flag: str) -> str:
    """The part of a date that was recorded, as its imputation flag says."""
    return date[: KNOWN_PART[flag]] if flag in KNOWN_PART else date


def _result(found: Gathering, record: Record) -> dict[str, str] | None:
    """The cells of a result; None when the row is derived or empty, which is reported."""
    derived = record["DTYPE"] or ("derived" if record["PARAMTYP"] == "DERIVED" else "")
    if derived or not record.first("ADT", "ADTM", "ADY"):
        found.leave(record.place, f"a derived row ({derived or 'without a date'}) of {record['PARAMCD']}", "nothing")
        return None
    value = record.first("AVAL", "AVALC")
    if not value:
        found.leave(record.place, f"no result of {record['PARAMCD']}", "nothing")
        return None
    named = UNIT.fullmatch(record["PARAM"])
    date = _recorded(record.first("ADTM", "ADT"), record["ADTF"])
    return {
        "variable": named[1] if named and not record["AVALU"] else record.first("PARAM", "PARAMCD"),
        "code": record["PARAMCD"],
        "code_system": "testcd",
        "value": value,
        "unit": record["AVALU"] or (named[2] if named else ""),
        **when("day", "date", record["ADY"], date),
        "visit": record["AVISIT"],
    }


def _measurement(found: Gathering, record: Record) -> None:
    """One result of a parameter."""
    if cells := _result(found, record):
        limits = {"lower": record.first("A1LO", "ANRLO"), "upper": record.first("A1HI", "ANRHI")}
        found.add("measurements", record.place, record.patient, {**cells, **limits, "flag": record["ANRIND"]})


def _item(found: Gathering, record: Record) -> None:
    """One item of a questionnaire."""
    if cells := _result(found, record):
        found.add("assessments", record.place, record.patient, cells)


def _event_in_time(found: Gathering, record: Record) -> None:
    """One time to event; where it is censored, the event was not seen, so there is none."""
    if record["CNSR"] != "0":
        found.leave(record.place, f"{record['PARAMCD']} is censored: the event was not seen", "nothing")
        return
    cells = {
        "kind": "other",
        "name": record.first("PARAM", "PARAMCD"),
        **when("start_day", "start_date", record["ADY"], _recorded(record["ADT"], record["ADTF"])),
        "outcome": record["EVNTDESC"],
    }
    found.add("events", record.place, record.patient, cells)


def _span_of(record: Record) -> tuple[dict[str, str], dict[str, str]]:
    """Start and end of an occurrence as far as they were recorded."""
    first = _recorded(record.first("ASTDTM", "ASTDT"), record["ASTDTF"])
    last = _recorded(record.first("AENDTM", "AENDT"), record["AENDTF"])
    start_day = "" if record["ASTDTF"] in KNOWN_PART else record["ASTDY"]
    end_day = "" if record["AENDTF"] in KNOWN_PART else record["AENDY"]
    return (
        when("start_day", "start_date", start_day, first),
        when("end_day", "end_date", end_day, last),
    )


def _occurrence(found: Gathering, record: Record) -> None:
    """One adverse event or other occurrence."""
    start, end = _span_of(record)
    if record["AETERM"] or record["AEDECOD"]:
        found.add("events", record.place, record.patient, adverse_event(record, start, end))
        return
    name = next((text for key, text in record.cells.items() if key.endswith(("DECOD", "TERM")) and text), "")
    found.add("events", record.place, record.patient, {"kind": "other", "name": name, **start, **end})


def _course(found: Gathering, record: Record) -> None:
    """One course of a drug."""
    prefix = next(key[:2] for key in record.cells if re.fullmatch(r"[A-Z]{2}TRT", key))
    start, end = _span_of(record)
    frequency = record[f"{prefix}DOSFRQ"]
    cells = {
        "drug": record.first(f"{prefix}DECOD", f"{prefix}TRT"),
        "dose": record[f"{prefix}DOSE"],
        "dose_unit": record[f"{prefix}DOSU"] if record[f"{prefix}DOSE"] else "",
        "frequency": FREQUENCIES.get(frequency, frequency.lower()),
        "route": ROUTES.get(record[f"{prefix}ROUTE"], record[f"{prefix}ROUTE"].lower()),
        **start,
        **(end if any(end.values()) else {"end_date": NO_END}),
    }
    found.add("treatments", record.place, record.patient, cells)
