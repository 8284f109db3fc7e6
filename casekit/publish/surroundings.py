"""What a process that works for viewers may know of the surroundings of the server."""

import os

from casekit.records.shown import VARIABLE
from casekit.views.safe import LOG_VARIABLE

PLACES = "PATH HOME USER TMPDIR TEMP TMP XDG_CACHE_HOME XDG_RUNTIME_DIR VIRTUAL_ENV PYTHONPATH JUPYTER_PATH"
ON_WINDOWS = "SYSTEMROOT APPDATA LOCALAPPDATA USERPROFILE PATHEXT"
INHERITED = (
    *PLACES.split(),
    *ON_WINDOWS.split(),
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    VARIABLE,
    LOG_VARIABLE,
)


def inherited() -> dict[str, str]:
    """Return the variables that are handed on; passwords and tokens in those of the server are not among them."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ}
