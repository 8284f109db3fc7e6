"""Open JupyterLab on the notebooks, on this machine only."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from casekit import records
from casekit.publish.published import DASHBOARDS, PROJECT
from casekit.records.shown import VARIABLE

SETTINGS = (
    "--LabApp.default_url=/lab/tree/notebooks",
    "--ServerApp.ip=127.0.0.1",
    "--ContentsManager.pre_save_hook=casekit.publish.lab.without_outputs",
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


def without_outputs(model: dict[str, Any], **_where: Any) -> None:
    """Take what the cells show out of a notebook before JupyterLab stores it: it may show patients.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "1 + 1", "outputs": [{"text": "2"}], "execution_count": 1}
    >>> without_outputs({"type": "notebook", "content": {"cells": [cell]}})
    >>> cell["outputs"], cell["execution_count"]
    ([], None)
    """
    cells = model["content"]["cells"] if model.get("type") == "notebook" and model.get("content") else []
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


def _quiet() -> dict[str, str]:
    """Return the environment in which JupyterLab does not offer news from the internet."""
    known = os.environ.get("JUPYTER_CONFIG_PATH")
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, [str(DASHBOARDS / "jupyterlab"), known]))}
