"""The time axis of a patient page: any day 0, one linear axis, or days for the first month and months after a break.

A day becomes a place on the axis in two steps: it is counted from the patient's own day 0, and behind the break it is
squeezed. All marks of a timeline stand at places; ``at_from`` and ``at_to`` are the places of the window's ends.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt

from casekit.charts import theme
from casekit.charts.time_axis import UNIT_DAYS, first_at_least, unit_days, unit_step
from casekit.charts.words import END_NOT_KNOWN, START_NOT_KNOWN

BREAK_DAY = 30
DAYS_PART = 0.45  # of the width, where the axis is broken
SHORTEST_BROKEN = 90
MONTH = UNIT_DAYS["months"]
PIXELS_PER_MONTH_TICK = 52
DAY_TICKS, MONTH_TICKS = 10, 16
WINDOW = alt.ExprRef("[at_from, at_to]")
INFUSION_WORDS = "the CAR T infusion"


def axis_params(
    patient: str, days: tuple[float, float], limits: tuple[float, float], unit: str, zero: tuple[dict[str, float], str]
) -> list[Any]:
    """Return the parameters a viewer may change, days counted from day 0, and what follows from them.

    ``zeros`` holds the day of the chosen event in days since the infusion, by patient; a patient without the event is
    not in it and is drawn from the infusion. ``zero_event`` says what the event is, with its article.
    """
    values: dict[str, Any] = {
        "patient": patient,
        "unit": unit,
        "day_from": days[0],
        "day_to": days[1],
        "axis": "linear",
        "zeros": zero[0],
        "zero_event": zero[1],
    }
    follows = {
        "zero": "isValid(zeros[patient]) ? zeros[patient] : 0",
        "zero_words": f"isValid(zeros[patient]) ? zero_event : '{INFUSION_WORDS}'",
        "day_first": f"{limits[0]} - zero",
        "day_last": f"{limits[1]} - zero",
        "unit_days": unit_days(),
        "is_broken": f"axis === 'broken' && day_from < {BREAK_DAY - 7} && day_to > {SHORTEST_BROKEN}",
        "squeeze": f"is_broken ? ({BREAK_DAY} - day_from) / (day_to - {BREAK_DAY}) * {1 / DAYS_PART - 1:.4f} : 1",
        "at_from": "day_from",
        "at_to": f"is_broken ? {BREAK_DAY} + (day_to - {BREAK_DAY}) * squeeze : day_to",
        "tick_step": unit_step(),
        "month_step": _month_step(),
    }
    chosen = [alt.param(name=name, value=value) for name, value in values.items()]
    return [*chosen, *[alt.param(name=name, expr=expr) for name, expr in follows.items()]]


def place(day: str) -> str:
    """Return the expression for the place of a day that is counted from day 0."""
    return f"(is_broken && {day} > {BREAK_DAY} ? {BREAK_DAY} + ({day} - {BREAK_DAY}) * squeeze : {day})"


def placed(fields: Iterable[str], zero: str = "zero") -> Mapping[str, str]:
    """Return the expressions that turn days since the infusion into places, in columns of their own: ``day_at``.

    A column may not be computed from itself, for Vega computes it again whenever a parameter changes.
    """
    return {f"{field}_at": place(f"(datum.{field} - {zero})") for field in fields}


def day_words(day: str) -> str:
    """Return the expression for a day in words, with week and month where they help."""
    signed = f"replace(format({day}, 'd'), '-', '−')"
    return (
        f"'day ' + {signed} + ({day} < 14 ? '' : ' (week ' + floor({day} / 7) + ', month ' + "
        f"format({day} / {MONTH}, '.1f') + ')')"
    )


def when_words(fields: tuple[str, ...]) -> str:
    """Return the expression for the words of a day or a stretch; the frames hold them for the infusion as day 0."""
    first = day_words(f"(datum.{fields[0]} - zero)")
    if len(fields) == 1:
        return f"zero === 0 ? datum.when : {first}"
    last = day_words(f"(datum.{fields[1]} - 1 - zero)")
    going_on = "(indexof(datum.when, 'ongoing') < 0 ? '' : ', ongoing')"
    open_end = f"indexof(datum.when, '{END_NOT_KNOWN}') >= 0"
    single = f"datum.{fields[1]} - datum.{fields[0]} <= 1 || {open_end}"
    perhaps = f"({open_end} ? ', {END_NOT_KNOWN}' : '')"
    no_start = f"indexof(datum.when, '{START_NOT_KNOWN}') >= 0"
    stretch = f"{first} + ({single} ? '' : ' to ' + {last}) + {going_on} + {perhaps}"
    return f"zero === 0 ? datum.when : {no_start} ? 'until ' + {last} + ', {START_NOT_KNOWN}' : {stretch}"


def time_x(field: str = "day_at:Q") -> alt.X:
    """Return the shared x encoding of a mark."""
    return alt.X(field, scale=alt.Scale(domain=[0, 1], domainRaw=WINDOW, nice=False, zero=False), title=None)


def with_axis(x: alt.X, orient: str | None) -> alt.X:
    """Return the encoding with the axis of its lane: grid lines, and numbers only on the given side."""
    written = {"labels": orient is not None, "ticks": orient is not None, "orient": orient or "bottom"}
    axis = alt.Axis(
        values=alt.ExprRef(_ticks()),
        labelExpr=_label(),
        labelFlush=False,
        labelOverlap="greedy",
        grid=True,
        domain=False,
        **written,
    )
    return x.axis(axis)


def axis_title(once: alt.Chart, y: Any) -> alt.Chart:
    """Return what the time axis counts and from when, in the middle of the plot at that height."""
    broken = f"'days since ' + zero_words + ', after day {BREAK_DAY} months'"
    counted = f"is_broken ? {broken} : unit + ' since ' + zero_words"
    mark = once.mark_text(baseline="middle", text={"expr": counted}, fontSize={"expr": "left < 150 ? 11 : 12"})
    return mark.encode(x=alt.XValue(alt.expr("width / 2")), y=y)


def break_mark(once: alt.Chart, y: float) -> list[alt.Chart]:
    """Return the mark of the break: two strokes over the axis."""
    shown = {"expr": "is_broken ? 1 : 0"}
    mark = once.transform_calculate(day_at=str(BREAK_DAY)).mark_text(
        text="∕∕", fontSize=15, fontWeight="bold", color=theme.INK, baseline="middle", opacity=shown
    )
    return [mark.encode(x=time_x(), y=alt.YValue(y))]


def break_line(once: alt.Chart) -> alt.Chart:
    """Return the dotted line through a lane where the axis is broken."""
    shown = {"expr": "is_broken ? 1 : 0"}
    rule = once.transform_calculate(day_at=str(BREAK_DAY)).mark_rule(
        color=theme.QUIET, strokeDash=[2, 3], strokeWidth=1.2, opacity=shown
    )
    return rule.encode(x=time_x(), y=alt.YValue(0), y2=alt.Y2Value("height"))


def _ticks() -> str:
    """Return the expression for the places of the ticks; behind the break they are whole months.

    Vega cannot join two sequences, so both are written out; what would lie outside repeats the last one inside.
    """
    linear = "sequence(ceil(at_from / tick_step) * tick_step, at_to + 0.001, tick_step)"
    days = [f"min(ceil(day_from / 7) * 7 + {7 * i}, {BREAK_DAY // 7 * 7})" for i in range(DAY_TICKS)]
    last = f"floor(day_to / {MONTH} / month_step) * month_step"
    months = [f"min(max(month_step * {i + 1}, 2), {last})" for i in range(MONTH_TICKS)]
    places = [f"{BREAK_DAY} + ({month} * {MONTH} - {BREAK_DAY}) * squeeze" for month in months]
    return f"is_broken ? [{', '.join([*days, *places])}] : {linear}"


def _label() -> str:
    """Return the expression for the number at a tick."""
    months = f"format((({BREAK_DAY} + (datum.value - {BREAK_DAY}) / squeeze) / {MONTH}), '.0f') + ' mo'"
    days = "format(datum.value, 'd')"
    return f"is_broken ? (datum.value <= {BREAK_DAY} ? {days} : {months}) : format(round(datum.value / unit_days), 'd')"


def _month_step() -> str:
    """Return the expression for the months between two ticks behind the break."""
    room = f"((day_to - {BREAK_DAY}) / {MONTH} / max(1, width * {1 - DAYS_PART} / {PIXELS_PER_MONTH_TICK}))"
    return first_at_least(room, (1, 2, 3, 6, 12, 24))
