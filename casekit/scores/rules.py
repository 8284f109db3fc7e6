"""Compiles a declaration into two Narwhals expressions, `low` and `high`, over one wide frame.

The frame has one row per patient and visit and one column per variable; null means not assessed.
A missing item widens the result: its lower bound counts the least, its upper bound the most it could give.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar

import narwhals as nw
import pandas as pd

from casekit import catalogue
from casekit.scores.arrays import Array
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
    all_of,
    any_of,
    chosen,
    compared,
    either,
    filled,
    first_known,
    highest,
    logistic,
    lowest,
    negated,
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
    stages: Sequence[Mapping[str, nw.Expr]]

    def on(self, frame: Frame) -> Frame:
        """The Narwhals frame with the helper columns that `result` and `items` refer to."""
        for stage in self.stages:
            frame = frame.with_columns(**stage)
        return frame


@dataclass
class Context:
    """What the frame offers, the parameters in force, and the helper columns planned so far.

    A part that is used more than once becomes a pair of columns, so that it is computed once; a column stands in the
    stage after those it is made from. With a pandas `frame` nothing is planned: its
    columns are computed at once as arrays, which is what keeps a small series fast.
    """

    def col(self, name: str) -> Any:
        """The column of that name, as an expression or, with a frame at hand, as an array."""
        return nw.col(name) if self.frame is None else Array.of(self.frame[name])

    columns: AbstractSet[str]
    parameters: Mapping[str, Any]
    frame: pd.DataFrame | None = None
    stages: list[dict[str, nw.Expr]] = field(default_factory=list)
    planned: dict[str, tuple[Interval, int]] = field(default_factory=dict)
    stage: int = 0

    def column(self, name: str, build: Callable[[], Interval]) -> Interval:
        """The part called `name`, built and planned at its first use."""
        outer, self.stage = self.stage, 0
        if name not in self.planned:
            built = build()
            self.planned[name] = self._plan(name, built), self.stage + 1
        part, after = self.planned[name]
        self.stage = max(outer, after)
        return part

    def _plan(self, name: str, built: Interval) -> Interval:
        while len(self.stages) <= self.stage:
            self.stages.append({})
        ends: list[Number] = []
        for end in ("low", "high"):
            value = getattr(built, end)
            if isinstance(value, nw.Expr):
                self.stages[self.stage][f"{name}|{end}"] = value
                value = nw.col(f"{name}|{end}")
            ends.append(value)
        return Interval(*ends)


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
    context = Context(columns, {**instrument.parameters, **parameters}, frame)
    result = _result(instrument, instrument.id, context)
    items = {item["id"]: _item(instrument, item, context) for item in instrument.items}
    return Compiled(instrument, result, items, [stage for stage in context.stages if stage])


def _result(instrument: Instrument, name: str, context: Context) -> Interval:
    def build() -> Interval:
        result = _combined(instrument, [_item(instrument, item, context) for item in instrument.items], context)
        if instrument.gate:
            result = _gated(result, _truth(instrument.gate, context))
        return Interval(rounded(result.low), rounded(result.high))

    return context.column(name, build)


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
    truth = ALWAYS
    for edge in EDGES:
        if edge in rule:
            truth = all_of([truth, compared(subject, edge, _limit(rule[edge], context))])
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
    """What a rule speaks of: a variable, a score, or the change of one since baseline."""
    if "change" in rule:
        return _change(rule, context)
    return _present(rule, context)


def _present(rule: Rule, context: Context) -> Interval:
    """The value at the visit itself."""
    return _score(rule, context) if "score" in rule else _variable(rule["var"], context)


def _change(rule: Rule, context: Context) -> Interval:
    """The change since baseline, as a difference or in percent of the baseline value (of 0: no change)."""
    name = rule.get("score") or rule["var"]
    if rule["change"] == "difference" and f"{name}_change" in context.columns:
        return _variable(f"{name}_change", context)
    now, before = _present(rule, context), _baseline(rule, context)
    if rule["change"] == "difference":
        return Interval(rounded(now.low - before.high), rounded(now.high - before.low))
    return Interval(_percent(now.low, before.high), _percent(now.high, before.low))


def _percent(now: Number, before: Number) -> Number:
    """Change in percent of `before`; a baseline of 0 gives none, an unknown one everything."""
    if isinstance(before, float):
        return -UNBOUNDED if before > 0 else UNBOUNDED
    nothing = chosen(before == 0, 1.0, before)
    change = chosen(before == 0, 0.0, (now - before) / nothing * 100.0)
    unknown = chosen(before >= UNBOUNDED, -UNBOUNDED, UNBOUNDED)
    return rounded(chosen(either(before >= UNBOUNDED, before <= -UNBOUNDED), unknown, change))


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
    if name not in context.columns or "groups" in rule:
        return nested
    return Interval(filled(_number(name, context), nested.low), filled(_number(name, context), nested.high))


def _nested(instrument: Instrument, name: str, context: Context) -> Interval:
    """The result of an instrument inside another, with its own parameters unless they were given."""
    outer = context.parameters
    context.parameters = {**instrument.parameters, **outer}
    result = _result(instrument, f"{name} in items", context)
    context.parameters = outer
    return result


def _baseline(rule: Rule, context: Context) -> Interval:
    """The subject of `rule` at the baseline visit."""
    name = rule.get("score") or rule["var"]
    low, high = f"{name}_baseline_low", f"{name}_baseline_high"
    bounds = ANYTHING
    if low in context.columns:
        bounds = Interval(_number(low, context).fill_null(-UNBOUNDED), _number(high, context).fill_null(UNBOUNDED))
    if f"{name}_baseline" not in context.columns:
        return bounds
    stated = _number(f"{name}_baseline", context)
    return Interval(filled(stated, bounds.low), filled(stated, bounds.high))


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


def _limit(limit: float | str, context: Context) -> Interval:
    if isinstance(limit, str):
        return _variable(limit, context)
    return Interval(float(limit), float(limit))


def _known(name: str, context: Context) -> Logical:
    return ~context.col(name).is_null() if name in context.columns else False


def _gated(result: Interval, gate: Truth) -> Interval:
    return Interval(chosen(gate.certain, result.low, 0.0), chosen(gate.possible, result.high, 0.0))


def _number(name: str, context: Context) -> Any:
    return context.col(name).cast(nw.Float64).round(DECIMALS)
