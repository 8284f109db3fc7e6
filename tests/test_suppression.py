"""Hidden counts stay hidden from whoever can add and subtract."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casekit.errors import CaseKitError
from casekit.scores.suppression import bounds, suppressed

SHOWN = 5


def table(*rows):
    return pd.DataFrame(list(rows))


def solutions(counts, words):
    """Every table of whole numbers with the same totals and the same shown cells, by brute force."""
    cells = counts.to_numpy()
    unknown = [tuple(at) for at in np.argwhere(~words.map(str.isdigit).to_numpy())]
    most = [int(min(cells[at[0]].sum(), cells[:, at[1]].sum())) for at in unknown]
    for guess in itertools.product(*(range(top + 1) for top in most)):
        tried = cells.copy()
        for at, value in zip(unknown, guess, strict=True):
            tried[at] = value
        if (tried.sum(axis=0) == cells.sum(axis=0)).all() and (tried.sum(axis=1) == cells.sum(axis=1)).all():
            yield tried


def test_large_counts_and_zeros_are_shown():
    assert suppressed(table([6, 0], [7, 12])).to_numpy().tolist() == [["6", "0"], ["7", "12"]]


def test_a_single_small_cell_takes_others_with_it():
    words = suppressed(table([6, 7], [2, 9], [8, 8]))
    assert words.loc[1].tolist() == ["<5", "–"]  # alone in its row it would be 11 - 9
    assert (words[0] == "–").sum() >= 1  # and alone in its column 16 - 6 - 8


@pytest.mark.parametrize("counts", [table([6, 7], [2, 9], [8, 8]), table([3, 6, 6], [7, 5, 8]), table([1, 6], [6, 6])])
def test_nobody_can_solve_for_a_small_cell(counts):
    words = suppressed(counts)
    found = list(solutions(counts, words))
    for at in np.argwhere(((counts > 0) & (counts < SHOWN)).to_numpy()):
        values = {int(solution[tuple(at)]) for solution in found}
        assert min(values) <= 1
        assert max(values) >= SHOWN


def test_without_further_hiding_the_cell_could_be_solved():
    counts = table([6, 7], [2, 9], [8, 8])
    only_small = ((counts > 0) & (counts < SHOWN)).to_numpy()
    assert bounds(counts.to_numpy(float), only_small, (1, 0)) == (2.0, 2.0)  # 11 - 9: the test above can fail


@settings(max_examples=15)
@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=4))
def test_whatever_the_counts_the_totals_tell_nothing(rows):
    counts = table(*rows)
    words = suppressed(counts)
    hidden = ~words.map(str.isdigit).to_numpy()
    small = ((counts > 0) & (counts < SHOWN)).to_numpy()
    assert hidden[small].all()
    if hidden.all():
        return  # a table that cannot be protected is not shown at all
    for at in np.argwhere(small):
        low, high = bounds(counts.to_numpy(float), hidden, tuple(at))
        assert low <= 1
        assert high >= SHOWN


def test_counts_that_are_none_are_refused():
    for wrong in (table([1.5]), table([-1])):
        with pytest.raises(CaseKitError, match="expected counts of patients"):
            suppressed(wrong)
