"""What the server writes down: one line per view without anything a patient could be known by, and every fault."""

import logging
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any

LARGEST_LOG = 5_000_000  # bytes; a larger one is begun anew at the next start
SERVER_LOGS = ("casekit", "tornado.application", "tornado.general", "asyncio")
QUERY = re.compile(r"\?[^\s'\"]+")  # what follows the question mark of an address names patients
COLOUR = re.compile(r"\x1b\[[0-9;]*m")  # kernels colour their faults
REFUSED = 400
LONGEST_PATH = 80
LEFT = frozenset({"WebSocketClosedError", "StreamClosedError"})

log = logging.getLogger("casekit.publish")


class WithoutQueries(logging.Formatter):
    """Writes lines without colours, from which the query of every address is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return COLOUR.sub("", without_queries(super().format(record)))


def without_queries(text: str) -> str:
    """Return the text without what addresses in it ask for.

    Examples
    --------
    >>> without_queries("GET /patient?patient=SLE-01 (127.0.0.1)")
    'GET /patient?... (127.0.0.1)'
    """
    return QUERY.sub("?...", text)


def is_worth_a_line(record: logging.LogRecord) -> bool:
    """Return whether a record tells of a fault; that a viewer has left while the kernel was speaking is none."""
    fault = record.exc_info[0] if record.exc_info else None
    return fault is None or fault.__name__ not in LEFT


def log_file(port: int) -> Path:
    """Return the file, readable by its owner only, to which this server and its kernels add their lines."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    folder = home / "casekit"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"serve-{port}.log"
        if path.is_file() and path.stat().st_size > LARGEST_LOG:
            path.unlink()
        path.touch(mode=0o600)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="casekit-log-")) / f"serve-{port}.log"
    return path


def write_to(path: Path, *more: logging.Logger) -> None:
    """Let the server, and these further loggers, write into the file instead of to the terminal."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.addFilter(is_worth_a_line)
    handler.setFormatter(WithoutQueries("%(asctime)s %(levelname)s %(message)s"))
    for logger in (*map(logging.getLogger, SERVER_LOGS), *more):
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.ERROR)
    logging.getLogger("casekit").setLevel(logging.INFO)


def view_line(handler: Any) -> None:
    """Write one line per page that was looked at, and one per request that was refused.

    Parameters
    ----------
    handler : tornado.web.RequestHandler
        Whose request has been answered; ``page_name`` names the page.
    """
    page, status = getattr(handler, "page_name", ""), handler.get_status()
    seconds = handler.request.request_time()
    if page:
        log.info("view page=%s status=%d seconds=%.2f", page, status, seconds)
    elif status >= REFUSED:
        path = handler.request.path[:LONGEST_PATH]
        log.info("refused %s path=%r status=%d seconds=%.2f", handler.request.method, path, status, seconds)


def reference() -> str:
    """Return a new number under which a fault can be found in the log; it says nothing else."""
    return secrets.token_hex(4)
