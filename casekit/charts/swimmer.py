"""The swimmer plot: all patients of a series, one row each, from the infusion to the last known day."""

from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit.charts import theme
from casekit.charts.event_frames import event_label
from casekit.charts.head import Caption, Entry, Key, Margins, chosen, disease_scale, head, people_table, top_for
from casekit.charts.lane import once, records, tooltip
from casekit.charts.matrix import group_headings, row_names, row_places
from casekit.charts.panel import day_zero_rule, foot, infusion_name, time_params
from casekit.charts.picture import Frames, Picture, nothing
from casekit.charts.swimmer_frames import (
    APLASIA,
    HOSPITAL,
    INFECTION,
    LAST_DRUG,
    REINFUSION,
    RESPONSE,
    RETURN,
    swimmer_frames,
)
from casekit.charts.time_axis import time_x, with_axis
from casekit.charts.words import DAYS_PER_MONTH

LEFT, RIGHT, BOTTOM, HEADING = 132, 62, 66, 48
ROW, BAR = 24, 15
CRS_X, ICANS_X = -58, -20
RAISED = 7
LOOK = {
    RESPONSE: ("circle", "#1b7a72", "#ffffff", 100),
    RETURN: ("circle", "#ffffff", theme.B_CELLS, 80),
    LAST_DRUG: ("stroke-vertical", theme.DRUGS["glucocorticoid"], theme.DRUGS["glucocorticoid"], 130),
    INFECTION: ("triangle-up", "#e58a1f", "#7a3d00", 60),
    HOSPITAL: ("square", "#9b1c1c", "#5c0f0f", 62),
    REINFUSION: ("diamond", theme.CAR_T, "#7d0c39", 90),
}
SHAPES = {"stroke-vertical": "M-0.12,-1.1H0.12V1.1H-0.12Z"}
STATES = {
    "complete_remission": "#1b7a72",
    "complete_remission_incomplete_recovery": "#7fb8d8",
    "complete_remission_b_cell_aplasia": "#a9b3e0",
    "complete_remission_b_cell_recovery": "#8cc9b8",
    "rd_as_recorded": "#e08a3c",
}
APLASIA_BAR = "#8792d2"
OTHER_STATE = "#b4bec8"
END_SIGN = "datum.end === 'death' ? '✝' : datum.end === 'data cut' ? '►' : datum.end === '' ? '' : '|'"
COLUMNS = {"patient_id": "Patient", "disease": "Disease", "what": "What", "tip": "Detail", "day": "Day"}


