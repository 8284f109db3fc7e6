"""What a notebook carries before it runs: stored outputs, pasted images, words, and which data it reads."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from casekit.publish.disclosure_cells import Finding
from casekit.publish.disclosure_policy import DATE, IDENTIFIER
from casekit.publish.disclosure_text import has_date, identifiers
from casekit.publish.published import Page

STORED, OTHER_DATA = "stored output", "other data"
READERS = {
    "example",
    "load",
    "read",
    "open",
    "read_text",
    "read_bytes",
    "read_csv",
    "read_excel",
    "read_parquet",
    "read_json",
}


def carried_findings(page: Page) -> Iterator[Finding]:
    """Yield what is stored in a notebook: it was computed once, from data nobody can tell any more."""
    for number, cell in enumerate(_cells(page.notebook), start=1):
        if cell.get("outputs"):
            todo = "Clear all outputs of the notebook and save it."
            yield Finding(STORED, page.name, f"cell {number}", "a stored output", todo)
        if cell.get("attachments"):
            yield Finding(STORED, page.name, f"cell {number}", "a pasted image", "Delete the image from the cell.")


def word_findings(page: Page) -> Iterator[Finding]:
    """Yield identifiers and dates in the words of a notebook."""
    for number, cell in enumerate(_cells(page.notebook), start=1):
        if cell["cell_type"] == "code":
            continue
        text, field = "".join(cell["source"]), f"cell {number}"
        for kind in identifiers(text):
            yield Finding(IDENTIFIER, page.name, field, kind, "Remove it from the text.")
        if has_date(text):
            yield Finding(DATE, page.name, field, "a date", "Remove it from the text, or accept it with the reason.")


def data_findings(page: Page) -> Iterator[Finding]:
    """Yield where a notebook reads other data than ``ck.series()``, which is the series that is checked."""
    for number, cell in enumerate(_cells(page.notebook), start=1):
        if cell["cell_type"] != "code":
            continue
        for call in _calls("".join(cell["source"])):
            if _reads_other(call):
                found = f"{ast.unparse(call)}, which is not the series that is checked"
                todo = "Write ck.series() instead: the series of published.toml, or the one the command was given."
                yield Finding(OTHER_DATA, page.name, f"cell {number}", found, todo)


def _cells(notebook: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook."""
    cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return cells


def _calls(source: str) -> Iterator[ast.Call]:
    """Yield every call in a cell; a cell with commands for IPython, which are no Python, runs nothing we can follow."""
    code = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    yield from (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))


def _reads_other(call: ast.Call) -> bool:
    """Return whether a call reads something else than the series of the pages."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in READERS
