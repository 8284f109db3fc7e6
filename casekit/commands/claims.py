"""casekit claims: published figures beside computed ones."""

import argparse
from typing import Any

from casekit.commands.answer import DATA_PROBLEM, OK, show


def add(commands: Any) -> None:
    """Add the command to the command line."""
    claims = commands.add_parser("claims", help="recompute the published figures from the tables")
    claims.add_argument("path", nargs="?", help="folder of the series; the shipped series when left out")
    claims.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print published beside computed; 1 when one of them differs."""
    from casekit import records, scores

    series = records.load(arguments.path) if arguments.path else records.example()
    result = scores.claims(series)
    if result.empty:
        print("The series names no publication, so there is no figure to recompute.")
        return OK
    show(result.drop(columns="source"), series)
    return DATA_PROBLEM if (result["verdict"] == "differs").any() else OK
