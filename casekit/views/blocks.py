"""What a page shows, as plain values: words, pictures and tables in reading order, for whoever writes them to a file.

Every widget that a cell of a published notebook returns has a method ``blocks``; what it lists is the state as shown:
chosen patient, filter, day 0 and window. Nothing here knows widgets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import pandas as pd


@dataclass(frozen=True, eq=False)
class Words:
    """Text of a page.

    Attributes
    ----------
    html : str
        The text as HTML in which every value is escaped.
    """

    html: str


@dataclass(frozen=True, eq=False)
class Table:
    """A table of a page.

    Attributes
    ----------
    title : str
        What the table answers, as plain text.
    rows : DataFrame
        One row per row that is shown, in the order shown; it may have more columns than are shown.
    columns : mapping of str to str
        Columns that are shown, in order, and their headings with units.
    caption : str
        What stands below: patients shown, day 0, "synthetic data".
    """

    title: str
    rows: pd.DataFrame
    columns: Mapping[str, str]
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture of a page with the rows it draws.

    Attributes
    ----------
    name : str
        The word for the picture in menus and addresses; unique on its page.
    title : str
        What the picture answers, as plain text.
    spec : mapping
        Vega-Lite specification with its data; its parameters hold the values on screen.
    rows, columns, caption
        The table beside the picture, as in :class:`Table`.
    """

    name: str
    title: str
    spec: Mapping[str, Any]
    rows: pd.DataFrame
    columns: Mapping[str, str]
    caption: str = ""


Block = Words | Table | Drawn


@runtime_checkable
class Shown(Protocol):
    """Anything on a page that can say what it shows."""

    def blocks(self) -> list[Block]:
        """Return what is shown, in reading order."""
        ...
