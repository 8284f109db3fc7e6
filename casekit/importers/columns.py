"""What the columns of an unknown table are: proposed from their names and contents, confirmed in the mapping file."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from casekit.importers.dates import looks_like_dates, order_of
from casekit.importers.gathered import DATES
from casekit.importers.grades import grade_of
from casekit.importers.headers import day_of, days_of
from casekit.importers.names import plain
from casekit.importers.privacy import addresses_a_person, identifies, is_comment
from casekit.importers.source import MISSING, SourceTable
from casekit.records.cells import NUMBER

# role -> the names under which it goes; the order decides where two roles would fit
ROLES: MappingProxyType[str, str] = MappingProxyType(
    {
        "patient_id": "patient id|patient|pt id|pt|pat id|patid|id|subject id|subject|subjid|usubjid|record id|study id"
        "|case|case id|patienten id|fall|mrn study|pat nr|pat no|patient nr|patient no|patient number|patienten nr"
        "|patientennr|patientennummer|patientencode|pat code|patient code|patnr|subject no|subject number|pseudonym",
        "start_date": "start|start date|onset|onset date|from|begin|beginn|von|date start|start time|tstart",
        "end_date": "end|end date|stop|stop date|to|until|ende|bis|resolved|date end|end time|tstop",
        "date": "date|visit date|sample date|collection date|sampling date|date of visit|datum|datetime|timestamp|dt",
        "day": "day|study day|days|relative day|day of study|tag|time|time days",
        "variable": "variable|test|test name|parameter|param|analyte|lab test|item|measure|assay|laborwert",
        "value": "value|result|val|numeric result|wert|ergebnis|result value|messwert",
        "unit": "unit|units|einheit|uom",
        "lower": "lower|low|lln|lower limit|ref low|reference low|lower normal",
        "upper": "upper|high|uln|upper limit|ref high|reference high|upper normal",
        "comparator": "comparator|operator|sign|qualifier",
        "specimen": "specimen|material|sample type|probe",
        "hour": "hour|hours",
        "drug": "drug|medication|agent|treatment|medikament|substance|compound|drug name|therapy",
        "dose": "dose|dosis|amount|dosierung",
        "dose_unit": "dose unit|dosage unit|dose units",
        "route": "route|applikation",
        "frequency": "frequency|freq",
        "name": "event|adverse event|ae|ae term|term|diagnosis term|event name|complication|ereignis|komplikation",
        "grade": "grade|ae grade|ctcae grade|toxicity grade|ctcae|grad|schweregrad",
        "grade_system": "grade system|grading",
        "serious": "serious|sae",
        "outcome": "outcome|status",
        "sex": "sex|gender|geschlecht",
        "age_years": "age|age years|alter|age at infusion|age at baseline",
        "disease_duration_years": "disease duration|disease duration years|duration of disease|years since diagnosis"
        "|krankheitsdauer|krankheitsdauer jahre|erkrankungsdauer",
        "disease": "disease|diagnosis|dx|diagnose|indication",
        "code": "code|loinc|loinc code|test code",
    }
)
DATE_ROLES = (*DATES.values(), "day 0 candidate", "visit date")
PERSON = ("sex", "age_years", "disease")
TIME_POINT = re.compile(r"(.+?)[ _.-]+(day|d|week|wk|w|month|mo|m)[ _.]?(-?\d{1,4})", re.IGNORECASE)
UNIT = re.compile(r"(.*?)\s*[\[(]\s*([^()\[\]]+?)\s*[\])]\s*")
YEARS = re.compile(r"y|yr|yrs|years?|j|jahre?n?|a", re.IGNORECASE)
INDEX_NAME = re.compile(r"infus|car.?t|transfus|index|baseline|day.?0|day.?zero", re.IGNORECASE)
COMMA = re.compile(r"[<>≤≥=]*\s*-?\d+,\d+")
POINT = re.compile(r"[<>≤≥=]*\s*-?\d+\.\d+")
LIMIT = re.compile(r"^[<>≤≥=]+\s*")
ASK = "ask"  # what could be meant in two ways: the person who confirms the mapping says which
MOSTLY = 0.5
LONG_TEXT = 40
WORDS = 3
ROLE_OF = {name: role for role, names in ROLES.items() for name in names.split("|")}


def proposed(table: SourceTable, said: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of one table: what it holds, its decimal sign, the order of its dates, and each column's role.

    What somebody said about it stands, and the rest is proposed in its light.

    Returns
    -------
    dict
        `table` (one of the five, or ``skip``), `decimal`, `date_order` (``dmy``, ``mdy``, empty when no date needs one,
        ``ask`` when both would do), `missing` (words for an empty cell), `grade_system` where events are graded and no
        column says by which system, and `columns`: role by name of the column; under a line of visits also `visits`:
        of each its day, or the column of its date, or ``ask``.
        A role is a column of the table, ``result`` or ``item`` (a column that is a variable of its own), ``extra``,
        ``text``, ``skip``, or a small table with `role`, `name`, `unit` and `day`.
    """
    rows = dict.fromkeys(tuple(row) for _, row in table.rows)  # a patient entered twice is no second visit
    cells = {name: pd.Series([row[at] for row in rows], dtype=object) for at, name in enumerate(table.header)}
    fillers = [word for word in MISSING if any(_is_filler(column, word) for column in cells.values())]
    missing = list(said.get("missing", fillers))
    cells = {name: column.mask(column.isin(missing), "") for name, column in cells.items()}
    decimal = said.get("decimal") or _decimal(cells.values())
    given = dict(said.get("columns", {}))
    roles = {**dict(_named_roles(table.header, cells, {name: _word(role) for name, role in given.items()})), **given}
    visited = set(table.visits) - set(given)
    roles = {name: "visit date" if role == "date" and name in visited else role for name, role in roles.items()}
    kind = said.get("table") or _table({_word(role): name for name, role in roles.items()}, cells, table.visits)
    if kind == "treatments" and "dose_unit" not in map(_word, roles.values()):
        roles = {name: "dose_unit" if role == "unit" and name not in given else role for name, role in roles.items()}
    together = _repeated(table, cells)
    for name in table.header:
        written = table.written.get(name, name)
        roles.setdefault(name, _other_role(written, together.get(written, cells[name]), kind))
        if name in visited and roles[name] == "day 0 candidate":
            roles[name] = "visit date"
    dated = [column for name, column in cells.items() if _word(roles[name]) in DATE_ROLES]
    settled = {
        "table": kind,
        "decimal": decimal,
        "date_order": said.get("date_order", _order(dated)),
        "missing": missing,
        **({} if "grade_system" in said else _grading(roles, cells)),
        "columns": {name: roles[name] for name in table.header},
    }
    if table.visits:
        settled["visits"] = {**_visits(table, roles), **said.get("visits", {})}
    return {**said, **settled}


