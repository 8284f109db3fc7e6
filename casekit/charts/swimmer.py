"""The swimmer plot: all patients of a series, one row each, in months since the infusion."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.event_frames import event_label
from casekit.charts.lane import once, records, tooltip
from casekit.charts.swimmer_frames import (
    APLASIA,
    HOSPITAL,
    INFECTION,
    LAST_DRUG,
    REINFUSION,
    RESPONSE,
    RETURN,
    SwimmerFrames,
)

LEFT, RIGHT, TOP, BOTTOM = 178, 90, 88, 50
ROW = 24
BAR = 15
RAISED = {RESPONSE: 7}
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
KEY_LINE, KEY_WIDTH, LETTER = 19, 900, 6.6
END_SIGN = "datum.end === 'death' ? '✝' : datum.end === 'data cut' ? '►' : datum.end === '' ? '' : '|'"


def swimmer(frames: SwimmerFrames, *, width: int = 860, link: str = "") -> alt.LayerChart:
    """Return the swimmer plot of a series.

    Parameters
    ----------
    frames : SwimmerFrames
        From :func:`casekit.charts.swimmer_frames`.
    width : int
        Width of the plot in pixels, without the margins.
    link : str, optional
        Address to which the id of a patient is added; a click on an id then opens that patient.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> chart = charts.swimmer(charts.swimmer_frames(ck.example()))
    >>> chart.to_dict()["height"] > 15 * 20
    True
    """
    tables = _tables(frames, link)
    height = int((float(frames.rows["place"].max()) if len(frames.rows) else 0) * ROW + ROW)
    x = _x(frames)
    layers = [
        _zero(x),
        *_bars(frames, x),
        *_marks(frames, x),
        _ends(x),
        *_margins(frames, link=bool(link)),
        *_grades(frames),
        *_key(frames),
    ]
    chart = (
        alt.layer(*layers)
        .properties(width=width, height=height)
        .resolve_scale(
            color="independent", fill="independent", stroke="independent", shape="independent", size="independent"
        )
    )
    return chart.properties(
        datasets=tables,
        config=theme.config(),
        description=_description(frames),
        usermeta={"layout": _layout(width, height)},
    )


def _layout(width: int, height: int) -> dict[str, Any]:
    """Return the size the page needs to know."""
    return {"width": width, "height": height, "padding": {"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}}


def _tables(frames: SwimmerFrames, link: str) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of the picture; every mark knows the place of its patient."""
    place = frames.rows.set_index("patient_id")["place"]
    rows = frames.rows.assign(href=link + frames.rows["patient_id"])
    placed = {
        name: table.assign(place=table["patient_id"].map(place))
        for name, table in {"spans": frames.spans, "marks": frames.marks, "grades": frames.grades}.items()
    }
    placed["marks"] = placed["marks"].assign(size=[LOOK[str(what)][3] for what in frames.marks["what"]])
    placed["marks"]["place"] -= frames.marks["what"].map(RAISED).fillna(0) / ROW
    placed["ungraded"] = _ungraded(frames)
    return {
        "once": [{"day": 0}],
        "rows": records(rows),
        "groups": records(frames.groups),
        **{n: records(t) for n, t in placed.items()},
    }


def _ungraded(frames: SwimmerFrames) -> pd.DataFrame:
    """Return patients and toxicities without a grade: 0 where assessed and absent, a dash where not known."""
    known, none = (set(zip(part["patient_id"], part["what"], strict=True)) for part in (frames.grades, frames.none))
    places = zip(frames.rows["patient_id"], frames.rows["place"], strict=True)
    absent = [(who, what, place) for who, place in places for what in ("crs", "icans") if (who, what) not in known]
    signs = [("0", "none") if (who, what) in none else ("–", "not known") for who, what, _ in absent]
    return pd.DataFrame(
        [(*row, *sign) for row, sign in zip(absent, signs, strict=True)],
        columns=["patient_id", "what", "place", "sign", "tip"],
    )


def _table(name: str) -> alt.Chart:
    """Return a chart of one table with the middle of each row in pixels."""
    return alt.Chart(alt.NamedData(name=name)).transform_calculate(y_mid=f"datum.place * {ROW}")


def _x(frames: SwimmerFrames) -> alt.X:
    """Return the time axis in months, from just before the infusion to the longest follow-up."""
    first = min([-1.0, *frames.spans["start"], *_near(frames.marks)])
    last = max([1.0, *frames.rows["months"]])
    step = 3 if last > 12 else 1
    ticks = list(range(-step * 10, int(last) + step, step))
    ticks = [tick for tick in ticks if first <= tick <= last + 0.6]
    scale = alt.Scale(domain=[first - 0.2, last + 0.8], nice=False)
    axis = alt.Axis(
        values=ticks, format="d", domain=False, grid=True, title="months since the CAR T infusion", titlePadding=8
    )
    return alt.X("month:Q", scale=scale, axis=axis)


