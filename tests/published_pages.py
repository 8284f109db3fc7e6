"""The published pages, served for as long as a test needs them; and a folder of pages that shows any series."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from casekit import records
from casekit.publish.published import DASHBOARDS

SERVE = "from casekit.publish import serve; serve(0)"
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
IMPORTS = "import os\nimport ipywidgets as widgets\nimport numpy as np\nimport casekit as ck\nfrom casekit import views"
PAGES = {
    "patient": "views.patient_page(ck.series())",
    "cohort": "views.group_page(ck.series()).picture('swimmer')",
    "told": "widgets.HTML(f'{[value for value in os.environ.values() if \"who=\" in value]} {np.random.random()}')",
    "broken": "raise ValueError('a value of SLE-01')",
}


@contextmanager
def served(code=SERVE, **environment):
    """The address of the pages, served by a process of their own."""
    with tempfile.TemporaryFile("w+") as log:
        words = [sys.executable, "-c", code]
        known = {**os.environ, **environment}
        server = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True, env=known)
        try:
            yield re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline()).group()
        finally:
            server.terminate()
            server.wait(30)
            server.stdout.close()


def pages_of(series, folder):
    """A folder like ``dashboards/`` whose pages show this series; one says what its kernel was told, one fails."""
    shutil.copytree(DASHBOARDS, folder, ignore=shutil.ignore_patterns("published.toml"))
    records.to_folder(series, folder / "series")
    declared = ['series = "series"']
    for name, shown in PAGES.items():
        code = f"{IMPORTS}\n{shown}"
        heading = {"cell_type": "markdown", "metadata": {}, "source": f"# The page {name}", "id": "head"}
        cell = {"cell_type": "code", "metadata": {}, "source": code, "outputs": [], "execution_count": None, "id": "a"}
        notebook = {
            "cells": [heading, cell],
            "metadata": {"kernelspec": KERNELSPEC},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        Path(folder / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        declared.append(f'[page.{name}]\nnotebook = "{name}.ipynb"\ntitle = "{name}"\nsentence = "A page."')
    Path(folder / "published.toml").write_text("\n".join(declared), encoding="utf-8")
    return folder
