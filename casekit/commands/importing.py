"""casekit import: another format becomes a series."""

import argparse
from pathlib import Path
from typing import Any

from casekit.commands.answer import OK
from casekit.errors import CaseKitError


def add(commands: Any) -> None:
    """Add the command to the command line."""
    importing = commands.add_parser("import", help="turn another format into a series")
    importing.add_argument("path", help="file or folder in the other format")
    importing.add_argument("--format", metavar="NAME", help="name of the format; recognised when left out")
    proposed = "only write a mapping file, to be corrected; what was corrected in that of --mapping stays"
    importing.add_argument("--propose", type=Path, metavar="FILE", help=proposed)
    importing.add_argument("--mapping", type=Path, metavar="FILE", help="the corrected mapping file")
    importing.add_argument("--day-zero", metavar="RULE", help="such as infusion, column:NAME, drug:NAME, list:FILE")
    importing.add_argument("--keep-dates", action="store_true", help="keep real dates beside the days")
    importing.add_argument("--keep-text", action="store_true", help="keep free text")
    importing.add_argument("--hash-ids", action="store_true", help="pseudonyms made with a secret of this machine")
    importing.add_argument(
        "--out", type=Path, metavar="FOLDER", help="write the series and its report into this new folder"
    )
    importing.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was read and what was not, and write the series or the proposed mapping when asked."""
    from casekit import importers, records

    for place, kind in ((arguments.out, "folder"), (arguments.propose, "file")):
        if place and place.exists():
            raise CaseKitError(f"{place}: found something there; expected a new {kind}. Give another name.")
    if arguments.propose:
        text = importers.propose(arguments.path, arguments.format, arguments.mapping)
        arguments.propose.write_text(text, encoding="utf-8")
        print(f"proposed in {arguments.propose}: look at every line, then import with --mapping {arguments.propose}")
        return OK
    series, report = importers.read(
        arguments.path,
        arguments.format,
        mapping=arguments.mapping,
        index=arguments.day_zero,
        keep_dates=arguments.keep_dates,
        keep_text=arguments.keep_text,
        hash_ids=arguments.hash_ids,
    )
    print(report)
    if arguments.out:
        report.save(records.to_folder(series, arguments.out))
        print(f"written to {arguments.out}")
    return OK
