"""Count tables that may be shown of real patients: small cells hidden, and so many others that none can be computed."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from casekit.errors import CaseKitError

SMALLEST = 5
CLOSE = 1e-6


def suppressed(counts: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """A table of counts as it may be shown beside its row and column totals.

    Counts from 1 to below `smallest` are hidden as ``<5``. Whoever subtracts the cells that are shown from a total must
    not find them, so further cells are hidden as ``–`` until each small count could be 0 or 1, and could be `smallest`
    or more. A count of 0 is shown as ``0``: nobody is there, which is another statement than a hidden count.

    Parameters
    ----------
    counts : DataFrame
        Whole numbers of patients; every patient counted in exactly one cell; no totals among them.
    smallest : int
        The smallest count that may be shown.

    Returns
    -------
    DataFrame
        The same rows and columns, as text.

    Raises
    ------
    CaseKitError
        When a count is negative or no whole number.

    Examples
    --------
    >>> table = pd.DataFrame({"women": [6, 2, 0], "men": [7, 9, 8]}, index=["SLE", "IIM", "SSc"])
    >>> suppressed(table).loc["IIM"].tolist(), suppressed(table).loc["SSc", "women"]
    (['<5', '–'], '0')
    """
    cells = counts.to_numpy(dtype="float64")
    if not (cells == np.floor(cells)).all() or (cells < 0).any():
        raise CaseKitError(
            "suppression: found a count that is negative or no whole number; expected counts of patients."
        )
    small = (cells > 0) & (cells < smallest)
    hidden = _hidden(cells, small, smallest)
    words = np.where(small, f"<{smallest}", np.where(hidden, "–", np.vectorize(lambda count: f"{count:.0f}")(cells)))
    return pd.DataFrame(words if counts.size else counts, index=counts.index, columns=counts.columns)


def bounds(cells: np.ndarray, hidden: np.ndarray, place: tuple[int, int]) -> tuple[float, float]:
    """The least and the most a hidden cell can be for somebody who knows all shown cells and all totals.

    >>> hidden = np.array([[True, True], [True, True]])
    >>> bounds(np.array([[1.0, 4.0], [3.0, 2.0]]), hidden, (0, 0))
    (0.0, 4.0)
    """
    from scipy.optimize import linprog

    unknown = [tuple(at) for at in np.argwhere(hidden)]
    lines = [*_lines(unknown, axis=0), *_lines(unknown, axis=1)]
    equal = np.array([[float(at in line) for at in unknown] for line in lines])
    totals = np.array([sum(cells[at] for at in line) for line in lines])
    aim = np.array([float(at == place) for at in unknown])
    ends = [linprog(sign * aim, A_eq=equal, b_eq=totals, bounds=(0, None)).fun * sign for sign in (1, -1)]
    return round(float(ends[0]), 6) + 0.0, round(float(ends[1]), 6) + 0.0


def _hidden(cells: np.ndarray, small: np.ndarray, smallest: int) -> np.ndarray:
    """Which cells to hide: the small ones, and the fewest patients beside them that protect them all."""
    hidden = small.copy()
    for _ in range(hidden.size):
        bare = next((tuple(at) for at in np.argwhere(small) if _is_bare(cells, hidden, tuple(at), smallest)), None)
        if bare is None:
            return hidden
        line = _line_to_open(cells, hidden, bare)
        if line is None:  # nothing is left to hide beside it
            return np.ones_like(hidden)
        hidden[line] = True
    return hidden


def _is_bare(cells: np.ndarray, hidden: np.ndarray, place: tuple[int, int], smallest: int) -> bool:
    """Whether the totals tell that a small cell is not zero or one, or that it is small."""
    low, high = bounds(cells, hidden, place)
    return low > 1 + CLOSE or high < smallest - CLOSE


def _line_to_open(cells: np.ndarray, hidden: np.ndarray, place: tuple[int, int]) -> tuple[int, int] | None:
    """The shown cell whose hiding helps most: in the line of the small cell, or in a line that hangs on it alone."""
    candidates = [tuple(at) for at in np.argwhere(~hidden & (cells > 0))]
    if not candidates:
        return None

    def cost(at: tuple[int, int]) -> tuple[bool, bool, float]:
        tried = hidden.copy()
        tried[at] = True
        low, high = bounds(cells, tried, place)
        before = bounds(cells, hidden, place)
        helps = high - low > before[1] - before[0] + CLOSE
        in_line = at[0] == place[0] or at[1] == place[1]
        return (not helps, not in_line, float(cells[at]))

    return min(candidates, key=cost)


def _lines(unknown: list[tuple[int, ...]], axis: int) -> Iterator[list[tuple[int, ...]]]:
    """The hidden cells of every row (axis 0) or column (axis 1) that has some."""
    for number in sorted({at[axis] for at in unknown}):
        yield [at for at in unknown if at[axis] == number]
