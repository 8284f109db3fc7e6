"""The lanes of scores: activity as intervals over its bands, and response verdicts as tiles."""

from typing import Any

import altair as alt

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.lane import (
    HEAD,
    PX,
    ROW,
    Lane,
    end_label,
    ghosts,
    heard,
    margin_text,
    once,
    rows_of,
    spread,
    told_rows_of,
    tooltip,
    unmeasured,
)
from casekit.charts.timeline_axis import BREAK_DAY, placed, time_x
from casekit.charts.timeline_frames import TimelineFrames

ACTIVITY_HEIGHT = 104
TILE = 16
PICKED = "framed && datum.instrument === picked_instrument && datum.day === picked_day"
VISIBLE = "datum.day_at >= at_from && datum.day_at <= at_to"


def activity_lane(
    frames: TimelineFrames, instrument: str, shown_to: float | None, height: int = ACTIVITY_HEIGHT
) -> Lane:
    """Return a score over its bands; with items missing, the whole possible interval and a question mark."""
    declared = catalogue.instrument(instrument)
    low, high = declared["range"][0], shown_to or declared["range"][1]
    air = 0.05 * (high - low)
    scale = alt.Scale(domain=[low - air, high + air], nice=False, zero=False, clamp=True)
    ticks = 4 if height == ACTIVITY_HEIGHT else 2
    axis = alt.Axis(tickCount=ticks, grid=False, domain=False, ticks=False, labelPadding=8, format=".3~f")
    y = alt.Y("value:Q", scale=scale, axis=axis, title=None)
    table = f"score_{instrument}"
    name = declared.get("short", declared["name"])
    bands = _bands(declared, low - air, high + air)
    marks = (
        *_band_names(bands, scale, height),
        ghosts(table, y, "datum.value"),
        *_intervals(table, y),
        _line(table, y),
        _points(table, name, y),
        _chosen(table, y),
        unmeasured(instrument, height),
    )
    values = frames.activity[frames.activity["instrument"] == instrument]
    direction = f"{declared.get('better', 'lower')} is better"
    return Lane(
        name,
        f"{low:g} to {declared['range'][1]:g}",
        height,
        marks,
        {table: values},
        note=direction,
        ground=tuple(_shaded(bands, scale)),
    )


def response_lane(frames: TimelineFrames) -> Lane:
    """Return one row of tiles per response criterion: met, not met, or not determinable."""
    rows = int(frames.response_rows["row"].max()) + 1 if len(frames.response_rows) else 1
    marks = (_tiles(), _signs(), _chosen_tile(), margin_text("response_rows", "label", HEAD + ROW / 2), *_key())
    tables = {"responses": frames.responses, "response_rows": frames.response_rows}
    return Lane("Response", "", HEAD + max(rows, 2) * ROW, marks, tables)


def _bands(declared: dict[str, Any], low: float, high: float) -> list[tuple[float, float, str]]:
    """Return from, to and name of every band inside the shown range; whole-number bands meet half way."""
    found, start = [], low
    for band in declared.get("bands", []):
        edge = band.get("below", band["up_to"] + 0.5 if "up_to" in band else high)
        end = min(float(edge), high)
        if end > start:
            found.append((start, end, str(band["label"])))
        start = max(start, end)
    return found


def _shaded(bands: list[tuple[float, float, str]], scale: alt.Scale) -> list[alt.Chart]:
    """Return the bands as backgrounds, every second one a little darker."""
    colours = (theme.BANDS[0], theme.BANDS[2])
    return [
        once()
        .mark_rect(color=colours[place % 2])
        .encode(
            x=alt.XValue(0),
            x2=alt.X2Value(alt.expr("width")),
            y=alt.YDatum(start, type="quantitative", scale=scale),
            y2=alt.Y2Datum(end),
        )
        for place, (start, end, _) in enumerate(bands)
    ]


def _band_names(bands: list[tuple[float, float, str]], scale: alt.Scale, lane: int) -> list[alt.Chart]:
    """Return the names of the bands right of the plot, moved apart where bands are narrow."""
    low, high = scale["domain"]
    height = {place: (high - (start + end) / 2) / (high - low) for place, (start, end, _) in enumerate(bands)}
    placed = spread([height[place] * lane for place in sorted(height, key=height.__getitem__)], 13)
    names = [bands[place][2] for place in sorted(height, key=height.__getitem__)]
    return [end_label(name, y) for name, y in zip(names, placed, strict=True)]


def _intervals(table: str, y: alt.Y) -> list[alt.Chart]:
    """Return the possible range where items are missing, with a question mark above it."""
    open_ = told_rows_of(table, "day").transform_filter(f"datum.state === 'interval' && {VISIBLE}")
    low, high = y["scale"]["domain"]
    shown = open_.transform_calculate(
        bottom=f"clamp(datum.low, {low}, {high})", top=f"clamp(datum.high, {low}, {high})"
    )
    bar = shown.mark_bar(width=6, color="#ffffff", stroke=theme.QUIET, strokeWidth=1.2, strokeDash=[2, 2])
    tip = tooltip(Score="tip", Missing="missing", When="when_told")
    spans = bar.encode(x=time_x(), y=alt.Y("bottom:Q", scale=y["scale"]), y2="top:Q", tooltip=tip)
    sign = shown.mark_text(text="?", fontWeight="bold", fontSize=14, dy=-1, color=theme.INK, dx=10)
    return [spans, sign.encode(x=time_x(), y=alt.Y("top:Q", scale=y["scale"]), tooltip=tip)]


