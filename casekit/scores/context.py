"""What the rules are compiled against: the columns at hand, and the helper columns planned so far."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import pandas as pd

from casekit.scores.arrays import Array
from casekit.scores.intervals import Interval, Number


@dataclass
class Context:
    """What the frame offers, the parameters in force, and the helper columns planned so far.

    A part that is used more than once becomes a pair of columns, so that it is computed once; a column stands in the
    stage after those it is made from. With a pandas `frame` nothing is planned: its
    columns are computed at once as arrays, which is what keeps a small series fast.
    """

    def col(self, name: str) -> Any:
        """The column of that name, as an expression or, with a frame at hand, as an array."""
        return nw.col(name) if self.frame is None else Array.of(self.frame[name])

    columns: AbstractSet[str]
    parameters: Mapping[str, Any]
    frame: pd.DataFrame | None = None
    stages: list[dict[str, nw.Expr]] = field(default_factory=list)
    planned: dict[str, tuple[Interval, int]] = field(default_factory=dict)
    stage: int = 0

    def column(self, name: str, build: Callable[[], Interval]) -> Interval:
        """The part called `name`, built and planned at its first use."""
        outer, self.stage = self.stage, 0
        if name not in self.planned:
            built = build()
            self.planned[name] = self._plan(name, built), self.stage + 1
        part, after = self.planned[name]
        self.stage = max(outer, after)
        return part

    def _plan(self, name: str, built: Interval) -> Interval:
        while len(self.stages) <= self.stage:
            self.stages.append({})
        ends: list[Number] = []
        for end in ("low", "high"):
            value = getattr(built, end)
            if isinstance(value, nw.Expr):
                self.stages[self.stage][f"{name}|{end}"] = value
                value = nw.col(f"{name}|{end}")
            ends.append(value)
        return Interval(*ends)
