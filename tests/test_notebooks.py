"""The notebooks are pages to read: a heading first, short cells, nothing stored, nothing defined, and they run."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
FILES = sorted(FOLDER.glob("*.ipynb"))
ABSOLUTE_PATH = re.compile(r"""["'](/|[A-Za-z]:[\\/]|~|\\\\)""")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)

notebooks = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def read(file):
    return nbformat.read(file, as_version=4)


def code_cells(file):
    return [cell for cell in read(file).cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert FILES


@notebooks
def test_stored_notebook_is_clean(file):
    assert [cell.source for cell in code_cells(file) if cell.outputs or cell.execution_count is not None] == []
    assert "widgets" not in read(file).metadata
    assert read(file).metadata.kernelspec.name == "python3"


@notebooks
def test_first_cell_is_a_heading(file):
    first = read(file).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")


@notebooks
def test_cells_are_short(file):
    assert [cell.source for cell in code_cells(file) if len(cell.source.splitlines()) > 12] == []


@notebooks
def test_nothing_is_defined_in_a_notebook(file):
    nodes = [node for cell in code_cells(file) for node in ast.walk(ast.parse(cell.source))]
    assert [ast.unparse(node) for node in nodes if isinstance(node, DEFINITIONS)] == []


@notebooks
def test_no_absolute_path(file):
    assert [cell.source for cell in code_cells(file) if ABSOLUTE_PATH.search(cell.source)] == []


@notebooks
def test_notebook_runs(file, tmp_path):
    """Run as `jupyter execute` would, in a process of its own; the copy that was run holds no error."""
    words = [
        sys.executable,
        "-m",
        "jupyter",
        "execute",
        str(file),
        "--output",
        str(tmp_path / "run"),
        "--timeout",
        "120",
    ]
    answer = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert answer.returncode == 0, answer.stderr
    (run,) = tmp_path.glob("run*")
    kinds = [output.output_type for cell in code_cells(run) for output in cell.outputs]
    assert "error" not in kinds
    assert kinds, "the notebook shows nothing"
