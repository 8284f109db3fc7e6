"""Selected notebooks as read-only pages, and all notebooks in JupyterLab, both on this machine only."""

from casekit.publish.lab import lab
from casekit.publish.serving import serve

__all__ = ["lab", "serve"]
