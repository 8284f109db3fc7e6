"""What SDTM and ADaM have in common: files of datasets in three forms, and the words of CDISC."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from casekit.errors import DataError, Problem
from casekit.importers import dataset_json, xport
from casekit.importers.gathering import Gathering, Place
from casekit.importers.json_text import ends_of
from casekit.importers.report import Reported
from casekit.importers.source import TEXTS, SourceTable, tables_of
from casekit.records.cells import NUMBER

ANALYSIS = {"TRTSDT", "TRT01P", "TRT01A", "TRTA", "TRTP", "PARAMCD", "ASTDT", "CNSR"}
FREQUENCIES = {
    "ONCE": "once", "QD": "daily", "BID": "twice daily", "QOD": "every other day", "QW": "weekly",
    "Q2W": "every 2 weeks", "QM": "monthly", "PRN": "as needed",
}  # fmt: skip
ROUTES = {
    "ORAL": "oral", "INTRAVENOUS": "iv", "INTRAVENOUS DRIP": "iv", "INTRAVENOUS BOLUS": "iv", "SUBCUTANEOUS": "sc",
    "INTRAMUSCULAR": "im", "TRANSDERMAL": "transdermal", "RESPIRATORY (INHALATION)": "inhaled", "TOPICAL": "topical",
}  # fmt: skip
END_REASONS = {
    "DEATH": "death", "LOST TO FOLLOW-UP": "lost to follow-up", "WITHDRAWAL BY SUBJECT": "withdrawal",
    "WITHDREW CONSENT": "withdrawal", "WITHDRAWAL OF CONSENT": "withdrawal",
}  # fmt: skip
YES_NO = {"Y": "yes", "N": "no"}
GOES_ON = {"ONGOING", "AFTER"}
NOT_RECOVERED = "NOT RECOVERED/NOT RESOLVED"
NO_END = "not stated"
MONTHS_PER_YEAR = 12
LISTS_OF_CODES = ("COUNTRY", "TESTCD", "PARAMCD", "QNAM")
NEVER_NA = re.compile(r"[A-Z0-9]*(DTC?|DTM|DY|FL|STRESN|AVAL|NUM|SEQ|AGE)")


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a dataset: its place and its cells by column; a column that is not there is empty."""

    place: Place
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def first(self, *names: str) -> str:
        """The first filled cell of these columns."""
        return next((self[name] for name in names if self[name]), "")

    @property
    def patient(self) -> str:
        """The subject the row is about."""
        return self["USUBJID"]


def kind_of(names: Iterable[str]) -> str:
    """`adam`, `sdtm` or nothing, by the names of the columns.

    >>> kind_of(["USUBJID", "DOMAIN", "LBTESTCD"]), kind_of(["USUBJID", "PARAMCD", "AVAL"]), kind_of(["id"])
    ('sdtm', 'adam', '')
    """
    found = set(names)
    if "USUBJID" not in found:
        return ""
    return "adam" if found & ANALYSIS else "sdtm" if found & {"DOMAIN", "RDOMAIN"} else ""


def _kind_of_summary(names: Iterable[str]) -> str:
    """`sdtm` for the summary of a trial, which has no subjects and says nothing about what else is in its folder."""
    return "sdtm" if {"TSPARMCD", "TSVAL"} <= set(names) else ""


def kinds_in(path: Path) -> set[str]:
    """The kinds of the datasets in a file or folder, by a look at the beginning of each file."""
    return {kind_of(re.findall(r"[A-Z][A-Z0-9]{1,7}", _head(file))) for file in _files(path)} - {""}


def _head(file: Path) -> str:
    """The part of a file that names its columns; empty when it cannot be a dataset."""
    head = ends_of(file)
    if head.startswith(xport.MARK.decode()):
        with file.open("rb") as opened:
            return xport.names_in(opened.read(xport.HEAD))
    if dataset_json.VERSION.search(head):
        return head
    return head.partition("\n")[0] if file.suffix.casefold() in TEXTS else ""


def _files(path: Path) -> list[Path]:
    """The file, or the files of the folder."""
    if path.is_dir():
        return [each for each in sorted(path.iterdir()) if each.is_file()]
    return [path] if path.is_file() else []


def datasets(path: Path, kind: str) -> tuple[list[SourceTable], list[Reported]]:
    """The datasets of one kind, and what is told about all other files.

    Raises
    ------
    DataError
        When files cannot be read: all of them at once.
    """
    found: list[SourceTable] = []
    told: list[Reported] = []
    problems: list[Problem] = []
    for file in _files(path):
        try:
            tables = _tables(file)
        except DataError as error:
            problems += error.problems
            continue
        fitting = [table for table in tables if kind in (kind_of(table.header), _kind_of_summary(table.header))]
        found += fitting
        told += [] if fitting else [_not_read(file.name, tables)]
    if problems:
        raise DataError(problems)
    for table in found:
        _empty_fillers(table)
    return found, told


