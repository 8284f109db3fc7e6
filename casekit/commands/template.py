"""casekit template: a workbook to fill in."""

import argparse
from typing import Any

from casekit.commands.answer import OK


def add(commands: Any) -> None:
    """Add the command to the command line."""
    template = commands.add_parser("template", help="write a workbook to fill in")
    template.add_argument("path", help="the new workbook, such as my-series.xlsx")
    template.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the workbook and say what to do next."""
    from casekit import records

    written = records.template(arguments.path)
    print(f"written to {written}; fill it in, then look for mistakes with: casekit check {written}")
    return OK
