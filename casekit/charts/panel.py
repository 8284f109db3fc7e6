"""Panels over time: one line per patient, panel below panel on one time axis, with the numbers still observed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.flag_panel import flag_marks
from casekit.charts.head import Caption, Margins, chosen, disease_key, disease_scale, head, people_table, top_for
from casekit.charts.lane import once, records, rows_of, spread, tooltip, unmeasured
from casekit.charts.line_ends import end_names, line_ends
from casekit.charts.picture import Frames, counts_from_infusion, day_zero
from casekit.charts.time_axis import axis_title, time_x, window_params, with_axis
from casekit.charts.value_frames import FAR

LEFT, RIGHT, BOTTOM = 50, 92, 66
GAP, HEADING = 46, 40
HEIGHT = 132
BEFORE, AIR = 45.0, 0.03
DRAWN = ["patient_id", "disease", "day", "value", "low", "high", "state", "tip", "when"]
WIDE = "ABCDEFGHKLMNOPQRSTUVWXYZ"
PX = "((day_to - day_from) / width)"
VISIBLE = "datum.day >= day_from && datum.day <= day_to"


@dataclass(frozen=True)
class Panel:
    """One panel: what it shows, from where to where, and the lines a reader compares with.

    Attributes
    ----------
    variable : str
        Id of the variable or instrument; its rows are drawn.
    heading, unit : str
        Name in bold and what follows it.
    low, high : float
        Ends of the axis.
    kind : {"linear", "log", "sqrt", "flag"}
        Its scale; ``flag`` for a finding that is present or absent, with a row per patient.
    lines : tuple of (float, str)
        Reference lines with their names.
    band : tuple of (float, float), optional
        The reference range.
    height : int
        In pixels.
    """

    variable: str
    heading: str
    unit: str
    low: float
    high: float
    kind: str = "linear"
    lines: tuple[tuple[float, str], ...] = ()
    band: tuple[float, float] | None = None
    height: int = HEIGHT

    def scale(self) -> alt.Scale:
        """Return the scale of the panel."""
        from_zero = {} if self.kind == "log" else {"zero": False}  # Vega warns of a zero on a log scale
        return alt.Scale(type=self.kind, domain=[self.low, self.high], nice=False, clamp=True, **from_zero)

    def place(self, value: float) -> float:
        """Return the height of a value in pixels from the top."""
        stretch = {"log": math.log, "sqrt": math.sqrt}.get(self.kind, float)
        low, high = stretch(self.low), stretch(self.high)
        return self.height * (high - stretch(min(max(value, self.low), self.high))) / (high - low)


def panels(frames: Frames, shown: Sequence[Panel], caption: Caption, *, width: int, patient: str) -> alt.VConcatChart:
    """Return the panels below each other on one time axis.

    Parameters
    ----------
    frames : Frames
        From :func:`casekit.charts.panel_frames.course_frames`.
    shown : sequence of Panel
        From top to bottom.
    caption : Caption
        Name, description, and what a click reports: columns of the rows, and ``instrument`` for scores.
    width : int
        Width of the panels in pixels, without the margins.
    patient : str
        Who is emphasised; nobody when empty.
    """
    key = disease_key(frames)
    margins = Margins(LEFT, RIGHT, top_for(key, HEADING), BOTTOM, key)
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        drawn = [_panel(frames, panel, width, last=panel is shown[-1]) for panel in shown]
        drawn[0].layer = [
            *drawn[0].layer,
            *head(frames, margins, key, below=HEADING),
            *infusion_name(frames),
            _unobserved_name(),
        ]
        drawn[-1].layer = [*drawn[-1].layer, *foot(frames, shown[-1].height)]
        chart = alt.vconcat(*drawn, spacing=GAP, bounds="flush", datasets=_datasets(frames, shown))
        chart.params = time_params(frames, patient)
        chart.resolve = alt.Resolve(
            scale=alt.ScaleResolveMap(x="shared", y="independent", fill="independent", stroke="independent")
        )
    layout = {
        "width": width,
        "heights": [{"": panel.height} for panel in shown],
        "gap": GAP,
        "padding": margins.padding(),
        "minimum": 180,
    }
    return caption.on(chart, frames, layout)


def window(frames: Frames, before: float = BEFORE) -> tuple[float, float]:
    """Return the first and last day shown at first: from some weeks before day 0 to the longest observation."""
    last = float(frames.patients["last_day"].max())
    first = _first(frames) if not counts_from_infusion(frames.about.index_event) else -before
    return max(first, -12 * BEFORE), last + AIR * (last + before)


def _first(frames: Frames) -> float:
    """Return the first day of any row, day 0 where there is none."""
    days = frames.rows["day" if "day" in frames.rows else "start"]
    return float(days.min()) if len(days) else 0.0


def time_params(frames: Frames, patient: str, *, before: float = BEFORE) -> list[Any]:
    """Return the parameters of a picture over time: who is emphasised, and the window in days and its unit."""
    first, last = window(frames, before)
    limits = min(_first(frames), first) - 30, last + 30
    return [param.param for param in window_params(patient, (first, last), limits, "months")]


def _datasets(frames: Frames, shown: Sequence[Panel]) -> dict[str, Any]:
    """Return the tables of the picture, each once."""
    names = [panel.variable for panel in shown]
    own = frames.rows[frames.rows["variable"].isin(names)].groupby("patient_id")["variable"].unique()
    people = people_table(frames).assign(beyond=FAR)
    people["known"] = [sorted(own.get(name, [])) for name in people["patient_id"]]
    tables = {panel.variable: records(_drawn_rows(frames, panel)) for panel in shown}
    ends = {_ends(panel): records(_line_ends(frames, panel)) for panel in shown if panel.kind != "flag"}
    return {"once": [{"day": 0}], "patients": records(people), **tables, **ends}


def _ends(panel: Panel) -> str:
    """Return the name of the table of the ends of the lines."""
    return f"{panel.variable}_ends"


def _line_ends(frames: Frames, panel: Panel) -> pd.DataFrame:
    """Return where the lines of a panel are named, while the whole course is shown."""
    rows = frames.rows[frames.rows["variable"] == panel.variable].dropna(subset=["value"])
    first, last = window(frames)
    heights = [panel.place(float(value)) for value in rows["value"]]
    return line_ends(rows[["patient_id", "day"]].assign(y=heights), last - first, panel.height)


def _drawn_rows(frames: Frames, panel: Panel) -> pd.DataFrame:
    """Return the rows of a panel with the columns that are drawn or hovered."""
    rows = frames.rows[frames.rows["variable"] == panel.variable]
    if panel.kind == "flag":
        return rows[["patient_id", "day", "state", "tip", "when"]].sort_values(["patient_id", "day"])
    more = ["missing"] if catalogue.is_instrument(panel.variable) else ["range", "origin"]
    return rows[[*DRAWN, *more]].sort_values(["patient_id", "day"])


def _panel(frames: Frames, panel: Panel, width: int, *, last: bool) -> Any:
    """Return one panel."""
    x = with_axis(time_x(), "bottom" if last else None)
    if panel.kind == "flag":
        own = frames.rows.loc[frames.rows["variable"] == panel.variable, "patient_id"]
        marks = flag_marks(panel.variable, list(own.unique()))
    else:
        ends = end_names(_ends(panel), VISIBLE)
        marks = [*_reference_lines(panel), *_intervals(panel), *_courses(frames, panel), *ends]
    none = unmeasured(panel.variable, panel.height)
    layers = [*_band(panel), _unobserved(), day_zero_rule(frames, x), *marks, none, *_heading(frames, panel)]
    return alt.layer(*layers).properties(width=width, height=panel.height)


def _y(panel: Panel, field: str = "shown:Q") -> alt.Y:
    """Return the y encoding of a panel."""
    ticks: dict[str, Any] = {"values": decades(panel.low, panel.high)} if panel.kind == "log" else {"tickCount": 4}
    axis = alt.Axis(**ticks, grid=False, domain=True, ticks=True, tickSize=4, format=".3~f", labelOverlap=True)
    return alt.Y(field, scale=panel.scale(), axis=axis, title=None)


def decades(low: float, high: float) -> list[float]:
    """Return the ticks of a log scale: powers of ten, with steps between where the range is short.

    Examples
    --------
    >>> decades(20, 3000), decades(3, 60)
    ([100.0, 1000.0], [3.0, 10.0, 30.0])
    """
    steps = (1.0,) if high / low > 100 else (1.0, 3.0)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def _band(panel: Panel) -> list[alt.Chart]:
    """Return the reference range as a green band."""
    if panel.band is None:
        return []
    y = alt.YDatum(max(panel.band[0], panel.low), type="quantitative", scale=panel.scale())
    rect = once().mark_rect(color=theme.REFERENCE)
    return [rect.encode(x=alt.XValue(0), x2=alt.X2Value(alt.expr("width")), y=y, y2=alt.Y2Datum(panel.band[1]))]


def _unobserved() -> alt.Chart:
    """Return the grey area after the last known day of the chosen patient."""
    mark = rows_of("patients").mark_rect(color=theme.UNOBSERVED, clip=True)
    return mark.encode(x=time_x("last_day:Q"), x2="beyond:Q")


def _unobserved_name() -> alt.Chart:
    """Return what the grey area means, where it is wide enough for the words."""
    wide = rows_of("patients").transform_filter(f"(day_to - max(datum.last_day, day_from)) / {PX} > 116")
    wide = wide.transform_calculate(from_="max(datum.last_day, day_from)")
    mark = wide.mark_text(text="no longer observed", align="left", baseline="middle", dx=6, fontSize=11)
    return mark.encode(x=time_x("from_:Q"), y=alt.YValue(8), color=alt.value(theme.QUIET))


def day_zero_rule(frames: Frames, x: alt.X) -> alt.Chart:
    """Return the rule at day 0, in the colour of the infusion where day 0 is the infusion; it carries the axis."""
    color = theme.RULE if counts_from_infusion(frames.about.index_event) else theme.QUIET
    visible = {"expr": "day_from <= 0 && day_to >= 0 ? 1 : 0"}
    return once().mark_rule(color=color, strokeWidth=1.3, opacity=visible).encode(x=x)


def infusion_name(frames: Frames) -> list[alt.Chart]:
    """Return the word infusion beside its rule."""
    if not counts_from_infusion(frames.about.index_event):
        return []
    visible = {"expr": "day_from <= 0 && day_to >= 0 ? 1 : 0"}
    mark = once().mark_text(text="infusion", baseline="middle", color=theme.RULE, fontSize=11, opacity=visible)
    return [mark.encode(x=time_x(), y=alt.YValue(-9))]


def _reference_lines(panel: Panel) -> list[alt.Chart]:
    """Return the lines a reader compares with, named right of the plot."""
    scale, across = panel.scale(), {"x": alt.XValue(0), "x2": alt.X2Value(alt.expr("width"))}
    rule = once().mark_rule(strokeDash=[4, 3], strokeWidth=1, color=theme.QUIET, clip=True)
    rules = [rule.encode(y=alt.YDatum(v, type="quantitative", scale=scale), **across) for v, _ in panel.lines]
    named = sorted((panel.place(value), words) for value, words in panel.lines if words)
    look = {"align": "left", "baseline": "middle", "fontSize": 11, "color": theme.QUIET}
    beside = alt.XValue(alt.expr("width + 5"))
    places = zip(named, spread([y for y, _ in named], 13), strict=True)
    return [*rules, *[once().mark_text(text=said, **look).encode(x=beside, y=alt.YValue(y)) for (_, said), y in places]]


def _intervals(panel: Panel) -> list[alt.Chart]:
    """Return the possible range where items are missing, with a question mark above it."""
    open_ = alt.Chart(alt.NamedData(name=panel.variable)).transform_filter(f"datum.state === 'interval' && {VISIBLE}")
    open_ = open_.transform_calculate(instrument=f"'{panel.variable}'")  # only a score can be open
    bar = open_.mark_bar(width=5, color="#ffffff", stroke=theme.QUIET, strokeWidth=1.2, strokeDash=[2, 2])
    sign = open_.mark_text(text="?", fontWeight="bold", fontSize=13, dx=8, color=theme.INK)
    top = alt.Y("high:Q", scale=panel.scale(), title=None)
    look = {"opacity": chosen(1, 0.25), "tooltip": _tip(panel)}
    return [
        bar.encode(x=time_x(), y=alt.Y("low:Q", scale=panel.scale(), title=None), y2="high:Q", **look),
        sign.encode(x=time_x(), y=top, **look),
    ]


def _courses(frames: Frames, panel: Panel) -> list[alt.Chart]:
    """Return one line per patient through the exact values, with a mark at each; hollow below detection."""
    floor = f"datum.value === null ? null : max(datum.value, {panel.low})"
    rows = alt.Chart(alt.NamedData(name=panel.variable)).transform_calculate(shown=floor)
    scale = disease_scale(frames)
    line = rows.mark_line(clip=True).encode(
        x=time_x(),
        y=_y(panel),
        detail="patient_id:N",
        color=alt.Color("disease:N", scale=scale, legend=None),
        opacity=chosen(0.75, 0.16),
        strokeWidth=alt.condition("datum.patient_id === patient", alt.value(2.6), alt.value(1.3)),
    )
    seen = rows.transform_filter(f"datum.value !== null && {VISIBLE}")
    if catalogue.is_instrument(panel.variable):  # a click explains a score; a measured value has nothing to explain
        seen = seen.transform_calculate(instrument=f"'{panel.variable}'")
    points = seen.mark_point(strokeWidth=1.3)
    hollow = alt.condition("datum.state === 'below detection'", alt.value("#ffffff"), _disease_fill(scale))
    marks = points.encode(
        x=time_x(),
        y=_y(panel),
        fill=hollow,
        stroke=alt.Stroke("disease:N", scale=scale, legend=None),
        size=alt.condition("datum.patient_id === patient", alt.value(60), alt.value(28)),
        opacity=chosen(0.9, 0.18),
        tooltip=_tip(panel),
    )
    return [line, marks]


def _disease_fill(scale: alt.Scale) -> alt.Fill:
    """Return the fill of a mark by disease."""
    return alt.Fill("disease:N", scale=scale, legend=None)


def _tip(panel: Panel) -> list[alt.Tooltip]:
    """Return what a hover tells about a value."""
    if catalogue.is_instrument(panel.variable):
        return tooltip(Patient="patient_id", Score="tip", When="when", Missing="missing")
    more = {"Reference_range": "range", "Assessed_as": "state", "Origin": "origin"}
    return tooltip(Patient="patient_id", Value="tip", When="when", **more)


def _heading(frames: Frames, panel: Panel) -> list[alt.Chart]:
    """Return the name of the panel, its unit and how many patients have a value, above the plot."""
    seen = frames.rows.loc[frames.rows["variable"] == panel.variable, "patient_id"].nunique()
    look = {"align": "left", "baseline": "middle"}
    bold = once().mark_text(text=panel.heading, fontWeight="bold", fontSize=theme.HEADING, **look)
    quiet = once().mark_text(text=f"{panel.unit}, n = {seen}", fontSize=11.5, color=theme.QUIET, **look)
    after = 10 - LEFT + bold_width(panel.heading)
    return [
        bold.encode(x=alt.XValue(4 - LEFT), y=alt.YValue(-25)),
        quiet.encode(x=alt.XValue(after), y=alt.YValue(-25)),
    ]


def bold_width(words: str) -> float:
    """Return about how wide a heading is in pixels: capitals are wider than small letters.

    Examples
    --------
    >>> bold_width("CK") > bold_width("ck")
    True
    """
    return sum(10.6 if letter in WIDE else 5.2 if letter in " ()-,il.IJ" else 8.2 for letter in words)


def foot(frames: Frames, height: int) -> list[alt.Chart]:
    """Return the number of patients still observed below each tick, and what the axis counts."""
    ticks = "sequence(ceil(day_from / tick_step) * tick_step, day_to + 0.001, tick_step)"
    still = alt.Chart(alt.NamedData(name="patients")).transform_calculate(day=ticks).transform_flatten(["day"])
    still = still.transform_filter("datum.last_day !== null && datum.last_day >= datum.day")
    counted = still.transform_aggregate(n="count()", groupby=["day"])
    look = {"baseline": "middle", "fontSize": 11.5, "color": theme.QUIET}
    numbers = counted.mark_text(**look).encode(x=time_x(), y=alt.YValue(height + 31), text="n:Q")
    name = once().mark_text(text="observed", align="left", **look)
    named = name.encode(x=alt.XValue(alt.expr("width + 5")), y=alt.YValue(height + 31))
    return [numbers, named, axis_title(once(), alt.YValue(height + 52), day_zero(frames.about))]