def _near(marks: pd.DataFrame) -> list[float]:
    """Return the months of marks before the infusion, as far as they are worth the space."""
    return [float(month) for month in marks["month"] if month >= -3]


def _of(x: alt.X, field: str) -> alt.X:
    """Return the same axis for another column."""
    return alt.X(field, scale=x["scale"], axis=x["axis"])


def _bars(frames: SwimmerFrames, x: alt.X) -> list[alt.Chart]:
    """Return the length of observation in the colour of the disease, and what filled it."""
    names = list(frames.groups["disease"])
    colour = alt.Scale(domain=names, range=[catalogue.disease(name).colour for name in names])
    rows = _table("rows").transform_calculate(
        from_="0", y_top=f"datum.y_mid - {BAR / 2}", y_low=f"datum.y_mid + {BAR / 2}"
    )
    whole = rows.mark_rect(cornerRadius=2, opacity=0.34).encode(
        x=_of(x, "from_:Q"),
        x2="months:Q",
        y=_pixel("y_top:Q"),
        y2="y_low:Q",
        color=alt.Color("disease:N", scale=colour, legend=None),
        tooltip=tooltip(Patient="patient_id", Follow_up="tip"),
    )
    return [whole, _spans(frames, x)]


def _spans(frames: SwimmerFrames, x: alt.X) -> alt.Chart:
    """Return B-cell aplasia, or the recorded states, inside the bars."""
    kinds = list(dict.fromkeys(frames.spans["what"]))
    scale = alt.Scale(domain=kinds, range=[_state_colour(kind) for kind in kinds])
    high = f"{BAR - 4} / datum.parts"
    placed = _table("spans").transform_calculate(
        y_top=f"datum.y_mid - {BAR / 2 - 2} + datum.part * {high}",
        y_low=f"datum.y_mid - {BAR / 2 - 2} + (datum.part + 1) * {high}",
    )
    return placed.mark_rect().encode(
        x=_of(x, "start:Q"),
        x2="end:Q",
        y=_pixel("y_top:Q"),
        y2="y_low:Q",
        color=alt.Color("what:N", scale=scale, legend=None),
        tooltip=tooltip(Patient="patient_id", What="what", When="tip"),
    )


def _marks(frames: SwimmerFrames, x: alt.X) -> list[alt.Chart]:
    """Return what happened on a day."""
    kinds = [kind for kind in LOOK if kind in set(frames.marks["what"])]
    if not kinds:
        return []
    shape, fill, line = ([LOOK[kind][i] for kind in kinds] for i in range(3))
    shapes = alt.Scale(domain=kinds, range=[SHAPES.get(str(name), name) for name in shape])
    points = _table("marks").transform_filter(f"datum.month >= {x['scale']['domain'][0]}")
    return [
        points.mark_point(opacity=1, strokeWidth=1.6).encode(
            x=x,
            y=_pixel("y_mid:Q"),
            shape=alt.Shape("what:N", scale=shapes, legend=None),
            fill=alt.Fill("what:N", scale=alt.Scale(domain=kinds, range=fill), legend=None),
            stroke=alt.Stroke("what:N", scale=alt.Scale(domain=kinds, range=line), legend=None),
            size=alt.Size("size:Q", scale=None),
            tooltip=tooltip(Patient="patient_id", What="tip"),
        )
    ]


def _ends(x: alt.X) -> alt.Chart:
    """Return how observation ended: an arrow for a data cut, a cross for death."""
    ends = _table("rows").transform_calculate(sign=END_SIGN)
    return ends.mark_text(align="left", baseline="middle", dx=1, fontSize=14, color=theme.INK).encode(
        x=_of(x, "months:Q"), y=_pixel("y_mid:Q"), text="sign:N", tooltip=tooltip(Patient="patient_id", Follow_up="tip")
    )


def _zero(x: alt.X) -> alt.Chart:
    """Return the infusion as a rule through the rows, not through the headings between them."""
    rows = _table("rows").transform_calculate(
        zero="0", y_top=f"datum.y_mid - {ROW / 2}", y_low=f"datum.y_mid + {ROW / 2}"
    )
    rule = rows.mark_rule(color=theme.RULE, strokeWidth=1.5)
    return rule.encode(x=_of(x, "zero:Q"), y=_pixel("y_top:Q"), y2="y_low:Q")


def _state_colour(label: str) -> str:
    """Return the colour of a span by what it means."""
    named = {event_label(name): colour for name, colour in STATES.items()}
    return {APLASIA: APLASIA_BAR, **named}.get(label, OTHER_STATE)


def _key(frames: SwimmerFrames) -> list[alt.Chart]:
    """Return every mark with its meaning, in lines above the plot."""
    spans = [("square", _state_colour(kind), _state_colour(kind), kind) for kind in dict.fromkeys(frames.spans["what"])]
    marks = [(*LOOK[kind][:3], kind) for kind in LOOK if kind in set(frames.marks["what"])]
    x, line, drawn = 0.0, 0, []
    for shape, fill, stroke, label in [*spans, *marks]:
        wide = 30 + LETTER * len(label)
        if x + wide > KEY_WIDTH:
            x, line = 0.0, line + 1
        drawn += _entry(shape, (fill, stroke), label, (x - LEFT + 12, KEY_LINE * line - TOP + 10))
        x += wide
    return drawn


