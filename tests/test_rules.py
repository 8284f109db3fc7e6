"""What holds for every declaration: the interval it gives, whatever is missing, on any engine."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import polars as pl
import pytest
from made_visits import columns_asked, made_visits, other_settings, parts_of
from plain_reading import Rule, declared, reading

import casekit as ck
from casekit.scores.declaration import columns_of, read
from casekit.scores.evaluation import evaluated
from casekit.scores.intervals import ALWAYS, NEVER, UNKNOWN, all_of, any_of, first_known
from casekit.scores.rules import compile_instrument

SCORED = [name for name in ck.instruments().index if {"items", "based_on"} & set(ck.catalogue.instrument(name))]
OTHERWISE = [(name, other_settings(name)) for name in SCORED if other_settings(name)]
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


def without_substitutes(name: str, visits: pd.DataFrame) -> pd.DataFrame:
    """The visits with one source for everything, nothing that counts as no while unknown, and no mean of a part.

    Blanking a value with a substitute lets the other speak, as declared, so there the result may move.
    """
    totals = [column for column, kind in columns_asked(name).items() if kind.get("kind") == "score"]
    spare = {column for column in totals if not column.endswith("_baseline")}
    spare |= {column for column in visits if column.endswith("_change")}
    for place, part in enumerate(all_rules(name)):
        spare |= {subject for rule in parts_of(part) if part.get("if_measured") for subject in subjects(rule)}
        if "first_known" in part:
            kept = part["first_known"][place % len(part["first_known"])]
            spare |= {subject for rule in parts_of(part["first_known"]) for subject in subjects(rule)} - {
                subject for rule in parts_of(kept) for subject in subjects(rule)
            }
        if "at_least" in part:
            spare |= {subject for rule in parts_of(part["items"][part["at_least"] :]) for subject in subjects(rule)}
    return visits.assign(**dict.fromkeys(spare & set(visits), float("nan")))


def all_rules(name: str) -> Iterator[Rule]:
    """Every part of the declaration, those of the scores in it included."""
    for part in parts_of(declared(name)):
        yield part
        if "score" in part:
            yield from all_rules(part["score"])


def subjects(rule: Rule) -> set[str]:
    return {rule[word] for word in ("flag", "var", "value") if isinstance(rule.get(word), str)}


def bounds(name: str, visits: pd.DataFrame) -> Any:
    scored = evaluated(read(name), visits, {})
    return pd.DataFrame({"low": scored.low, "high": scored.high}).to_numpy()


def one_changed(visits: pd.DataFrame, columns: list[str], change: Callable[[pd.Series], Any]) -> pd.DataFrame:
    """The visits once for each column, that column changed."""
    return pd.concat([visits.assign(**{column: change(visits[column])}) for column in columns], ignore_index=True)


@pytest.mark.parametrize("name", SCORED)
def test_blanking_an_input_only_widens(name: str) -> None:
    visits = without_substitutes(name, made_visits(name, rows=20))
    inputs = [column for column in visits if not column.endswith(("_comparator", "_other_cause"))]
    known = [column for column in inputs if visits[column].notna().any()]
    before = bounds(name, pd.concat([visits] * len(known), ignore_index=True))
    blanked = bounds(name, one_changed(visits, known, lambda column: column.where(column.isna())))
    assert (blanked[:, 0] <= before[:, 0]).all()
    assert (before[:, 1] <= blanked[:, 1]).all()


def findings_of(name: str) -> list[str]:
    """What adds to a sum: findings that are present, and items that count as they stand."""
    items = declared(name)["items"]
    found = [rule["flag"] for item in items for rule in parts_of(item.get("when", {})) if "flag" in rule]
    return found + [item["value"] for item in items if "value" in item]


@pytest.mark.parametrize("name", [name for name in SCORED if read(name).combine == "sum" and findings_of(name)])
def test_adding_a_finding_never_lowers_a_sum(name: str) -> None:
    visits, findings = made_visits(name, rows=20), findings_of(name)
    most = {finding: columns_asked(name)[finding]["maximum"] for finding in findings}
    before = bounds(name, pd.concat([visits] * len(findings), ignore_index=True))
    after = bounds(name, one_changed(visits, findings, lambda column: (column + 1).clip(upper=most[column.name])))
    assert (after >= before).all()
    assert (after > before).any()


@pytest.mark.parametrize("name", SCORED)
def test_order_of_visits_and_columns_is_irrelevant(name: str) -> None:
    visits = made_visits(name, rows=20)
    turned = visits.iloc[::-1, ::-1]
    assert (bounds(name, turned)[::-1] == bounds(name, visits)).all()


def test_order_of_rows_in_the_tables_of_a_series_is_irrelevant() -> None:
    series = ck.example().select(patient_id=["SLE-01", "IIM-01", "SSc-01"])
    tables = {name: getattr(series, name) for name in ("assessments", "measurements", "treatments", "events")}
    mixed = replace(
        series, **{name: rows.sample(frac=1, random_state=1, ignore_index=True) for name, rows in tables.items()}
    )
    for name in SCORED:
        assert ck.score(mixed, name).equals(ck.score(series, name)), name


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


@pytest.mark.parametrize(
    ("name", "chosen", "limits"),
    [*((name, {}, limits) for name in SCORED for limits in (True, False)), *((*case, True) for case in OTHERWISE)],
)
def test_arrays_and_expressions_say_what_the_declaration_says(name: str, chosen: dict[str, Any], limits: bool) -> None:
    """Both ways of computing against a plain reading of the words: on edges, beside them, and with values missing."""
    made = made_visits(name, 80, chosen)
    halves = made[::2], made[1::2].drop(columns=[column for column in made if column.endswith("_comparator")])
    frame = halves[0 if limits else 1].reset_index(drop=True)
    rows = [{column: told(value) for column, value in row.items()} for row in frame.to_dict("records")]
    plain = [reading(name, row, chosen) for row in rows]
    open_items = [", ".join(item for item, (low, high) in spans.items() if low != high) for _, spans in plain]
    by_array = evaluated(read(name), frame, chosen)
    arrays = pd.DataFrame({part: getattr(by_array, part) for part in ("low", "high", "missing")})
    expressions = ck.score_table(pl.from_pandas(frame), name, **chosen).to_pandas()
    for got in (arrays, expressions):
        ends = got[["low", "high"]].to_numpy()
        assert [place for place, (span, _) in enumerate(plain) if differs(span, ends[place])] == []
        assert open_items == got["missing"].fillna("").tolist()
    for place, (_, spans) in enumerate(plain):
        computed = by_array.items(place)
        assert list(computed) == list(spans)
        assert [item for item, span in spans.items() if differs(span, computed[item])] == [], f"visit {place}"


def told(value: Any) -> Any:
    return None if pd.isna(value) else value


def differs(plain: Iterable[float], computed: Iterable[float]) -> bool:
    """Whether two intervals are not the same to six decimals."""
    return any(abs(left - right) > 2e-6 for left, right in zip(plain, computed, strict=True))
