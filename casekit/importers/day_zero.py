"""Day 0 of each patient by a rule: shown in the report and on the pages, and always the user's to choose.

infusion             the first infusion of CAR T cells
drug: TEXT           the first course of a drug whose name holds that text
event: TEXT          the first event whose name holds that text
code: CODE, CODE     the first course or event with one of these codes, or a code below them in the source's hierarchy
column: NAME         the date in that column of the source, the earliest of each patient
list: FILE           a CSV file with patient_id and date
first record         the earliest date of each patient
source               as the source counts its days
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from casekit import catalogue
from casekit.errors import CaseKitError, DataError, Problem, UnknownName
from casekit.importers.dates import iso, span
from casekit.importers.gathered import DATES
from casekit.importers.names import plain
from casekit.importers.source import lines_of
from casekit.importers.work import Work, column
from casekit.records.cells import INTEGER

RULES = ("infusion", "drug: TEXT", "event: TEXT", "code: CODE", "column: NAME", "list: FILE", "first record", "source")
CLOCKS = ["date", "day"]
LIST_HEADER = ["patient_id", "date"]
LISTED = "a patient and a date, such as 001, 2024-01-13"
SPLIT = re.compile(r"\s*[,;\t]\s*")


@dataclass(frozen=True)
class DayZero:
    """Where each patient's days are counted from.

    Attributes
    ----------
    at : DataFrame
        By patient_id: `date`, the calendar day as an ordinal, and `day`, the day as the source counts; empty where
        that clock is not known.
    event : str
        What day 0 is, as the axis says it.
    rule : str
        The rule in a sentence.
    """

    at: pd.DataFrame
    event: str
    rule: str


def day_zero(work: Work) -> DayZero:
    """Day 0 of each patient by the chosen rule, or by the first rule that finds any.

    Raises
    ------
    CaseKitError
        When the rule is not one of `RULES`, or names nothing in the source.
    """
    chosen = work.options.day_zero or work.mapping.day_zero
    if work.options.listed is not None:
        return _listed(work)
    if chosen:
        found = _by_rule(work, chosen)
        if found.at.empty:
            raise CaseKitError(f'day 0: found no patient with "{chosen}" on a known day; expected one. {_offer(work)}')
        return found
    for rule in ("infusion", work.gathered.day_zero, "source", "first record"):
        if rule and not (found := _by_rule(work, rule)).at.empty:
            return DayZero(found.at, found.event, f"{found.rule}; nobody chose it")
    return DayZero(_nobody(), "day 0, which is not known", "no patient has a date or a day")


def listed_days(text: str) -> pd.DataFrame:
    r"""A list of patients and dates, one a line, as somebody typed or pasted it.

    Raises
    ------
    DataError
        Names every line that is no patient and whole date, whose date could be meant in two ways, or whose patient has
        one already.

    Examples
    --------
    >>> listed_days("patient_id,date\n001, 2024-01-13\n002\t20.02.2024").to_numpy().tolist()
    [['001', '2024-01-13'], ['002', '2024-02-20']]
    """
    lines = [
        (row, [part.strip('"') for part in SPLIT.split(line.strip())])
        for row, line in enumerate(lines_of(text), start=1)
        if line.strip()
    ]
    if lines and [part.casefold() for part in lines[0][1]] == LIST_HEADER:
        lines = lines[1:]
    if problems := list(_list_problems(lines)):
        raise DataError(problems)
    return pd.DataFrame([(who, iso(date)) for _, (who, date) in lines], columns=LIST_HEADER, dtype=object)


def _list_problems(lines: list[tuple[int, list[str]]]) -> Iterator[Problem]:
    """Lines that are no patient and whole date, and patients who stand in two."""
    rows: dict[str, int] = {}
    for row, parts in lines:
        date = iso(parts[1]) if len(parts) == len(LIST_HEADER) and parts[0] else None
        ends = span(date) if date else None
        if not ends or ends[0] != ends[1]:
            yield Problem("list of day 0", row, None, f'"{", ".join(parts)}"', LISTED, "Correct the line.")
        elif rows.setdefault(parts[0], row) != row:
            found, todo = f"{parts[0]} again, after row {rows[parts[0]]}", "Delete one of the lines."
            yield Problem("list of day 0", row, None, found, "one day 0 for each patient", todo)


def _by_rule(work: Work, rule: str) -> DayZero:
    """Day 0 by one rule."""
    word, _, what = (part.strip() for part in rule.partition(":"))
    if rule == "infusion":
        given = work.tables["treatments"]
        return DayZero(
            _first(given[column(given, "category") == "car_t"]), "infusion", "the first infusion of CAR T cells"
        )
    if word in {"drug", "event"} and what:
        name = "drug" if word == "drug" else "name"
        rows = work.tables["treatments" if word == "drug" else "events"]
        return DayZero(
            _first(rows[_named(column(rows, name), what)]), f"first {what}", f"the first {word} named {what}"
        )
    if word == "code" and what:
        return _of_code(work, what)
    if word == "column" and what:
        return _of_column(work, what)
    if rule == "source":
        return DayZero(_as_counted(work), "day 0 of the source", "as the source counts its days")
    if rule == "first record":
        dates = [rows for rows in work.tables.values() if not rows.empty]
        first = _first(pd.concat(dates)) if dates else _nobody()
        return DayZero(first, "first record", "the first date of each patient in the source")
    raise UnknownName("rule for day 0", rule, RULES)


def _named(names: pd.Series, what: str) -> pd.Series:
    """Which names hold the text, by id or by label."""
    wanted = plain(what)
    return names.map(lambda name: wanted in plain(catalogue.own_name(name)) or wanted == plain(name)).astype(bool)


def _of_code(work: Work, what: str) -> DayZero:
    """Day 0 at the first course or event with one of the codes, or a narrower one."""
    codes = work.gathered.narrower(code.strip() for code in what.split(","))
    names = {"treatments": "drug", "events": "name"}
    rows = [work.tables[table].rename(columns={name: "named"}) for table, name in names.items()]
    found = pd.concat([each[column(each, "code").isin(codes)] for each in rows])
    named = [catalogue.own_name(name) for name in column(found, "named").unique()]
    event = f"first {named[0]}" if len(named) == 1 else f"first with code {what}"
    return DayZero(_first(found), event, f"the first course or event with code {what} or a code below it")


def _of_column(work: Work, name: str) -> DayZero:
    """Day 0 in a column of dates of the source."""
    dates = work.gathered.dates
    if name not in set(dates["name"]):
        found = f'found no dates in a column "{name}"'
        known = ", ".join(dates["name"].unique()) or "none"
        todo = 'Give the column the role "day 0 candidate" in the mapping, or "date" where it is the date of the row.'
        raise CaseKitError(f"day 0: {found}; expected a column with dates: {known}. {todo}")
    rows = dates[dates["name"] == name].rename(columns={"date": "start_date"})
    # a date that somebody called infusion is no recorded infusion, against which drugs and events could be checked
    event = f"date of {name}" if name.strip().casefold() == "infusion" else name
    return DayZero(_and_counted(_first(rows)), event, f"the date in the column {name}")


def _listed(work: Work) -> DayZero:
    """Day 0 from a list of patients and dates."""
    listed = work.options.listed
    rows = pd.DataFrame() if listed is None else listed.rename(columns={"date": "start_date"})
    return DayZero(_and_counted(_first(rows)), "listed day", "a list of patients and dates")


def _and_counted(at: pd.DataFrame) -> pd.DataFrame:
    """Day 0 of both clocks: days that the source counts are taken to count from the chosen date."""
    return at.assign(day=at["day"].fillna(0))


def _first(rows: pd.DataFrame) -> pd.DataFrame:
    """The earliest known date and day of each patient in the rows."""
    found = {clock: [] for clock in CLOCKS}  # type: dict[str, list[tuple[str, int]]]
    for date_column, day_column in (("date", "day"), ("start_date", "start_day")):
        patients = column(rows, "patient_id")
        found["date"] += list(_whole_dates(patients, column(rows, date_column)))
        days = column(rows, day_column)
        found["day"] += [
            (who, int(day)) for who, day in zip(patients, days, strict=True) if INTEGER.fullmatch(str(day))
        ]
    earliest = {clock: _earliest(pairs) for clock, pairs in found.items()}
    return pd.DataFrame(earliest, columns=CLOCKS).astype("Int64").dropna(how="all")


def _earliest(pairs: list[tuple[str, int]]) -> pd.Series:
    """The smallest number of each patient."""
    frame = pd.DataFrame(pairs, columns=["patient_id", "number"])
    return frame.groupby("patient_id")["number"].min().astype("Int64")


def _whole_dates(patients: pd.Series, dates: pd.Series) -> Iterator[tuple[str, int]]:
    """Each date that is known to the day, as an ordinal."""
    for who, text in zip(patients, dates, strict=True):
        ends = span(str(text)) if text else None
        if ends and ends[0] == ends[1]:
            yield str(who), ends[0]


def _as_counted(work: Work) -> pd.DataFrame:
    """Day 0 of the source for every patient of whom it counts a day."""
    ids = {
        who
        for rows in work.tables.values()
        for name in DATES
        if name in rows
        for who in rows.loc[rows[name] != "", "patient_id"]
    }
    return pd.DataFrame({"date": pd.NA, "day": 0}, index=sorted(ids), columns=CLOCKS).astype("Int64")


def _nobody() -> pd.DataFrame:
    """No patient with a day 0."""
    return pd.DataFrame(columns=CLOCKS, dtype="Int64")


def _offer(work: Work) -> str:
    """What day 0 could be."""
    columns = [f"column: {name}" for name in work.gathered.dates["name"].unique()[:5]]
    return f"Choose another rule: {', '.join([*RULES, *columns])}."
