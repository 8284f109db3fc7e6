"""The names of the columns of a table, also where a line of visits stands over a line of repeated names."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from casekit.records.formulas import harmless

UNITS = "days?|tage?|weeks?|wochen?|months?|monate?"
TIME = re.compile(rf"(?:{UNITS}|d|w|m)[ ._]*\+?(-?\d{{1,4}})|(\d{{1,4}})[ ._]*(?:{UNITS})", re.IGNORECASE)
DAYS = {"d": 1.0, "t": 1.0, "w": 7.0, "m": 30.4375}


@dataclass
class Header:
    """The columns of a table.

    Attributes
    ----------
    names : list of str
        Each column under a name that no other has.
    written : dict of str to str
        What the header says above each column, by name; several may say the same.
    visits : dict of str to str
        The visit of each column that belongs to one, by name.
    """

    names: list[str]
    written: dict[str, str] = field(default_factory=dict)
    visits: dict[str, str] = field(default_factory=dict)


def header_of(cells: Sequence[str], above: Sequence[str] = ()) -> Header:
    """The columns under a line of names, and under a line of visits above it where there is one.

    Examples
    --------
    >>> header_of(["id", "CRP", "CRP"], ["", "Baseline", "Day 28"]).names
    ['id', 'CRP, Baseline', 'CRP, Day 28']
    >>> header_of(["id", "CRP", "CRP", ""]).names
    ['id', 'CRP', 'CRP (3)', 'column 4']
    """
    visits = visits_over(cells, above)
    header = Header([])
    for at, cell in enumerate(cells):
        written = _words(cell) or (_words(above[at]) if visits and at < len(above) else "") or f"column {at + 1}"
        name = f"{written}, {visits[at]}" if visits and visits[at] else written
        name = name if harmless(name) == name else f"column {name}"
        name = name if name not in header.names else f"{name} ({at + 1})"
        header.names.append(name)
        header.written[name] = written
        if visits and visits[at]:
            header.visits[name] = visits[at]
    return header


def visits_over(cells: Sequence[str], above: Sequence[str]) -> list[str]:
    """The visit of each column, empty for those of none; no visits at all unless names repeat under several of them."""
    over, label = [], ""
    for cell in [*above, *[""] * (len(cells) - len(above))][: len(cells)]:
        label = _words(cell) or label
        over.append(label)
    under: dict[str, set[str]] = {}
    for name, label in zip(map(_words, cells), over, strict=True):
        if name and label:
            under.setdefault(name, set()).add(label)
    visits = {label for labels in under.values() if len(labels) > 1 for label in labels}
    return [label if label in visits else "" for label in over] if visits else []


def day_of(visit: str) -> int | None:
    """The day that a visit is named after; None when it is named after none.

    >>> day_of("Tag 28"), day_of("Month 3"), day_of("6 weeks"), day_of("Baseline")
    (28, 91, 42, None)
    """
    found = TIME.fullmatch(visit.strip())
    if not found:
        return None
    unit = next(mark for mark in visit.casefold() if mark.isalpha())
    return days_of(float(found[1] or found[2]), unit)


def days_of(number: float, unit: str) -> int:
    """So many days, weeks or months in days, to the nearest day, before day 0 as after it.

    >>> days_of(-7, "Day"), days_of(6, "weeks"), days_of(-3, "mo")
    (-7, 42, -91)
    """
    return math.floor(number * DAYS[unit[0].casefold()] + 0.5)


def _words(cell: str) -> str:
    """A cell of a header on one line."""
    return " ".join(cell.split())
