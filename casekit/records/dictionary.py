"""The data dictionary as Markdown, made from the declarations: `python -m casekit.records.dictionary`."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from casekit import catalogue
from casekit.records.cells import span
from casekit.records.links import drug_categories, event_kinds
from casekit.records.metadata import FILE
from casekit.records.schema import TABLES, Column, Table, declared

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs" / "data-dictionary.md"

OPENING = """\
# Data dictionary

Made from the files in `casekit/definitions` with `python -m casekit.records.dictionary`; change those files, not this
one.

A case series is a folder with five CSV files (UTF-8, commas, a header line) and `series.toml`, or one workbook with
these as sheets, as `casekit template` writes it.
Days are whole days, day 0 is the infusion. Ids are text, so 001 stays 001. An empty cell means not known or does not
apply; what was not measured or not assessed has no row at all; below detection is the limit with the comparator `<`.
Columns that are not required may be left out. Any other column is refused, so that nothing is lost unseen, unless
`extra_columns` in `series.toml` names it. An apostrophe before `=`, `+`, `-` or `@` in a text keeps spreadsheets from
running it and is no part of the text. What stands in no list may be written as `other: ` and its name: it is kept
and shown, and no score uses it. Rows whose day or value is not known are kept beside the tables (`series.unplaced`).
"""


def text() -> str:
    """The whole page: the five tables, series.toml, every variable, and the ids of all other lists."""
    parts = [OPENING, *(_table(declared()[name]) for name in TABLES), _table(declared()["series"])]
    kinds = {"measurement": "Measurements", "assessment": "Assessments"}
    return "\n".join([*parts, *(_variables(kind, title) for kind, title in kinds.items()), *_lists()])


def _lists() -> Iterator[str]:
    """The ids a table may name beside the variables: drugs, events, diseases and frequencies."""
    given_as = [(drug, catalogue.drug(drug)["label"], _words(under)) for drug, under in drug_categories().items()]
    yield _list("Drugs: values of `drug`", ["label", "category"], given_as)
    recorded_as = [(name, catalogue.event(name)["label"], _words(kinds)) for name, kinds in event_kinds().items()]
    yield _list("Events: values of `name`", ["label", "kind"], recorded_as)
    yield _list("Diseases: values of `disease`", ["label"], catalogue.diseases()["label"].items())
    days = [(word, catalogue.frequency(word)) for word in catalogue.frequencies()]
    counted = [(word, "not known" if number is None else f"{number:g}") for word, number in days]
    yield _list("Frequencies: values of `frequency`", ["days one dose stands for"], counted)


def _list(title: str, names: list[str], entries: Iterable[tuple[Any, ...]]) -> str:
    """One list with a line per id."""
    lines = [f"| `{name}` | {' | '.join(map(str, told))} |" for name, *told in entries]
    head = [f"| id | {' | '.join(names)} |", f"|---{'|---' * len(names)}|"]
    return "\n".join([f"## {title}", "", *head, *lines, ""])


def _words(words: Iterable[str]) -> str:
    """Words as they are to be typed."""
    return ", ".join(f"`{word}`" for word in words)


def _table(table: Table) -> str:
    """One table with a line per column."""
    file = FILE if table.name == "series" else table.file
    rows = table.rows.removeprefix(f"{FILE} beside the tables: ")
    key = f" No two rows may agree in {', '.join(table.key)}." if table.key else ""
    lines = [
        f"| `{column.name}` | {_kind(column)} | {_required(column)} | {column.meaning} |" for column in table.columns
    ]
    head = ["| column | holds | | meaning |", "|---|---|---|---|"]
    return "\n".join([f"## {file}", "", f"{rows[0].upper()}{rows[1:]}.{key}", "", *head, *lines, ""])


def _kind(column: Column) -> str:
    """What a column holds, in words."""
    if column.known_in:
        return f"id from {column.known_in}"
    if column.allowed:
        return ", ".join(f"`{word}`" for word in column.allowed)
    if column.is_day:
        return "whole days"
    words = {"integer": "whole number", "number": "number", "yes_no": "`yes`, `no`", "text": "text"}[column.type]
    return f"{words}{span(column.minimum, column.maximum)} {column.unit}".strip()


def _required(column: Column) -> str:
    """The word for a column no row may leave empty."""
    return "required" if column.required else ""


def _variables(kind: str, title: str) -> str:
    """The variables of one kind with a line each."""
    known = catalogue.variables()
    lines = [_variable(catalogue.variable(str(variable))) for variable in known.index[known["kind"] == kind]]
    head = ["| id | what | value | unit | also accepted |", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}: values of `variable`", "", *head, *lines, ""])


def _variable(variable: catalogue.Variable) -> str:
    """The line of one variable."""
    holds = ", ".join(f"`{word}`" for word in variable.allowed)
    if not holds:
        words = {"yes_no": "`yes`, `no`", "integer": "whole number"}.get(variable.type, variable.type)
        holds = f"{words}{span(variable.minimum, variable.maximum)}"
    units = ", ".join(variable.other_units)
    return f"| `{variable.id}` | {variable.label} | {holds} | {variable.unit} | {units} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text(), encoding="utf-8")
