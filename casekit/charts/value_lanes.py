"""The lanes of measured values: B cells and CAR T cells on one log scale, and one small lane per laboratory value."""

import math
from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.lane import (
    OF_PATIENT,
    PX,
    Lane,
    end_label,
    ghosts,
    heard,
    once,
    rows_of,
    spread,
    told_rows_of,
    tooltip,
    unmeasured,
)
from casekit.charts.measured import UNDER_LIMIT
from casekit.charts.score_frames import aplasia_threshold
from casekit.charts.timeline_axis import day_words, placed, time_x
from casekit.charts.timeline_frames import CELLS, TimelineFrames
from casekit.charts.value_frames import heading

CELL_HEIGHT = 124
LETTER = 8  # pixels, of bold words
LABORATORY_HEIGHT = 56
CELL_LOOK = {CELLS[0]: (theme.B_CELLS, "circle"), CELLS[1]: (theme.CAR_T, "diamond")}
STATES = (
    "within the reference range",
    "low",
    "high",
    "below detection",
    "above range of the assay",
    "no reference range",
)
SHAPES = ("circle", "triangle-down", "triangle-up", "circle", "triangle-up", "circle")
COLOURS = (
    theme.INSIDE_RANGE,
    theme.OUTSIDE_RANGE,
    theme.OUTSIDE_RANGE,
    theme.INSIDE_RANGE,
    theme.OUTSIDE_RANGE,
    theme.INSIDE_RANGE,
)


def cell_lane(frames: TimelineFrames) -> Lane:
    """Return B cells and CAR T cells on a log scale with aplasia shaded; each has its own limit of detection."""
    limits, top = _detection_limits(frames.cells), _decade_above(frames.cells["value"])
    limit = min(limits.values(), default=1.0)
    bottom = limit / 6
    scale = alt.Scale(type="log", domain=[bottom, top], nice=False, clamp=True)
    axis = alt.Axis(values=_decades(limit, top), grid=False, domain=False, ticks=False, labelPadding=8, format=".3~f")
    y = alt.Y("shown:Q", scale=scale, axis=axis, title=None)
    gone, length = _aplasia()
    words = [*_cell_names(), *_limit_names(limits, scale)]
    return Lane(
        "B and CAR T cells",
        "cells/µL, log scale",
        CELL_HEIGHT,
        marks=(*_limit_rules(limits, scale), *_curves(y, math.sqrt(limit * bottom)), *length, *words),
        tables={"cells": frames.cells, "aplasia": frames.aplasia},
        note=f"aplasia: below {aplasia_threshold():g}\nCD19+ B cells/µL",
        ground=(*gone, _band(limit, bottom, scale)),
    )


def laboratory_lane(frames: TimelineFrames, variable: str) -> Lane:
    """Return one laboratory value with the reference range of its laboratory; values outside point up or down."""
    values = frames.laboratory[frames.laboratory["variable"] == variable]
    ranges = frames.reference[frames.reference["variable"] == variable]
    name, unit = heading(variable)
    log = catalogue.variable(variable).scale == "log"
    low, high = _domain(values, log=log)
    y = _y(low, high, log=log)
    floor = f"max(datum.value, {y['scale']['domain'][0]})"
    table = _table(variable)
    marks = (
        ghosts(f"values_{table}", y, floor),
        _line(table, y),
        _points(table, y),
        unmeasured(variable, LABORATORY_HEIGHT),
    )
    tables = {f"values_{table}": values, f"range_{table}": ranges}
    return Lane(
        name, f"{unit}, log scale" if log else unit, LABORATORY_HEIGHT, marks, tables, ground=(_reference(table, y),)
    )


def _table(variable: str) -> str:
    """Return what the tables of a lane are called: the id, or letters and digits for a name that anybody wrote."""
    return f"own_{variable.encode().hex()}" if catalogue.is_other(variable) else variable


def _y(low: float, high: float, *, log: bool) -> alt.Y:
    """Return the y encoding of a laboratory lane, the same for all patients of the disease."""
    kind: dict[str, Any] = {"type": "log"} if log else {"type": "linear", "zero": False}
    scale = alt.Scale(**kind, domain=[low, high], nice=False, clamp=True)
    ticks: dict[str, Any] = {"values": _decades(low, high)} if log else {"tickCount": 3}
    axis = alt.Axis(**ticks, grid=False, domain=False, ticks=False, labelPadding=8, format=".3~f", labelOverlap=True)
    return alt.Y("shown:Q", scale=scale, axis=axis, title=None)


