"""The table beside a picture: its rows travel only when the viewer opens it, and leave as text, CSV or XLSX."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import anywidget
import pandas as pd
import traitlets

from casekit.charts.picture import About
from casekit.charts.words import as_rows, number
from casekit.views import rows_file
from casekit.views.safe import guarded

VERSION_OF = "casekit"
ASIDE = Path(__file__)


@dataclass(frozen=True, eq=False)
class Listed:
    """What a table lists: rows, the columns that are shown with their headings, and where the rows come from."""

    name: str
    title: str
    rows: pd.DataFrame
    columns: Mapping[str, str]
    about: About


class RowsTable(anywidget.AnyWidget):
    """A table that can be sorted, copied and saved, beside a picture that can be saved.

    Parameters
    ----------
    listed : callable
        Returns what is listed now.
    opened : bool
        Whether the table is open from the start; beside a picture it is closed.
    place : int
        Position on the page: pictures further down are drawn later.
    """

    _esm = ASIDE.with_name("rows_table.js").read_text(encoding="utf-8")
    _css = ASIDE.with_name("rows_table.css").read_text(encoding="utf-8")

    head = traitlets.List(traitlets.Dict()).tag(sync=True)
    rows = traitlets.List(traitlets.List(traitlets.Any())).tag(sync=True)
    count = traitlets.Int(-1).tag(sync=True)
    fresh = traitlets.Int(0).tag(sync=True)
    opened = traitlets.Bool().tag(sync=True)
    beside_picture = traitlets.Bool(True).tag(sync=True)
    name = traitlets.Unicode().tag(sync=True)
    origin = traitlets.Unicode().tag(sync=True)
    patient = traitlets.Unicode().tag(sync=True)
    place = traitlets.Int().tag(sync=True)

    def __init__(self, listed: Callable[[], Listed], *, opened: bool = False, place: int = 0) -> None:
        super().__init__(opened=opened, beside_picture=not opened, place=place)
        self._listed = listed
        self._near: list[Callable[[], None]] = []
        self._picked: list[Callable[[str], None]] = []
        self.on_msg(self._answer)

    def on_near(self, callback: Callable[[], None]) -> None:
        """Call back when the viewer comes near this part of the page."""
        self._near.append(callback)

    def on_pick(self, callback: Callable[[str], None]) -> None:
        """Call back with the patient whose row was clicked."""
        self._picked.append(callback)

    def refresh(self) -> None:
        """Tell the browser that the rows are others now; they travel when the table is open."""
        listed = self._listed()
        with self.hold_sync():
            self.name, self.count = listed.name, len(listed.rows)
            self.origin = " · ".join(rows_file.origin_lines(listed.title, listed.about, _version()))
            self.head = [_heading(listed.rows, column, label) for column, label in listed.columns.items()]
            self.rows = _shown(listed) if self.opened else []
            self.fresh += 1

    @guarded(lambda _sentence: None)  # a table has no place for words; the fault is in the log
    def _answer(self, _widget: object, content: object, _buffers: object) -> None:
        """Answer what the browser asks: rows, a file, or that the viewer is near or has clicked a patient."""
        if not isinstance(content, dict):
            return
        if "near" in content:
            for callback in self._near:
                callback()
        if "open" in content:
            self.opened = True
            self.refresh()
        if isinstance(content.get("patient"), str):
            for pick in self._picked:
                pick(content["patient"])
        if content.get("file") in FILES:
            self._hand_over(str(content["file"]))

    def _hand_over(self, kind: str) -> None:
        """Send the rows as a file of that kind."""
        listed = self._listed()
        lines = rows_file.origin_lines(listed.title, listed.about, _version())
        content = FILES[kind](lines, rows_file.cells(listed.rows, listed.columns))
        self.send({"file": kind, "name": f"casekit-{listed.name}"}, buffers=[content])


FILES: dict[str, Callable[[list[str], list[list[Any]]], bytes]] = {
    "csv": rows_file.csv_file,
    "xlsx": rows_file.xlsx_file,
    "text": lambda _lines, table: rows_file.clipboard_text(table).encode(),
}


def _version() -> str:
    """Return the version of casekit."""
    from importlib.metadata import version

    return version(VERSION_OF)


def _heading(rows: pd.DataFrame, column: str, label: str) -> dict[str, Any]:
    """Return what the browser needs to know of a column."""
    return {"name": column, "label": label, "number": bool(pd.api.types.is_numeric_dtype(rows[column]))}


def _shown(listed: Listed) -> list[list[Any]]:
    """Return per row the cells as read and as sorted; missing sorts last."""
    return [[_cell(row[column]) for column in listed.columns] for row in as_rows(listed.rows)]


def _cell(value: Any) -> list[Any]:
    """Return a cell as it is read and as it is sorted."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)) or value is pd.NaT:
        return ["", None]
    if isinstance(value, bool):
        return ["yes" if value else "no", int(value)]
    if isinstance(value, Real):
        return [number(float(value)), float(value)]
    return [str(value), str(value).casefold()]
