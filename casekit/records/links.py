"""Rules between tables and with the catalogue: ids that must exist, units that must fit, days that must agree."""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue, units
from casekit.errors import Problem, UnitError, near
from casekit.records.cells import Refusal, read_cell, span
from casekit.records.metadata import FILE
from casekit.records.rows import Rows
from casekit.records.schema import Column, Type

KINDS = {"measurements": "measurement", "assessments": "assessment"}
Tables = Mapping[str, Rows]


def link_problems(tables: Tables, index_event: str) -> list[Problem]:
    """What is wrong between the tables, and between them and the catalogue."""
    each = chain.from_iterable(_table_problems(rows, tables) for rows in tables.values())
    infusion = _infusion_problems(tables) if index_event == "infusion" else _misspelled_infusion(index_event)
    return [*each, *infusion]


def _table_problems(rows: Rows, tables: Tables) -> Iterator[Problem]:
    """What is wrong in one table in the light of the others and of the catalogue."""
    yield from _unknown_ids(rows, tables)
    yield from _after_last_known_day(rows, tables)
    if rows.table.name == "measurements" and rows.has("variable", "value", "unit"):
        yield from _measured_values(rows)
    if rows.table.name == "assessments" and rows.has("variable", "value"):
        yield from _assessed_values(rows)
    if rows.table.name == "treatments" and rows.has("drug", "category"):
        yield from _misplaced(rows, "drug", "category", drug_categories())
    if rows.table.name == "events" and rows.has("name", "kind"):
        yield from _misplaced(rows, "name", "kind", event_kinds())


@cache
def known_ids(name: str) -> tuple[str, ...]:
    """The ids a definitions file declares; measurements and assessments are the two kinds of variables."""
    if name in KINDS:
        variables = catalogue.variables()
        return tuple(variables.index[variables["kind"] == KINDS[name]])
    listed = {"diseases": catalogue.diseases, "drugs": catalogue.drugs, "events": catalogue.events}
    return tuple(listed[name]().index)


@cache
def drug_categories() -> Mapping[str, tuple[str, ...]]:
    """The categories each drug may be given as."""
    drugs = catalogue.drugs()
    further = drugs["other_categories"].map(_listed)
    return {drug: (drugs["category"][drug], *further[drug]) for drug in map(str, drugs.index)}


@cache
def event_kinds() -> Mapping[str, tuple[str, ...]]:
    """The kinds each event name may be recorded as."""
    kinds = catalogue.events()["kinds"].map(_listed)
    return {name: tuple(kinds[name]) for name in map(str, kinds.index)}


def _listed(entry: object) -> Collection[str]:
    """The entry when it is a list, otherwise nothing."""
    return entry if isinstance(entry, (list, tuple)) else ()


def _unknown_ids(rows: Rows, tables: Tables) -> Iterator[Problem]:
    """Ids that stand in no list."""
    for column in rows.table.columns:
        if not (column.known_in and rows.has(column.name)):
            continue
        known = _patient_ids(tables) if column.known_in == "patients" else known_ids(column.known_in)
        if known is not None:
            given = rows.text[column.name]
            unknown = given[~given.isin({*known, ""})]
            if column.known_in != "patients":
                unknown = unknown[~unknown.map(catalogue.is_other)]
            advice = {text: _advice(column, text, known) for text in unknown.unique() if text == text.strip()}
            for row, text in unknown[unknown.isin(advice)].items():
                expected = f"an id from {_source(column)}"
                yield rows.problem(row, column.name, f'"{text}", which is not known', expected, advice[text])


def _patient_ids(tables: Tables) -> tuple[str, ...] | None:
    """The patients of the series; None when patients.csv could not be read."""
    patients = tables.get("patients")
    return tuple(patients.text["patient_id"]) if patients and patients.has("patient_id") else None


def _source(column: Column) -> str:
    """Where the known ids of a column are listed."""
    if column.known_in == "patients":
        return "patients.csv"
    if column.known_in in KINDS:
        return f"the {column.known_in} of definitions/variables.toml"
    return f"definitions/{column.known_in}"