def _reference(table: str, y: alt.Y) -> alt.Chart:
    """Return the reference range as a band; a missing limit leaves that side open."""
    low, high = y["scale"]["domain"]
    spans = rows_of(f"range_{table}", "start", "end").transform_calculate(
        shown=f"datum.lower === null ? {low} : clamp(datum.lower, {low}, {high})",
        shown_to=f"datum.upper === null ? {high} : clamp(datum.upper, {low}, {high})",
    )
    return spans.mark_rect(color=theme.REFERENCE, clip=True).encode(
        x=time_x("start_at:Q"), x2="end_at:Q", y=y, y2="shown_to:Q"
    )


def _line(table: str, y: alt.Y) -> alt.Chart:
    """Return the thin line through the values of a variable."""
    line = _shown(f"values_{table}", y["scale"]["domain"][0]).mark_line(
        clip=True, strokeWidth=1.2, color=theme.INSIDE_RANGE, opacity=0.7
    )
    return line.encode(x=time_x(), y=y)


def _points(table: str, y: alt.Y) -> alt.Chart:
    """Return the values as points: round within the range, up or down outside it, hollow below detection."""
    shape = alt.Scale(domain=list(STATES), range=list(SHAPES))
    colour = alt.Scale(domain=list(STATES), range=list(COLOURS))
    values = heard(_shown(f"values_{table}", y["scale"]["domain"][0]), "variable", "tip", "state", "when_told")
    points = values.mark_point(aria=True, clip=False, size=46, strokeWidth=1.4, opacity=1)
    return points.transform_filter("datum.day_at >= at_from && datum.day_at <= at_to").encode(
        x=time_x(),
        y=y,
        shape=alt.Shape("state:N", scale=shape, legend=None),
        stroke=alt.Stroke("state:N", scale=colour, legend=None),
        fill=alt.condition("datum.state === 'below detection'", alt.value("#ffffff"), _fill(colour)),
        tooltip=tooltip(Value="tip", When="when_told", Reference_range="range", Assessed_as="state", Origin="origin"),
    )


def _fill(scale: alt.Scale) -> alt.Fill:
    """Return the fill of a point by its state."""
    return alt.Fill("state:N", scale=scale, legend=None)


def _shown(table: str, floor: float) -> alt.Chart:
    """Return the values with the height they are drawn at; zero is drawn on the floor of a log scale."""
    return told_rows_of(table, "day").transform_calculate(shown=f"max(datum.value, {floor})")


def _curves(y: alt.Y, below: float) -> list[alt.Chart]:
    """Return curve and points of both cell kinds; values below detection lie hollow, a little below their own limit."""
    undetected = "datum.state === 'below detection' || datum.value <= 0"
    hidden = f"datum.state === 'below detection' ? datum.value / {UNDER_LIMIT}"
    shown = f"datum.value <= 0 ? {below} : {hidden} : datum.value"
    cells = told_rows_of("cells", "day").transform_calculate(shown=shown)
    kinds = list(CELL_LOOK)
    colour = alt.Scale(domain=kinds, range=[CELL_LOOK[kind][0] for kind in kinds])
    shape = alt.Scale(domain=kinds, range=[CELL_LOOK[kind][1] for kind in kinds])
    line = cells.mark_line(clip=True, strokeWidth=1.6).encode(
        x=time_x(), y=y, color=alt.Color("variable:N", scale=colour, legend=None)
    )
    inside = cells.transform_filter("datum.day_at >= at_from && datum.day_at <= at_to")
    points = (
        heard(inside, "variable", "tip", "when_told")
        .mark_point(aria=True, size=46, strokeWidth=1.4, opacity=1)
        .encode(
            x=time_x(),
            y=y,
            stroke=alt.Stroke("variable:N", scale=colour, legend=None),
            shape=alt.Shape("variable:N", scale=shape, legend=None),
            fill=alt.condition(undetected, alt.value("#ffffff"), alt.Fill("variable:N", scale=colour, legend=None)),
            tooltip=tooltip(Value="tip", When="when_told", Reference_range="range", Origin="origin"),
        )
    )
    others = ghosts("cells", y, shown, f"datum.variable === '{CELLS[0]}'")
    return [others, line, points]


def _cell_names() -> list[alt.Chart]:
    """Return the names of the two curves in their colours, with their marks, right of the plot."""
    signs = {"circle": "●", "diamond": "◆"}
    names = {CELLS[0]: "B cells (CD19+)", CELLS[1]: "CAR T cells"}
    return [
        end_label(f"{signs[shape]} {names[kind]}", 10 + 18 * place, colour, bold=True)
        for place, (kind, (colour, shape)) in enumerate(CELL_LOOK.items())
    ]


