"""How a picture of many patients is put together: panels above each other under one header, over one foot."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, ParamSpec

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.head import NARROWEST, Entry, Key, Margins, disease_scale, head, top_for
from casekit.charts.lane import once, records
from casekit.charts.picture import Frames, counts_from_infusion, day_zero, finished
from casekit.charts.time_axis import axis_title, time_x, window_params, with_axis

Given = ParamSpec("Given")

LEFT, RIGHT = 66, 22
GAP, HEADING = 68, 66
MOST_TICKS = 40
FOOT_TIME, FOOT = 68, 48
SHAPES = {"SLE": "circle", "IIM": "square", "SSc": "triangle-up"}
OTHER_SHAPE = "diamond"
INFUSED = Entry("M-0.12,-1.1H0.12V1.1H-0.12Z", theme.RULE, theme.RULE, "CAR T infusion")
OWN_SCALES = ("y", "color", "fill", "stroke", "shape", "size", "opacity")
OF_PATIENT = "datum.patient_id === patient"


@dataclass(frozen=True)
class Panel:
    """One panel: what it shows, up to two lines of note, its height in pixels, its marks, and what lies below them.

    ``days`` says that the days are written below it although it is not the last.
    """

    heading: str
    note: str
    height: int
    marks: tuple[alt.Chart, ...]
    ground: tuple[alt.Chart, ...] = ()
    days: bool = False


@dataclass(frozen=True)
class Window:
    """The days a time picture opens with, how far it can be moved, and what its axis counts."""

    days: tuple[float, float]
    limits: tuple[float, float]
    unit: str = "days"


@dataclass(frozen=True)
class Sheet:
    """A picture before it is drawn: panels, the tables they draw, the key, and whether it counts who is observed."""

    name: str
    description: str
    panels: Sequence[Panel]
    tables: Mapping[str, pd.DataFrame]
    window: Window | None = None
    entries: tuple[Entry, ...] = ()
    left: int = LEFT
    observed: bool = True


def unchecked(make: Callable[Given, Any]) -> Callable[Given, Any]:
    """Return the function without Altair's check of every single mark: the tests check the whole specification."""

    @wraps(make)
    def made(*args: Given.args, **named: Given.kwargs) -> Any:
        with debug_mode(arg=False):
            return make(*args, **named)

    return made


def drawn(sheet: Sheet, frames: Frames, width: int, patient: str) -> alt.VConcatChart:
    """Return the picture of a sheet; with a window its panels share the time axis of the page."""
    if sheet.window and counts_from_infusion(frames.about.index_event):
        sheet = replace(sheet, entries=(*sheet.entries, INFUSED))
    key, margins = Key(sheet.entries), _margins(sheet)
    panels = [_panel(sheet, frames, place).properties(width=width) for place in range(len(sheet.panels))]
    panels[0].layer += head(frames, margins, key, below=HEADING)
    chart = alt.vconcat(*panels, spacing=GAP, bounds="flush")
    chart.datasets = _tables(sheet)
    chart.params = _params(sheet.window, patient)
    chart.resolve = alt.Resolve(scale=alt.ScaleResolveMap(x="shared", **dict.fromkeys(OWN_SCALES, "independent")))
    height = sum(panel.height for panel in sheet.panels) + GAP * (len(sheet.panels) - 1)
    layout = {"width": width, "height": height, "padding": margins.padding(), "minimum": NARROWEST - sheet.left - RIGHT}
    return finished(chart, frames.about, name=sheet.name, description=sheet.description, layout=layout)


def disease_scales(frames: Frames) -> dict[str, alt.Scale]:
    """Return colour and shape of each disease in the frames, the same in every picture of the series."""
    names = diseases_of(frames)
    shapes = alt.Scale(domain=names, range=[SHAPES.get(name, OTHER_SHAPE) for name in names])
    return {"colour": disease_scale(frames), "shape": shapes}


def disease_entries(frames: Frames) -> tuple[Entry, ...]:
    """Return the diseases of the frames as entries of the key."""
    colours = {name: catalogue.disease(name).colour for name in diseases_of(frames)}
    return tuple(Entry(SHAPES.get(name, OTHER_SHAPE), colour, colour, name) for name, colour in colours.items())


def diseases_of(frames: Frames) -> list[str]:
    """Return the diseases of the frames in order of appearance."""
    return [str(name) for name in frames.patients["disease"].unique()]


def emphasis(rest: float = 0.55, faint: float = 0.14) -> Any:
    """Return the opacity of a mark: the chosen patient stands out, nobody chosen leaves all alike."""
    return alt.OpacityValue(alt.ExprRef(f"patient === '' ? {rest} : {OF_PATIENT} ? 1 : {faint}"))


def pixel(field: str) -> alt.Y:
    """Return a place in pixels from the top of the panel."""
    return alt.Y(field, scale=None)


def table(name: str, only: str = "") -> alt.Chart:
    """Return a chart of that table, or of the rows for which the expression is true."""
    chart = alt.Chart(alt.NamedData(name=name))
    return chart.transform_filter(only) if only else chart


