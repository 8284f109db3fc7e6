"""What all lanes of a timeline share: size, heading in the margin, infusion rule, and the end of observation."""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.time_axis import time_x, with_axis
from casekit.charts.words import as_rows

LEFT, RIGHT = 184, 118
GAP = 16
ROW = 19
HEAD = 20
HEADING_LETTERS = 18

OF_PATIENT = "datum.patient_id === patient"
IN_WINDOW = "datum.start < day_to && datum.end > day_from"
PX = "((day_to - day_from) / width)"


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


def rows_of(table: str) -> alt.Chart:
    """Return a chart of that table, showing the chosen patient only."""
    return alt.Chart(alt.NamedData(name=table)).transform_filter(OF_PATIENT)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as plain values for a specification; missing becomes null."""
    return as_rows(frame.astype(object).where(frame.notna(), None))


def rows_per_patient(rows: pd.DataFrame, at_least: int = 1) -> dict[str, int]:
    """Return how many rows each patient needs."""
    counts = rows.groupby("patient_id")["row"].max() + 1
    return {str(who): max(int(count), at_least) for who, count in counts.items()}


def drawn(lane: Lane, size: tuple[int, int], orient: str | None, more: list[alt.Chart]) -> Any:
    """Return the lane with ground, marks, infusion rule and heading; ``orient`` is the side of the time axis."""
    layers = [*lane.ground, _unobserved(), _infusion(orient), *lane.marks, *_heading(lane), *more]
    return alt.layer(*layers).properties(width=size[0], height=size[1])


def unmeasured(name: str, height: int) -> alt.Chart:
    """Return the words that stand in a lane where the patient has no value at all."""
    none = rows_of("patients").transform_filter(f"indexof(datum.known, '{name}') < 0")
    mark = none.mark_text(align="left", baseline="middle", color=theme.QUIET, fontStyle="italic")
    return mark.encode(x=alt.XValue(10), y=alt.YValue(height / 2), text=alt.TextValue("not measured in this patient"))


def tooltip(**shown: str) -> list[alt.Tooltip]:
    """Return the lines of a tooltip: title and the column that holds the words."""
    return [alt.Tooltip(f"{column}:N", title=title.replace("_", " ")) for title, column in shown.items()]


def heard(marks: alt.Chart, *columns: str) -> alt.Chart:
    """Return the marks with the words a screen reader says for each of them."""
    spoken = " + ', ' + ".join(f"datum.{column}" for column in columns)
    return marks.transform_calculate(spoken=spoken).encode(description="spoken:N")


def margin_text(table: str, text: str, y: float, **look: Any) -> alt.Chart:
    """Return the row names of a table, right-aligned beside the plot."""
    mark = {"align": "right", "baseline": "middle", "limit": LEFT - 14, "color": theme.INK, **look}
    place = rows_of(table).transform_calculate(y_row=f"{y} + datum.row * {ROW}")
    return place.mark_text(**mark).encode(x=alt.XValue(-9), y=alt.Y("y_row:Q", scale=None), text=alt.Text(f"{text}:N"))


def end_label(text: str, y: float, color: str = theme.QUIET, *, bold: bool = False) -> alt.Chart:
    """Return a short label right of the plot at that height in pixels."""
    weight = "bold" if bold else "normal"
    mark = {"align": "left", "baseline": "middle", "color": color, "fontWeight": weight, "limit": RIGHT - 12}
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
    mark = rows_of("patients").mark_rect(color=theme.UNOBSERVED, clip=True)
    return mark.encode(x=time_x("last_day:Q"), x2="beyond:Q")


def _infusion(orient: str | None) -> alt.Chart:
    """Return the rule at day 0, long enough to bridge the gap to the lane above."""
    visible = {"expr": "day_from <= 0 && day_to >= 0 ? 1 : 0"}
    rule = once().mark_rule(color=theme.RULE, strokeWidth=1.5, opacity=visible)
    return rule.encode(
        x=with_axis(time_x(), orient), y=alt.YValue(0 if orient == "top" else -GAP), y2=alt.Y2Value("height")
    )


def _heading(lane: Lane) -> list[alt.Chart]:
    """Return name, unit and note of the lane at the upper left, in the margin."""
    names = wrap(lane.heading, HEADING_LETTERS)
    bold = {"fontWeight": "bold", "fontSize": theme.HEADING}
    named = [_margin_line(line, 7 + 15 * i, theme.INK, **bold) for i, line in enumerate(names)]
    small = [line for words in (lane.unit, lane.note) for line in words.splitlines()]
    top = 8 + 15 * len(names)
    return [*named, *[_margin_line(line, top + 14 * i, theme.QUIET, fontSize=11) for i, line in enumerate(small)]]


def _margin_line(text: str, y: float, color: str, **look: Any) -> alt.Chart:
    """Return one line of text at the left edge of the picture."""
    mark = {"align": "left", "baseline": "middle", "color": color, **look}
    return once().mark_text(**mark).encode(x=alt.XValue(-LEFT), y=alt.YValue(y), text=alt.TextValue(text))


def once() -> alt.Chart:
    """Return a chart with a single mark, at day 0."""
    return alt.Chart(alt.NamedData(name="once"))
