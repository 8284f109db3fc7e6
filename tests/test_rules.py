"""What holds for every declaration: the interval it gives, whatever is missing, on any engine."""

import random
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import casekit as ck
from casekit.scores.declaration import columns_of, read
from casekit.scores.evaluation import evaluated
from casekit.scores.intervals import ALWAYS, NEVER, UNKNOWN, all_of, any_of, first_known
from casekit.scores.rules import compile_instrument

SCORED = [name for name in ck.instruments().index if {"items", "based_on"} & set(ck.catalogue.instrument(name))]
FINDINGS = [item["id"] for item in ck.catalogue.instrument("sledai_2k")["items"]]


@pytest.mark.parametrize("name", SCORED)
def test_declared_range_is_what_the_items_can_reach(name: str) -> None:
    reached = compile_instrument(read(name), set(), {}).result
    assert (reached.low, reached.high) == tuple(float(end) for end in read(name).range)


@pytest.mark.parametrize("name", SCORED)
def test_every_column_belongs_to_something_declared(name: str) -> None:
    items = {item["id"] for item in read(name).items}
    known = (
        set(ck.variables().index)
        | set(ck.instruments().index)
        | items
        | {i["id"] for n in SCORED for i in read(n).items}
    )
    assert set(columns_of(read(name)).values()) <= known


@pytest.mark.parametrize("name", ck.instruments().index)
def test_every_instrument_says_where_it_comes_from(name: str) -> None:
    declared = ck.catalogue.instrument(name)
    assert declared["source"]["cite"]
    assert {"doi", "pmid", "uncertain"} & set(declared["source"]) or declared["version"].startswith("house rule")


TRUTHS = {"yes": ALWAYS, "no": NEVER, "?": UNKNOWN}


@pytest.mark.parametrize(
    ("left", "right", "and_", "or_", "first"),
    [
        ("yes", "yes", "yes", "yes", "yes"),
        ("yes", "no", "no", "yes", "yes"),
        ("yes", "?", "?", "yes", "yes"),
        ("no", "yes", "no", "yes", "no"),
        ("no", "no", "no", "no", "no"),
        ("no", "?", "no", "?", "no"),
        ("?", "yes", "?", "yes", "yes"),
        ("?", "no", "no", "?", "no"),
        ("?", "?", "?", "?", "?"),
    ],
)
def test_three_valued_logic(left: str, right: str, and_: str, or_: str, first: str) -> None:
    parts = [TRUTHS[left], TRUTHS[right]]
    assert all_of(parts) == TRUTHS[and_]
    assert any_of(parts) == TRUTHS[or_]
    assert first_known(parts) == TRUTHS[first]


def sledai(findings: dict[str, bool | None]) -> tuple[float, float]:
    got = ck.calculate("sledai_2k", findings)
    assert got.low is not None
    assert got.high is not None
    return got.low, got.high


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(FINDINGS), st.booleans(), min_size=1), st.data())
def test_blanking_a_finding_only_widens(findings: dict[str, bool | None], data: st.DataObject) -> None:
    blanked = data.draw(st.sampled_from(sorted(findings)))
    low, high = sledai(findings)
    wider_low, wider_high = sledai({**findings, blanked: None})
    assert wider_low <= low <= high <= wider_high


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(FINDINGS)), st.sampled_from(FINDINGS))
def test_adding_a_finding_never_lowers_the_sum(present: set[str], added: str) -> None:
    before = {key: key in present for key in FINDINGS}
    assert sledai({**before, added: True}) >= sledai(before)


def test_order_of_items_is_irrelevant() -> None:
    findings = {key: index % 3 == 0 for index, key in enumerate(FINDINGS)}
    shuffled = list(findings.items())
    random.Random(1).shuffle(shuffled)
    assert sledai(dict(shuffled)) == sledai(findings)


def table() -> pd.DataFrame:
    """Seven visits: all no, one lupus rash, cytopenia of lymphodepletion, nothing known, edges from both sides."""
    nothing = dict.fromkeys(FINDINGS, 0.0)
    labs = {"wbc_10e9_l": 5.0, "platelets_10e9_l": 200.0}
    by_lab = {key: value for key, value in nothing.items() if key not in ("leukopenia", "thrombocytopenia")}
    rows: list[dict[str, Any]] = [
        nothing,
        {**nothing, "rash": 1.0},
        {**nothing, "leukopenia": 1.0, "leukopenia_other_cause": 1.0},
        {},
        {**by_lab, **labs, "wbc_10e9_l": 3.0, "platelets_10e9_l": 100.0},
        {**by_lab, **labs, "wbc_10e9_l": 2.9, "platelets_10e9_l": 99.0},
        {**by_lab, **labs, "wbc_10e9_l": None},
    ]
    return pd.DataFrame(rows)


# By hand: rash 2; another cause 0; nothing known 0 to 105; both limits are strict; white cells open 0 to 1.
EXPECTED = [(0.0, 0.0), (2.0, 2.0), (0.0, 0.0), (0.0, 105.0), (0.0, 0.0), (2.0, 2.0), (0.0, 1.0)]


@pytest.mark.parametrize("name", SCORED)
def test_arrays_and_expressions_agree(name: str) -> None:
    """The same random visits, a third of the values missing, through both ways of evaluating the rules."""
    frame = random_visits(name, rows=60)
    by_array = evaluated(read(name), frame, {})
    by_expression = ck.score_table(pl.from_pandas(frame), name)
    assert by_array.low.tolist() == by_expression["low"].to_list()
    assert by_array.high.tolist() == by_expression["high"].to_list()
    assert by_array.missing.tolist() == by_expression["missing"].fill_null("").to_list()


def random_visits(name: str, rows: int) -> pd.DataFrame:
    chance = random.Random(name)
    columns = {column: owner for column, owner in columns_of(read(name)).items() if owner in ck.variables().index}
    made = {
        column: random_values(ck.catalogue.variable(owner), column, rows, chance) for column, owner in columns.items()
    }
    return pd.DataFrame(made)


def random_values(variable: Any, column: str, rows: int, chance: random.Random) -> Any:
    def one() -> Any:
        if chance.random() < 0.33:
            return None
        if column.endswith("_other_cause") or variable.type == "yes_no":
            return float(chance.random() < 0.5)
        if variable.allowed:
            return chance.choice(variable.allowed)
        most = min(float(variable.maximum), 150.0)
        return float(chance.randint(int(variable.minimum), int(most)))

    return pd.Series([one() for _ in range(rows)], dtype="str" if variable.allowed else "float64")
