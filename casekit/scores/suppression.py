"""Count tables that may be shown of real patients: small counts hidden, and others that would give them away."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from casekit.errors import CaseKitError

SMALLEST = 5
CLOSE = 1e-6
HIDDEN, ALL = "hidden", "all"
Line = tuple[np.ndarray, np.ndarray]  # places whose sum, with these signs, is zero


def suppressed(counts: pd.DataFrame, smallest: int = SMALLEST) -> pd.DataFrame:
    """A table of counts with its totals as it may be shown.

    Counts and totals from 1 to below `smallest` are hidden. Whoever subtracts what is shown from a total must not find
    them, so further counts are hidden with the same word, until each small one could be 1 and could be the largest
    small number, for somebody who knows all that is shown. A count of 0 stays ``0``: nobody is there, which is another
    statement than a hidden count. Where nothing else helps, no count of a line or of the inside is shown, not even 0.

    The totals of the columns depend on nothing but themselves: tables that divide the same patients agree in them.

    Parameters
    ----------
    counts : DataFrame
        Whole numbers of patients; every patient counted in exactly one cell; no totals among them.
    smallest : int
        The smallest count that may be shown.

    Returns
    -------
    DataFrame
        The same rows and columns, and a row and a column ``all``, as text.

    Raises
    ------
    CaseKitError
        When a count is negative or no whole number.

    Examples
    --------
    >>> table = pd.DataFrame({"women": [6, 2, 0], "men": [7, 9, 8]}, index=["SLE", "IIM", "SSc"])
    >>> shown = suppressed(table)
    >>> shown.loc["IIM"].tolist(), shown.loc["SSc"].tolist()
    (['hidden', 'hidden', '11'], ['0', '8', '8'])
    """
    cells = counts.to_numpy(dtype="float64")
    if not (cells == np.floor(cells)).all() or (cells < 0).any():
        raise CaseKitError(
            "suppression: found a count that is negative or no whole number; expected counts of patients."
        )
    whole = _with_totals(cells)
    hidden = _hidden(whole, smallest)
    words = np.where(hidden, HIDDEN, np.vectorize(lambda count: f"{count:.0f}")(whole))
    return pd.DataFrame(words, index=[*counts.index, ALL], columns=[*counts.columns, ALL])


def bounds(whole: np.ndarray, hidden: np.ndarray, place: tuple[int, ...]) -> tuple[float, float]:
    """The least and the most a hidden count can be for somebody who knows all that is shown of a table with its totals.

    A hidden count is known to be 1 or more, for a 0 would be shown, unless nothing of its kind is shown.

    >>> whole = np.array([[1.0, 4.0, 5.0], [3.0, 2.0, 5.0], [4.0, 6.0, 10.0]])
    >>> hidden = np.array([[True, True, False], [True, True, False], [False, False, False]])
    >>> bounds(whole, hidden, (0, 0))  # not below 0, nor above the total of the column
    (0.0, 4.0)
    """
    from scipy.optimize import linprog

    unknown, counts = np.flatnonzero(hidden), whole.ravel()
    rows, sums = [], []
    for places, signs in _lines(whole.shape):
        shown = ~np.isin(places, unknown)
        rows.append([float(signs[places == at].sum()) for at in unknown])
        sums.append(-float((signs * counts[places])[shown].sum()))
    aim = (unknown == np.ravel_multi_index(place, whole.shape)).astype(float)
    limits = [(least, None) for least in _least(hidden).ravel()[unknown]]
    low, high = (sign * linprog(sign * aim, A_eq=rows, b_eq=sums, bounds=limits).fun for sign in (1, -1))
    return round(float(low), 6) + 0.0, round(float(high), 6) + 0.0


def _least(hidden: np.ndarray) -> np.ndarray:
    """The least a count can be: 0 where nothing inside, or no total of that side, is shown; otherwise 1."""
    least = np.ones_like(hidden, dtype=float)
    for part in (np.s_[:-1, :-1], np.s_[-1, :-1], np.s_[:-1, -1]):
        least[part] = 0.0 if hidden[part].all() else 1.0
    return least


def _with_totals(cells: np.ndarray) -> np.ndarray:
    """The table with a last row and a last column of totals."""
    below = np.vstack([cells, cells.sum(axis=0, keepdims=True)])
    return np.hstack([below, below.sum(axis=1, keepdims=True)])


def _hidden(whole: np.ndarray, smallest: int) -> np.ndarray:
    """Which counts to hide: first among the totals, which everybody wants to see, then inside the table."""
    hidden = (whole > 0) & (whole < smallest)
    if hidden[-1, -1]:
        return np.ones_like(hidden)
    hidden[-1] |= _line_hidden(whole[-1], smallest)
    hidden[:, -1] |= _line_hidden(whole[:, -1], smallest)
    inside = np.zeros_like(hidden)
    inside[:-1, :-1] = True
    return _protected(whole, hidden, inside, smallest)


def _line_hidden(line: np.ndarray, smallest: int) -> np.ndarray:
    """Which counts to hide of one line of counts that ends with its total, which is shown."""
    parts = line[:-1]
    hidden = (parts > 0) & (parts < smallest)
    if not hidden.any():
        return np.zeros_like(line, dtype=bool)
    for place in np.argsort(parts, kind="stable"):
        hidden[place] |= parts[place] > 0
        others = hidden.sum() - 1
        if others and parts[hidden].sum() - others >= smallest - 1:  # each of the others is at least 1
            break
    else:
        hidden[:] = True
    return np.append(hidden, values=False)


def _protected(whole: np.ndarray, hidden: np.ndarray, may: np.ndarray, smallest: int) -> np.ndarray:
    """The same hidden counts and a few more that protect all small ones; all of ``may`` where no few do."""
    tried, everything = hidden.copy(), np.where(may, may, hidden)
    while (bare := _bare(whole, tried, smallest)) is not None:
        more = _next_to_hide(whole, tried, may, bare)
        if more is None:
            return everything
        tried[more] = True
    for at in sorted(map(tuple, np.argwhere(tried & ~hidden)), key=lambda at: -whole[at]):
        tried[at] = False  # perhaps what was hidden later protects without it
        tried[at] = _bare(whole, tried, smallest) is not None
    return tried


def _bare(whole: np.ndarray, hidden: np.ndarray, smallest: int) -> tuple[int, ...] | None:
    """The first small count of which what is shown tells more than that it is small."""
    small = np.argwhere((whole > 0) & (whole < smallest))
    return next((tuple(at) for at in small if _is_bare(whole, hidden, tuple(at), smallest)), None)


def _is_bare(whole: np.ndarray, hidden: np.ndarray, place: tuple[int, ...], smallest: int) -> bool:
    """Whether what is shown tells more of a small count than that it is small."""
    low, high = bounds(whole, hidden, place)
    return low > 1 + CLOSE or high < smallest - 1 - CLOSE


def _next_to_hide(
    whole: np.ndarray, hidden: np.ndarray, may: np.ndarray, place: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The shown count whose hiding helps most: in the line of the small one, or in a line that hangs on it alone."""
    candidates = [tuple(at) for at in np.argwhere(may & ~hidden & (whole > 0))]
    if not candidates:
        return None
    before = bounds(whole, hidden, place)

    def cost(at: tuple[int, ...]) -> tuple[bool, bool, float]:
        tried = hidden.copy()
        tried[at] = True
        low, high = bounds(whole, tried, place)
        helps = high - low > before[1] - before[0] + CLOSE
        in_line = at[0] == place[0] or at[1] == place[1]
        return (not helps, not in_line, float(whole[at]))

    return min(candidates, key=cost)


def _lines(shape: tuple[int, ...]) -> Iterator[Line]:
    """The places of every row and column, flattened; what stands last is the total of the others."""
    places = np.arange(shape[0] * shape[1]).reshape(shape)
    for line in (*places, *places.T):
        yield line, np.append(np.ones(len(line) - 1), -1.0)
