"""Compiles a declaration into two Narwhals expressions, `low` and `high`, over one wide frame.

The frame has one row per patient and visit and one column per variable; null means not assessed.
A missing item widens the result: its lower bound counts the least, its upper bound the most it could give.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw

from casekit import catalogue
from casekit.scores.declaration import EDGES, LOGIC, Instrument, Rule, in_band, read
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
    added,
    all_of,
    any_of,
    chosen,
    compared,
    either,
    filled,
    first_known,
    highest,
    lowest,
    negated,
    rounded,
)


@dataclass(frozen=True)
class Compiled:
    """The expressions of one instrument: the result and each item."""

    instrument: Instrument
    result: Interval
    items: Mapping[str, Interval]


@dataclass(frozen=True)
class Context:
    """What the frame offers: its columns, and the parameters in force."""

    columns: Set[str]
    parameters: Mapping[str, Any]


def compile_instrument(instrument: Instrument, columns: Set[str], parameters: Mapping[str, Any]) -> Compiled:
    """The expressions that score `instrument` on a frame with these columns.

    Examples
    --------
    >>> nothing_known = compile_instrument(read("sledai_2k"), set(), {})
    >>> nothing_known.result
    Interval(low=0.0, high=105.0)
    """
    context = Context(columns, {**instrument.parameters, **parameters})
    items = {item["id"]: _item(instrument, item, context) for item in instrument.items}
    result = _combined(instrument, items, context)
    if instrument.gate:
        result = _gated(result, _truth(instrument.gate, context))
    return Compiled(instrument, Interval(rounded(result.low), rounded(result.high)), items)


def _combined(instrument: Instrument, items: Mapping[str, Interval], context: Context) -> Interval:
    parts = list(items.values())
    if not parts:
        return Interval(0.0, 0.0)
    if instrument.combine == "mean":
        return _mean(instrument, parts, context)
    join = {"sum": added, "worst": highest, "all": lowest}[instrument.combine]
    return Interval(reduce(join, [part.low for part in parts]), reduce(join, [part.high for part in parts]))


def _mean(instrument: Instrument, parts: list[Interval], context: Context) -> Interval:
    """The mean of the answered items when enough are answered, otherwise the bounds over all."""
    known = [_known(item["value"], context) for item in instrument.items]
    answered = reduce(added, [chosen(answer, 1.0, 0.0) for answer in known])
    needed = float(instrument.at_least)
    enough = compared(Interval(answered, answered), "from", Interval(needed, needed)).certain
    bounds = []
    for side in ("low", "high"):
        values = [getattr(part, side) for part in parts]
        of_known = reduce(added, [chosen(a, v, 0.0) for a, v in zip(known, values, strict=True)])
        over_all = reduce(added, values) / float(len(parts))
        divisor = highest(answered, 1.0)
        bounds.append(chosen(enough, of_known / divisor, over_all))
    return Interval(*bounds)


def _item(instrument: Instrument, item: Rule, context: Context) -> Interval:
    """The points of one item; 0 when another cause than the disease is recorded."""
    points = _points(item, context)
    cause = f"{item['id']}_other_cause"
    if instrument.attribution and cause in context.columns:
        elsewhere = _flag(cause, context).certain
        return Interval(chosen(elsewhere, 0.0, points.low), chosen(elsewhere, 0.0, points.high))
    return points


def _points(item: Rule, context: Context) -> Interval:
    if "when" in item:
        truth, points = _truth(item["when"], context), float(item.get("points", 1))
        return Interval(chosen(truth.certain, points, 0.0), chosen(truth.possible, points, 0.0))
    if "choices" in item:
        return _choices(item["choices"], context)
    if "steps" in item:
        subject = (
            _improvement(item["improvement"], context) if "improvement" in item else _operand(item["steps_of"], context)
        )
        return _steps(item["steps"], subject)
    return _value(item, context)


def _value(item: Rule, context: Context) -> Interval:
    """A value that counts as it stands, raised where the declaration says so."""
    declared = catalogue.variable(item["value"])
    least, most = float(declared.minimum or 0), float(declared.maximum or 0)
    if item["value"] in context.columns:
        seen = _number(item["value"])
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
    column = nw.col(choices["var"])
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
    parts = [part for part in rule[logic] if _in_force(part, context)] if logic else []
    if logic == "first_known":
        return first_known([_truth(part, context) for part in parts])
    if logic == "none":
        truth = any_of([_truth(part, context) for part in parts])
        return Truth(negated(truth.possible), negated(truth.certain))
    if logic:
        return (all_of if logic == "all" else any_of)([_truth(part, context) for part in parts])
    truth = _elementary(rule, context)
    return Truth(truth.certain, truth.certain) if rule.get("if_measured") else truth


def _in_force(rule: Rule, context: Context) -> bool:
    return bool(context.parameters.get(rule["if_parameter"])) if "if_parameter" in rule else True


def _elementary(rule: Rule, context: Context) -> Truth:
    if "flag" in rule:
        return _flag(rule["flag"], context)
    if "is" in rule or "one_of" in rule:
        return _word(rule["var"], rule.get("one_of", [rule.get("is")]), context)
    subject = _operand(rule, context)
    if rule.get("below_baseline"):
        return compared(subject, "below", _baseline(rule, context))
    truth = ALWAYS
    for edge in EDGES:
        if edge in rule:
            truth = all_of([truth, compared(subject, edge, _limit(rule[edge], context))])
    return truth


def _flag(name: str, context: Context) -> Truth:
    if name not in context.columns:
        return UNKNOWN
    column = nw.col(name).cast(nw.Float64)
    return Truth((column == 1).fill_null(False), ~((column == 0).fill_null(False)))


def _word(name: str, words: list[Any], context: Context) -> Truth:
    if name not in context.columns:
        return UNKNOWN
    column = nw.col(name)
    matches = reduce(either, [(column == word).fill_null(False) for word in words])
    return Truth(matches, either(matches, column.is_null()))


def _operand(rule: Rule, context: Context) -> Interval:
    return _score(rule, context) if "score" in rule else _variable(rule["var"], context)


def _variable(name: str, context: Context) -> Interval:
    """The value, or everything when it was not measured; a detection limit bounds one side only."""
    if name not in context.columns:
        return ANYTHING
    seen, comparator = _number(name), f"{name}_comparator"
    low, high = seen.fill_null(-UNBOUNDED), seen.fill_null(UNBOUNDED)
    if comparator in context.columns:
        sign = nw.col(comparator)
        low = chosen((sign == "<").fill_null(False), -UNBOUNDED, low)
        high = chosen((sign == ">").fill_null(False), UNBOUNDED, high)
    return Interval(low, high)


def _score(rule: Rule, context: Context) -> Interval:
    """Another instrument's result: the column of its name where filled, else computed from its items."""
    name = rule["score"]
    nested = compile_instrument(read(name).without(rule), context.columns, context.parameters).result
    if name not in context.columns or "groups" in rule:
        return nested
    return Interval(filled(_number(name), nested.low), filled(_number(name), nested.high))


