"""Compiles a declaration into two Narwhals expressions, `low` and `high`, over one wide frame.

The frame has one row per patient and visit and one column per variable; null means not assessed.
A missing item widens the result: its lower bound counts the least, its upper bound the most it could give.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from casekit import catalogue
from casekit.scores.columns import (
    answered,
    as_recorded,
    at_baseline,
    beside_limit,
    figure,
    flag,
    limit_of,
    stated,
    value_of,
    word_among,
)
from casekit.scores.context import Context
from casekit.scores.declaration import EDGES, LOGIC, Instrument, Rule, in_band, reach_of, read
from casekit.scores.intervals import (
    ANYTHING,
    UNBOUNDED,
    Interval,
    Logical,
    Number,
    Truth,
    all_of,
    any_of,
    both,
    bounded,
    chosen,
    compared,
    difference,
    expression,
    filled,
    first_known,
    highest,
    judged,
    logistic,
    lowest,
    negated,
    percent_change,
    rounded,
    scaled,
    total,
)

Frame = TypeVar("Frame", nw.DataFrame[Any], nw.LazyFrame[Any])


@dataclass(frozen=True)
class Compiled:
    """The expressions of one instrument: stages of helper columns; from them the result, each item, and which are open.

    On a pandas frame they are arrays, and which items are open is seen from the items themselves.
    """

    instrument: Instrument
    result: Interval
    items: Mapping[str, Interval]
    open_items: Mapping[str, nw.Expr]
    gate: Interval | None
    stages: Sequence[Mapping[str, nw.Expr]]

    def on(self, frame: Frame) -> Frame:
        """The Narwhals frame with the helper columns that `result` and `items` refer to."""
        for stage in self.stages:
            frame = frame.with_columns(**stage)
        return frame


def compile_instrument(
    instrument: Instrument,
    columns: AbstractSet[str],
    parameters: Mapping[str, Any],
    frame: pd.DataFrame | None = None,
) -> Compiled:
    """The expressions that score `instrument` on a frame with these columns.

    Examples
    --------
    >>> nothing_known = compile_instrument(read("sledai_2k"), set(), {})
    >>> nothing_known.result
    Interval(low=0.0, high=105.0)
    """
    instrument = instrument.settled(parameters)
    context = Context(columns, {**instrument.parameters, **parameters}, frame)
    result = _result(instrument, instrument.id, context)
    items = {item["id"]: _item(instrument, item, context) for item in instrument.items}
    gate = _gate(instrument, context) if instrument.gate else None
    named = {item["id"]: item for item in instrument.items} if frame is None else {}
    open_items = {name: _is_open(instrument, item, context) for name, item in named.items()}
    return Compiled(instrument, result, items, open_items, gate, [stage for stage in context.stages if stage])


def _result(instrument: Instrument, name: str, context: Context) -> Interval:
    def build() -> Interval:
        result = _combined(instrument, [_item(instrument, item, context) for item in instrument.items], context)
        if instrument.gate:
            result = _gated(result, _gate(instrument, context))
        return Interval(rounded(result.low), rounded(result.high))

    return context.column(name, build)


def _gate(instrument: Instrument, context: Context) -> Interval:
    """1 where the gate is open, 0 where it is closed: there nothing counts."""

    def build() -> Interval:
        truth = _truth(instrument.gate or {}, context)
        return Interval(chosen(truth.certain, 1.0, 0.0), chosen(truth.possible, 1.0, 0.0))

    return context.column(f"{instrument.id}|gate", build)


def _combined(instrument: Instrument, parts: list[Interval], context: Context) -> Interval:
    if not parts:
        return Interval(0.0, 0.0)
    if instrument.combine == "mean":
        return _mean(instrument, parts, context)
    if instrument.combine == "logistic":
        return Interval(*[logistic(total(instrument.intercept, *ends)) for ends in _ends(parts)])
    join = {"sum": total, "worst": highest, "any": highest, "all": lowest}[instrument.combine]
    return Interval(join(*[part.low for part in parts]), join(*[part.high for part in parts]))


def _ends(parts: list[Interval]) -> tuple[list[Number], list[Number]]:
    """All lower and all upper bounds."""
    return [part.low for part in parts], [part.high for part in parts]


def _mean(instrument: Instrument, parts: list[Interval], context: Context) -> Interval:
    """The mean of the answered items when enough are answered, otherwise the bounds over all."""
    known = [answered(item["value"], context) for item in instrument.items]
    count = total(*[chosen(answer, 1.0, 0.0) for answer in known])
    needed = float(instrument.at_least)
    enough = compared(Interval(count, count), "from", Interval(needed, needed)).certain
    bounds = []
    for side in ("low", "high"):
        values = [getattr(part, side) for part in parts]
        of_known = total(*[chosen(a, v, 0.0) for a, v in zip(known, values, strict=True)])
        over_all = total(*values) / float(len(parts))
        divisor = highest(count, 1.0)
        bounds.append(chosen(enough, of_known / divisor, over_all))
    return Interval(*bounds)


def _item(instrument: Instrument, item: Rule, context: Context) -> Interval:
    """The points of one item; 0 when another cause than the disease is recorded."""
    name = f"{instrument.id}|{item['id']}"
    if "when" in item:
        return context.once(f"{name}|points", lambda: _worth(_finding(instrument, item, context), item))

    def build() -> Interval:
        points, elsewhere = _points(item, context), _elsewhere(instrument, item, context)
        return Interval(chosen(elsewhere, 0.0, points.low), chosen(elsewhere, 0.0, points.high))

    return context.column(name, build)


def _finding(instrument: Instrument, item: Rule, context: Context) -> Truth:
    """Whether the condition of an item holds and nothing but the disease causes it."""

    def build() -> Truth:
        truth, here = _truth(item["when"], context), negated(_elsewhere(instrument, item, context))
        return Truth(both(truth.certain, here), both(truth.possible, here))

    return context.column(f"{instrument.id}|{item['id']}", build)


def _worth(truth: Truth, item: Rule) -> Interval:
    points = float(item.get("points", 1))
    return Interval(chosen(truth.certain, points, 0.0), chosen(truth.possible, points, 0.0))


def _elsewhere(instrument: Instrument, item: Rule, context: Context) -> Logical:
    """Whether another cause than the disease is recorded."""
    cause = f"{item['id']}_other_cause"
    return flag(cause, context).certain if instrument.attribution and cause in context.columns else False


def _is_open(instrument: Instrument, item: Rule, context: Context) -> nw.Expr:
    """Whether an item leaves the result open: for a finding that is known from yes and no alone."""
    if "when" not in item:
        points = _item(instrument, item, context)
        differs: nw.Expr = expression(points.low) != expression(points.high)
        return differs
    truth = _finding(instrument, item, context)
    return expression(both(truth.possible, negated(truth.certain)))


def _points(item: Rule, context: Context) -> Interval:
    if "choices" in item:
        return _choices(item["choices"], context)
    if "weighted" in item:
        return scaled(_operand(item["weighted"], context), float(item["weighted"]["weight"]))
    if "steps" in item:
        return _steps(item["steps"], _subject(item, context))
    return _value(item, context)


def _subject(item: Rule, context: Context) -> Interval:
    """What the steps of an item are read on: an improvement, or a value."""
    if "improvement" not in item:
        return _operand(item["steps_of"], context)
    return context.column(f"improvement of {item['id']}", lambda: _improvement(item["improvement"], context))


def _value(item: Rule, context: Context) -> Interval:
    """A value that counts as it stands, raised where the declaration says so."""
    declared = catalogue.variable(item["value"])
    limits = Interval(float(declared.minimum or 0), float(declared.maximum or 0))
    value = value_of(item["value"], context, limits)
    if "raised" not in item:
        return value
    truth, floor = _truth(item["raised"]["when"], context), float(item["raised"]["to"])
    return Interval(
        chosen(truth.certain, highest(value.low, floor), value.low),
        chosen(truth.possible, highest(value.high, floor), value.high),
    )


def _choices(choices: Rule, context: Context) -> Interval:
    points = {word: float(number) for word, number in choices["points"].items()}
    if choices["var"] not in context.columns:
        return Interval(min(points.values()), max(points.values()))
    column = context.col(choices["var"])
    bounds: list[Number] = [min(points.values()), max(points.values())]
    for word, number in points.items():
        is_word = (column == word).fill_null(False)
        bounds = [chosen(is_word, number, bound) for bound in bounds]
    return Interval(*bounds)


def _steps(steps: list[Rule], subject: Interval) -> Interval:
    """Points by the first step that matches; steps rise or fall, so the ends of the interval bound them."""
    at_low, at_high = _stepped(steps, subject.low), _stepped(steps, subject.high)
    rising = any(word in step for step in steps for word in ("above", "from"))
    return Interval(at_low, at_high) if rising else Interval(at_high, at_low)


def _stepped(steps: list[Rule], value: Number) -> Number:
    if isinstance(value, float):
        return next((float(step["points"]) for step in steps if in_band(step, value)), 0.0)
    points: Number = 0.0
    for step in reversed(steps):
        edge = next(word for word in EDGES if word in step)
        holds = compared(Interval(value, value), edge, Interval(float(step[edge]), float(step[edge]))).certain
        points = chosen(holds, float(step["points"]), points)
    return points


def _truth(rule: Rule, context: Context) -> Truth:
    """Whether a condition certainly or possibly holds."""
    logic = next((word for word in LOGIC if word in rule), None)
    truth = _joined(logic, rule[logic], context) if logic else _elementary(rule, context)
    return Truth(truth.certain, truth.certain) if rule.get("if_measured") else truth


def _joined(logic: str, rules: Sequence[Rule], context: Context) -> Truth:
    """All, any, none or the first known of some conditions."""
    parts = [_truth(part, context) for part in rules]
    if logic == "none":
        truth = any_of(parts)
        return Truth(negated(truth.possible), negated(truth.certain))
    return {"all": all_of, "any": any_of, "first_known": first_known}[logic](parts)


def _elementary(rule: Rule, context: Context) -> Truth:
    if "flag" in rule:
        return flag(rule["flag"], context)
    if "is" in rule or "one_of" in rule:
        return word_among(rule["var"], rule.get("one_of", [rule.get("is")]), context)
    return all_of([_compared(rule, edge, context) for edge in EDGES if edge in rule])


def _compared(rule: Rule, edge: str, context: Context) -> Truth:
    """Whether the subject of a rule is on the right side of one limit."""
    if {"change", "at", "score"}.isdisjoint(rule):
        seen, limit = as_recorded(rule["var"], context), as_recorded(rule[edge], context)
        if seen is not None and limit is not None:
            return judged(seen, edge, limit)
    return compared(_operand(rule, context), edge, limit_of(rule[edge], rule, context))


def _operand(rule: Rule, context: Context) -> Interval:
    """What a rule speaks of: a variable or score now, at baseline, or its change since then."""
    if "change" in rule:
        return _change(rule, context)
    return at_baseline(rule, context) if "at" in rule else _present(rule, context)


def _present(rule: Rule, context: Context) -> Interval:
    """The value at the visit itself."""
    return _score(rule, context) if "score" in rule else beside_limit(rule["var"], context)


def _change(rule: Rule, context: Context) -> Interval:
    """The change since baseline, as a difference or in percent of the baseline value; a fall turned positive."""
    low, high = reach_of(rule)
    limits = Interval(max(low, -UNBOUNDED), min(high, UNBOUNDED))
    now, before = (bounded(part, limits) for part in (_present(rule, context), at_baseline(rule, context)))
    if rule["change"] in ("percent", "fall_percent"):
        change = percent_change(now, before)
    else:
        change = stated(f"{rule.get('score') or rule['var']}_change", difference(now, before), context)
    return scaled(change, -1.0) if rule["change"].startswith("fall") else change


def _score(rule: Rule, context: Context) -> Interval:
    """Another instrument's result: the column of its name where filled, else computed from its items."""
    name = rule["score"]
    part = " ".join(
        [name, *(f"{word} {', '.join(rule[word])}" for word in ("groups", "without_groups") if word in rule)]
    )
    nested = _nested(read(name).without(rule), part, context)
    return nested if "groups" in rule else stated(name, nested, context)


