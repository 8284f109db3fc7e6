"""The drug lanes: courses as bars, what is no longer taken made visible, and the glucocorticoid dose as height."""

import json
import math

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.lane import (
    HEAD,
    IN_WINDOW,
    PX,
    ROW,
    Lane,
    heard,
    margin_name,
    margin_text,
    once,
    rows_of,
    rows_per_patient,
    told_rows_of,
    tooltip,
)
from casekit.charts.timeline_axis import place, time_x
from casekit.charts.timeline_frames import TimelineFrames
from casekit.charts.treatment_frames import RECENT_FROM
from casekit.charts.words import END_NOT_KNOWN

PULSE = 100
STEROID_HEIGHT = 54
HIT = 14
OPEN_ROOM = 190  # pixels a bar needs for its dose and the words that its end is not known
DOSE_BESIDE = "datum.category === 'lymphodepletion' || datum.category === 'car_t'"


def drug_lane(frames: TimelineFrames) -> Lane:
    """Return cells, conditioning and disease-modifying drugs; the last row is the time without immunosuppressant."""
    table = _part(frames, "recent")
    rows = rows_per_patient(table["rows_recent"])
    free = frames.drug_free.assign(row=frames.drug_free["patient_id"].map(rows).fillna(0))
    marks = (*_courses("recent"), *_open_ends(table, "recent"), _infusions(), *_free())
    return Lane(
        "Drugs", "", HEAD, marks, {**table, "drug_free": free}, rows={who: count + 1 for who, count in rows.items()}
    )


def earlier_lane(frames: TimelineFrames) -> Lane:
    """Return the drugs that were over long before the infusion."""
    table = _part(frames, "earlier")
    marks = (*_courses("earlier"), *_open_ends(table, "earlier"))
    return Lane("Earlier drugs", "", HEAD, marks, table, rows=rows_per_patient(table["rows_earlier"]))


def supportive_lane(frames: TimelineFrames) -> Lane:
    """Return anti-infectives and other drugs that do not act on the disease."""
    table = _part(frames, "supportive")
    marks = (*_courses("supportive"), *_open_ends(table, "supportive"))
    return Lane("Supportive drugs", "", HEAD, marks, table, rows=rows_per_patient(table["rows_supportive"]))


def glucocorticoid_lane(frames: TimelineFrames) -> Lane:
    """Return the lane of the daily glucocorticoid dose, as high as the highest dose of the patient in the window."""
    top = _top_dose(frames)
    marks = (_baseline(), _steps(top), _written(top), _compressed(top), *_open_doses(frames))
    tables = {"glucocorticoid": frames.glucocorticoid}
    return Lane("Glucocorticoid", "mg/day, prednisolone", STEROID_HEIGHT, marks, tables, note="equivalent")


def _top_dose(frames: TimelineFrames) -> str:
    """Return the expression for the top of the dose axis: the months around the infusion, or the years before too."""
    steps = frames.glucocorticoid
    tops = {
        str(who): [_round_dose(own.loc[own["end"] > RECENT_FROM, "mg"]), _round_dose(own["mg"])]
        for who, own in ((who, steps[steps["patient_id"] == who]) for who in frames.patients["patient_id"])
    }
    return f"({json.dumps(tops)}[patient][at_from + zero < {RECENT_FROM} ? 1 : 0])"


def _round_dose(doses: pd.Series) -> float:
    """Return the full ten at or above the highest dose, at least 10 mg."""
    return max(10.0, math.ceil(float(doses.max()) / 10) * 10.0) if doses.notna().any() else 10.0


def _part(frames: TimelineFrames, part: str) -> dict[str, pd.DataFrame]:
    """Return bars and row names of one of the drug lanes."""
    bars = frames.drugs[frames.drugs["part"] == part].drop(columns="part")
    rows = frames.drug_rows[frames.drug_rows["part"] == part]
    return {f"drugs_{part}": bars, f"rows_{part}": rows[["patient_id", "row", "label"]]}


