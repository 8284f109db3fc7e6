"""What the rules are compiled against: the columns at hand, and the helper columns planned so far."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from casekit.scores.arrays import Array
from casekit.scores.intervals import Interval, Truth

Part = TypeVar("Part", Interval, Truth)


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
    parts: dict[str, tuple[Any, int]] = field(default_factory=dict)
    stage: int = 0

    def column(self, name: str, build: Callable[[], Part]) -> Part:
        """The part called `name`, built at its first use and planned as two columns."""
        return self._kept(name, build, planned=True)

    def once(self, name: str, build: Callable[[], Part]) -> Part:
        """The part called `name`, built at its first use; it is quick to compute wherever it is needed."""
        return self._kept(name, build, planned=False)

    def _kept(self, name: str, build: Callable[[], Part], *, planned: bool) -> Part:
        outer, self.stage = self.stage, 0
        if name not in self.parts:
            built = build()
            self.parts[name] = (self._plan(name, built), self.stage + 1) if planned else (built, self.stage)
        part: Part
        part, after = self.parts[name]
        self.stage = max(outer, after)
        return part

    def _plan(self, name: str, built: Part) -> Part:
        while len(self.stages) <= self.stage:
            self.stages.append({})
        ends: dict[str, Any] = {}
        for end, value in vars(built).items():
            if isinstance(value, nw.Expr):
                self.stages[self.stage][f"{name}|{end}"] = value
            ends[end] = nw.col(f"{name}|{end}") if isinstance(value, nw.Expr) else value
        return replace(built, **ends)