def _nested(instrument: Instrument, name: str, context: Context) -> Interval:
    """The result of an instrument inside another, with its own parameters unless they were given."""
    return _result(instrument.settled(context.parameters), f"{name} in items", context)


def _improvement(rule: Rule, context: Context) -> Interval:
    """Improvement since baseline in percent of the range of the measure, never of the baseline value."""
    now, before, span = _present(rule, context), at_baseline(rule, context), rule["range"]
    if rule["better"] == "lower":
        change = Interval(before.low - now.high, before.high - now.low)
    else:
        change = Interval(now.low - before.high, now.high - before.low)
    if not isinstance(span, str):
        return Interval(rounded(change.low / span * 100.0), rounded(change.high / span * 100.0))
    if span not in context.columns:
        return ANYTHING
    low, high = (
        filled(bound / figure(span, context) * 100.0, end)
        for bound, end in ((change.low, -UNBOUNDED), (change.high, UNBOUNDED))
    )
    return Interval(rounded(low), rounded(high))


def _gated(result: Interval, gate: Interval) -> Interval:
    """The result where the gate is open, 0 where it is closed, both where that is not known."""
    certain, possible = (
        compared(Interval(end, end), "from", Interval(1.0, 1.0)).certain for end in vars(gate).values()
    )
    return Interval(chosen(certain, result.low, 0.0), chosen(possible, result.high, 0.0))
