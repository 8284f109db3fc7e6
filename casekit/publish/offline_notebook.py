"""What a published notebook shows, read by running its cells here: the words, pictures and tables of its first view."""

import ast
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from casekit.errors import CaseKitError
from casekit.records import CaseSeries, showing
from casekit.views.blocks import Block, Drawn, Shown, Table, Words
from casekit.views.vega_view import VegaView

LINKS = "VOILA_BASE_URL"  # where the pages write links to patients; unset they write names


def notebook_blocks(notebook: Path, series: CaseSeries | None = None, links: str = "") -> list[Block]:
    """Return what the notebook shows, in reading order.

    Parameters
    ----------
    notebook : Path
        A notebook of the project.
    series : CaseSeries, optional
        What ``ck.series()`` is in the notebook; the series it always shows when not given.
    links : str
        What stands before ``patient?patient=SLE-03`` in links to a patient; no links without it.

    Raises
    ------
    CaseKitError
        When a cell shows something that cannot be written to a file.
    """
    cells = _cells(notebook)
    names: dict[str, Any] = {}
    found: list[Block] = []
    with _linked(links), showing(series) if series else nullcontext():
        for cell in cells:
            if cell.cell_type == "markdown":
                found.append(Words(_html(cell.source)))
            elif cell.cell_type == "code":
                found += _blocks(_run(cell.source, names), notebook.stem)
    return found


def first_words(notebook: Path) -> str:
    """Return the heading of a notebook, with what stands below it, as HTML."""
    return _html(_cells(notebook)[0].source)


def _cells(notebook: Path) -> list[Any]:
    """Return the cells of a notebook."""
    import nbformat

    return list(nbformat.reads(notebook.read_text(encoding="utf-8"), as_version=4).cells)


@contextmanager
def _linked(links: str) -> Iterator[None]:
    """Let the pages link to patients under this address while their cells run."""
    before = os.environ.pop(LINKS, None)
    if links:
        os.environ[LINKS] = links
    try:
        yield
    finally:
        os.environ.pop(LINKS, None)
        if before is not None:
            os.environ[LINKS] = before


def _run(source: str, names: dict[str, Any]) -> Any:
    """Run one cell of a notebook of the project, as JupyterLab does, and return what it shows."""
    tree = ast.parse(source)
    ends = tree.body[-1] if tree.body else None
    last = ends if isinstance(ends, ast.Expr) else None
    tree.body = tree.body[:-1] if last else tree.body
    exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102  (the project's own notebook)
    if last is None or source.rstrip().endswith(";"):
        return None
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # noqa: S307  (the same)


def _blocks(value: Any, where: str) -> list[Block]:
    """Return what one cell shows as blocks."""
    if value is None:
        return []
    if isinstance(value, Shown):
        return value.blocks()
    if isinstance(value, pd.DataFrame):
        return [Table("", value, {str(column): str(column) for column in value.columns})]
    if isinstance(value, widgets.Widget):
        return list(_seen(value))
    if hasattr(value, "_repr_markdown_"):
        return [Words(_html(value._repr_markdown_()))]
    raise CaseKitError(
        f"{where}: found a cell that shows a {type(value).__name__}; expected words, a picture or a table. "
        "Give it a method blocks(), see casekit/views/blocks.py."
    )


def _seen(widget: widgets.Widget) -> Iterator[Block]:
    """Return the words and pictures of a widget that does not list them; its controls have no place in a file."""
    if isinstance(widget, VegaView) and widget.spec:
        yield Drawn(widget.key, "", widget.spec, pd.DataFrame(), {})
    elif isinstance(widget, widgets.HTML) and widget.value:
        yield Words(widget.value)
    elif isinstance(widget, widgets.Box):
        for child in widget.children:
            yield from child.blocks() if isinstance(child, Shown) else _seen(child)


def _html(markdown: str) -> str:
    """Return Markdown as HTML; markup in it is shown as text."""
    import mistune

    return str(mistune.create_markdown(escape=True, plugins=["table"])(markdown))
