"""What all lanes of a timeline share: size, heading, rules, faint lines of others, and the end of observation."""

import json
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.timeline_axis import break_line, place, placed, time_x, when_words, with_axis
from casekit.charts.words import as_rows

LEFT, RIGHT = 184, 136
NARROW_LEFT, NARROW_RIGHT = 118, 14  # of a page on a phone, where the words right of the plot go
IS_NARROW = f"left < {LEFT - 20}"
GAP = 16
ROW = 19
HEAD = 20
HEADING_LETTERS = 16
NARROW_UP = 14  # on a phone headings stand in the gap above, beside no number of the axis

OF_PATIENT = "datum.patient_id === patient"
OF_OTHERS = "others && datum.patient_id !== patient && isValid(zeros[datum.patient_id])"
IN_WINDOW = "datum.start_at < at_to && datum.end_at > at_from"
PX = "((at_to - at_from) / width)"


@dataclass(frozen=True)
class Lane:
    """One lane: its heading and unit, its height, its marks over its ground, and the tables they draw."""

    heading: str
    unit: str
    height: int
    marks: tuple[alt.Chart, ...]
    tables: dict[str, pd.DataFrame]
    note: str = ""
    rows: dict[str, int] | None = None
    ground: tuple[alt.Chart, ...] = ()

    def height_for(self, patient_id: str) -> int:
        """Return the height of the lane for one patient: lanes made of rows have as many as the patient needs."""
        return self.height if self.rows is None else self.height + ROW * max(1, self.rows.get(patient_id, 1))


def rows_of(table: str, *days: str) -> alt.Chart:
    """Return a chart of that table, showing the chosen patient only; its columns of days get places on the axis."""
    rows = alt.Chart(alt.NamedData(name=table)).transform_filter(OF_PATIENT)
    return rows.transform_calculate(**placed(days)) if days else rows


def told_rows_of(table: str, *days: str) -> alt.Chart:
    """Return the same with the days in words, counted from day 0."""
    rows = alt.Chart(alt.NamedData(name=table)).transform_filter(OF_PATIENT)
    kept = rows.transform_calculate(when_told=when_words(days))
    return kept.transform_calculate(**placed(days))


def rows_of_others(table: str) -> alt.Chart:
    """Return a chart of that table with the other patients of the disease, each counted from their own day 0."""
    others = alt.Chart(alt.NamedData(name=table)).transform_filter(OF_OTHERS)
    return others.transform_calculate(**placed(("day",), "zeros[datum.patient_id]"))


