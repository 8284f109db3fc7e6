"""Open JupyterLab on the notebooks, on this machine only."""

import subprocess
import sys

from casekit.publish.published import PROJECT

SETTINGS = (
    "--ServerApp.ip=127.0.0.1",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


def lab(*more: str) -> int:
    """Open JupyterLab on the folder of the notebooks until it is stopped and return its exit code."""
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={PROJECT}", *SETTINGS, *more, "notebooks"]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode  # noqa: S603  (fixed words)
