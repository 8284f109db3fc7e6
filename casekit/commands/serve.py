"""casekit serve: the published dashboards, read-only."""

import argparse
from typing import Any

PORTS = range(2**16)


def add(commands: Any) -> None:
    """Add the command to the command line."""
    serve = commands.add_parser("serve", help="publish the dashboards, read-only, on this machine only")
    serve.add_argument("--port", type=port, default=8866, help="default 8866; 0 takes any free port")
    serve.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the dashboards until interrupted."""
    from casekit import publish

    return publish.serve(port=arguments.port)


def port(text: str) -> int:
    """The number of a port."""
    if not text.isdecimal() or int(text) not in PORTS:
        raise argparse.ArgumentTypeError(f"found {text}; expected a number from 0 to {PORTS[-1]}")
    return int(text)
