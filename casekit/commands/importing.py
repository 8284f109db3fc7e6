"""casekit import: another format becomes a series."""

import argparse
from pathlib import Path
from typing import Any

from casekit.commands.answer import OK
from casekit.errors import CaseKitError


def add(commands: Any) -> None:
    """Add the command to the command line."""
    importing = commands.add_parser("import", help="turn another format into a series")
    importing.add_argument("path", help="folder or file in the other format")
    importing.add_argument("--format", metavar="NAME", help="name of the format; recognised when left out")
    importing.add_argument("--out", type=Path, metavar="FOLDER", help="write the series into this new folder")
    importing.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was read and what was not, and write the series when asked."""
    from casekit import importers, records

    if arguments.out and arguments.out.exists():
        raise CaseKitError(f"{arguments.out}: found something there; expected a new folder. Give another name.")
    series, report = importers.read(arguments.path, arguments.format)
    print(report)
    if arguments.out:
        records.to_folder(series, arguments.out)
        print(f"written to {arguments.out}")
    return OK