def _courses(part: str) -> tuple[alt.Chart, ...]:
    """Return the marks of one of the drug lanes."""
    table = f"drugs_{part}"
    names = margin_text(f"rows_{part}", "label", HEAD + ROW / 2 - 0.5)
    return (_bars(table), _doses_inside(table), _doses_beside(table), names, _touched(table))


def _placed(table: str) -> alt.Chart:
    """Return the bars of a table with their place in pixels; the shortest stay visible."""
    told = rows_of(table, "start", "end") if table == "drug_free" else told_rows_of(table, "start", "end")
    return told.transform_calculate(
        y_top=f"{HEAD + 2} + datum.row * {ROW}",
        y_low=f"{HEAD + ROW - 3} + datum.row * {ROW}",
        y_mid=f"{HEAD + ROW / 2 - 0.5} + datum.row * {ROW}",
        x_end=f"max(datum.end_at, datum.start_at + 4 * {PX})",
    )


def _bars(table: str) -> alt.Chart:
    """Return the drug courses, coloured by class."""
    scale = alt.Scale(domain=list(theme.DRUGS), range=list(theme.DRUGS.values()))
    bars = _placed(table).transform_filter("datum.category !== 'car_t'")
    return (
        heard(bars, "label", "dose_text", "when_told")
        .mark_rect(clip=True, cornerRadius=2, aria=True)
        .encode(
            x=time_x("start_at:Q"),
            x2="x_end:Q",
            y=alt.Y("y_top:Q", scale=None),
            y2="y_low:Q",
            color=alt.Color("category:N", scale=scale, legend=None),
            tooltip=_tip(),
        )
    )


def _tip() -> list[alt.Tooltip]:
    """Return what a hover tells about a course."""
    return tooltip(Drug="label", Dose="dose_tip", Route="route", When="when_told", Reason="reason", Origin="origin")


def _touched(table: str) -> alt.Chart:
    """Return the invisible area that answers for a course: never narrower than a pointer can hit."""
    wide = f"max(0, {HIT} * {PX} - (datum.x_end - datum.start_at)) / 2"
    area = _placed(table).transform_calculate(left=f"datum.start_at - {wide}", right=f"datum.x_end + {wide}")
    return area.mark_rect(clip=True, opacity=0).encode(
        x=time_x("left:Q"), x2="right:Q", y=alt.Y("y_top:Q", scale=None), y2="y_low:Q", tooltip=_tip()
    )


def _infusions() -> alt.Chart:
    """Return the infusions of CAR T cells as diamonds."""
    marks = _placed("drugs_recent").transform_filter("datum.category === 'car_t'")
    return marks.mark_point(shape="diamond", size=130, filled=True, color=theme.CAR_T, opacity=1, clip=True).encode(
        x=time_x("start_at:Q"),
        y=alt.Y("y_mid:Q", scale=None),
        tooltip=_tip(),
    )


def _doses_inside(table: str) -> alt.Chart:
    """Return the dose written into a bar where the visible part of the bar is long enough."""
    doses = _placed(table).transform_filter(f"!({DOSE_BESIDE}) && {IN_WINDOW}")
    doses = doses.transform_calculate(x_text=f"max(datum.start_at, at_from) + 5 * {PX}")
    room = f"(min(datum.end_at, at_to) - max(datum.start_at, at_from)) / {PX} > 7 * length(datum.dose_text) + 8"
    mark = doses.mark_text(
        align="left", baseline="middle", color="#ffffff", fontSize=11, opacity={"expr": f"{room} ? 1 : 0"}, clip=True
    )
    return mark.encode(x=time_x("x_text:Q"), y=alt.Y("y_mid:Q", scale=None), text="dose_text:N")


