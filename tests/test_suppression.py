"""Hidden counts stay hidden from whoever can add and subtract."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casekit.errors import CaseKitError
from casekit.scores.suppression import ALL, HIDDEN, bounds, suppressed

SMALLEST = 5


def table(*rows):
    return pd.DataFrame(list(rows))


def with_totals(counts):
    whole = counts.copy()
    whole[ALL] = whole.sum(axis=1)
    whole.loc[ALL] = whole.sum()
    return whole


def solutions(counts, words):
    """Every table of whole numbers that agrees with all that is shown, by brute force over the inside."""
    whole, shown = with_totals(counts).to_numpy(), (words != HIDDEN).to_numpy()
    parts = (np.s_[:-1, :-1], np.s_[-1, :-1], np.s_[:-1, -1])
    least = np.ones_like(whole)
    for part in parts:
        least[part] = shown[part].any()  # where nothing is shown a 0 would not be shown either
    found = counts.to_numpy()[None]
    for row, column in np.argwhere(~shown[:-1, :-1]):
        tops = [whole[at] for at in ((row, -1), (-1, column), (-1, -1)) if shown[at]]
        values = np.arange(least[row, column], min(tops) + 1)
        found = np.repeat(found, len(values), axis=0)
        found[:, row, column] = np.tile(values, len(found) // len(values))
    found = np.concatenate([found, found.sum(axis=1, keepdims=True)], axis=1)
    found = np.concatenate([found, found.sum(axis=2, keepdims=True)], axis=2)
    agrees = (found[:, shown] == whole[shown]).all(axis=1) & (found[:, ~shown] >= least[~shown]).all(axis=1)
    return found[agrees]


def test_large_counts_and_zeros_are_shown_with_their_totals():
    words = suppressed(table([6, 0], [7, 12]))
    assert words.to_numpy().tolist() == [["6", "0", "6"], ["7", "12", "19"], ["13", "12", "25"]]


def test_a_small_count_takes_others_with_it_and_zero_stays_zero():
    words = suppressed(table([6, 7], [2, 9], [8, 0]))
    assert words.loc[1].tolist() == [HIDDEN, HIDDEN, "11"]  # shown, 9 would tell 11 - 9 = 2
    assert words.loc[2].tolist() == ["8", "0", "8"]
    assert words.loc[0].tolist() == [HIDDEN, HIDDEN, "13"]  # 6 shown would tell 16 - 6 - 8 = 2


def test_a_total_that_is_small_is_hidden_and_so_is_what_would_tell_it():
    words = suppressed(table([9, 7], [2, 0]))  # 18 patients, 2 of them in the second row
    assert words[ALL].tolist() == [HIDDEN, HIDDEN, "18"]  # 16 shown would tell 18 - 16 = 2


def test_nothing_is_shown_of_a_group_that_is_too_small():
    assert set(suppressed(table([1, 0], [3, 0])).to_numpy().ravel()) == {HIDDEN}


def test_totals_of_the_columns_do_not_depend_on_how_the_patients_are_divided():
    one, other = suppressed(table([8, 3, 4])), suppressed(table([7, 1, 2], [1, 2, 2]))
    assert one.loc[ALL].tolist() == other.loc[ALL].tolist() == ["8", HIDDEN, HIDDEN, "15"]


@pytest.mark.parametrize(
    "counts",
    [
        table([6, 7], [2, 9], [8, 8]),
        table([4, 9], [4, 9]),  # two small counts of which the sum is known, 8, are 4 and 4 if both are below 5
        table([1, 6], [6, 6]),
        table([2, 0], [7, 6]),
        table([1, 1, 1, 1, 1]),
        table([7, 1, 2]),
    ],
)
def test_nobody_can_solve_for_a_small_count(counts):
    words, whole = suppressed(counts), with_totals(counts).to_numpy()
    found = solutions(counts, words)
    for at in np.argwhere((whole > 0) & (whole < SMALLEST)):
        values = found[(slice(None), *at)]
        assert values.min() <= 1
        assert values.max() >= SMALLEST - 1


def test_without_further_hiding_the_count_could_be_solved():
    whole = with_totals(table([6, 7], [2, 9], [8, 8])).to_numpy(float)
    assert bounds(whole, (whole > 0) & (whole < SMALLEST), (1, 0)) == (2.0, 2.0)  # 11 - 9: the test above can fail


@settings(max_examples=12)
@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=4))
def test_whatever_the_counts_the_totals_tell_nothing(rows):
    counts = table(*rows)
    words, whole = suppressed(counts), with_totals(counts).to_numpy(float)
    hidden, small = (words == HIDDEN).to_numpy(), (whole > 0) & (whole < SMALLEST)
    assert hidden[small].all()
    assert (words.to_numpy()[~hidden].astype(float) == whole[~hidden]).all()
    if hidden[-1, -1]:
        return  # too few patients altogether: nothing is shown
    for at in np.argwhere(small):
        low, high = bounds(whole, hidden, tuple(at))
        assert low <= 1
        assert high >= SMALLEST - 1


def test_counts_that_are_none_are_refused():
    for wrong in (table([1.5]), table([-1])):
        with pytest.raises(CaseKitError, match="expected counts of patients"):
            suppressed(wrong)
