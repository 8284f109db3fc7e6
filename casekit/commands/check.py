"""casekit check: every problem of a series, and what a careful reader would ask about one without problems."""

import argparse
from typing import TYPE_CHECKING, Any

from casekit.commands.answer import DATA_PROBLEM, OK

if TYPE_CHECKING:
    import pandas as pd


def add(commands: Any) -> None:
    """Add the command to the command line."""
    check = commands.add_parser("check", help="list every problem in a series, and what looks odd in a valid one")
    check.add_argument("path", help="folder with patients.csv, treatments.csv, …, series.toml, or a workbook")
    check.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every problem, or the notes on a valid series; 1 when there is a problem."""
    from casekit import records
    from casekit.scores.sanity import accepted_notes, sanity

    problems = records.check(arguments.path)
    if problems:
        for problem in problems:
            print(problem)
        print(f"{arguments.path}: {_counted(len(problems), 'problem')}")
        return DATA_PROBLEM
    notes = sanity(records.load(arguments.path), accepted_notes(arguments.path))
    for _, note in notes.iterrows():
        print(_line(note))
    print(", ".join([f"{arguments.path}: no problems", *_counts(notes)]))
    return OK


def _line(note: "pd.Series[Any]") -> str:
    """One note as a line."""
    import pandas as pd

    day = "" if pd.isna(note["day"]) else f" day {note['day']}"
    said = f"note {note['rule']}, {note['patient_id']}{day}: {note['found']}. {note['sentence']}"
    return f"{said} accepted: {note['accepted']}" if note["accepted"] else f"{said} {note['todo']}"


def _counts(notes: "pd.DataFrame") -> list[str]:
    """How many notes are open, and how many accepted."""
    accepted = int((notes["accepted"] != "").sum())
    counts = [(len(notes) - accepted, "note"), (accepted, "accepted note")]
    return [_counted(count, noun) for count, noun in counts if count]


def _counted(count: int, noun: str) -> str:
    """A count with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
