"""Compiles a declaration into two Narwhals expressions, `low` and `high`, over one wide frame.

The frame has one row per patient and visit and one column per variable; null means not assessed.
A missing item widens the result: its lower bound counts the least, its upper bound the most it could give.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from casekit import catalogue
from casekit.scores.context import Context
from casekit.scores.declaration import EDGES, LOGIC, Instrument, Rule, in_band, reach_of, read
from casekit.scores.intervals import (
    ALWAYS,
    ANYTHING,
    DECIMALS,
    UNBOUNDED,
    UNKNOWN,
    Interval,
    Logical,
    Number,
    Truth,
    all_of,
    any_of,
    bounded,
    chosen,
    compared,
    difference,
    either,
    filled,
    first_known,
    highest,
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
    """The expressions of one instrument: stages of helper columns, then the result and each item from them."""

    instrument: Instrument
    result: Interval
    items: Mapping[str, Interval]
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
    return Compiled(instrument, result, items, gate, [stage for stage in context.stages if stage])


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
    known = [_known(item["value"], context) for item in instrument.items]
    answered = total(*[chosen(answer, 1.0, 0.0) for answer in known])
    needed = float(instrument.at_least)
    enough = compared(Interval(answered, answered), "from", Interval(needed, needed)).certain
    bounds = []
    for side in ("low", "high"):
        values = [getattr(part, side) for part in parts]
        of_known = total(*[chosen(a, v, 0.0) for a, v in zip(known, values, strict=True)])
        over_all = total(*values) / float(len(parts))
        divisor = highest(answered, 1.0)
        bounds.append(chosen(enough, of_known / divisor, over_all))
    return Interval(*bounds)


def _item(instrument: Instrument, item: Rule, context: Context) -> Interval:
    """The points of one item; 0 when another cause than the disease is recorded."""

    def build() -> Interval:
        points = _points(item, context)
        cause = f"{item['id']}_other_cause"
        if not instrument.attribution or cause not in context.columns:
            return points
        elsewhere = _flag(cause, context).certain
        return Interval(chosen(elsewhere, 0.0, points.low), chosen(elsewhere, 0.0, points.high))

    return context.column(f"{instrument.id}|{item['id']}", build)


def _points(item: Rule, context: Context) -> Interval:
    if "when" in item:
        truth, points = _truth(item["when"], context), float(item.get("points", 1))
        return Interval(chosen(truth.certain, points, 0.0), chosen(truth.possible, points, 0.0))
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
    least, most = float(declared.minimum or 0), float(declared.maximum or 0)
    if item["value"] in context.columns:
        seen = _number(item["value"], context)
        value = Interval(seen.fill_null(least), seen.fill_null(most))
    else:
        value = Interval(least, most)
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
        return _flag(rule["flag"], context)
    if "is" in rule or "one_of" in rule:
        return _word(rule["var"], rule.get("one_of", [rule.get("is")]), context)
    subject = _operand(rule, context)
    truth = ALWAYS
    for edge in EDGES:
        if edge in rule:
            truth = all_of([truth, compared(subject, edge, _limit(rule[edge], rule, context))])
    return truth


def _flag(name: str, context: Context) -> Truth:
    if name not in context.columns:
        return UNKNOWN
    column = context.col(name).cast(nw.Float64)
    return Truth((column == 1).fill_null(False), ~((column == 0).fill_null(False)))


def _word(name: str, words: list[Any], context: Context) -> Truth:
    if name not in context.columns:
        return UNKNOWN
    column = context.col(name)
    matches = reduce(either, [(column == word).fill_null(False) for word in words])
    return Truth(matches, either(matches, column.is_null()))


def _operand(rule: Rule, context: Context) -> Interval:
    """What a rule speaks of: a variable or score now, at baseline, or its change since then."""
    if "change" in rule:
        return _change(rule, context)
    return _baseline(rule, context) if "at" in rule else _present(rule, context)


def _present(rule: Rule, context: Context) -> Interval:
    """The value at the visit itself."""
    return _score(rule, context) if "score" in rule else _variable(rule["var"], context)


def _change(rule: Rule, context: Context) -> Interval:
    """The change since baseline, as a difference or in percent of the baseline value; a fall turned positive."""
    low, high = reach_of(rule)
    limits = Interval(max(low, -UNBOUNDED), min(high, UNBOUNDED))
    now, before = (bounded(part, limits) for part in (_present(rule, context), _baseline(rule, context)))
    if rule["change"] in ("percent", "fall_percent"):
        change = percent_change(now, before)
    else:
        change = _stated(f"{rule.get('score') or rule['var']}_change", difference(now, before), context)
    return scaled(change, -1.0) if rule["change"].startswith("fall") else change


def _stated(name: str, otherwise: Interval, context: Context) -> Interval:
    """The column of that name where it is filled, `otherwise` elsewhere."""
    if name not in context.columns:
        return otherwise
    stated = _number(name, context)
    return Interval(filled(stated, otherwise.low), filled(stated, otherwise.high))


def _variable(name: str, context: Context) -> Interval:
    """The value, or everything when it was not measured; a detection limit bounds one side only."""
    if name not in context.columns:
        return ANYTHING
    seen, comparator = _number(name, context), f"{name}_comparator"
    low, high = seen.fill_null(-UNBOUNDED), seen.fill_null(UNBOUNDED)
    if comparator in context.columns:
        sign = context.col(comparator)
        low = chosen((sign == "<").fill_null(False), -UNBOUNDED, low)
        high = chosen((sign == ">").fill_null(False), UNBOUNDED, high)
    return Interval(low, high)


def _score(rule: Rule, context: Context) -> Interval:
    """Another instrument's result: the column of its name where filled, else computed from its items."""
    name = rule["score"]
    part = " ".join(
        [name, *(f"{word} {', '.join(rule[word])}" for word in ("groups", "without_groups") if word in rule)]
    )
    nested = _nested(read(name).without(rule), part, context)
    return nested if "groups" in rule else _stated(name, nested, context)


