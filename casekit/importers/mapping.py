"""What a person confirmed about a source: how its columns and names are meant; a small TOML file.

It is proposed (`importers.propose`), read and corrected by somebody, and passed back. Whatever stands in it is applied.
"""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from casekit.errors import DataError, Problem, near
from casekit.importers.columns import ASK
from casekit.importers.names import LISTS, Target, ids
from casekit.records.metadata import entry_problems

FILE = "mapping.toml"
KEYS = ("format", "day_zero", "series", "files", *LISTS)
SERIES = ("title", "licence", "synthetic", "sources", "description", "data_cut")
TARGET = ("id", "unit", "factor")
ANSWERS = {
    "decimal": 'say "," or "."',
    "date_order": 'say "dmy" or "mdy"',
    "grade_system": 'say its name and version, or ""',
}
A_VISIT = "say its day, or the column of its date"
AS_IF = {"decimal": ".", "date_order": "dmy", "grade_system": ""}
OPENING = """\
# How casekit is to read this source. Proposed, not confirmed: look at every line, correct it, and pass the file back:
#   casekit import SOURCE --mapping THIS-FILE
# Names with an empty text keep their own name: they are shown, and no score uses them.
"""


@dataclass(frozen=True)
class SourceMapping:
    """A confirmed mapping, or the empty one when nobody confirmed anything.

    Attributes
    ----------
    format : str
        Name of the format, or empty.
    day_zero : str
        Rule for day 0, or empty.
    series : mapping
        Entries of series.toml, such as the title and whether the data are synthetic.
    files : mapping
        Settings of each file, which each format declares for itself.
    names : mapping
        For each list, what the names of the source stand for.
    """

    format: str = ""
    day_zero: str = ""
    series: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, Target]] = field(default_factory=dict)

    def target(self, among: str, name: str) -> Target | None:
        """What a name was confirmed to stand for; None when nothing is said about it."""
        return self.names.get(among, {}).get(name)

    def to_toml(self, remarks: Mapping[tuple[str, str], str] | None = None) -> str:
        """The text of a mapping file that reads back to the same mapping; a remark may follow each name."""
        return "\n".join([OPENING, *self._lines(remarks or {})]) + "\n"

    def _lines(self, remarks: Mapping[tuple[str, str], str]) -> Iterator[str]:
        """Each line of the file."""
        yield f"format = {_text(self.format)}"
        yield f"day_zero = {_text(self.day_zero)}"
        if self.series:
            yield from ("", "[series]", *(f"{key} = {_text(value)}" for key, value in self.series.items()))
        for file, settings in self.files.items():
            yield from _settings(f"files.{_text(file)}", settings)
        for among in LISTS:
            if entries := self.names.get(among):
                yield from ("", f"[{among}]")
                yield from (
                    f"{_text(name)} = {_target_text(target)}{_remark(remarks.get((among, name), ''))}"
                    for name, target in entries.items()
                )


