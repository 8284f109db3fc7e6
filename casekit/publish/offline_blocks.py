"""The blocks of a page as the body of an offline file: words, live pictures with their rows, tables."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from casekit.publish.figures import still
from casekit.publish.offline_page import OfflinePage
from casekit.publish.provenance import Provenance
from casekit.views import html
from casekit.views.blocks import Block, Drawn, Table, Words

OPEN_ROWS = 60  # a longer table is folded


def blocks_page(blocks: Iterable[Block], title: str, made_of: Provenance) -> OfflinePage:
    """Return a page of these blocks.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.publish.provenance import provenance
    >>> blocks_page([Words("<h1>A page</h1>")], "A page", provenance(ck.example())).body
    '<h1>A page</h1>'
    """
    listed = list(blocks)
    pictures = {block.name: _keyed(block) for block in listed if isinstance(block, Drawn)}
    data = {"pictures": pictures} if pictures else {}
    return OfflinePage(title, "\n".join(_body(block) for block in listed), made_of, data)


def _keyed(block: Drawn) -> dict[str, object]:
    """Return the specification under the name of its block."""
    return {**block.spec, "usermeta": {**block.spec.get("usermeta", {}), "key": block.name}}


def _body(block: Block) -> str:
    """Return one block as HTML."""
    if isinstance(block, Words):
        return block.html
    if isinstance(block, Table):
        return _table(block, folded=len(block.rows) > OPEN_ROWS)
    name = html.safe(block.name)
    heading = f"<h3>{html.safe(block.title)}</h3>" if block.title else ""
    caption = f'<p class="ck ck-hint">{html.safe(block.caption)}</p>' if block.caption else ""
    rows = _table(block, folded=True) if len(block.columns) else ""
    return (
        f'<section class="ck-drawn" data-picture="{name}">{heading}'
        f'<div class="ck-picture"><div class="ck-still">{still(block.spec)}</div>'
        f'<div id="casekit-picture-{name}"></div></div>{caption}{rows}</section>'
    )


def _table(block: Table | Drawn, *, folded: bool) -> str:
    """Return the rows of a block as a table, folded below their number or open."""
    columns = [column for column in block.columns if column in block.rows]
    rows = [[cell_text(cell) for cell in row] for row in block.rows[columns].itertuples(index=False)]
    made = html.table(block.title, [block.columns[column] for column in columns], rows)
    if not folded:
        return made + (f'<p class="ck ck-hint">{html.safe(block.caption)}</p>' if block.caption else "")
    return f"<details><summary>{len(rows)} rows: {html.safe(block.title)}</summary>{made}</details>"


def cell_text(value: Any) -> str:
    """Return a cell as text: nothing for missing, a whole number without decimals, a list as its words.

    Examples
    --------
    >>> cell_text(4.0), cell_text(None), cell_text(["a", "b"])
    ('4', '', 'a, b')
    """
    if isinstance(value, list | tuple):
        return ", ".join(cell_text(one) for one in value)
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
