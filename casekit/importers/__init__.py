"""Foreign files become a case series and a report of what was kept, what was not and what was supposed."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pandas as pd

from casekit.errors import DataError, Problem, UnknownName
from casekit.importers import adam, fhir, ggswim, meds, omop, phenopackets, privacy, redcap, sdtm, spreadsheet
from casekit.importers.core import finish
from casekit.importers.day_zero import listed_days
from casekit.importers.gathered import Gathered
from casekit.importers.mapping import SourceMapping, as_if_answered, corrections, read_mapping
from casekit.importers.naming import proposals
from casekit.importers.report import ImportReport, Reported
from casekit.importers.source import read_text
from casekit.importers.work import Options, Work
from casekit.records import CaseSeries

__all__ = ["Gathered", "ImportReport", "Reported", "SourceMapping", "listed_days", "propose", "read"]

# Each format is one file with `recognises(path)`, which looks at the content, and `read(path)`; what it asks for beyond
# the path (`mapping`, `keep_text`) stands in its ASKS_FOR. The first that recognises a source reads it.
FORMATS: MappingProxyType[str, ModuleType] = MappingProxyType(
    {
        "ggswim": ggswim,
        "sdtm": sdtm,
        "adam": adam,
        "fhir": fhir,
        "phenopackets": phenopackets,
        "meds": meds,
        "omop": omop,
        "redcap": redcap,
        "spreadsheet": spreadsheet,
    }
)


def read(  # noqa: PLR0913
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    *,
    mapping: str | os.PathLike[str] | Mapping[str, Any] | SourceMapping | None = None,
    index: str | Mapping[str, Any] | pd.DataFrame | None = None,
    keep_dates: bool = False,
    keep_text: bool = False,
    hash_ids: bool = False,
) -> tuple[CaseSeries, ImportReport]:
    """The series in foreign files and the report of the import: rows read = rows kept + rows reported.

    Parameters
    ----------
    path : path-like
        File or folder in one format.
    format : str, optional
        Name of the format; recognised by content when left out.
    mapping : path-like or mapping, optional
        What was confirmed about columns and names: a TOML file as `propose` makes it, or its content.
    index : str, mapping or DataFrame, optional
        Day 0: a rule such as ``"infusion"``, ``"column:enrolled"``, ``"drug:rituximab"``, ``"event:leukapheresis"``,
        ``"list:days.csv"``, ``"first record"``; or the date of each patient.
    keep_dates, keep_text : bool
        Keep real dates, and free text, which are left out otherwise.
    hash_ids : bool
        Replace patient ids by pseudonyms made with a secret of this machine.

    Returns
    -------
    tuple of CaseSeries and ImportReport

    Raises
    ------
    UnknownName
        When there is no such format.
    DataError
        When the format is not recognised, or its files cannot be read.
    """
    confirmed = read_mapping(mapping)
    gathered = gather(Path(path), format, confirmed, keep_text=keep_text)
    rule = index if isinstance(index, str) else ""
    options = Options(
        day_zero="" if rule.startswith("list:") else rule,
        listed=_listed(index),
        keep_dates=keep_dates,
        keep_text=keep_text,
        key=privacy.secret() if hash_ids else None,
    )
    return finish(gathered, confirmed, options)


def propose(
    path: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
    mapping: str | os.PathLike[str] | Mapping[str, Any] | SourceMapping | None = None,
) -> str:
    """The text of a mapping file for a source: what its columns and names probably mean, to be corrected by somebody.

    Whatever was corrected in an earlier `mapping` stays, and the rest is proposed anew in its light.

    Raises
    ------
    UnknownName, DataError
        As `read`; questions that only a person can answer stand in the file instead.
    """
    source, earlier = Path(path), read_mapping(mapping)
    name = recognised(source, format or earlier.format)
    files, said = _settings(source, FORMATS[name], earlier)
    questions, gathered = _questions(source, name, replace(earlier, files=said), files)
    if gathered is None:
        return questions + replace(earlier, format=name, files=files).to_toml()
    names = {among: dict(known) for among, known in earlier.names.items()}
    remarks = {}
    for among, word, target, remark in proposals(Work(gathered, SourceMapping(), Options())):
        names.setdefault(among, {}).setdefault(word, target)
        remarks[among, word] = remark
    about = {"title": gathered.about.title, "licence": gathered.about.licence, "synthetic": gathered.about.synthetic}
    day_zero = earlier.day_zero or gathered.day_zero
    return questions + SourceMapping(name, day_zero, {**about, **earlier.series}, files, names).to_toml(remarks)


def _questions(
    source: Path, name: str, confirmed: SourceMapping, files: Mapping[str, Mapping[str, Any]]
) -> tuple[str, Gathered | None]:
    """What has to be answered, and what was gathered, if need be as if it had been: names do not hang on the answer."""
    try:
        return "", gather(source, name, confirmed)
    except DataError as error:
        if not files:
            raise
        questions = "".join(f"# To be answered below: {line}\n" for line in error.problems)
    with suppress(DataError):
        return questions, gather(source, name, replace(confirmed, files=as_if_answered(files)))
    return questions, None


def _settings(
    source: Path, module: ModuleType, earlier: SourceMapping
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The settings of each file for a mapping file, and those of them that somebody corrected."""
    if not hasattr(module, "propose"):
        return {}, {}
    files = module.propose(source, SourceMapping())
    said = corrections(files, earlier.files)
    return (module.propose(source, replace(earlier, files=said)) if said else files), said


def recognised(source: Path, asked: str | None) -> str:
    """The name of the format of a source, by its content when nobody names it."""
    if asked and asked not in FORMATS:
        raise UnknownName("format", asked, FORMATS, "casekit.importers.FORMATS")
    found = asked or next((name for name, module in FORMATS.items() if module.recognises(source)), None)
    if found is None:
        raise DataError([_not_recognised(source)])
    return found


def gather(source: Path, name: str | None, mapping: SourceMapping, *, keep_text: bool = False) -> Gathered:
    """What the files hold in the words of the source, before names, units and day 0."""
    module = FORMATS[recognised(source, name or mapping.format)]
    given = {"mapping": mapping, "keep_text": keep_text}
    gathered: Gathered = module.read(source, **{asked: given[asked] for asked in getattr(module, "ASKS_FOR", ())})
    return gathered


def _listed(index: str | Mapping[str, Any] | pd.DataFrame | None) -> pd.DataFrame | None:
    """The list of patients and dates that says day 0; None when a rule does."""
    if isinstance(index, str) and index.startswith("list:"):
        text, _ = read_text(Path(index.removeprefix("list:").strip()))
        return listed_days(text)
    if isinstance(index, Mapping):
        return pd.DataFrame({"patient_id": list(index), "date": [str(day) for day in index.values()]}, dtype=object)
    return index if isinstance(index, pd.DataFrame) else None


def _not_recognised(source: Path) -> Problem:
    """The problem of files in no known format."""
    if (source / "patients.csv").is_file():
        found, todo = "a folder in casekit's own form", "Read it with casekit.load."
    else:
        found = "no known format" if source.exists() else "no such folder"
        todo = "Check the path, or name the format."
    return Problem(str(source), None, None, found, f"one of the formats {', '.join(FORMATS)}", todo)
