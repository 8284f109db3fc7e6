"""casekit serve: the published dashboards, read-only."""

import argparse
from pathlib import Path
from typing import Any

PORTS = range(2**16)
EXAMPLES = """\
examples:
  casekit serve                                            for this machine only
  casekit serve my-series                                  the same pages of your own series
  casekit serve --ip 0.0.0.0 --token-file ~/casekit-token  for those who know the token; a new file gets a new token
  casekit serve --hub --host hub.example.org               as a service of a JupyterHub, which asks for the login
  casekit serve --behind-proxy --host cases.example.org    for a reverse proxy on this machine that asks for the login
"""


def add(commands: Any) -> None:
    """Add the command to the command line."""
    serve = commands.add_parser(
        "serve",
        help="publish the dashboards, read-only, on this machine unless there is a login",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    serve.add_argument(
        "series", nargs="?", type=Path, help="folder or workbook of the series; that of dashboards/published.toml"
    )
    serve.add_argument("--port", type=port, default=8866, help="default 8866; 0 takes any free port")
    serve.add_argument("--ip", default="127.0.0.1", help="address to listen on; others than 127.0.0.1 need a login")
    serve.add_argument("--token-file", type=Path, help="file with the token that viewers must know")
    serve.add_argument("--behind-proxy", action="store_true", help="a reverse proxy stands in front and asks for login")
    serve.add_argument("--hub", action="store_true", help="a JupyterHub has started this and asks for the login")
    serve.add_argument(
        "--host", action="append", default=[], help="name under which viewers know the pages; repeatable"
    )
    serve.add_argument("--viewers", type=viewers, help="how many pages may be open at once, default 40")
    serve.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve the dashboards until interrupted."""
    from casekit import publish
    from casekit.publish.access import access, behind_hub
    from casekit.publish.viewer_kernels import MOST_VIEWERS

    hosts = tuple(arguments.host)
    if arguments.hub:
        allowed = behind_hub(hosts)
    else:
        token_file = arguments.token_file
        allowed = access(arguments.ip, token_file=token_file, behind_proxy=arguments.behind_proxy, hosts=hosts)
    most = arguments.viewers or MOST_VIEWERS
    return publish.serve(arguments.port, series=arguments.series, allowed=allowed, most_viewers=most)


def port(text: str) -> int:
    """The number of a port."""
    if not text.isdecimal() or int(text) not in PORTS:
        raise argparse.ArgumentTypeError(f"found {text}; expected a number from 0 to {PORTS[-1]}")
    return int(text)


def viewers(text: str) -> int:
    """How many pages may be open at once."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"found {text}; expected a whole number from 1")
    return int(text)
