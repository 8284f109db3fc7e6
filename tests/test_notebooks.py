"""The notebooks are pages to read: a heading first, short cells, nothing stored, nothing defined, and they run."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from casekit.views.blocks import Shown

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
def test_a_story_is_short_and_every_picture_has_words_before_it(file):
    kinds = [cell.cell_type for cell in read(file).cells]
    assert kinds.count("code") <= 15
    shows = [
        place for place, cell in enumerate(read(file).cells) if ".picture(" in cell.source or ".table(" in cell.source
    ]
    assert [place for place in shows if kinds[place - 1] != "markdown"] == []


@notebooks
def test_every_cell_runs_and_what_it_shows_can_be_written_to_a_file(file):
    """Run in this process: cell by cell, as a reader would, with the blocks of what each cell returns."""
    names, shown = {}, []
    for cell in code_cells(file):
        body = ast.parse(cell.source).body
        *before, last = body
        exec(compile(ast.Module(before, []), file.name, "exec"), names)  # noqa: S102  # the notebooks are ours
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), file.name, "eval"), names))  # noqa: S307
        else:
            exec(compile(ast.Module([last], []), file.name, "exec"), names)  # noqa: S102
    assert shown, "the notebook shows nothing"
    pages = [part for part in shown if isinstance(part, Shown)]
    assert len(pages) == len(shown) or "page = " not in "".join(cell.source for cell in code_cells(file))
    assert all(part.blocks() for part in pages)


def test_a_notebook_runs_in_a_kernel_of_its_own(tmp_path):
    """Run as `jupyter execute` would; the copy that was run holds no error."""
    file = FOLDER / "04-sle.ipynb"
    words = [sys.executable, "-m", "jupyter", "execute", str(file), "--output", str(tmp_path / "run")]
    answer = subprocess.run(
        [*words, "--timeout", "120"], cwd=FOLDER, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert answer.returncode == 0, answer.stderr
    (run,) = tmp_path.glob("run*")
    kinds = [output.output_type for cell in code_cells(run) for output in cell.outputs]
    assert "error" not in kinds
    assert kinds, "the notebook shows nothing"
