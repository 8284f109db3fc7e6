"""What a column of the five tables may hold, read from `definitions/tables.toml`.

One declaration serves the checks, the conversion, the data dictionary and the templates.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from casekit.errors import DefinitionError

DECLARATION = Path(__file__).parent.parent / "definitions" / "tables.toml"
TABLES = ("patients", "treatments", "measurements", "assessments", "events")

Type = Literal["text", "integer", "number", "yes_no", "choice"]
DTYPES: Mapping[Type, Any] = MappingProxyType(
    {"text": "str", "choice": "str", "integer": "Int64", "number": "float64", "yes_no": "boolean"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column of a table."""

    name: str
    type: Type
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    known_in: str = ""
    when_empty: str = ""
    unless: str = ""

    @property
    def is_day(self) -> bool:
        """Whether the column holds days since the infusion."""
        return self.unit == "day"

    @property
    def is_id(self) -> bool:
        """Whether the column holds a name that must match another list exactly."""
        return self.known_in != "" or self.name == "patient_id"


@dataclass(frozen=True, slots=True)
class Table:
    """One declared table: its columns, and the columns that name a row."""

    name: str
    rows: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        """Name of the CSV file that holds the table."""
        return f"{self.name}.csv"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns in their order."""
        return tuple(column.name for column in self.columns)

    @property
    def days(self) -> tuple[str, ...]:
        """Names of the columns that hold days since the infusion."""
        return tuple(column.name for column in self.columns if column.is_day)

    def with_extra(self, extra_columns: Iterable[str]) -> "Table":
        """The table with the text columns that a series declares beyond these, such as ``patients.site``."""
        own = [name.removeprefix(f"{self.name}.") for name in extra_columns if name.startswith(f"{self.name}.")]
        return replace(self, columns=(*self.columns, *(Column(name, "text", name) for name in own)))

    def column(self, name: str) -> Column:
        """The declared column of that name."""
        return next(column for column in self.columns if column.name == name)


@cache
def declared() -> Mapping[str, Table]:
    """Every declared table by name; `series` stands for series.toml.

    Examples
    --------
    >>> declared()["measurements"].key
    ('patient_id', 'day', 'hour', 'variable', 'specimen')
    >>> declared()["events"].column("grade").meaning
    'Severity grade in grade_system; never guessed from words such as mild.'
    """
    document = tomllib.loads(DECLARATION.read_text(encoding="utf-8"))
    return MappingProxyType({name: _table(name, body) for name, body in document.items()})


def _table(name: str, body: dict[str, Any]) -> Table:
    """The table that one part of the declaration describes."""
    columns = tuple(_column(name, entry) for entry in body["column"])
    return Table(name, body["rows"], tuple(body["key"]), columns)


def _column(table: str, entry: dict[str, Any]) -> Column:
    """The column that one entry describes; an unknown key or type is refused."""
    words = {"min": "minimum", "max": "maximum"}
    given: dict[str, Any] = {
        words.get(key, key): tuple(value) if key == "allowed" else value for key, value in entry.items()
    }
    unknown = set(given) - set(Column.__dataclass_fields__)
    if unknown or given.get("type") not in DTYPES:
        raise DefinitionError(
            f"{DECLARATION.name} [[{table}.column]] {given.get('name')}: found {sorted(unknown) or given.get('type')}; "
            f"expected the keys name, type, required, allowed, unit, min, max, known_in, when_empty, unless, meaning "
            f"and one of the types {', '.join(DTYPES)}. Correct the entry."
        )
    return Column(**given)