def _tables(file: Path) -> list[SourceTable]:
    """The tables of one file; none when it is no dataset."""
    head = ends_of(file)
    if head.startswith(xport.MARK.decode()):
        return [xport.table_of(file)]
    if dataset_json.VERSION.search(head):
        return [dataset_json.table_of(file)]
    return tables_of(file) if file.suffix.casefold() in TEXTS else []


def _not_read(name: str, tables: list[SourceTable]) -> Reported:
    """The entry for a file that is not read."""
    other = next((kind for table in tables if (kind := kind_of(table.header))), "")
    problem = f"{sum(table.rows_read for table in tables)} rows of {other.upper()}" if other else "no dataset"
    return Reported(name, None, None, problem, f"Not read; import it as {other}." if other else "Not read.", "note")


def _empty_fillers(table: SourceTable) -> None:
    """Read NA as missing where the file uses it as filler: in dates, days, flags and numbers, where it is no word.

    In lists of codes NA stays what it is: Namibia, or sodium.
    """
    if not any("NA" in table.cells(name) for name in table.header if NEVER_NA.fullmatch(name)):
        return
    at = [place for place, name in enumerate(table.header) if not name.endswith(LISTS_OF_CODES)]
    for _, cells in table.rows:
        for place in at:
            cells[place] = "" if cells[place] == "NA" else cells[place]
    table.reported.append(Reported(table.file, None, None, "NA stands for missing", "Read as an empty cell.", "note"))


def records(table: SourceTable) -> Iterator[Record]:
    """Each row of a dataset."""
    for row, cells in table.rows:
        yield Record((table.file, row), dict(zip(table.header, cells, strict=True)))


def tell_unread(table: SourceTable, used: Iterable[str], found: Gathering) -> None:
    """Name the columns of a dataset that hold something and were not read."""
    filled = [name for name in table.header if any(table.cells(name))]
    if unread := [name for name in filled if name not in set(used)]:
        entry = Reported(table.file, None, ", ".join(unread), f"{len(unread)} columns", "Not read.", "column")
        found.reported.append(entry)


def day_of(counted: str) -> str:
    """A study day of CDISC, which knows no day 0, as days since the first day.

    >>> day_of("1"), day_of("15"), day_of("-7"), day_of("")
    ('0', '14', '-7', '')
    """
    try:
        day = int(float(counted))
    except (ValueError, OverflowError):
        return ""
    return str(day - 1 if day > 0 else day)


def when(day: str, date: str, counted: str, dated: str) -> dict[str, str]:
    """The time of a row: its date, or the study day where there is no date."""
    return {date: dated} if dated or not counted else {day: day_of(counted)}


def age_of(record: Record, found: Gathering) -> str:
    """The age in years; another unit than years or months is reported."""
    age, unit = record["AGE"], record["AGEU"] or "YEARS"
    if not age or unit == "YEARS":
        return age
    if unit == "MONTHS" and NUMBER.fullmatch(age):
        return f"{float(age) / MONTHS_PER_YEAR:.2f}"
    found.note(record.place, f"an age in {unit}", "Age not read.", "value", "AGEU")
    return ""


def adverse_event(record: Record, start: Mapping[str, str], end: Mapping[str, str]) -> dict[str, str]:
    """The cells of an adverse event; a grade only where one was given, never from MILD, MODERATE, SEVERE."""
    grade = record["AETOXGR"]
    goes_on = {record["AEENRF"], record["AEENRTPT"]} & GOES_ON or record["AEOUT"] == NOT_RECOVERED
    return {
        "kind": "adverse_event",
        "name": record.first("AEDECOD", "AETERM"),
        "term": record["AETERM"] if record["AEDECOD"] else "",
        **start,
        **end,
        "ongoing": "yes" if goes_on and not any(end.values()) else "",
        "grade": grade,
        "grade_system": (record["AETOXGRV"] or "as the source grades (AETOXGR)") if grade else "",
        "severity": record["AESEV"],
        "serious": YES_NO.get(record["AESER"], record["AESER"]),
        "relatedness": record["AEREL"],
        "outcome": record["AEOUT"],
        "action": record["AEACN"],
        "sequence": record["AESEQ"],
    }


ADVERSE_EVENT_COLUMNS = (
    "AETERM", "AEDECOD", "AETOXGR", "AETOXGRV", "AESEV", "AESER", "AEREL", "AEOUT", "AEACN", "AEENRF", "AEENRTPT",
    "AESEQ",
)  # fmt: skip