def _repeated(table: SourceTable, cells: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """The cells of all columns under the same words: what one of them is, the others are."""
    under: dict[str, list[pd.Series]] = {}
    for name in table.header:
        under.setdefault(table.written.get(name, name), []).append(cells[name])
    return {words: pd.concat(columns) for words, columns in under.items() if len(columns) > 1}


def _visits(table: SourceTable, roles: Mapping[str, Any]) -> dict[str, Any]:
    """The column with the date of each visit, or the day it is named after; ``ask`` where there is neither."""
    dates = {table.visits[name]: name for name in table.visits if _word(roles[name]) == "visit date"}
    named = {visit: day_of(visit) for visit in table.visits.values()}
    return {visit: dates.get(visit, ASK if day is None else day) for visit, day in named.items()}


def _word(role: Any) -> str:
    """The role of a column without what is said beside it."""
    return str(role["role"] if isinstance(role, Mapping) else role)


def _grading(roles: dict[str, Any], cells: dict[str, pd.Series]) -> dict[str, str]:
    """The question by which system events are graded, where they are and no column says it."""
    words = {name: _word(role) for name, role in roles.items()}
    graded = any(words[name] == "grade" and column.map(grade_of).any() for name, column in cells.items())
    return {"grade_system": ASK} if graded and "grade_system" not in words.values() else {}


def _is_filler(column: pd.Series, word: str) -> bool:
    """Whether a word stands for an empty cell: what else is in the column are numbers and other such words."""
    others = [text for text in column.unique() if text not in ("", *MISSING)]
    return bool((column == word).any()) and bool(others) and all(_is_result(text) for text in others)


def _is_result(text: str) -> bool:
    """Whether a text is a number with either decimal sign, or a limit of detection."""
    return NUMBER.fullmatch(LIMIT.sub("", text).replace(",", ".")) is not None


def _decimal(columns: Any) -> str:
    """The decimal sign of a table: ``.``, ``,``, or ``ask`` when numbers of both kinds occur."""
    texts = {text for column in columns for text in column.unique()}
    commas = any(COMMA.fullmatch(text) for text in texts)
    points = any(POINT.fullmatch(text) for text in texts)
    return ASK if commas and points else "," if commas else "."


def _order(columns: Sequence[pd.Series]) -> str:
    """The order of day and month over all columns of dates."""
    if not columns:
        return ""
    order = order_of(pd.concat(columns))
    return ASK if order is None else order


def _named_roles(
    header: Sequence[str], cells: dict[str, pd.Series], given: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The columns nobody spoke of whose name says what they are; each role once."""
    taken = {role: name for name, role in given.items()}
    for name in header:
        role = "" if name in given else _fitting(_role_of(name), cells[name])
        if role and role not in taken:
            taken[role] = name
            yield name, role
    if not set(taken) & {"date", "start_date", "day", "start_day"} and "patient_id" in taken:
        people = cells[taken["patient_id"]]
        dated = [name for name in header if looks_like_dates(cells[name]) and not of_birth(name)]
        used = dated[0] in given if len(dated) == 1 else True
        if not used and not _is_of_the_patient(dated[0], cells[dated[0]], people) and people.duplicated().any():
            yield dated[0], "date"


def _role_of(name: str) -> str:
    """The role that the name of a column tells; empty when it tells none, or years in another unit."""
    role = ROLE_OF.get(plain(name.replace("_", " ").replace(".", " ")), "")
    unit = UNIT.fullmatch(name)
    return "" if unit and role.endswith("_years") and not YEARS.fullmatch(unit[2]) else role


def _is_of_the_patient(name: str, dates: pd.Series, people: pd.Series) -> bool:
    """Whether a column is the one date of an infusion or a baseline of each patient, and not that of the row."""
    return bool(INDEX_NAME.search(name)) and int(dates[dates != ""].groupby(people).nunique().max()) == 1


def of_birth(name: str) -> bool:
    """Whether a column holds dates of birth."""
    return plain(name) in {"dob", "birth date", "date of birth", "birthdate", "geburtsdatum", "birthday"}


def _fitting(role: str, column: pd.Series) -> str:
    """The role when the contents fit it; a time that is a number is a day, a date is a date."""
    filled = column[column != ""]
    whole = bool(len(filled)) and all(re.fullmatch(r"-?\d+", text) for text in filled.unique())
    if role in {"start_date", "end_date", "date"} and whole and not looks_like_dates(filled):
        return {"start_date": "start_day", "end_date": "end_day", "date": "day"}[role]
    if role == "day" and not whole:
        return "date" if looks_like_dates(filled) else ""
    return role


def _table(named: Mapping[str, str], cells: dict[str, pd.Series], visits: Mapping[str, str]) -> str:
    """Which of the five tables the rows belong to, by the column of each role."""
    roles = set(named)
    if "patient_id" not in roles:
        return "skip"
    if {"variable", "value"} <= roles:
        return "measurements"
    if "drug" in roles:
        return "treatments"
    starts = roles & {"start_date", "start_day"}
    if starts or ("name" in roles and roles & {"date", "day"}):
        return "events"
    if visits or roles & {"date", "day"}:
        return "measurements"
    people = pd.DataFrame(cells).drop_duplicates()[named["patient_id"]]  # a row that stands twice is no second row
    return "patients" if people[people != ""].is_unique else "skip"


def _other_role(name: str, column: pd.Series, kind: str) -> Any:
    """The role of a column that no name tells."""
    if kind == "skip" or not (column != "").any():
        return "skip"
    if identifies(name) or of_birth(name):
        return "identifier"
    filled = column[column != ""]
    if is_comment(name) or filled.map(addresses_a_person).any():
        return "text"
    return "day 0 candidate" if looks_like_dates(filled) else _of_contents(name, filled, kind)


def _of_contents(name: str, filled: pd.Series, kind: str) -> Any:
    """The role of a column that neither its name nor dates tell."""
    numbers = filled.map(_is_result)
    if kind == "patients":
        return _of_patient(name, numeric=bool(numbers.all())) or _text_or_extra(filled)
    if kind == "measurements" and numbers.mean() > MOSTLY:  # a word now and then is kept in words
        return _result(name)
    return _text_or_extra(filled)


def _of_patient(name: str, *, numeric: bool) -> dict[str, Any] | None:
    """The role of a column beside one row per patient that holds a result at a time, such as crp_d28."""
    if found := TIME_POINT.fullmatch(name) if numeric else None:
        return {**_result(found[1].strip(" _.-")), "day": days_of(float(found[3]), found[2])}
    return None


def _result(name: str) -> dict[str, Any]:
    """A column that is a variable of its own; its unit where the header names one."""
    found = UNIT.fullmatch(name)
    return {"role": "result", "name": found[1] if found else name, "unit": found[2] if found else ""}


def _text_or_extra(filled: pd.Series) -> str:
    """Whether a column of words is free text or a word of a list."""
    long = filled.map(len).max() > LONG_TEXT or filled.map(lambda text: text.count(" ")).mean() > WORDS
    return "text" if long else "extra"
