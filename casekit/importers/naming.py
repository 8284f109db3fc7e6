"""Every name of a source becomes an id when that is sure or confirmed, and otherwise stays as it is under `other: `."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from casekit import catalogue
from casekit.importers.mapping import SourceMapping
from casekit.importers.names import Proposal, Target, propose
from casekit.importers.work import Work, column
from casekit.records.links import drug_categories, event_kinds

COLUMNS = {
    "patients": ("disease", "diseases"),
    "treatments": ("drug", "drugs"),
    "measurements": ("variable", "variables"),
    "assessments": ("variable", "variables"),
    "events": ("name", "events"),
}
NOT_STATED = f"{catalogue.OTHER}not stated"
SOURCE_NAME = "name in the source"  # on results, until their units are settled


def name_everything(work: Work) -> None:
    """Give every row its id; results remember what the source calls them, for the factors confirmed for that name."""
    for table, (name, among) in COLUMNS.items():
        rows = work.tables[table]
        ids = {}
        for source, count in source_names(rows, name).items():
            target, why = _target(work.mapping, among, source)
            ids[source] = target.id or _other(source.name)
            if ids[source] != NOT_STATED:
                work.names.append(_told(source, count, target, why))
        if ids:
            named = {name: [ids[source] for source in _sources(rows, name)]}
            called = {SOURCE_NAME: column(rows, name).to_list()} if among == "variables" else {}
            work.tables[table] = rows.assign(**named, **called).drop(columns="code_system", errors="ignore")
    _move_items(work)
    work.tables["assessments"] = work.tables["assessments"].drop(columns=SOURCE_NAME, errors="ignore")
    _fill_categories(work)


class Source(NamedTuple):
    """What the source calls a thing."""

    name: str
    code: str
    system: str
    unit: str


def _sources(rows: pd.DataFrame, name: str) -> list[Source]:
    """What each row of a table calls its thing."""
    parts = [column(rows, each) for each in (name, "code", "code_system", "unit")]
    return [Source(*cells) for cells in zip(*parts, strict=True)]


def source_names(rows: pd.DataFrame, name: str) -> Counter[Source]:
    """How many rows of a table each name, code and unit has, in order of appearance."""
    return Counter(_sources(rows, name))


def _target(mapping: SourceMapping, among: str, source: Source) -> tuple[Target, str]:
    """What a name stands for, and who says so."""
    confirmed = mapping.target(among, source.name)
    if confirmed is not None:
        return confirmed, "as confirmed in the mapping"
    found = propose(among, *source)
    if found and found.sure:
        return Target(found.id), f"by its {found.why}, not confirmed"
    return Target(""), _could_be(found)


def _could_be(found: Proposal | None) -> str:
    """The words for a proposal that was not applied."""
    return f"could be {found.id} ({found.why}); confirm it in a mapping" if found else "in no list"


def _other(name: str) -> str:
    """A name of the series' own."""
    if catalogue.is_other(name):
        return name
    shown = " ".join("".join(mark if mark.isprintable() else " " for mark in name).split())
    return f"{catalogue.OTHER}{shown}" if shown else NOT_STATED


def _told(source: Source, count: int, target: Target, why: str) -> str:
    """The line of one name in the report."""
    code = f" [{f'{source.system} {source.code}'.strip()}]" if source.code else ""
    unit = f" in {source.unit}" if source.unit else ""
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"{source.name or 'no name'}{code}{unit}, {rows}: {target.id or 'its own name'}, {why}"


def _move_items(work: Work) -> None:
    """Results of what the catalogue calls an item of an instrument go to the assessments, and the other way round."""
    for here, there, kind in (
        ("measurements", "assessments", "assessment"),
        ("assessments", "measurements", "measurement"),
    ):
        rows = work.tables[here]
        if rows.empty or "variable" not in rows:
            continue
        kinds = rows["variable"].map(
            lambda name: "other" if catalogue.is_other(name) else catalogue.variable(name).kind
        )
        moved = rows[kinds == kind]
        if moved.empty:
            continue
        work.tables[here] = rows[kinds != kind].reset_index(drop=True)
        kept = moved.drop(columns=_without_place(here, there), errors="ignore")
        work.tables[there] = pd.concat([work.tables[there], kept], ignore_index=True).fillna("")


def _without_place(here: str, there: str) -> list[str]:
    """The columns that one table has and the other has not."""
    return ["unit", "comparator", "lower", "upper", "specimen", "hour"] if there == "assessments" and here else []


def _fill_categories(work: Work) -> None:
    """What a drug was given as and what kind an event is, where the source does not say and the catalogue does."""
    for table, name, place, fallback in (
        ("treatments", "drug", "category", "other"),
        ("events", "name", "kind", "other"),
    ):
        rows = work.tables[table]
        if rows.empty:
            continue
        known = drug_categories() if table == "treatments" else event_kinds()
        usual = rows[name].map(lambda each, known=known, fallback=fallback: known.get(each, (fallback,))[0])
        given = column(rows, place)
        work.tables[table] = rows.assign(**{place: given.mask(given == "", usual)})


def proposals(work: Work) -> Iterator[tuple[str, str, Target, str]]:
    """For a mapping file: the list, each name of the source, what it may stand for, and a remark."""
    for table, (name, among) in COLUMNS.items():
        for source, count in source_names(work.tables[table], name).items():
            found = propose(among, *source)
            if source.name and not (found and found.why == "id"):
                close = found is not None and found.why != "similar name"
                unit = f", {source.unit}" if source.unit else ""
                remark = f"{count} rows{unit}; " + (f"{found.why}: {found.id}" if found else "in no list")
                yield among, source.name, Target(found.id if found and close else ""), remark
