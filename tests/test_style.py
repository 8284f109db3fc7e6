"""The code reads as agreed: formatted, linted, typed, small."""

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "casekit").rglob("*.py"))


@pytest.mark.parametrize(
    "words",
    [["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"]],
    ids=["format", "lint", "types"],
)
def test_tool_has_nothing_to_say(words):
    answer = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def function_lengths(file):
    """Name and number of lines of every function in a file, without its docstring."""
    functions = [
        node
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {f"{file.name}:{node.name}": node.end_lineno - first_line(node) + 1 for node in functions}


def first_line(function):
    """The line the body starts on, the docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return body[0].lineno


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_and_functions_are_small(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400
    assert {name: length for name, length in function_lengths(file).items() if length > 60} == {}


def test_the_middle_function_is_short():
    lengths = [length for file in FILES for length in function_lengths(file).values()]
    assert statistics.median(lengths) <= 8
