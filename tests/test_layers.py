"""Imports run one way: errors, catalogue, units, records, scores, charts, views; the rest hangs off the side."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "casekit"
SCORED = {"errors", "units", "catalogue", "records", "scores"}
EVERYTHING = {*SCORED, "charts", "views", "importers", "publish", "commands", "cli"}

# what each part may import, besides itself
MAY_IMPORT = {
    "errors": set(),
    "catalogue": {"errors"},
    "units": {"errors", "catalogue"},
    "records": {"errors", "units", "catalogue"},
    "importers": {"errors", "units", "catalogue", "records", "scores"},
    "scores": {"errors", "units", "catalogue", "records"},
    "charts": SCORED,
    "views": {*SCORED, "charts", "importers"},
    "publish": EVERYTHING - {"commands", "cli"},
    "commands": EVERYTHING - {"cli"},
    "cli": EVERYTHING,
    "__init__": EVERYTHING - {"commands", "cli"},
    "__main__": {"cli"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(file):
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def absolute_names(node, file):
    """The dotted names an import statement reaches, relative ones made absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    folder = file.parent.relative_to(PACKAGE.parent).parts
    base = folder[: len(folder) - node.level + 1] if node.level else ()
    return [".".join([*base, *(node.module or "").split("."), alias.name]).replace("..", ".") for alias in node.names]


def imported_parts(file, text):
    """The parts of casekit that a file imports."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [name.split(".") for node in nodes for name in absolute_names(node, file)]
    return {name[1] if len(name) > 1 else "__init__" for name in names if name[0] == "casekit"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_run_one_way(file):
    part = part_of(file)
    assert part in MAY_IMPORT, f"{part} is a new part of casekit: say here what it may import"
    reached = imported_parts(file, file.read_text(encoding="utf-8"))
    assert reached - MAY_IMPORT[part] - {part} == set()


@pytest.mark.parametrize(
    ("file", "text", "parts"),
    [
        ("scores/rules.py", "from casekit.charts import theme", {"charts"}),
        ("scores/rules.py", "from casekit import views", {"views"}),
        ("scores/rules.py", "import casekit.publish.serve", {"publish"}),
        ("scores/rules.py", "import casekit as ck", {"__init__"}),
        ("scores/rules.py", "from ..charts import theme", {"charts"}),
        ("scores/rules.py", "from .. import views", {"views"}),
        ("scores/rules.py", "from . import derive", {"scores"}),
        ("errors.py", "from .catalogue import variables", {"catalogue"}),
        ("cli.py", "def f():\n    from casekit.records import load", {"records"}),
        ("cli.py", "import pandas\nfrom pathlib import Path", set()),
    ],
)
def test_every_form_of_import_is_seen(file, text, parts):
    assert imported_parts(PACKAGE / file, text) == parts


def test_casekit_is_light_to_import():
    program = "import sys, casekit; print(*sys.modules, sep='\\n')"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = set(answer.stdout.splitlines())
    assert "pandas" in imported  # the list is the real one
    assert imported & {"altair", "ipywidgets", "anywidget", "IPython", "voila", "jupyterlab", "vl_convert"} == set()


@pytest.mark.parametrize("part", ["charts", "scores", "records", "importers"])
def test_only_views_and_publish_know_widgets(part):
    for file in (PACKAGE / part).rglob("*.py"):
        names = [
            name
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in absolute_names(node, file)
        ]
        assert not [name for name in names if name.split(".")[0] in {"ipywidgets", "anywidget", "IPython"}], file
