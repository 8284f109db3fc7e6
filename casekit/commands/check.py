"""casekit check: every problem of a series."""

import argparse
from typing import Any

from casekit.commands.answer import DATA_PROBLEM, OK


def add(commands: Any) -> None:
    """Add the command to the command line."""
    check = commands.add_parser("check", help="list every problem in a series")
    check.add_argument("path", help="folder with patients.csv, treatments.csv, …, series.toml")
    check.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print every problem; 1 when there is one."""
    from casekit import records

    problems = records.check(arguments.path)
    for problem in problems:
        print(problem)
    noun = "problem" if len(problems) == 1 else "problems"
    print(f"{arguments.path}: {len(problems) or 'no'} {noun}")
    return DATA_PROBLEM if problems else OK
