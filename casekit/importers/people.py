"""Patients whom a source names in several rows become one row each, and what became of every such row is told."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from casekit.importers.gathered import PLACE
from casekit.importers.report import Reported


@dataclass
class People:
    """One row per patient, and the account of the rows it was made of.

    Attributes
    ----------
    people : list of dict
        Each patient with the first filled cell of each column.
    reported : list of Reported
        Rows that repeat another one, and cells that say otherwise than the first.
    joined : dict
        Rows of a table of patients that became cells of another row, by place, and the place of that row.
    """

    people: list[dict[str, Any]] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    joined: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)


def one_per_patient(rows: pd.DataFrame, tables_of_patients: Collection[str], texts: Collection[str]) -> People:
    """One row per patient of what all tables say about patients; rows of other tables are accounted for there.

    What stands in free text is not repeated in the account.
    """
    found = People()
    for _, part in rows.groupby("patient_id", sort=False):
        person = dict(part.iloc[0])
        for name in part.columns.drop([*PLACE, "patient_id"]):
            said = part.loc[part[name] != "", [*PLACE, name]]
            person[name] = said[name].iloc[0] if len(said) else ""
            for file, row, text in said[said[name] != person[name]].itertuples(index=False):
                words = f'"{text}" here and "{person[name]}" in an earlier row'
                problem = "another text in an earlier row" if name in texts else words
                found.reported.append(Reported(str(file), int(row), name, problem, "The first was kept.", "conflict"))
        found.people.append(person)
        _account(part[part["file"].isin(tables_of_patients)], (person["file"], int(person["row"])), found)
    return found


def _account(part: pd.DataFrame, host: tuple[str, int], found: People) -> None:
    """Account for the rows of one patient beside the first: repeated, or made part of it."""
    again = part.drop(columns=list(PLACE)).duplicated()
    for file, row, repeats in zip(part["file"], part["row"], again, strict=True):
        if repeats:
            problem = "repeats an earlier row in every cell"
            found.reported.append(Reported(file, int(row), None, problem, "Kept once.", "duplicate"))
        elif (file, int(row)) != host:
            found.joined[file, int(row)] = host
