"""No traceback may reach a viewer: Jupyter would send it, with source lines, to the browser."""

import logging
import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from casekit.errors import CaseKitError

LOG_VARIABLE = "CASEKIT_LOG"
SORRY = "This did not work. Please reload the page; if it happens again, tell the person who runs it."


def _logger() -> logging.Logger:
    """Return where faults are written: the file of the server, since Jupyter forwards what a kernel prints."""
    logger = logging.getLogger("casekit")
    path = os.environ.get(LOG_VARIABLE)
    if path and logger.propagate:
        logger.addHandler(_file(path))
        logger.propagate = False
    return logger


def _file(path: str) -> logging.Handler:
    """Return the handler that appends to that file, or one that stays silent when it cannot be written."""
    try:
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    return handler


log = _logger()


def guarded(say: Callable[[str], None]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator for callbacks: what goes wrong is said in one sentence, the details stay in the log."""

    def decorate(callback: Callable[..., None]) -> Callable[..., None]:
        @wraps(callback)
        def call(*values: Any) -> None:
            try:
                callback(*values)
            except CaseKitError as error:
                say(str(error))
            except Exception:
                log.exception("callback %s", callback.__name__)
                say(SORRY)

        return call

    return decorate
