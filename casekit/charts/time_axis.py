"""The one time axis of a patient: days since the infusion, read in days, weeks or months."""

from typing import Any

import altair as alt

UNIT_DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.4375}
STEPS = {
    "days": (1, 2, 7, 14, 30, 60, 90, 180, 365),
    "weeks": (1, 2, 4, 8, 13, 26, 52, 104),
    "months": (1, 2, 3, 6, 12, 24),
}
PIXELS_PER_TICK = "(width < 420 ? 42 : 64)"  # a telephone has room for small numbers only
WINDOW = alt.ExprRef("[day_from, day_to]")


def window_params(patient: str, days: tuple[float, float], limits: tuple[float, float], unit: str) -> list[Any]:
    """Return the parameters a viewer may change: the patient, the window and the unit; and the ticks that follow."""
    values = {
        "patient": patient,
        "unit": unit,
        "day_from": days[0],
        "day_to": days[1],
        "day_first": limits[0],
        "day_last": limits[1],
    }
    chosen = [alt.param(name=name, value=value) for name, value in values.items()]
    return [*chosen, alt.param(name="unit_days", expr=unit_days()), alt.param(name="tick_step", expr=unit_step())]


def time_x(field: str = "day:Q") -> alt.X:
    """Return the shared x encoding of a mark."""
    return alt.X(field, scale=alt.Scale(domain=[0, 1], domainRaw=WINDOW, nice=False, zero=False), title=None)


def with_axis(x: alt.X, orient: str | None) -> alt.X:
    """Return the encoding with the axis of its lane: grid lines, and numbers only on the given side."""
    ticks = alt.ExprRef("sequence(ceil(day_from / tick_step) * tick_step, day_to + 0.001, tick_step)")
    label = "format(round(datum.value / unit_days), 'd')"
    written = {"labels": orient is not None, "ticks": orient is not None, "orient": orient or "bottom"}
    axis = alt.Axis(
        values=ticks, labelExpr=label, labelFlush=False, labelOverlap=True, grid=True, domain=False, **written
    )
    return x.axis(axis)


def unit_days() -> str:
    """Return the expression for the length of the chosen unit in days."""
    return f"unit === 'days' ? 1 : unit === 'weeks' ? 7 : {UNIT_DAYS['months']}"


def unit_step() -> str:
    """Return the expression for the distance of two ticks: the smallest usual step that leaves room for the numbers."""
    room = f"((day_to - day_from) / max(1, width / {PIXELS_PER_TICK}) / unit_days)"
    choices = {unit: first_at_least(room, steps) for unit, steps in STEPS.items()}
    fine = f"unit === 'days' ? {choices['days']} : unit === 'weeks' ? {choices['weeks']}"
    return f"unit_days * ({fine} : {choices['months']})"


def first_at_least(room: str, steps: tuple[int, ...]) -> str:
    """Return the expression that picks the first step that is at least the needed room."""
    nested = str(steps[-1])
    for step in reversed(steps[:-1]):
        nested = f"{room} <= {step} ? {step} : {nested}"
    return f"({nested})"


def axis_title(once: alt.Chart, y: Any, day_zero: str = "the CAR T infusion") -> alt.Chart:
    """Return what the time axis counts, centred at that height."""
    words = {"expr": f"unit + ' since {day_zero}'"}
    mark = once.mark_text(baseline="middle", text=words, fontSize=12)
    return mark.encode(x=alt.XValue(alt.expr("width / 2")), y=y)
