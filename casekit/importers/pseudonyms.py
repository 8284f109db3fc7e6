"""Patient ids become pseudonyms everywhere at once: in tables, dates and lists, in names of files and in the title.

What a format reports names no patient: file and row lead there.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from casekit.importers.privacy import hashed
from casekit.importers.report import Reported
from casekit.importers.work import Work

PART = re.compile(r"[^\W_]+|[\W_]")  # a word, or one mark: an id may end in marks that other marks follow
NOTE = "patient ids are hashed with the secret of this machine"


def hash_ids(work: Work, key: bytes) -> None:
    """Replace the ids of all patients by pseudonyms."""
    gathered, listed = work.gathered, work.options.listed
    holders = [*work.tables.values(), gathered.dates, *([] if listed is None else [listed])]
    ids = {str(who) for each in holders for who in each["patient_id"] if who != ""}
    pseudonyms = {who: hashed(who, key) for who in ids}
    found = {*gathered.rows_read, *(entry.file for entry in work.reported), *_files(work)}
    files = {file: name for file in found if (name := without_ids(file, pseudonyms)) != file}
    work.tables = {name: _hidden(rows, pseudonyms, files) for name, rows in work.tables.items()}
    work.gathered = replace(
        gathered,
        dates=_hidden(gathered.dates, pseudonyms, {}),
        rows_read={files.get(file, file): count for file, count in gathered.rows_read.items()},
        joined={_place(row, files): _place(host, files) for row, host in gathered.joined.items()},
        about=replace(gathered.about, title=without_ids(gathered.about.title, pseudonyms)),
    )
    if listed is not None:
        work.options = replace(work.options, listed=_hidden(listed, pseudonyms, {}))
    work.reported = [_told(entry, files) for entry in work.reported]
    work.assumptions = [*(_renamed(note, files) for note in work.assumptions), NOTE]


def without_ids(label: str, pseudonyms: Mapping[str, str]) -> str:
    """The name of a file or series with each id in it, as a word or several, replaced by its pseudonym.

    >>> without_ids("labs of MRN-12.csv", {"MRN-12": "P1"}), without_ids("2012.csv", {"12": "P1"})
    ('labs of P1.csv', '2012.csv')
    >>> without_ids("(MRN-12 (ward 3)) and mrn-12", {"MRN-12": "P1", "MRN-12 (ward 3)": "P2"})
    '(P2) and P1'
    """
    known = {who.casefold(): name for who, name in pseudonyms.items()}
    longest = max((len(PART.findall(each)) for who in pseudonyms for each in (who, who.casefold())), default=0)
    parts, found, at = PART.findall(label), [], 0
    while at < len(parts):
        ends = range(min(len(parts), at + longest), at, -1)
        end = next((end for end in ends if "".join(parts[at:end]).casefold() in known), 0)
        found.append(known["".join(parts[at:end]).casefold()] if end else parts[at])
        at = end or at + 1
    return "".join(found)


def _files(work: Work) -> set[str]:
    """The files to which the rows of any table lead."""
    return {file for rows in work.tables.values() for file in rows["file"].unique()}


def _hidden(rows: pd.DataFrame, pseudonyms: Mapping[str, str], files: Mapping[str, str]) -> pd.DataFrame:
    """A table with pseudonyms, and with the new names of its files."""
    changed = {"patient_id": [pseudonyms.get(str(who), "") for who in rows["patient_id"]]}
    if files and "file" in rows:
        changed["file"] = [files.get(file, file) for file in rows["file"]]
    if files and "origin" in rows:
        changed["origin"] = [_renamed(text, files) for text in rows["origin"]]
    return rows.assign(**changed)


def _place(place: tuple[str, int], files: Mapping[str, str]) -> tuple[str, int]:
    """A row of the source under the new name of its file."""
    return files.get(place[0], place[0]), place[1]


def _renamed(text: str, files: Mapping[str, str]) -> str:
    """A text with the new names of files."""
    for file, name in files.items():
        text = text.replace(file, name)
    return text


def _told(entry: Reported, files: Mapping[str, str]) -> Reported:
    """An entry of the report with the new names of files."""
    file, words = files.get(entry.file, entry.file), (_renamed(entry.problem, files), _renamed(entry.action, files))
    return replace(entry, file=file, problem=words[0], action=words[1])
