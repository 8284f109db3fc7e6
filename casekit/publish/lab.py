"""Open JupyterLab on the notebooks, on this machine only."""

import os
import subprocess
import sys
from pathlib import Path

from casekit import records
from casekit.publish.published import DASHBOARDS, PROJECT
from casekit.records.shown import VARIABLE

SETTINGS = (
    "--LabApp.default_url=/lab/tree/notebooks",
    "--ServerApp.ip=127.0.0.1",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


def lab(*more: str, series: Path | None = None) -> int:
    """Open JupyterLab on the notebooks until it is stopped and return its exit code.

    Parameters
    ----------
    *more : str
        Further words of JupyterLab's own command line, such as ``--no-browser``.
    series : Path, optional
        Folder or workbook of the series that the notebooks show; the shipped one when not given.

    Raises
    ------
    DataError
        When there is something wrong with that series.
    """
    if series is not None:
        records.load(series)
        os.environ[VARIABLE] = str(series.resolve())
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={PROJECT}", *SETTINGS, *more]
    return subprocess.run(command, cwd=PROJECT, env=_quiet(), check=False).returncode  # noqa: S603  (fixed words)


def _quiet() -> dict[str, str]:
    """Return the environment in which JupyterLab does not offer news from the internet."""
    known = os.environ.get("JUPYTER_CONFIG_PATH")
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, [str(DASHBOARDS / "jupyterlab"), known]))}
