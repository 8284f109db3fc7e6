"""Selected notebooks as read-only pages, and all notebooks in JupyterLab, both on this machine only."""

import sys

# Jupyter's event log checks IRI formats with an optional grammar that takes a second to compile; no log here has IRIs.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from casekit.publish.lab import lab
from casekit.publish.serving import serve

__all__ = ["lab", "serve"]
