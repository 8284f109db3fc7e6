"""Arithmetic and logic on what is not fully known: numbers between two bounds, conditions between certain and possible.

Bounds are Narwhals expressions, or arrays that answer to the same words, or plain numbers.
"""

import math
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw

from casekit.scores.arrays import Array

# Wider than any clinical number, narrow enough to be subtracted, scaled and rounded without overflow.
UNBOUNDED = 1e200
DECIMALS = 6

# A Narwhals expression, an array, or a plain number (a plain truth value) that holds on every row.
Number = Any
Logical = Any


@dataclass(frozen=True)
class Interval:
    """The least and the most a quantity can be, given what was assessed."""

    low: Number
    high: Number


@dataclass(frozen=True)
class Truth:
    """Whether a condition certainly holds and whether it possibly holds."""

    certain: Logical
    possible: Logical


ALWAYS, NEVER, UNKNOWN = Truth(True, True), Truth(False, False), Truth(False, True)
ANYTHING = Interval(-UNBOUNDED, UNBOUNDED)


def compared(left: Interval, edge: str, right: Interval) -> Truth:
    """The one place where an edge word becomes a comparison."""
    if edge == "below":
        return Truth(left.high < right.low, left.low < right.high)
    if edge == "up_to":
        return Truth(left.high <= right.low, left.low <= right.high)
    if edge == "above":
        return Truth(left.low > right.high, left.high > right.low)
    return Truth(left.low >= right.high, left.high >= right.low)


def judged(seen: Number, edge: str, limit: Number) -> Truth:
    """A comparison of two columns, or a column and a number, as they stand: possible where either is not known."""
    holds = compared(Interval(seen, seen), edge, Interval(limit, limit)).certain.fill_null(False)
    unknown = seen.is_null() if isinstance(limit, float) else seen.is_null() | limit.is_null()
    return Truth(holds, holds | unknown)


def first_known(truths: list[Truth]) -> Truth:
    """The first part that is determinable decides; unknown when none is."""
    answer = UNKNOWN
    for truth in reversed(truths):
        decided = either(truth.certain, negated(truth.possible))
        certain = either(truth.certain, both(negated(decided), answer.certain))
        answer = Truth(certain, either(both(decided, truth.certain), both(negated(decided), answer.possible)))
    return answer


def all_of(truths: list[Truth]) -> Truth:
    """Whether every part holds."""
    return reduce(lambda a, b: Truth(both(a.certain, b.certain), both(a.possible, b.possible)), truths, ALWAYS)


def any_of(truths: list[Truth]) -> Truth:
    """Whether at least one part holds."""
    return reduce(lambda a, b: Truth(either(a.certain, b.certain), either(a.possible, b.possible)), truths, NEVER)


def both(left: Logical, right: Logical) -> Logical:
    """Logical and; a plain bool is folded away."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return left & right


def either(left: Logical, right: Logical) -> Logical:
    """Logical or; a plain bool is folded away."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return left | right


def negated(value: Logical) -> Logical:
    """Logical not."""
    return (not value) if isinstance(value, bool) else ~value


def filled(value: Number, other: Number) -> Number:
    """`value`, or `other` where it is null."""
    if isinstance(value, float):
        return value
    return (
        value.fill_null(other)
        if isinstance(value, Array) or isinstance(other, float)
        else nw.when(value.is_null()).then(other).otherwise(value)
    )


def rounded(value: Number) -> Number:
    """The number without the dust of binary floating point."""
    return round(value, DECIMALS) if isinstance(value, float) else value.round(DECIMALS)


def chosen(condition: Logical, yes: Number, no: Number) -> Number:
    """`yes` where the condition holds, `no` elsewhere."""
    if isinstance(condition, bool):
        return yes if condition else no
    if isinstance(condition, Array):
        return condition.choose(yes, no)
    return nw.when(condition).then(expression(yes)).otherwise(expression(no))


def total(*parts: Number) -> Number:
    """The sum of the parts."""
    return reduce(lambda left, right: left + right, parts)


def scaled(part: Interval, weight: float) -> Interval:
    """The part times a weight; a negative weight turns the bounds round."""
    ends = (part.low * weight + 0.0, part.high * weight + 0.0)  # + 0.0: never a minus zero
    return Interval(*ends) if weight >= 0 else Interval(ends[1], ends[0])


def bounded(part: Interval, limits: Interval) -> Interval:
    """The part, with its limits wherever an end is not known."""
    return Interval(
        chosen(part.low <= -UNBOUNDED, limits.low, part.low), chosen(part.high >= UNBOUNDED, limits.high, part.high)
    )


def difference(now: Interval, before: Interval) -> Interval:
    """By how much a quantity has risen."""
    return Interval(rounded(now.low - before.high), rounded(now.high - before.low))


def percent_change(now: Interval, before: Interval) -> Interval:
    """Rise in percent of what was before; 0 when that was 0, and any rise when it may have been close to 0."""
    low, high = (
        chosen(start > 0, (end - start) / chosen(start > 0, start, 1.0) * 100.0, 0.0)
        for end, start in ((now.low, before.high), (now.high, before.low))
    )
    from_zero = chosen(before.high > 0, UNBOUNDED, 0.0)
    return Interval(
        rounded(chosen(before.low > 0, low, lowest(low, 0.0))), rounded(chosen(before.low > 0, high, from_zero))
    )


def logistic(value: Number) -> Number:
    """Probability for a logit; beyond 50 in either direction it is 0 or 1 to all printed decimals."""
    logit = lowest(highest(value, -50.0), 50.0)
    odds = math.exp(logit) if isinstance(logit, float) else logit.exp()
    return odds / (odds + 1.0)


def highest(*parts: Number) -> Number:
    """The greatest part of each row."""
    plain = [part for part in parts if isinstance(part, float)]
    columns = [part for part in parts if not isinstance(part, float)]
    if not columns:
        return max(plain)
    if isinstance(columns[0], Array):
        return reduce(Array.maximum, parts)
    return nw.max_horizontal(*columns, *([nw.lit(max(plain))] if plain else []))


def lowest(*parts: Number) -> Number:
    """The least part of each row."""
    plain = [part for part in parts if isinstance(part, float)]
    columns = [part for part in parts if not isinstance(part, float)]
    if not columns:
        return min(plain)
    if isinstance(columns[0], Array):
        return reduce(Array.minimum, parts)
    return nw.min_horizontal(*columns, *([nw.lit(min(plain))] if plain else []))


def expression(value: Number) -> nw.Expr:
    """The number or truth value as a Narwhals expression."""
    column: nw.Expr = nw.lit(value) if isinstance(value, float | bool) else value
    return column
