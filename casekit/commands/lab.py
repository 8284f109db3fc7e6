"""casekit lab: the notebooks in JupyterLab."""

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the command line."""
    lab = commands.add_parser("lab", help="open the notebooks in JupyterLab")
    lab.set_defaults(command=run)


def run(_: argparse.Namespace) -> int:
    """Open JupyterLab until it is closed."""
    from casekit import publish

    return publish.lab()
