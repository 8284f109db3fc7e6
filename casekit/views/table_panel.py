"""One table on a page of a group: what its rows come to, and the rows, following the state."""

from collections.abc import Callable

import ipywidgets as widgets

from casekit.charts.gallery import picture
from casekit.views import html
from casekit.views.blocks import Block, Table
from casekit.views.group_pictures import frames, specification
from casekit.views.group_state import GroupState
from casekit.views.rows_table import Listed, RowsTable
from casekit.views.safe import guarded

WAITING = '<div class="ck ck-said"><p>Counting …</p></div>'


class TablePanel(widgets.VBox):
    """The rows of a picture as a table of its own.

    Parameters
    ----------
    state : GroupState
        What the page shows.
    name : str
        Name of the picture whose rows are shown.
    place : int
        Position on the page; what stands first is shown at once, the rest when the viewer comes near.
    say : callable
        Shows a sentence to the viewer.
    """

    def __init__(self, state: GroupState, name: str, place: int, say: Callable[[str], None]) -> None:
        self._state, self._picture, self._drawn = state, picture(name), False
        self._told = widgets.HTML(WAITING)
        self._rows = RowsTable(self._listed, opened=True, place=place)
        super().__init__([self._told, self._rows])
        self.add_class("ck-panel")
        safely = guarded(say)
        self._rows.on_near(safely(lambda: None if self._drawn else self.draw()))
        self._rows.on_pick(safely(lambda patient: setattr(state, "patient", patient)))
        state.observe(safely(lambda change: setattr(self._rows, "patient", change["new"])), "patient")
        if place == 0:
            self.draw()

    def wait(self) -> None:
        """Show that what is on screen is no longer what was asked for."""
        if self._drawn:
            self._told.value = WAITING

    def redraw(self) -> None:
        """Show the rows of the patients of the state, if the viewer has come to them already."""
        if self._drawn:
            self.draw()

    def draw(self) -> None:
        """Show the rows of the patients of the state, and what they come to."""
        self._drawn = True
        self._told.value = f'<div class="ck ck-said"><p>{html.safe(self._sentence())}</p></div>'
        self._rows.refresh()

    def blocks(self) -> list[Block]:
        """Return the table as shown."""
        listed = self._listed()
        return [Table(listed.title, listed.rows, listed.columns, self._sentence())]

    def _listed(self) -> Listed:
        """Return the rows of the patients that are left."""
        state, shown = self._state, self._picture
        own = frames(state.series, shown.name, state.day_zero).of(state.remaining().shown)
        return Listed(shown.name, shown.title, own.rows, own.columns or shown.columns, own.about)

    def _sentence(self) -> str:
        """Return what the rows come to, in a sentence."""
        state, shown = self._state, self._state.remaining().shown
        return str(specification(state.series, self._picture.name, state.day_zero, shown)["description"])
