"""One case typed in by hand: what is given, and what must come out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Given = dict[str, Any]
MET, NOT_MET, OPEN = ({"verdict": word} for word in ("met", "not met", "unknown"))


@dataclass(frozen=True)
class Case:
    """What is typed in and what must come out, by the names of `Calculation`."""

    instrument: str
    given: Given
    expected: Given
    why: str
    parameters: Given = field(default_factory=dict)


def variations(
    instrument: str, usual: Given, table: Iterable[tuple[Given, Given]], **parameters: Any
) -> Iterator[Case]:
    """One case per row: the usual inputs, what is different from them, and what is expected then."""
    for change, expected in table:
        yield Case(instrument, {**usual, **change}, expected, f"{change}", parameters)


def only_open(low: float, high: float) -> Given:
    """An interval without a value."""
    return {"low": low, "high": high, "value": None}