def _settings(title: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """One part of a file's settings, its own parts after its lines."""
    yield from ("", f"[{title}]")
    for key, value in settings.items():
        if not isinstance(value, Mapping):
            yield f"{_text(key)} = {_text(value)}{_remark(ANSWERS.get(key, A_VISIT) if value == ASK else '')}"
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _settings(f"{title}.{_text(key)}", value)


def _text(value: Any) -> str:
    """A value as TOML."""
    return json.dumps(value, ensure_ascii=False)


def _remark(text: str) -> str:
    """A remark behind a line, on one line."""
    return f"  # {' '.join(text.split())}" if text else ""


def _target_text(target: Target) -> str:
    """A target as TOML: the id alone where that is all."""
    if not target.unit and target.factor is None:
        return _text(target.id)
    told = {"id": target.id, "unit": target.unit} | ({} if target.factor is None else {"factor": target.factor})
    return "{ " + ", ".join(f"{key} = {_text(value)}" for key, value in told.items()) + " }"


def as_if_answered(files: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The settings of files with any answer to each open question, to look at the names and at nothing else.

    >>> as_if_answered({"a.csv": {"decimal": "ask", "visits": {"Baseline": "ask"}, "missing": []}})
    {'a.csv': {'decimal': '.', 'visits': {'Baseline': 0}, 'missing': []}}
    """
    return {
        file: {
            key: {visit: 0 if when == ASK else when for visit, when in value.items()}
            if key == "visits"
            else AS_IF.get(key, value)
            if value == ASK
            else value
            for key, value in settings.items()
        }
        for file, settings in files.items()
    }


def read_mapping(given: str | os.PathLike[str] | Mapping[str, Any] | SourceMapping | None) -> SourceMapping:
    """The mapping in a TOML file or a dictionary of the same shape.

    Raises
    ------
    DataError
        Lists every entry that cannot be meant.

    Examples
    --------
    >>> read_mapping({"variables": {"CRP": {"id": "crp_mg_l", "unit": "mg/dL"}}}).target("variables", "CRP")
    Target(id='crp_mg_l', unit='mg/dL', factor=None)
    """
    if isinstance(given, SourceMapping):
        if problems := list(_series_problems("mapping", given.series)):
            raise DataError(problems)
        return given
    if given is None:
        return SourceMapping()
    file, content = ("mapping", given) if isinstance(given, Mapping) else (Path(given).name, _parsed(Path(given)))
    problems = list(_problems(file, content))
    if problems:
        raise DataError(problems)
    names = {among: {name: _target(value) for name, value in content.get(among, {}).items()} for among in LISTS}
    words = {key: str(content.get(key, "")) for key in ("format", "day_zero")}
    return SourceMapping(**words, series=content.get("series", {}), files=content.get("files", {}), names=names)


def corrections(
    proposed: Mapping[str, Mapping[str, Any]], confirmed: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The settings of each file that somebody changed in what was proposed.

    Raises
    ------
    DataError
        When a file of the mapping is none of the source: it was written for another one.

    Examples
    --------
    >>> corrections({"a.csv": {"decimal": ".", "missing": []}}, {"a.csv": {"decimal": ",", "missing": []}})
    {'a.csv': {'decimal': ','}}
    """
    if foreign := [file for file in confirmed if file not in proposed]:
        todo = "Keep the mapping under another name, and propose without it; or correct the name."
        expected = f"a file or sheet of this source: {', '.join(proposed)}"
        raise DataError(
            [Problem("mapping", None, f'files."{file}"', "another source", expected, todo) for file in foreign]
        )
    changed = {file: _changed(proposed[file], settings) for file, settings in confirmed.items()}
    return {file: settings for file, settings in changed.items() if settings}


def _changed(proposed: Mapping[str, Any], confirmed: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are not as proposed; of a part, only those of its lines."""
    changed: dict[str, Any] = {}
    for key, value in confirmed.items():
        before = proposed.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            value = {name: each for name, each in value.items() if before.get(name) != each}  # noqa: PLW2901
            before = {}
        if value != before:
            changed[key] = value
    return changed


def read_mapping_text(text: str) -> SourceMapping:
    """The mapping that somebody wrote as TOML.

    Raises
    ------
    DataError
        When it is no TOML, or as `read_mapping`.

    Examples
    --------
    >>> read_mapping_text('day_zero = "infusion"').day_zero
    'infusion'
    """
    try:
        return read_mapping(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        todo = "Correct the line, or propose the mapping again."
        raise DataError([Problem("mapping", None, None, str(error), "a mapping in TOML", todo)]) from error


def _parsed(path: Path) -> dict[str, Any]:
    """The content of a mapping file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        found = getattr(error, "strerror", None) or str(error)
        todo = "Make one with: casekit import SOURCE --propose mapping.toml"
        raise DataError([Problem(str(path), None, None, found, "a mapping file in TOML", todo)]) from error


def _target(value: Any) -> Target:
    """A target written as an id or as a small table."""
    return Target(value) if isinstance(value, str) else Target(**value)


def _problems(file: str, content: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a mapping."""
    for key in content:
        if key not in KEYS:
            yield _unknown(file, key, KEYS)
    yield from _series_problems(file, content.get("series", {}))
    for among in LISTS:
        for name, value in content.get(among, {}).items():
            yield from _target_problems(file, among, name, value)


def _series_problems(file: str, series: Any) -> Iterator[Problem]:
    """What is wrong with the entries about the series, judged as those of series.toml."""
    if not isinstance(series, Mapping):
        yield Problem(file, None, "series", "the entry series", "a part of its own, [series]", "Write it as a part.")
        return
    yield from (_unknown(file, key, SERIES) for key in series if key not in SERIES)
    said = {"synthetic": False, **{key: value for key, value in series.items() if key in SERIES}}
    yield from (replace(problem, file=file) for problem in entry_problems(said))


def _unknown(file: str, key: str, known: tuple[str, ...]) -> Problem:
    """The problem of an unknown key."""
    close = near(key, known)
    todo = f"Rename it to {close[0]}." if close else "Delete it."
    return Problem(file, None, key, f"the entry {key}", f"only {', '.join(known)}", todo)


def _target_problems(file: str, among: str, name: str, value: Any) -> Iterator[Problem]:
    """What is wrong with the target of one name."""
    entry = {"id": value} if isinstance(value, str) else value
    where = f"{among} {name}"
    if not isinstance(entry, Mapping) or not set(entry) <= set(TARGET):
        yield Problem(file, None, where, repr(value), "an id, or id, unit and factor", "Correct the entry.")
        return
    known = ids(among)
    if entry.get("id", "") and entry["id"] not in known:
        close = near(str(entry["id"]), known)
        todo = f"Did you mean {' or '.join(close)}?" if close else 'Write "" to keep the name as it is.'
        yield Problem(file, None, where, f'"{entry["id"]}"', f"an id of the {among}", todo)
    factor = entry.get("factor", 1.0)
    if isinstance(factor, bool) or not isinstance(factor, (int, float)) or factor <= 0:
        yield Problem(file, None, where, f"the factor {factor!r}", "a number above 0", "Correct the factor.")