def _aplasia() -> tuple[list[alt.Chart], list[alt.Chart]]:
    """Return the time without B cells, paler where the cells may already have been back, and its length in words."""
    spans = alt.Chart(alt.NamedData(name="aplasia")).transform_filter(OF_PATIENT)
    back = f"'back between ' + {day_words('(datum.certain - zero)')} + ' and ' + {day_words('(datum.end - zero)')}"
    spans = spans.transform_calculate(told=f"datum.censored || datum.unsure ? datum.tip : {back}")
    spans = spans.transform_calculate(**placed(("start", "sure_from", "certain", "end")))
    tip = tooltip(B_cells="told", Length="label", Aplasia="meaning")
    sure = spans.transform_filter("isValid(datum.certain)").mark_rect(color=theme.APLASIA, clip=True)
    maybe = spans.mark_rect(color=theme.APLASIA_UNCERTAIN, clip=True)
    label = spans.transform_filter("datum.start_at < at_to && datum.end_at > at_from")
    room = f"at_to - {LETTER} * length(datum.label) * {PX}"  # a short course leaves no room right of its start
    label = label.transform_calculate(x_text=f"max(at_from, min(max(datum.start_at, at_from), {room}))")
    look = {"align": "left", "baseline": "top", "dx": 5, "fontWeight": "bold", "clip": False}
    halo = label.mark_text(**look, color="#ffffff", stroke="#ffffff", strokeWidth=4, strokeJoin="round", opacity=0.85)
    text = label.mark_text(**look, color=theme.B_CELLS)
    spans_shown = [
        maybe.encode(x=time_x("start_at:Q"), x2="end_at:Q", tooltip=tip),
        sure.encode(x=time_x("sure_from_at:Q"), x2="certain_at:Q", tooltip=tip),
    ]
    place = {"x": time_x("x_text:Q"), "y": alt.YValue(3), "text": "label:N"}
    return spans_shown, [halo.encode(**place), text.encode(**place)]


def _band(limit: float, bottom: float, scale: alt.Scale) -> alt.Chart:
    """Return the band below the lower limit of detection, across the whole window."""
    band = once().mark_rect(color=theme.BELOW_DETECTION, opacity=0.85)
    across = {"x": alt.XValue(0), "x2": alt.X2Value(alt.expr("width"))}
    return band.encode(y=_height(bottom, scale), y2=alt.Y2Datum(limit), **across)


def _height(value: float, scale: alt.Scale) -> alt.YDatum:
    """Return a fixed height on the scale of the lane."""
    return alt.YDatum(value, type="quantitative", scale=scale)


def _detection_limits(cells: pd.DataFrame) -> dict[str, float]:
    """Return the highest limit of detection met of each kind of cell; none where every value was detected."""
    below = cells[(cells["state"] == "below detection") & (cells["value"] > 0)]
    return {str(kind): float(limit) for kind, limit in below.groupby("variable")["value"].max().items()}


def _limit_rules(limits: dict[str, float], scale: alt.Scale) -> list[alt.Chart]:
    """Return a dotted line at the limit of detection of each kind of cell, in its colour."""
    across = {"x": alt.XValue(0), "x2": alt.X2Value(alt.expr("width"))}
    look = {"strokeDash": [2, 3], "strokeWidth": 1.1}
    return [
        once().mark_rule(color=CELL_LOOK[kind][0], **look).encode(y=_height(limit, scale), **across)
        for kind, limit in limits.items()
    ]


def _limit_names(limits: dict[str, float], scale: alt.Scale) -> list[alt.Chart]:
    """Return what the dotted lines are, right of the plot, apart from each other."""
    low, high = (math.log(end) for end in scale["domain"])
    known = sorted(limits.items(), key=lambda limit: -limit[1])
    wanted = [CELL_HEIGHT * (high - math.log(limit)) / (high - low) for _, limit in known]
    places = zip(known, spread(wanted, 13), strict=True)
    return [end_label(f"undetected <{limit:g}", y, CELL_LOOK[kind][0]) for (kind, limit), y in places]


def _domain(values: pd.DataFrame, *, log: bool) -> tuple[float, float]:
    """Return the lowest and highest value to show, with a little air, over all patients of the disease."""
    seen = pd.concat([values["value"], values["lower"], values["upper"]]).dropna().astype(float)
    seen = seen[seen > 0] if log else seen
    if seen.empty:
        return (1.0, 10.0)
    low, high = float(seen.min()), float(seen.max())
    if log:
        return (low / 1.3, max(high * 1.3, low * 4))
    air = 0.08 * (high - low or 1.0)
    return (low - air, high + air)


def _decade_above(values: pd.Series) -> float:
    """Return the power of ten above all values."""
    highest = values.max() if len(values) else 1000.0
    return float(10 ** math.ceil(math.log10(max(float(highest), 10.0))))


def _decades(low: float, high: float) -> list[float]:
    """Return the ticks of a log scale: powers of ten, with steps between where the range is short."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1.0,) if math.log10(high / low) > 2 else (1.0, 2.0, 5.0) if high / low < 20 else (1.0, 3.0)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
