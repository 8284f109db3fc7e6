"""What series.toml says about a series: title, licence, synthetic or real, data cut, sources."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from casekit.errors import Problem, near
from casekit.records.schema import TABLES, declared

FILE = "series.toml"
MINIMUM = 'Write one with the lines title = "…", licence = "…" and synthetic = true or synthetic = false.'


@dataclass(frozen=True, kw_only=True)
class Metadata(Mapping[str, Any]):
    """What the series is; read as attributes or like a dictionary.

    Examples
    --------
    >>> about = Metadata(synthetic=True, title="Made up")
    >>> about.synthetic, about["title"], about.index_event
    (True, 'Made up', 'infusion')
    """

    synthetic: bool
    title: str = "Untitled series"
    licence: str = "unknown"
    index_event: str = "infusion"
    data_cut: str = ""
    sources: tuple[str, ...] = ()
    description: str = ""
    publication: str = ""
    day_zero_rule: str = ""
    extra_columns: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> Any:
        if key not in set(self):
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))

    def __len__(self) -> int:
        return len(fields(self))

    def to_toml(self) -> str:
        """The text of a series.toml that reads back to the same metadata."""
        values = {key: [*value] if isinstance(value, tuple) else value for key, value in self.items()}
        return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def read_metadata(folder: Path) -> tuple[Metadata | None, list[Problem]]:
    """The metadata of a folder, and what is wrong with them; None when they cannot be used."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None, [_whole("no such file", f"a file {FILE} beside the tables", MINIMUM)]
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02X} at position {error.start}"
        return None, [_whole(found, "text in UTF-8", "Save the file as UTF-8.")]
    except OSError as error:
        return None, [_whole(error.strerror or str(error), "a readable file", MINIMUM)]
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [_whole(str(error), "valid TOML", 'Write lines such as title = "…".')]
    problems = list(entry_problems(given))
    return (None if problems else metadata_from(given)), problems


def metadata_from(given: Mapping[str, Any]) -> Metadata:
    """The metadata of a dictionary whose entries are known to be valid."""
    texts = {key: str(value) if isinstance(value, date) else value for key, value in given.items()}
    entries: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in texts.items()}
    return Metadata(**entries)


def _whole(found: str, expected: str, todo: str) -> Problem:
    """A problem of the file as a whole."""
    return Problem(FILE, None, None, found, expected, todo)


def entry_problems(given: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the entries."""
    known = declared()["series"].names
    for key, value in given.items():
        if key not in known:
            close = near(key, known)
            todo = f"Rename it to {close[0]}." if close else "Delete it."
            yield Problem(FILE, None, key, f"the entry {key}", f"only {', '.join(known)}", todo)
        elif problem := _entry_problem(key, value):
            yield problem
    if "synthetic" not in given:
        todo = "Write synthetic = true when the patients are invented, synthetic = false when they are real."
        yield Problem(FILE, None, "synthetic", "no such entry", "synthetic = true or false", todo)


def _names_columns(names: Any) -> bool:
    """Whether every text names a column that a table does not declare."""
    tables = {name: declared()[name].names for name in TABLES}
    parts = [str(name).partition(".") for name in names]
    return all(table in tables and column and column not in tables[table] for table, _, column in parts)


def _entry_problem(key: str, value: object) -> Problem | None:
    """What is wrong with one known entry; None when it is fine."""
    listed = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    fits, expected = {
        "synthetic": (isinstance(value, bool), "true or false, without quotation marks"),
        "sources": (listed, 'a list of texts, such as ["doi:…"]'),
        "extra_columns": (listed and _names_columns(value), 'a list such as ["patients.site"], with names of tables'),
    }.get(key, (isinstance(value, (str, date)), 'a text, such as "…"'))
    return None if fits else Problem(FILE, None, key, repr(value), expected, "Correct the entry.")
