"""casekit publish-check: what the published pages would reveal of real patients, and what is accepted and why."""

import argparse
from pathlib import Path
from typing import Any

from casekit.commands.answer import DATA_PROBLEM, OK


def add(commands: Any) -> None:
    """Add the command to the command line."""
    check = commands.add_parser("publish-check", help="say what the published pages would reveal of patients")
    check.add_argument(
        "series",
        nargs="?",
        type=Path,
        help="folder or workbook of the series; the published one when left out",
    )
    check.add_argument("--out", type=Path, metavar="FILE", help="write the report as HTML too")
    check.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the report; 1 when something is revealed that nobody accepted."""
    from casekit.publish.disclosure import published_review
    from casekit.publish.disclosure_report import report_html, report_text
    from casekit.publish.export import written
    from casekit.publish.published import published

    found = published_review(published(series=arguments.series))
    print(report_text(found))
    if arguments.out:
        print(f"written: {written(arguments.out, report_html(found))}")
    return DATA_PROBLEM if found.refused else OK