def _doses_beside(table: str) -> alt.Chart:
    """Return the dose right of conditioning and infusion, whose bars are short."""
    doses = _placed(table).transform_filter(f"({DOSE_BESIDE}) && {IN_WINDOW}")
    after = place("(0 - zero)")  # conditioning: its doses stand behind the rule of the infusion
    doses = doses.transform_calculate(x_text=f"max(datum.x_end, {after}) + 9 * {PX}")
    mark = doses.mark_text(align="left", baseline="middle", color=theme.INK, fontSize=11, clip=True)
    return mark.encode(x=time_x("x_text:Q"), y=alt.Y("y_mid:Q", scale=None), text="dose_text:N")


def _open_ends(tables: dict[str, pd.DataFrame], part: str) -> list[alt.Chart]:
    """Return what fades the bars of courses whose end is not known, and the words at the end of what is visible."""
    table = f"drugs_{part}"
    if not tables[table]["when"].str.contains(END_NOT_KNOWN).any():
        return []
    opened = _placed(table).transform_filter(f"indexof(datum.when, '{END_NOT_KNOWN}') >= 0")
    y = {"y": alt.Y("y_top:Q", scale=None), "y2": "y_low:Q"}
    fade = opened.mark_rect(clip=True, color=theme.FADE, tooltip=None).encode(x=time_x("start_at:Q"), x2="x_end:Q", **y)
    room = f"(min(datum.end_at, at_to) - max(datum.start_at, at_from)) / {PX} > {OPEN_ROOM}"
    words = opened.transform_filter(room).transform_calculate(x_text=f"min(datum.end_at, at_to) - 5 * {PX}")
    text = words.mark_text(align="right", baseline="middle", color=theme.INK, fontSize=11, clip=True)
    said = text.encode(x=time_x("x_text:Q"), y=alt.Y("y_mid:Q", scale=None), text=alt.TextValue(END_NOT_KNOWN))
    return [fade, said, _touched(table)]


def _open_doses(frames: TimelineFrames) -> list[alt.Chart]:
    """Return the stretches with a dose that is not known as dashed boxes on the baseline, with what is known of it."""
    if frames.glucocorticoid["mg"].notna().all():
        return []
    steps = told_rows_of("glucocorticoid", "start", "end").transform_filter(f"datum.mg === null && {IN_WINDOW}")
    colour = theme.DRUGS["glucocorticoid"]
    box = steps.mark_rect(clip=True, fill="#ffffff", stroke=colour, strokeDash=[4, 3], strokeWidth=1.2)
    top, y = alt.YValue(STEROID_HEIGHT - ROW + 4), alt.YValue(STEROID_HEIGHT - ROW / 2 + 2)
    box = box.encode(
        x=time_x("start_at:Q"),
        x2="end_at:Q",
        y=top,
        y2=alt.Y2Value(STEROID_HEIGHT),
        tooltip=tooltip(Glucocorticoid="tip", Given_as="given", When="when_told"),
    )
    middle = "(max(datum.start_at, at_from) + min(datum.end_at, at_to)) / 2"
    room = f"(min(datum.end_at, at_to) - max(datum.start_at, at_from)) / {PX} > 6.5 * length(datum.tip) + 6"
    words = steps.transform_filter(room).transform_calculate(x_text=middle)
    text = words.mark_text(baseline="middle", fontSize=11, color=theme.INK, clip=True)
    return [box, text.encode(x=time_x("x_text:Q"), y=y, text="tip:N")]


def _free() -> list[alt.Chart]:
    """Return the time without immunosuppressant as an empty dashed bar with its length written in."""
    free = _placed("drug_free")
    bar = free.mark_rect(clip=True, fill="#ffffff", stroke=theme.VERDICTS["met"], strokeDash=[4, 3], strokeWidth=1.5)
    bar = bar.encode(
        x=time_x("start_at:Q"),
        x2="end_at:Q",
        y=alt.Y("y_top:Q", scale=None),
        y2="y_low:Q",
        tooltip=tooltip(No_drug="tip"),
    )
    middle = "(max(datum.start_at, at_from) + min(datum.end_at, at_to)) / 2"
    room = f"(min(datum.end_at, at_to) - max(datum.start_at, at_from)) / {PX} > 7 * length(datum.label)"
    words = free.transform_calculate(x_text=middle, said=f"{room} ? datum.label : 'none'")
    text = words.mark_text(color=theme.VERDICTS["met"], baseline="middle", fontSize=11.5, fontWeight="bold", clip=True)
    y = alt.Y("y_mid:Q", scale=None)
    name = margin_name(free, alt.TextValue("Immunosuppressant")).encode(y=y)
    return [bar, text.encode(x=time_x("x_text:Q"), y=y, text="said:N"), name]