def _advice(column: Column, text: str, known: Collection[str]) -> str:
    """What to do about an unknown id: the table it belongs to, or the names it resembles."""
    for table in set(KINDS) - {column.known_in}:
        if column.known_in in KINDS and text in known_ids(table):
            return f"It is one of the {table}: move the row to {table}.csv."
    if close := near(text, known):
        return f"Did you mean {' or '.join(close)}?"
    if column.known_in == "patients":
        return f"Add it to {_source(column)}, or correct the id."
    return f'Correct the id, or write "{catalogue.OTHER}{text}" to keep it under its own name.'


def _misplaced(rows: Rows, name: str, place: str, allowed: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """Known names under a category or kind they are not declared for."""
    pairs = rows.text[[name, place]].drop_duplicates()
    wrong = {
        (text, under)
        for text, under in pairs.itertuples(index=False)
        if under in rows.table.column(place).allowed and under not in allowed.get(text, (under,))
    }
    for row, text, under in rows.text[[name, place]].itertuples() if wrong else ():
        if (text, under) in wrong:
            expected = f"{' or '.join(allowed[text])} for {text}"
            yield rows.problem(row, place, f'"{under}" for {text}', expected, f"Correct the {place} or the {name}.")


def _measured_values(rows: Rows) -> Iterator[Problem]:
    """Measurements in a unit that does not fit, or outside what the variable can be."""
    listed = rows.text["variable"].isin(known_ids("measurements"))
    for row, variable in rows.text.loc[listed & (rows.text["unit"] == ""), "variable"].items():
        expected = f"{' or '.join(_accepted(variable))} for {variable}"
        yield rows.problem(row, "unit", "an empty cell", expected, "Write the unit the laboratory gave.")
    known = rows.text[listed & (rows.text["unit"] != "")]
    factors = _factors(known)
    for row, variable, unit in known.loc[factors.isna(), ["variable", "unit"]].itertuples():
        accepted = " or ".join(_accepted(variable))
        todo = "Write the unit as listed; the value is not converted for you."
        yield rows.problem(row, "unit", f'"{unit}" for {variable}', accepted, todo)
    yield from _outside(rows, known, rows.typed.loc[known.index, "value"] * factors.astype("float64"))


def _accepted(variable: str) -> list[str]:
    """The units in which values of a variable may be given."""
    declared = catalogue.variable(variable)
    return [declared.unit, *declared.other_units]


def _factors(rows: pd.DataFrame) -> pd.Series:
    """What the value of each row is multiplied by, found once for each variable and unit."""
    pair = rows.groupby(["variable", "unit"], sort=False)
    number = pair.ngroup().to_numpy()
    first = rows[~pd.Series(number, index=rows.index).duplicated()]
    known = [_factor(*map(str, names)) for names in zip(first["variable"], first["unit"], strict=True)]
    return pd.Series(np.array(known, dtype="float64")[number], index=rows.index)


@cache
def _factor(variable: str, unit: str) -> float:
    """What a value in that unit is multiplied by; not a number when the unit does not fit the variable."""
    try:
        return units.factor(unit, variable)
    except UnitError:
        return float("nan")


def _outside(rows: Rows, known: pd.DataFrame, values: pd.Series) -> Iterator[Problem]:
    """Measurements whose value in the declared unit is outside the range of the variable."""
    limits = catalogue.variables()[["minimum", "maximum"]].astype("float64")
    low = values < known["variable"].map(limits["minimum"])
    high = values > known["variable"].map(limits["maximum"])
    for row, cells in known[low | high].iterrows():
        declared = catalogue.variable(cells["variable"])
        expected = f"a number{span(declared.minimum, declared.maximum)} {declared.unit}"
        found = f"{cells['value']} {cells['unit']} for {declared.id}"
        yield rows.problem(row, "value", found, expected, "Correct the value or the unit.")


def _assessed_values(rows: Rows) -> Iterator[Problem]:
    """Assessments whose value does not fit the item."""
    known = rows.text[rows.text["variable"].isin(known_ids("assessments")) & (rows.text["value"] != "")]
    pairs = known[["variable", "value"]].drop_duplicates().itertuples(index=False, name=None)
    refusals = {pair: refusal for pair in pairs if (refusal := _value_refusal(*pair))}
    for row, variable, text in known[["variable", "value"]].itertuples() if refusals else ():
        if refusal := refusals.get((variable, text)):
            yield rows.problem(row, "value", f'"{text}" for {variable}', refusal.expected, refusal.todo)


def _value_refusal(variable: str, text: str) -> Refusal | None:
    """Why a text is no value of an item."""
    declared = catalogue.variable(variable)
    kind: Type = "text" if declared.type not in {"yes_no", "integer", "number", "choice"} else declared.type  # type: ignore[assignment]
    not_assessed = "Correct it; leave the whole row out when the item was not assessed."
    limits: dict[str, Any] = {"minimum": declared.minimum, "maximum": declared.maximum}
    item = Column(
        "item", kind, declared.label, required=True, allowed=declared.allowed, when_empty=not_assessed, **limits
    )
    return read_cell(item, text)[1]


def _after_last_known_day(rows: Rows, tables: Tables) -> Iterator[Problem]:
    """Days later than the last day anything is known about that patient."""
    patients = tables.get("patients")
    if rows.table.name == "patients" or not rows.has("patient_id"):
        return
    if patients is None or not patients.has("patient_id", "last_known_day"):
        return
    last = patients.typed.drop_duplicates("patient_id").set_index("patient_id")["last_known_day"]
    limit = rows.typed["patient_id"].map(last)
    yield from _days_without_day_zero(rows, set(patients.text["patient_id"]) - set(_with_day_zero(patients)))
    for column in filter(rows.has, rows.table.days):
        late = rows.where(rows.typed[column] > limit)
        for row, day, patient_id in late[[column, "patient_id"]].itertuples():
            found = f"day {day}, after the last known day {limit[row]} of {patient_id}"
            todo = "Correct the day, or last_known_day in patients.csv."
            yield rows.problem(row, column, found, "a day up to the last known day", todo)


def _days_without_day_zero(rows: Rows, without: set[str]) -> Iterator[Problem]:
    """Days of patients who have no day 0 to count from."""
    lost = rows.where(rows.typed["patient_id"].isin(without)) if without else rows.text[:0]
    for column in filter(rows.has, rows.table.days):
        for row, day, patient_id in lost.loc[lost[column] != "", [column, "patient_id"]].itertuples():
            found = f"day {day} of {patient_id}, who has no day 0"
            todo = "Fill in last_known_day in patients.csv, or empty the day and write unknown as day_range."
            yield rows.problem(row, column, found, "days of patients with day 0 only", todo)


def _misspelled_infusion(index_event: str) -> Iterator[Problem]:
    """An index event that is infusion but for capitals and blanks, which would switch off the checks of day 0."""
    if index_event.strip().casefold() == "infusion":
        todo = 'Write index_event = "infusion".'
        yield Problem(FILE, None, "index_event", f'"{index_event}"', '"infusion", or another event', todo)


def _infusion_problems(tables: Tables) -> Iterator[Problem]:
    """Patients without an infusion on day 0, and second infusions on day 0."""
    patients, treatments = tables.get("patients"), tables.get("treatments")
    if patients is None or treatments is None or not patients.has("patient_id"):
        return
    if not treatments.has("patient_id", "category", "start_day"):
        return
    infusions = treatments.where((treatments.text["category"] == "car_t") & (treatments.typed["start_day"] == 0))
    for row, patient_id in infusions["patient_id"][infusions["patient_id"].duplicated()].items():
        todo = "Correct one of the days; a later re-infusion has its own start_day."
        found = f"a second infusion on day 0 of {patient_id}"
        yield treatments.problem(row, "start_day", found, "one infusion on day 0 per patient", todo)
    infused = set(infusions["patient_id"])
    for row, patient_id in _with_day_zero(patients).items():
        if patient_id and patient_id not in infused:
            todo = "Add the car_t row with start_day 0 to treatments.csv, or state another index_event in series.toml."
            found = f"no infusion on day 0 for {patient_id} in treatments.csv"
            yield patients.problem(row, "patient_id", found, "one infusion on day 0 per patient", todo)


def _with_day_zero(patients: Rows) -> pd.Series:
    """The ids of the patients whose days can be counted."""
    if not patients.has("day_range", "last_known_day"):
        return patients.text["patient_id"]
    return patients.text["patient_id"][(patients.text["day_range"] == "") | (patients.text["last_known_day"] != "")]
