"""casekit lab: the notebooks in JupyterLab."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the command line."""
    lab = commands.add_parser("lab", help="open the notebooks in JupyterLab")
    lab.add_argument("series", nargs="?", type=Path, help="folder or workbook of the series that the notebooks show")
    lab.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Open JupyterLab until it is closed."""
    from casekit import publish

    return publish.lab(series=arguments.series)