def _entry(shape: str, colours: tuple[str, str], label: str, at: tuple[float, float]) -> list[alt.Chart]:
    """Return one mark with its meaning at that place."""
    place = {"x": alt.XValue(at[0]), "y": alt.YValue(at[1])}
    look = {"shape": SHAPES.get(shape, shape), "fill": colours[0], "stroke": colours[1], "size": 80, "opacity": 1}
    sign = once().mark_point(strokeWidth=1.6, **look).encode(**place)
    text = once().mark_text(align="left", baseline="middle", dx=10).encode(text=alt.TextValue(label), **place)
    return [sign, text]


def _margins(frames: SwimmerFrames, *, link: bool) -> list[alt.Chart]:
    """Return the ids left of the plot, the months of follow-up right of it, and the headings."""
    href = {"href": "href:N"} if link else {}
    look = {"align": "left", "baseline": "middle", "color": "#0b4f8a" if link else theme.INK}
    ids = (
        _table("rows")
        .mark_text(**look)
        .encode(x=alt.XValue(-LEFT + 6), y=_pixel("y_mid:Q"), text="patient_id:N", **href)
    )
    groups = _table("groups").transform_calculate(y_head=f"datum.y_mid - {ROW - 3}")
    heads = groups.mark_text(align="left", baseline="middle", fontWeight="bold", fontSize=theme.HEADING).encode(
        x=alt.XValue(-LEFT + 6), y=_pixel("y_head:Q"), text="label:N"
    )
    months = _table("rows").transform_calculate(words="format(datum.months, '.0f')")
    followed = months.mark_text(align="right", baseline="middle").encode(
        x=alt.XValue(alt.expr(f"width + {RIGHT - 14}")), y=_pixel("y_mid:Q"), text="words:N"
    )
    made = [_word("synthetic data", -LEFT + 6, "left", theme.SYNTHETIC)] if frames.synthetic else []
    columns = [
        _word("follow-up,", alt.expr(f"width + {RIGHT - 14}"), "right", theme.QUIET, -15),
        _word("months", alt.expr(f"width + {RIGHT - 14}"), "right", theme.QUIET),
    ]
    return [ids, heads, followed, *columns, *made]


def _grades(frames: SwimmerFrames) -> list[alt.Chart]:
    """Return the highest grades of CRS and ICANS as two columns of squares before the bars."""
    if frames.grades.empty and frames.none.empty:
        return []
    colour = alt.Scale(domain=list(theme.GRADES), range=list(theme.GRADES.values()))
    placed = _table("grades").transform_calculate(x_px="datum.what === 'crs' ? -62 : -22")
    place = {
        "x": alt.X("x_px:Q", scale=None),
        "y": _pixel("y_mid:Q"),
        "tooltip": tooltip(Patient="patient_id", Event="tip"),
    }
    none = alt.Chart(alt.NamedData(name="ungraded")).transform_calculate(
        y_mid=f"datum.place * {ROW}", x_px="datum.what === 'crs' ? -62 : -22"
    )
    dash = none.mark_text(color=theme.QUIET, baseline="middle")
    square = placed.mark_point(shape="square", filled=True, size=250, opacity=1)
    number = placed.mark_text(fontWeight="bold", baseline="middle")
    ink = alt.condition("toNumber(datum.grade) >= 3", alt.value("#ffffff"), alt.value(theme.INK))
    return [
        square.encode(color=alt.Color("grade:N", scale=colour, legend=None), **place),
        dash.encode(text="sign:N", **place),
        number.encode(text="grade:N", color=ink, **place),
        _word("CRS", -62, "center", theme.QUIET, -15),
        _word("grade", -62, "center", theme.QUIET),
        _word("ICANS", -22, "center", theme.QUIET, -15),
        _word("grade", -22, "center", theme.QUIET),
    ]


def _word(words: str, x: Any, align: str, color: str, up: int = 0) -> alt.Chart:
    """Return a word above the columns."""
    weight = "bold" if color == theme.SYNTHETIC else "normal"
    mark = once().mark_text(align=align, baseline="middle", fontSize=11.5, color=color, fontWeight=weight)
    return mark.encode(x=alt.XValue(x), y=alt.YValue(-17 + up), text=alt.TextValue(words))


def _pixel(field: str) -> alt.Y:
    """Return a place in pixels."""
    return alt.Y(field, scale=None)


def _description(frames: SwimmerFrames) -> str:
    """Return what a screen reader says about the picture."""
    made = "Synthetic data. " if frames.synthetic else ""
    return f"{made}Swimmer plot of {len(frames.rows)} patients: {frames.title}, time in months since infusion."
