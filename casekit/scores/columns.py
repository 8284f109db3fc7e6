"""What the columns of a frame say, as truths and intervals: findings, words, values, limits, values at baseline."""

from functools import reduce
from typing import Any

import narwhals as nw

from casekit.scores.context import Context
from casekit.scores.declaration import Rule
from casekit.scores.intervals import (
    ANYTHING,
    DECIMALS,
    UNBOUNDED,
    UNKNOWN,
    Interval,
    Logical,
    Truth,
    chosen,
    either,
    filled,
)

# Less than any laboratory resolves, and gone when a result is rounded.
JUST_BESIDE = 1e-9


def flag(name: str, context: Context) -> Truth:
    """Whether a finding was recorded as present; unknown where nobody looked."""
    if name not in context.columns:
        return UNKNOWN
    column = context.col(name).cast(nw.Float64)
    return Truth((column == 1).fill_null(False), ~((column == 0).fill_null(False)))


def word_among(name: str, words: list[Any], context: Context) -> Truth:
    """Whether the recorded word is one of these; unknown where none was recorded."""
    if name not in context.columns:
        return UNKNOWN
    column = context.col(name)
    matches = reduce(either, [(column == word).fill_null(False) for word in words])
    return Truth(matches, either(matches, column.is_null()))


def stated(name: str, otherwise: Interval, context: Context) -> Interval:
    """The column of that name where it is filled, `otherwise` elsewhere."""
    if name not in context.columns:
        return otherwise
    seen = figure(name, context)
    return Interval(filled(seen, otherwise.low), filled(seen, otherwise.high))


def value_of(name: str, context: Context, limits: Interval = ANYTHING) -> Interval:
    """The value, or all it can be when it was not measured; a detection limit bounds one side only.

    What drug courses leave open stands between the columns `_low` and `_high` beside it.
    """
    if name not in context.columns:
        return limits
    limits = Interval(*(_bound(name, end, limits, context) for end in ("low", "high")))
    seen, comparator = figure(name, context), f"{name}_comparator"
    low, high = filled(seen, limits.low), filled(seen, limits.high)
    if comparator in context.columns:
        sign = context.col(comparator)
        low = chosen((sign == "<").fill_null(False), limits.low, low)
        high = chosen((sign == ">").fill_null(False), limits.high, high)
    return Interval(low, high)


def beside_limit(name: str, context: Context) -> Interval:
    """The value as a comparison reads it: what lies below its detection limit is less than the limit, not the limit."""
    value, comparator = value_of(name, context), f"{name}_comparator"
    if comparator not in context.columns:
        return value
    sign = context.col(comparator)
    low = chosen((sign == ">").fill_null(False), value.low + JUST_BESIDE, value.low)
    return Interval(low, chosen((sign == "<").fill_null(False), value.high - JUST_BESIDE, value.high))


def _bound(name: str, end: str, limits: Interval, context: Context) -> Any:
    """The bound told beside a value, the usual limit where none is told."""
    told = f"{name}_{end}"
    usual = getattr(limits, end)
    return filled(figure(told, context), usual) if told in context.columns else usual


def as_recorded(subject: float | str, context: Context) -> Any:
    """A number, or the column of a value that has no limits beside it; None for everything else."""
    if not isinstance(subject, str):
        return float(subject)
    has_limits = any(f"{subject}_{beside}" in context.columns for beside in ("comparator", "low", "high"))
    return figure(subject, context) if subject in context.columns and not has_limits else None


def at_baseline(rule: Rule, context: Context) -> Interval:
    """The subject of `rule` at the baseline visit."""
    if "var" in rule:
        return beside_limit(f"{rule['var']}_baseline", context)
    low, high = (f"{rule['score']}_baseline_{end}" for end in ("low", "high"))
    bounds = ANYTHING
    if low in context.columns:
        bounds = Interval(figure(low, context).fill_null(-UNBOUNDED), figure(high, context).fill_null(UNBOUNDED))
    return stated(f"{rule['score']}_baseline", bounds, context)


def limit_of(limit: float | str, rule: Rule, context: Context) -> Interval:
    """A number, or the limit of the laboratory at the visit the rule speaks of."""
    if isinstance(limit, str):
        return beside_limit(f"{limit}_baseline" if "at" in rule else limit, context)
    return Interval(float(limit), float(limit))


def answered(name: str, context: Context) -> Logical:
    """Whether anything was recorded."""
    return ~context.col(name).is_null() if name in context.columns else False


def figure(name: str, context: Context) -> Any:
    """The recorded number, without the dust of binary floating point."""
    return context.col(name).cast(nw.Float64).round(DECIMALS)
