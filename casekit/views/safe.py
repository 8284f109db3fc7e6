"""No traceback may reach a viewer: Jupyter would send it, with source lines, to the browser."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from casekit.errors import CaseKitError

log = logging.getLogger("casekit")
SORRY = "This did not work. Please reload the page; if it happens again, tell the person who runs it."


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
