"""What a notebook carries before it runs: stored outputs, pasted images, words, and which data it reads."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from casekit.publish.disclosure_cells import Finding
from casekit.publish.disclosure_policy import COUNT, DATE, IDENTIFIER, SUPPRESSED, View
from casekit.publish.disclosure_text import has_date, identifiers
from casekit.publish.published import Page
from casekit.scores.suppression import SMALLEST

COUNTED = {"series", "counts_page", "characteristics", "outcomes", "infections"}
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


def count_findings(page: Page, view: View, smallest: int) -> Iterator[Finding]:
    """Yield where a page whose counts are said to be hidden shows something else, or counts that are smaller."""
    if view.counts != SUPPRESSED:
        return
    todo = "Show views.counts_page(ck.series()) and nothing else, or write counts = 'exact' in policy.toml."
    for number, cell in enumerate(_cells(page.notebook), start=1):
        source, field = "".join(cell["source"]), f"cell {number}"
        if cell["cell_type"] != "code":
            continue
        if (code := _python(source)) != source:
            yield Finding(COUNT, page.name, field, "a command for IPython, which may show anything", todo)
        for what in _uncounted(ast.parse(code)):
            yield Finding(COUNT, page.name, field, f"{what}, which is no hidden count", todo)
        for call in _calls(source):
            if ast.unparse(call.func).endswith("counts_page") and (least := _smallest(call)) < smallest:
                found = f"counts from {least}, of which those below {smallest} are small"
                yield Finding(COUNT, page.name, field, found, f"Write smallest={smallest}.")


def _uncounted(tree: ast.Module) -> Iterator[str]:
    """Yield what a cell reaches for that may show more than hidden counts; the series itself may only be counted."""
    counted = [
        argument
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("counts_page")
        for argument in node.args
    ]
    for node in ast.walk(tree):
        reached = isinstance(node, ast.Attribute) and node.attr not in COUNTED
        called = isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute)
        shown = isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".series") and node not in counted
        if reached or called or shown or _imports_other(node):
            yield ast.unparse(node)


def _imports_other(node: ast.AST) -> bool:
    """Return whether a line brings in something else than casekit, which may show anything by its mere name."""
    if isinstance(node, ast.ImportFrom):
        return node.level > 0 or str(node.module).partition(".")[0] != "casekit"
    return isinstance(node, ast.Import) and any(one.name.partition(".")[0] != "casekit" for one in node.names)


def _smallest(call: ast.Call) -> int:
    """Return from which count on a page shows them; 0 where that cannot be told without running it."""
    given = [*call.args[1:2], *[word.value for word in call.keywords if word.arg in ("smallest", None)]]
    if not given:
        return SMALLEST
    return int(given[0].value) if isinstance(given[0], ast.Constant) and isinstance(given[0].value, int) else 0


def _cells(notebook: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook."""
    cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return cells


def _calls(source: str) -> Iterator[ast.Call]:
    """Yield every call in a cell; a cell with commands for IPython, which are no Python, runs nothing we can follow."""
    yield from (node for node in ast.walk(ast.parse(_python(source))) if isinstance(node, ast.Call))


def _python(source: str) -> str:
    """Return a cell with empty lines in place of commands for IPython."""
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


def _reads_other(call: ast.Call) -> bool:
    """Return whether a call reads something else than the series of the pages."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in READERS