def _nested(instrument: Instrument, name: str, context: Context) -> Interval:
    """The result of an instrument inside another, with its own parameters unless they were given."""
    return _result(instrument.settled(context.parameters), f"{name} in items", context)


def _baseline(rule: Rule, context: Context) -> Interval:
    """The subject of `rule` at the baseline visit."""
    if "var" in rule:
        return _variable(f"{rule['var']}_baseline", context)
    low, high = (f"{rule['score']}_baseline_{end}" for end in ("low", "high"))
    bounds = ANYTHING
    if low in context.columns:
        bounds = Interval(_number(low, context).fill_null(-UNBOUNDED), _number(high, context).fill_null(UNBOUNDED))
    return _stated(f"{rule['score']}_baseline", bounds, context)


def _improvement(rule: Rule, context: Context) -> Interval:
    """Improvement since baseline in percent of the range of the measure, never of the baseline value."""
    now, before, span = _present(rule, context), _baseline(rule, context), rule["range"]
    if rule["better"] == "lower":
        change = Interval(before.low - now.high, before.high - now.low)
    else:
        change = Interval(now.low - before.high, now.high - before.low)
    if not isinstance(span, str):
        return Interval(rounded(change.low / span * 100.0), rounded(change.high / span * 100.0))
    if span not in context.columns:
        return ANYTHING
    low, high = (
        filled(bound / _number(span, context) * 100.0, end)
        for bound, end in ((change.low, -UNBOUNDED), (change.high, UNBOUNDED))
    )
    return Interval(rounded(low), rounded(high))


def _limit(limit: float | str, rule: Rule, context: Context) -> Interval:
    """A number, or the limit of the laboratory at the visit the rule speaks of."""
    if isinstance(limit, str):
        return _variable(f"{limit}_baseline" if "at" in rule else limit, context)
    return Interval(float(limit), float(limit))


def _known(name: str, context: Context) -> Logical:
    return ~context.col(name).is_null() if name in context.columns else False


def _gated(result: Interval, gate: Interval) -> Interval:
    """The result where the gate is open, 0 where it is closed, both where that is not known."""
    certain, possible = (
        compared(Interval(end, end), "from", Interval(1.0, 1.0)).certain for end in vars(gate).values()
    )
    return Interval(chosen(certain, result.low, 0.0), chosen(possible, result.high, 0.0))


def _number(name: str, context: Context) -> Any:
    return context.col(name).cast(nw.Float64).round(DECIMALS)