def _line(table: str, y: alt.Y) -> alt.Chart:
    """Return the line through exact scores; it breaks where a score is not determinable."""
    return rows_of(table, "day").mark_line(clip=True, strokeWidth=1.6, color=theme.INK).encode(x=time_x(), y=y)


def _points(table: str, name: str, y: alt.Y) -> alt.Chart:
    """Return the exact scores."""
    exact = told_rows_of(table, "day").transform_filter(f"datum.state === 'exact' && {VISIBLE}")
    exact = exact.transform_calculate(name=f"'{name}'")
    return (
        heard(exact, "name", "tip", "when_told")
        .mark_point(filled=True, size=52, color=theme.INK, opacity=1, aria=True, cursor="pointer")
        .encode(x=time_x(), y=y, tooltip=tooltip(Score="tip", Missing="missing", When="when_told"))
    )


def _chosen(table: str, y: alt.Y) -> alt.Chart:
    """Return the ring around the score that is explained below the picture; an interval has it at its middle."""
    scale = y["scale"]
    low, high = scale["domain"]
    chosen = rows_of(table).transform_filter(PICKED).transform_calculate(**placed(("day",)))
    middle = f"clamp(isValid(datum.value) ? datum.value : (datum.low + datum.high) / 2, {low}, {high})"
    ring = chosen.transform_calculate(middle=middle).mark_point(
        size=260, filled=False, strokeWidth=2.5, color=theme.CHOSEN, opacity=1
    )
    return ring.encode(x=time_x(), y=alt.Y("middle:Q", scale=scale))


def _chosen_tile() -> alt.Chart:
    """Return the frame around the verdict that is explained below the picture."""
    frame = (
        _placed().transform_filter(PICKED).mark_rect(filled=False, stroke=theme.CHOSEN, strokeWidth=3, cornerRadius=3)
    )
    return frame.encode(x=time_x("left:Q"), x2="right:Q", y=alt.Y("y_top:Q", scale=None), y2="y_low:Q")


def _placed() -> alt.Chart:
    """Return the tiles with their place: narrower where visits lie close together, moved inwards at the edges.

    The last visit often is the last day of the picture, and its verdict must not be lost.
    """
    width = f"clamp(datum.gap_at / {PX} - 1, 3, {TILE})"
    half = f"datum.width / 2 * {PX}"
    return (
        told_rows_of("responses", "day")
        .transform_calculate(gap_at=f"datum.gap * (datum.day_at > {BREAK_DAY} ? squeeze : 1)")
        .transform_filter(VISIBLE)
        .transform_calculate(width=width)
        .transform_calculate(middle=f"clamp(datum.day_at, at_from + {half}, at_to - {half})")
        .transform_calculate(
            verdict_words="datum.verdict === 'unknown' ? 'not known' : datum.verdict",
            left=f"datum.middle - {half}",
            right=f"datum.middle + {half}",
            y_top=f"{HEAD + 1} + datum.row * {ROW}",
            y_low=f"{HEAD + ROW - 2} + datum.row * {ROW}",
            y_mid=f"{HEAD + ROW / 2} + datum.row * {ROW}",
        )
    )


def _tiles() -> alt.Chart:
    """Return the verdicts as tiles; a click on one asks why."""
    names = list(theme.VERDICTS)
    fill = alt.Scale(domain=names, range=[theme.VERDICTS[name] for name in names])
    line = alt.Scale(domain=names, range=[theme.VERDICT_LINE[name] for name in names])
    return (
        heard(_placed(), "label", "verdict_words", "when_told")
        .mark_rect(cornerRadius=2, strokeWidth=1.3, cursor="pointer", aria=True)
        .encode(
            x=time_x("left:Q"),
            x2="right:Q",
            y=alt.Y("y_top:Q", scale=None),
            y2="y_low:Q",
            fill=alt.Fill("verdict:N", scale=fill, legend=None),
            stroke=alt.Stroke("verdict:N", scale=line, legend=None),
            tooltip=tooltip(Criterion="label", Verdict="verdict_words", Why="why", When="when_told"),
        )
    )


def _signs() -> alt.Chart:
    """Return tick, cross or question mark in each tile that is wide enough."""
    names = list(theme.VERDICTS)
    signs = "{'met': '✓', 'not met': '✕', 'unknown': '?'}[datum.verdict]"
    ink = alt.Scale(domain=names, range=[theme.VERDICT_INK[name] for name in names])
    wide = _placed().transform_filter("datum.width >= 9").transform_calculate(sign=signs)
    return wide.mark_text(baseline="middle", fontSize=12, fontWeight="bold", cursor="pointer").encode(
        x=time_x("middle:Q"),
        y=alt.Y("y_mid:Q", scale=None),
        text="sign:N",
        color=alt.Color("verdict:N", scale=ink, legend=None),
        tooltip=tooltip(Criterion="label", Verdict="verdict_words", Why="why", When="when_told"),
    )


def _key() -> list[alt.Chart]:
    """Return what the signs mean, right of the plot."""
    lines = ("✓ met", "✕ not met", "? not known")
    return [end_label(text, 9 + 17 * place) for place, text in enumerate(lines)]