def row_names(name: str, row: float, left: int = LEFT) -> alt.Chart:
    """Return the patient ids of a table left of their rows; the chosen one stands out."""
    placed = table(name).transform_calculate(y_mid=f"(datum.row + 0.5) * {row}")
    look = {"align": "right", "baseline": "middle", "limit": left - 10, "fontSize": 11, "color": theme.INK}
    text = placed.mark_text(**look).encode(x=alt.XValue(-7), y=pixel("y_mid:Q"), text="patient_id:N")
    return text.encode(opacity=emphasis(1, 0.5))


def at_ticks(ends: Iterable[float], y: float) -> alt.Chart:
    """Return, at each tick of the time axis, how many of the given days are not yet over."""
    known = pd.Series(list(ends), dtype="float64").dropna().value_counts()
    terms = [f"{count} * (datum.day <= {end:g})" for end, count in known.items()]
    days = table("ticks").transform_calculate(day="(ceil(day_from / tick_step) + datum.i) * tick_step")
    seen = days.transform_filter("datum.day <= day_to + 0.001").transform_calculate(n=" + ".join(terms) or "0")
    mark = seen.mark_text(baseline="middle", fontSize=11, color=theme.QUIET)
    return mark.encode(x=time_x(), y=alt.YValue(y), text=alt.Text("n:Q", format="d"))


def margin_words(words: str, y: float) -> alt.Chart:
    """Return short words in the left margin at that height."""
    mark = once().mark_text(align="right", baseline="middle", fontSize=11, color=theme.QUIET)
    return mark.encode(x=alt.XValue(-12), y=alt.YValue(y), text=alt.TextValue(words))


def across() -> dict[str, Any]:
    """Return the encoding of a mark that reaches from the left to the right edge of the plot."""
    return {"x": alt.XValue(0), "x2": alt.X2Value(alt.expr("width"))}


def _panel(sheet: Sheet, frames: Frames, place: int) -> alt.LayerChart:
    """Return one panel of the sheet; time and numbers observed stand under the last."""
    panel, last = sheet.panels[place], place == len(sheet.panels) - 1
    orient = "bottom" if last or panel.days else None
    layers = [*panel.ground, *(_time(frames, orient) if sheet.window else [])]
    layers += [*panel.marks, *_heading(panel, sheet.left)]
    if panel.days and sheet.window and not last:
        layers.append(axis_title(once(), alt.YValue(panel.height + 25), day_zero(frames.about)))
    if last and sheet.window:
        layers += _observed(sheet, frames, panel.height)
    own = dict.fromkeys(OWN_SCALES[1:], "independent")
    return alt.layer(*layers).properties(height=panel.height).resolve_scale(**own)


def _margins(sheet: Sheet) -> Margins:
    """Return the space around the panels, enough for the key where the picture is narrow."""
    key = Key(sheet.entries)
    return Margins(sheet.left, RIGHT, top_for(key, HEADING), FOOT_TIME if sheet.window else FOOT, key)


def _params(window: Window | None, patient: str) -> list[Any]:
    """Return what the page may change: the patient, and the days where the picture has a time axis."""
    if window is None:
        return [alt.param(name="patient", value=patient).param]
    return [param.param for param in window_params(patient, window.days, window.limits, window.unit)]


def _tables(sheet: Sheet) -> dict[str, Any]:
    """Return every table that is drawn, once."""
    known: dict[str, Any] = {name: records(frame) for name, frame in sheet.tables.items()}
    known["once"] = [{"day": 0}]
    if sheet.window:
        known["ticks"] = [{"i": i} for i in range(MOST_TICKS)]
    return known


def _time(frames: Frames, orient: str | None) -> list[alt.Chart]:
    """Return the grid of the time axis, and a rule at day 0 where day 0 is the infusion."""
    visible = "day_from <= 0 && day_to >= 0 ? 1 : 0" if counts_from_infusion(frames.about.index_event) else "0"
    rule = once().mark_rule(color=theme.RULE, strokeWidth=1.4, opacity={"expr": visible})
    return [rule.encode(x=with_axis(time_x(), orient))]


def _observed(sheet: Sheet, frames: Frames, height: int) -> list[alt.Chart]:
    """Return the name of the time axis and, below it, how many patients are still observed at each tick."""
    title = axis_title(once(), alt.YValue(height + 32), day_zero(frames.about))
    if not sheet.observed:
        return [title]
    counts = at_ticks(frames.patients["last_day"].astype(float), height + 54)
    return [title, counts, margin_words("observed", height + 54)]


def _heading(panel: Panel, left: int) -> list[alt.Chart]:
    """Return heading and note above the panel."""
    notes = panel.note.splitlines()
    first = -12 - 14 * len(notes)
    bold = {"fontWeight": "bold", "fontSize": theme.HEADING, "color": theme.INK}
    small = [(note, {"fontSize": 11, "color": theme.QUIET}) for note in notes]
    lines: list[tuple[str, dict[str, Any]]] = [(panel.heading, bold), *small]
    return [
        _words(text, -left + 6, first + 14 * i - (2 if i == 0 else 0), look) for i, (text, look) in enumerate(lines)
    ]


def _words(text: str, x: float, y: float, look: Mapping[str, Any]) -> alt.Chart:
    """Return words that begin at that place."""
    mark = once().mark_text(align="left", baseline="middle", **look)
    return mark.encode(x=alt.XValue(x), y=alt.YValue(y), text=alt.TextValue(text))