def _baseline(rule: Rule, context: Context) -> Interval:
    """The subject of `rule` at the baseline visit."""
    name = rule.get("score") or rule["var"]
    low, high = f"{name}_baseline_low", f"{name}_baseline_high"
    bounds = ANYTHING
    if low in context.columns:
        bounds = Interval(_number(low).fill_null(-UNBOUNDED), _number(high).fill_null(UNBOUNDED))
    if f"{name}_baseline" not in context.columns:
        return bounds
    stated = _number(f"{name}_baseline")
    return Interval(filled(stated, bounds.low), filled(stated, bounds.high))


def _improvement(rule: Rule, context: Context) -> Interval:
    """Improvement since baseline in percent of the range of the measure, never of the baseline value."""
    now, before, span = _operand(rule, context), _baseline(rule, context), rule["range"]
    if rule["better"] == "lower":
        change = Interval(before.low - now.high, before.high - now.low)
    else:
        change = Interval(now.low - before.high, now.high - before.low)
    if not isinstance(span, str):
        return Interval(rounded(change.low / span * 100.0), rounded(change.high / span * 100.0))
    if span not in context.columns:
        return ANYTHING
    low, high = (
        filled(bound / _number(span) * 100.0, end)
        for bound, end in ((change.low, -UNBOUNDED), (change.high, UNBOUNDED))
    )
    return Interval(rounded(low), rounded(high))


def _limit(limit: float | str, context: Context) -> Interval:
    if isinstance(limit, str):
        return _variable(limit, context)
    return Interval(float(limit), float(limit))


def _known(name: str, context: Context) -> Logical:
    return ~nw.col(name).is_null() if name in context.columns else False


def _gated(result: Interval, gate: Truth) -> Interval:
    return Interval(chosen(gate.certain, result.low, 0.0), chosen(gate.possible, result.high, 0.0))


def _number(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.Float64).round(DECIMALS)
