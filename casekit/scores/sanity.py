"""What a careful reader would ask about a valid series: notes, each with its rule; none of them refuses anything."""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import DataError, Problem, UnknownName
from casekit.records import CaseSeries
from casekit.scores import sanity_courses, sanity_values

Note = tuple[str, Any, str]
COLUMNS = ["rule", "patient_id", "day", "found", "sentence", "todo", "accepted"]
ACCEPTED = "accepted.toml"
RULES: Mapping[str, Callable[[CaseSeries, Mapping[str, Any]], Iterable[Note]]] = {
    "after_death": sanity_courses.after_death,
    "before_birth": sanity_courses.before_birth,
    "overlapping_courses": sanity_courses.overlapping_courses,
    "implausible_value": sanity_values.implausible_value,
    "crs_before_infusion": sanity_courses.events_before_infusion,
    "response_before_infusion": sanity_courses.responses_before_infusion,
    "remission_on_forbidden_dose": sanity_courses.remission_on_forbidden_dose,
    "item_against_laboratory": sanity_values.item_against_laboratory,
    "zero_with_serology": sanity_values.zero_with_serology,
}


def sanity(series: CaseSeries, accepted: Iterable[Mapping[str, str]] = ()) -> pd.DataFrame:
    """The notes of a series, one row per finding.

    Parameters
    ----------
    series : CaseSeries
        In its own days; an aligned series is read in the days it had before.
    accepted : iterable of mapping
        Exceptions with ``rule``, ``why`` and, to accept it for one patient only, ``patient_id``; see `accepted_notes`.

    Returns
    -------
    DataFrame
        rule (its id), patient_id, day (days since day 0), found (what stands in the tables), sentence (what the rule
        looks for), todo, accepted (the reason why the note is no mistake; empty where nobody gave one).

    Raises
    ------
    UnknownName
        When an exception names a rule or a patient that does not exist.

    Examples
    --------
    >>> import casekit as ck
    >>> notes = ck.sanity(ck.example())
    >>> notes.columns.tolist()
    ['rule', 'patient_id', 'day', 'found', 'sentence', 'todo', 'accepted']
    """
    own = series.before_alignment or series
    reasons = _reasons(accepted, own)
    rows = [
        {
            "rule": name, "patient_id": patient_id, "day": day, "found": found,
            "sentence": declared["sentence"], "todo": declared["todo"],
            "accepted": reasons.get((name, patient_id), reasons.get((name, ""), "")),
        }
        for name, declared in rules().items()
        for patient_id, day, found in RULES[name](own, declared)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS).astype({"day": "Int64"})


@cache
def rules() -> Mapping[str, Mapping[str, Any]]:
    """The declared rules by id: sentence, todo and what each of them compares with.

    >>> "crs_before_infusion" in rules()
    True
    """
    return tomllib.loads((catalogue.FOLDER / "sanity.toml").read_text(encoding="utf-8"))


def accepted_notes(folder: str | os.PathLike[str]) -> list[dict[str, str]]:
    """The exceptions that stand beside a series, in a file accepted.toml; none where there is no such file.

    Raises
    ------
    DataError
        When the file is no TOML, or an exception lacks its rule or its reason.

    Examples
    --------
    >>> accepted_notes("no/such/folder")
    []
    """
    path = Path(folder) / ACCEPTED
    if not path.is_file():
        return []
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("accepted", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(
            [Problem(ACCEPTED, None, None, str(error), "valid TOML in UTF-8", "Correct the file.")]
        ) from None
    problems = [problem for number, entry in enumerate(entries, 1) for problem in _problems(number, entry)]
    if problems:
        raise DataError(problems)
    return [*entries]


def _problems(number: int, entry: Any) -> Iterable[Problem]:
    """What is wrong with one exception."""
    given = entry if isinstance(entry, dict) else {}
    for key in ("rule", "why"):
        if not str(given.get(key, "")).strip():
            todo = f'Write {key} = "…" under [[accepted]].'
            yield Problem(ACCEPTED, None, key, f"no {key} in exception {number}", "a rule and the reason", todo)


def _reasons(accepted: Iterable[Mapping[str, str]], series: CaseSeries) -> dict[tuple[str, str], str]:
    """The reason of every exception, by rule and patient; an empty patient stands for all."""
    people, reasons = [*series.patients["patient_id"]], {}
    for entry in accepted:
        if entry["rule"] not in rules():
            raise UnknownName("rule", entry["rule"], rules())
        patient_id = entry.get("patient_id", "")
        if patient_id and patient_id not in people:
            raise UnknownName("patient", patient_id, people)
        reasons[entry["rule"], patient_id] = entry["why"]
    return reasons