def swimmer(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the swimmer plot: observation, aplasia and what happened, with the highest grades of CRS and ICANS.

    Parameters
    ----------
    frames : Frames
        From :func:`casekit.charts.swimmer_frames`.
    width : int
        Width of the plot in pixels, without the margins.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> chart = charts.swimmer(charts.swimmer_frames(ck.example()))
    >>> chart.to_dict()["height"] > 15 * 20
    True
    """
    if frames.patients.empty:
        return nothing(frames.about, name="swimmer", sentence="No patient is left to be shown.", width=width)
    key, places = _key(frames), row_places(frames, ROW)
    margins = Margins(LEFT, RIGHT, top_for(key, HEADING), BOTTOM, key)
    height = int(places["y"].max() + ROW / 2) + 2
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        layers = [
            day_zero_rule(frames, with_axis(time_x(), "bottom")),
            *row_names(LEFT),
            *_bars(frames),
            *_marks(frames),
            *_beside(),
            *_grades(frames),
            *foot(frames, height),
        ]
        chart = alt.layer(*layers, *head(frames, margins, key, below=HEADING), *infusion_name(frames))
        chart = chart.properties(width=width, height=height, datasets=_datasets(frames, places))
        chart.params = time_params(frames, patient)
        own = dict.fromkeys(("color", "fill", "stroke", "shape", "size"), "independent")
        chart.resolve = alt.Resolve(scale=alt.ScaleResolveMap(**own))
    layout = {"width": width, "height": height, "padding": margins.padding(), "minimum": 130}
    return Caption("swimmer", _description(frames)).on(chart, frames, layout)


def _datasets(frames: Frames, places: pd.DataFrame) -> dict[str, Any]:
    """Return the tables of the picture; every mark knows the middle of its patient's row."""
    y = places.set_index("patient_id")["y"]
    marks = frames.rows.assign(size=[LOOK[str(what)][3] for what in frames.rows["what"]])
    tables = {"marks": marks.drop(columns="disease"), "ungraded": _ungraded(frames), **frames.parts}
    placed = {name: table.assign(y=table["patient_id"].map(y)) for name, table in tables.items() if name != "none"}
    placed["marks"]["y"] -= (placed["marks"]["what"] == RESPONSE) * float(RAISED)
    disease = frames.patients.set_index("patient_id")["disease"]
    months = (placed["bars"]["last"] - placed["bars"]["first"]) / DAYS_PER_MONTH
    words = [f"{month:.0f}" for month in months]
    placed["bars"] = placed["bars"].assign(disease=placed["bars"]["patient_id"].map(disease), words=words)
    last = places["patient_id"].map(frames.patients.set_index("patient_id")["last_day"]).astype("float64")
    placed |= {
        "people": places.assign(last_day=last),
        "groups": group_headings(places, ROW),
        "patients": people_table(frames),
    }
    return {"once": [{"day": 0}], **{name: records(table) for name, table in placed.items()}}


def _ungraded(frames: Frames) -> pd.DataFrame:
    """Return patients and toxicities without a grade: 0 where assessed and absent, a dash where not known."""
    grades, nothing_graded = frames.parts["grades"], frames.parts["none"]
    known, none = (set(zip(part["patient_id"], part["what"], strict=True)) for part in (grades, nothing_graded))
    every = [(who, what) for who in frames.patients["patient_id"] for what in ("crs", "icans")]
    signs = [(*one, *(("0", "none") if one in none else ("–", "not known"))) for one in every if one not in known]
    return pd.DataFrame(signs, columns=["patient_id", "what", "sign", "tip"])


def _at(field: str) -> alt.Y:
    """Return a place in pixels."""
    return alt.Y(field, scale=None)


def _bars(frames: Frames) -> list[alt.Chart]:
    """Return the observation in the colour of the disease, what filled it, and how it ended."""
    bars = alt.Chart(alt.NamedData(name="bars")).transform_calculate(
        top=f"datum.y - {BAR / 2}", low=f"datum.y + {BAR / 2}", sign=END_SIGN
    )
    tip = tooltip(Patient="patient_id", Follow_up="tip")
    whole = bars.mark_rect(cornerRadius=2, clip=True).encode(
        x=time_x("first:Q"),
        x2="last:Q",
        y=_at("top:Q"),
        y2="low:Q",
        color=alt.Color("disease:N", scale=disease_scale(frames), legend=None),
        opacity=chosen(0.34, 0.14),
        tooltip=tip,
    )
    seen = bars.transform_filter("datum.last >= day_from && datum.last <= day_to")
    ends = seen.mark_text(align="left", baseline="middle", dx=1, fontSize=14, color=theme.INK)
    return [
        whole,
        _spans(frames),
        ends.encode(x=time_x("last:Q"), y=_at("y:Q"), text="sign:N", opacity=chosen(1, 0.3), tooltip=tip),
        _lost(),
    ]


def _lost() -> alt.Chart:
    """Return the words in the row of a patient without this day 0."""
    lost = alt.Chart(alt.NamedData(name="people")).transform_filter("datum.last_day === null")
    mark = lost.mark_text(text="without this day 0", align="left", baseline="middle", fontStyle="italic")
    return mark.encode(x=alt.XValue(8), y=_at("y:Q"), color=alt.value(theme.QUIET))


def _spans(frames: Frames) -> alt.Chart:
    """Return B-cell aplasia, or the recorded states, inside the bars."""
    kinds = list(dict.fromkeys(frames.parts["spans"]["what"]))
    scale = alt.Scale(domain=kinds, range=[_state_colour(kind) for kind in kinds])
    high = f"{BAR - 4} / datum.parts"
    placed = alt.Chart(alt.NamedData(name="spans")).transform_calculate(
        top=f"datum.y - {BAR / 2 - 2} + datum.part * {high}", low=f"datum.y - {BAR / 2 - 2} + (datum.part + 1) * {high}"
    )
    return placed.mark_rect(clip=True).encode(
        x=time_x("first:Q"),
        x2="final:Q",
        y=_at("top:Q"),
        y2="low:Q",
        color=alt.Color("what:N", scale=scale, legend=None),
        opacity=chosen(1, 0.25),
        tooltip=tooltip(Patient="patient_id", What="what", When="tip"),
    )


def _marks(frames: Frames) -> list[alt.Chart]:
    """Return what happened on a day."""
    kinds = _kinds(frames)
    if not kinds:
        return []
    shape, fill, line = ([LOOK[kind][i] for kind in kinds] for i in range(3))
    shapes = alt.Scale(domain=kinds, range=[SHAPES.get(str(name), name) for name in shape])
    seen = alt.Chart(alt.NamedData(name="marks")).transform_filter("datum.day >= day_from && datum.day <= day_to")
    return [
        seen.mark_point(strokeWidth=1.6).encode(
            x=time_x(),
            y=_at("y:Q"),
            shape=alt.Shape("what:N", scale=shapes, legend=None),
            fill=alt.Fill("what:N", scale=alt.Scale(domain=kinds, range=fill), legend=None),
            stroke=alt.Stroke("what:N", scale=alt.Scale(domain=kinds, range=line), legend=None),
            size=alt.Size("size:Q", scale=None),
            opacity=chosen(1, 0.2),
            tooltip=tooltip(Patient="patient_id", What="tip", When="when"),
        )
    ]


def _kinds(frames: Frames) -> list[str]:
    """Return the kinds of marks that occur."""
    found = set(frames.rows["what"])
    return [kind for kind in LOOK if kind in found]


def _state_colour(label: str) -> str:
    """Return the colour of a span by what it means."""
    named = {event_label(name): colour for name, colour in STATES.items()}
    return {APLASIA: APLASIA_BAR, **named}.get(label, OTHER_STATE)


def _key(frames: Frames) -> Key:
    """Return every mark with its meaning."""
    spans = list(dict.fromkeys(frames.parts["spans"]["what"]))
    entries = [Entry("square", _state_colour(kind), _state_colour(kind), kind) for kind in spans]
    for kind in _kinds(frames):
        shape, fill, line, _ = LOOK[kind]
        # white lines are for marks on bars; on the white page they would make the mark smaller
        entries.append(Entry(SHAPES.get(shape, shape), fill, fill if line == "#ffffff" else line, kind))
    ended = {str(reason) for reason in frames.parts["bars"]["end"] if reason}
    blank = ("square", "#ffffff", "#ffffff")
    return Key((*entries, *[Entry(*blank, words, sign) for sign, words in _ends(ended)]))


def _ends(reasons: set[str]) -> list[tuple[str, str]]:
    """Return the signs at the ends of the bars with their meaning."""
    known = [("►", "observed to the data cut", {"data cut"}), ("✝", "death", {"death"})]
    other = reasons - {"data cut", "death"}
    return [(sign, words) for sign, words, of in [*known, ("|", "observation ended", other)] if of & reasons]


def _beside() -> list[alt.Chart]:
    """Return the months of observation right of the plot."""
    look = {"align": "right", "baseline": "middle", "fontSize": 11.5}
    x = alt.XValue(alt.expr(f"width + {RIGHT - 6}"))
    words = alt.Chart(alt.NamedData(name="bars")).mark_text(**look)
    heading = once().mark_text(text="months", color=theme.QUIET, **look).encode(x=x, y=alt.YValue(-7))
    return [heading, words.encode(x=x, y=_at("y:Q"), text="words:N", opacity=chosen(1, 0.45))]


def _grades(frames: Frames) -> list[alt.Chart]:
    """Return the highest grades of CRS and ICANS as two columns of squares before the bars."""
    if frames.parts["grades"].empty and frames.parts["none"].empty:
        return []
    colour = alt.Scale(domain=list(theme.GRADES), range=list(theme.GRADES.values()))
    column = f"datum.what === 'crs' ? {CRS_X} : {ICANS_X}"
    graded, ungraded = (
        alt.Chart(alt.NamedData(name=name)).transform_calculate(x_px=column) for name in ("grades", "ungraded")
    )
    told = {"tooltip": tooltip(Patient="patient_id", Event="tip"), "opacity": chosen(1, 0.3)}
    place = {"x": alt.X("x_px:Q", scale=None), "y": _at("y:Q"), **told}
    square = graded.mark_point(shape="square", filled=True, size=250)
    number = graded.mark_text(fontWeight="bold", baseline="middle")
    ink = alt.condition("toNumber(datum.grade) >= 3", alt.value("#ffffff"), alt.value(theme.INK))
    dash = ungraded.mark_text(color=theme.QUIET, baseline="middle")
    return [
        square.encode(color=alt.Color("grade:N", scale=colour, legend=None), **place),
        dash.encode(text="sign:N", **place),
        number.encode(text="grade:N", color=ink, **place),
        *[_word(words, x, y) for words, x, y in _grade_headings()],
    ]


def _grade_headings() -> list[tuple[str, int, int]]:
    """Return the words above the grades with their place."""
    return [("CRS", CRS_X, -33), ("grade", CRS_X, -20), ("ICANS", ICANS_X, -33), ("grade", ICANS_X, -20)]


def _word(words: str, x: int, y: int) -> alt.Chart:
    """Return a word above a column."""
    mark = once().mark_text(text=words, baseline="middle", fontSize=11, color=theme.QUIET)
    return mark.encode(x=alt.XValue(x), y=alt.YValue(y))


def _description(frames: Frames) -> str:
    """Return the picture in words."""
    bars = frames.parts["bars"]
    months = ((bars["last"] - bars["first"]) / DAYS_PER_MONTH).dropna()
    followed = f", followed for {months.min():.0f} to {months.max():.0f} months" if len(months) else ""
    counts = frames.rows.groupby("what")["patient_id"].nunique()
    said = ", ".join(f"{kind} in {counts[kind]}" for kind in _kinds(frames))
    return f"Swimmer plot of {len(frames.patients)} patients{followed}" + (f": {said}." if said else ".")


PICTURE = Picture("swimmer", "What happened to whom", swimmer_frames, swimmer, COLUMNS)