def _baseline() -> alt.Chart:
    """Return the line of no dose, as far as the patient was observed, so that nothing taken reads as nothing."""
    line = rows_of("patients", "last_day").transform_calculate(first="at_from")
    mark = line.mark_rule(color=theme.QUIET, strokeWidth=1, clip=True)
    return mark.encode(x=time_x("first:Q"), x2="last_day_at:Q", y=alt.YValue(STEROID_HEIGHT))


def _dose_scale(top: str) -> alt.Scale:
    """Return the scale of the dose; with a pulse in the window its square root, so that daily doses stay visible."""
    return alt.Scale(
        type="pow",
        exponent=alt.ExprRef(f"{top} > {PULSE} ? 0.5 : 1"),
        domain=[0, 1],
        domainRaw=alt.ExprRef(f"[0, {top}]"),
        nice=False,
    )


def _steps(top: str) -> alt.Chart:
    """Return the daily dose as height; no dose leaves the baseline empty."""
    ticks = alt.ExprRef(f"{top} > {PULSE} ? [0, 50, {top}] : {top} >= 20 ? [0, {top} / 2, {top}] : [0, {top}]")
    axis = alt.Axis(
        values=ticks, tickCount=3, grid=False, domain=False, ticks=False, labelPadding=8, labelOverlap=False
    )
    bars = told_rows_of("glucocorticoid", "start", "end").mark_rect(
        clip=True, color=theme.DRUGS["glucocorticoid"], stroke=theme.DRUGS["glucocorticoid"], strokeWidth=0.6
    )
    return bars.encode(
        x=time_x("start_at:Q"),
        x2="end_at:Q",
        y=alt.Y("mg:Q", scale=_dose_scale(top), axis=axis, title=None),
        y2=alt.Y2Datum(0),
        tooltip=tooltip(Glucocorticoid="tip", Given_as="given", When="when_told"),
    )


def _written(top: str) -> alt.Chart:
    """Return the dose written into a step that is long and high enough for it."""
    steps = told_rows_of("glucocorticoid", "start", "end").transform_filter(IN_WINDOW)
    placed = steps.transform_calculate(
        x_text="(max(datum.start_at, at_from) + min(datum.end_at, at_to)) / 2", words="datum.mg + ' mg'"
    )
    long = f"(min(datum.end_at, at_to) - max(datum.start_at, at_from)) / {PX} > 7 * length(datum.words) + 6"
    high = f"(datum.mg / {top}) > ({top} > {PULSE} ? 0.09 : 0.3)"
    look = {"expr": f"{long} && {high} ? 1 : 0"}
    mark = placed.mark_text(baseline="top", dy=2, fontSize=11, color="#ffffff", clip=True, opacity=look)
    return mark.encode(
        x=time_x("x_text:Q"),
        y=alt.Y("mg:Q", scale=_dose_scale(top), title=None),
        text="words:N",
        tooltip=tooltip(Glucocorticoid="tip", Given_as="given", When="when_told"),
    )


def _compressed(top: str) -> alt.Chart:
    """Return the words that the axis is compressed, shown while it is."""
    shown = {"expr": f"{top} > {PULSE} ? 1 : 0"}
    mark = once().mark_text(align="left", baseline="middle", fontSize=11, color=theme.QUIET, opacity=shown)
    return mark.encode(x=alt.XValue(alt.expr("width + 8")), y=alt.YValue(9), text=alt.TextValue("square-root scale"))