def ghosts(table: str, y: alt.Y, shown: str = "datum.shown", *more: str) -> alt.Chart:
    """Return the faint lines of the other patients."""
    kept = rows_of_others(table)
    for condition in more:
        kept = kept.transform_filter(condition)
    lines = kept.transform_calculate(shown=shown).mark_line(clip=True, strokeWidth=1, color=theme.QUIET, opacity=0.38)
    return lines.encode(x=time_x(), y=y, detail="patient_id:N")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values for a specification; missing becomes null."""
    return as_rows(frame.astype(object).where(frame.notna(), None))


def rows_per_patient(rows: pd.DataFrame, at_least: int = 1) -> dict[str, int]:
    """Return how many rows each patient needs."""
    counts = rows.groupby("patient_id")["row"].max() + 1
    return {str(who): max(int(count), at_least) for who, count in counts.items()}


def drawn(lane: Lane, size: tuple[int, int], orient: str | None) -> Any:
    """Return the lane with ground, marks, rules and heading; ``orient`` is the side of the time axis."""
    rules = [_unobserved(), break_line(once()), *_rules(orient)]
    layers = [*lane.ground, *rules, *lane.marks, *_heading(lane)]
    return alt.layer(*layers).properties(width=size[0], height=size[1])


def unmeasured(name: str, height: int) -> alt.Chart:
    """Return the words that stand in a lane where the patient has no value at all."""
    none = rows_of("patients").transform_filter(f"indexof(datum.known, {json.dumps(name)}) < 0")
    mark = none.mark_text(align="left", baseline="middle", color=theme.QUIET, fontStyle="italic")
    return mark.encode(x=alt.XValue(10), y=alt.YValue(height / 2), text=alt.TextValue("not measured in this patient"))


def tooltip(**shown: str) -> list[alt.Tooltip]:
    """Return the lines of a tooltip: title and the column that holds the words."""
    return [alt.Tooltip(f"{column}:N", title=title.replace("_", " ")) for title, column in shown.items()]


def heard(marks: alt.Chart, *columns: str) -> alt.Chart:
    """Return the marks with the words a screen reader says for each of them."""
    spoken = " + ', ' + ".join(f"datum.{column}" for column in columns)
    return marks.transform_calculate(spoken=spoken).encode(description="spoken:N")


def margin_text(table: str, text: str, y: float) -> alt.Chart:
    """Return the row names of a table, right-aligned beside the plot."""
    place = rows_of(table).transform_calculate(y_row=f"{y} + datum.row * {ROW}")
    return margin_name(place, alt.Text(f"{text}:N")).encode(y=alt.Y("y_row:Q", scale=None))


def margin_name(rows: alt.Chart, text: alt.Text | alt.TextValue) -> alt.Chart:
    """Return names beside the plot, cut where the margin of a phone is too narrow for them."""
    size = {"expr": f"{IS_NARROW} ? 10 : {theme.TEXT}"}
    mark = {
        "align": "right",
        "baseline": "middle",
        "limit": {"expr": "left - 14"},
        "color": theme.INK,
        "fontSize": size,
    }
    return rows.mark_text(**mark).encode(x=alt.XValue(-9), text=text)


def end_label(text: str, y: float, color: str = theme.QUIET, *, bold: bool = False) -> alt.Chart:
    """Return a short label right of the plot at that height in pixels."""
    weight = "bold" if bold else "normal"
    seen = {"expr": f"{IS_NARROW} ? 0 : 1"}
    mark = {"align": "left", "baseline": "middle", "color": color, "fontWeight": weight, "limit": RIGHT - 12}
    mark["opacity"] = seen
    return (
        once().mark_text(**mark).encode(x=alt.XValue(alt.expr("width + 8")), y=alt.YValue(y), text=alt.TextValue(text))
    )


def spread(wanted: list[float], gap: float) -> list[float]:
    """Return the heights moved apart so that labels do not touch, order kept.

    Examples
    --------
    >>> spread([10, 12, 40], 12)
    [5.0, 17.0, 40.0]
    """
    placed = [float(y) for y in wanted]
    for _ in range(50):
        for i in range(len(placed) - 1):
            lack = gap - (placed[i + 1] - placed[i])
            if lack > 0:
                placed[i] -= lack / 2
                placed[i + 1] += lack / 2
    return [round(y, 1) for y in placed]


def _unobserved() -> alt.Chart:
    """Return the grey area after the last known day: nothing is known there, which is not nothing happened."""
    mark = rows_of("patients", "last_day", "beyond").mark_rect(color=theme.UNOBSERVED, clip=True)
    return mark.encode(x=time_x("last_day_at:Q"), x2="beyond_at:Q")


def _rules(orient: str | None) -> list[alt.Chart]:
    """Return the rule at day 0, and one at the infusion where that is another day; they bridge the gap above."""
    ends = {"y": alt.YValue(0 if orient == "top" else -GAP), "y2": alt.Y2Value("height")}
    colour = {"expr": f"zero === 0 ? '{theme.RULE}' : '{theme.INK}'"}
    zero = once().mark_rule(color=colour, strokeWidth=1.5, opacity={"expr": _within("0")})
    infusion = once().transform_calculate(day_at=place("(0 - zero)"))
    other = infusion.mark_rule(
        color=theme.RULE, strokeWidth=1.2, opacity={"expr": f"zero !== 0 && {_within(place('(0 - zero)'))} ? 1 : 0"}
    )
    return [zero.encode(x=with_axis(time_x(), orient), **ends), other.encode(x=time_x(), **ends)]


def _within(at: str) -> str:
    """Return the expression for whether a place lies in the window."""
    return f"(at_from <= {at} && at_to >= {at} ? 1 : 0)"


def _heading(lane: Lane) -> list[alt.Chart]:
    """Return name, unit and note of the lane at the upper left, in the margin."""
    names = wrap(lane.heading, HEADING_LETTERS)
    bold = {"fontWeight": "bold", "fontSize": {"expr": f"{IS_NARROW} ? 10 : {theme.HEADING}"}}
    named = [_margin_line(line, 7 + 15 * i, theme.INK, **bold) for i, line in enumerate(names)]
    small = [line for words in (lane.unit, lane.note) for line in words.splitlines()]
    top = 8 + 15 * len(names)
    quiet = {"fontSize": {"expr": f"{IS_NARROW} ? 9 : 11"}}
    return [*named, *[_margin_line(line, top + 14 * i, theme.QUIET, **quiet) for i, line in enumerate(small)]]


def _margin_line(text: str, y: float, color: str, **look: Any) -> alt.Chart:
    """Return one line of text at the left edge of the picture."""
    mark = {"align": "left", "baseline": "middle", "color": color, **look}
    place = alt.YValue(alt.expr(f"{IS_NARROW} ? {y - NARROW_UP} : {y}"))
    return once().mark_text(**mark).encode(x=alt.XValue(alt.expr("-left")), y=place, text=alt.TextValue(text))


def once() -> alt.Chart:
    """Return a chart with a single mark, at day 0."""
    return alt.Chart(alt.NamedData(name="once"))
