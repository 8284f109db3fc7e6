"""An instrument evaluated on a pandas frame: bounds of the result and of every item, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from casekit.scores.arrays import plain
from casekit.scores.declaration import Instrument
from casekit.scores.rules import compile_instrument

VERDICTS = {(1.0, 1.0): "met", (0.0, 0.0): "not met", (0.0, 1.0): "unknown"}


@dataclass(frozen=True)
class Scored:
    """Bounds on every row of `frame`: of the result, of each item (one column per item) and of the gate if any."""

    instrument: Instrument
    frame: pd.DataFrame
    low: pd.Series
    high: pd.Series
    item_low: pd.DataFrame
    item_high: pd.DataFrame
    gate: pd.DataFrame | None = None

    @property
    def value(self) -> pd.Series:
        """The result where both bounds agree, null elsewhere."""
        return self.low.where(self.low == self.high)

    @property
    def missing(self) -> pd.Series:
        """The ids of the open items of each row, joined by commas."""
        open_items = np.ascontiguousarray((self.item_low != self.item_high).to_numpy())
        names = self.item_low.columns
        packed = np.packbits(open_items, axis=1)
        # rows as one value each: a frame has far fewer patterns of open items than rows
        rows = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
        patterns, pattern = np.unique(rows, return_inverse=True)
        unpacked = np.unpackbits(
            patterns.view(np.uint8).reshape(len(patterns), packed.shape[1]), axis=1, count=len(names)
        )
        texts = pd.Series([", ".join(names[row]) for row in unpacked.astype(bool)], dtype="str")
        return texts.iloc[pattern].set_axis(self.low.index)

    @property
    def verdict(self) -> pd.Series:
        """`met`, `not met` or `unknown` on each row: of all conditions, or of the threshold of a score."""
        if self.instrument.is_yes_or_no:
            return words(self.low, self.high)
        limit = float((self.instrument.verdict or {})["from"])
        return words((self.low >= limit).astype(float), (self.high >= limit).astype(float))

    def items(self, row: Any) -> dict[str, tuple[float, float]]:
        """Low and high of each item on one row."""
        pairs = zip(self.item_low.columns, self.item_low.loc[row], self.item_high.loc[row], strict=True)
        return {str(name): (float(low), float(high)) for name, low, high in pairs}


def words(low: pd.Series, high: pd.Series) -> pd.Series:
    """The three words for bounds that are 0 or 1.

    >>> words(pd.Series([1.0, 0.0]), pd.Series([1.0, 1.0])).tolist()
    ['met', 'unknown']
    """
    pairs = zip(low.astype(float), high.astype(float), strict=True)
    return pd.Series([VERDICTS[pair] for pair in pairs], index=low.index, dtype="str")


def evaluated(instrument: Instrument, frame: pd.DataFrame, parameters: Mapping[str, Any]) -> Scored:
    """`instrument` on every row of a wide frame."""
    compiled = compile_instrument(instrument, set(frame.columns), parameters, frame)
    low, high = (_column(getattr(compiled.result, end), frame) for end in ("low", "high"))
    item_low, item_high = (
        pd.DataFrame(
            {name: _column(getattr(part, end), frame) for name, part in compiled.items.items()}, index=frame.index
        )
        for end in ("low", "high")
    )
    gate = {end: _column(bound, frame) for end, bound in vars(compiled.gate).items()} if compiled.gate else None
    return Scored(
        compiled.instrument, frame, low, high, item_low, item_high, None if gate is None else pd.DataFrame(gate)
    )


def _column(bound: Any, frame: pd.DataFrame) -> pd.Series:
    """One bound as a column; a plain number is the same on every row."""
    return pd.Series(plain(bound), index=frame.index, dtype="float64")
