"""The lane of adverse events, infections, procedures and hospital stays, graded."""

import altair as alt

from casekit.charts import theme
from casekit.charts.lane import (
    HEAD,
    IN_WINDOW,
    PX,
    ROW,
    Lane,
    end_label,
    heard,
    margin_text,
    rows_per_patient,
    told_rows_of,
    tooltip,
)
from casekit.charts.timeline_axis import time_x
from casekit.charts.timeline_frames import TimelineFrames
from casekit.charts.treatment_frames import RECENT_FROM

BADGE = 15


def event_lane(frames: TimelineFrames) -> Lane:
    """Return one row per kind of event: a bar for its length and a square with the grade at its start."""
    names = margin_text("event_rows", "label", HEAD + ROW / 2).transform_filter(
        f"datum.until > {RECENT_FROM} || datum.until > at_from + zero"
    )
    marks = (_bars(), _badges(), _grades(), names, *_key())
    tables = {"events": frames.events, "event_rows": frames.event_rows}
    return Lane("Events", "", HEAD, marks, tables, rows=rows_per_patient(frames.event_rows, at_least=2))


def _placed() -> alt.Chart:
    """Return the events with their place in pixels; the shortest stay visible."""
    return (
        told_rows_of("events", "start", "end")
        .transform_filter(IN_WINDOW)
        .transform_calculate(
            left=f"datum.start_at - 1 * {PX}",
            right=f"datum.start_at + {BADGE - 1} * {PX}",
            middle=f"datum.start_at + {BADGE / 2 - 1} * {PX}",
            x_end=f"max(datum.end_at, datum.start_at + 5 * {PX})",
            y_top=f"{HEAD + 2} + datum.row * {ROW}",
            y_low=f"{HEAD + 2 + BADGE} + datum.row * {ROW}",
            y_thin=f"{HEAD + 6} + datum.row * {ROW}",
            y_thick=f"{HEAD - 2 + BADGE} + datum.row * {ROW}",
            y_mid=f"{HEAD + 2 + BADGE / 2} + datum.row * {ROW}",
        )
    )


def _colour() -> alt.Color:
    """Return the colour by grade; events without a grade are grey."""
    return alt.Color(
        "grade:N", scale=alt.Scale(domain=list(theme.GRADES), range=list(theme.GRADES.values())), legend=None
    )


def _tip() -> list[alt.Tooltip]:
    """Return what a hover tells about an event."""
    return tooltip(Event="tip", When="when_told", Origin="origin")


def _bars() -> alt.Chart:
    """Return the length of every event."""
    return (
        heard(_placed(), "tip", "when_told")
        .mark_rect(clip=True, cornerRadius=2, aria=True)
        .encode(
            x=time_x("left:Q"),
            x2="x_end:Q",
            y=alt.Y("y_thin:Q", scale=None),
            y2="y_thick:Q",
            color=_colour(),
            tooltip=_tip(),
        )
    )


def _badges() -> alt.Chart:
    """Return the square at the first day of every graded event."""
    graded = _placed().transform_filter("datum.grade !== ''")
    return graded.mark_rect(clip=True, cornerRadius=3, stroke="#ffffff", strokeWidth=0.8).encode(
        x=time_x("left:Q"),
        x2="right:Q",
        y=alt.Y("y_top:Q", scale=None),
        y2="y_low:Q",
        color=_colour(),
        tooltip=_tip(),
    )


def _grades() -> alt.Chart:
    """Return the grade written into the square."""
    graded = _placed().transform_filter("datum.grade !== ''")
    return graded.mark_text(baseline="middle", fontSize=12, fontWeight="bold", clip=True).encode(
        x=time_x("middle:Q"),
        y=alt.Y("y_mid:Q", scale=None),
        text="grade:N",
        color=alt.condition("toNumber(datum.grade) >= 3", alt.value("#ffffff"), alt.value(theme.INK)),
        tooltip=_tip(),
    )


def _key() -> list[alt.Chart]:
    """Return what the numbers mean, right of the plot."""
    return [end_label("number: grade", 9), end_label("grey: not graded", 26)]
