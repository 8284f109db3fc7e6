"""The items of SLEDAI-2K at every visit: of one patient, or how many patients had each item at each landmark."""

import json
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.head import Caption, Entry, Key, Margins, head, patient_params, top_for
from casekit.charts.item_frames import ABSENT, NOT_ASSESSED, PRESENT, item_rows
from casekit.charts.lane import OF_PATIENT, once, records, tooltip
from casekit.charts.panel_frames import diseases_of
from casekit.charts.picture import Frames, Picture, about, day_zero, nothing, patients_of
from casekit.charts.time_axis import UNIT_DAYS
from casekit.charts.words import as_rows, number
from casekit.records import CaseSeries
from casekit.scores.wording import within_a_sentence

INSTRUMENT = "sledai_2k"
LEFT, RIGHT, ROW, GROUP_GAP, NAMES, BOTTOM = 164, 10, 17, 5, 24, 50
STAGGERED, NARROW = 14, "width < 300"
MONTH = UNIT_DAYS["months"]
LANDMARKS = (1, 2, 3, 6, 9, 12, 18, 24)
SHADES = {"8": "#7a2408", "4": "#cc5a1b", "2": "#f5ac5c", "1": "#fde4c4"}
INKS = {"8": "#ffffff", "4": "#ffffff", "2": theme.INK, "1": theme.INK}
FILLS = {**SHADES, ABSENT: "#f1f4f7", NOT_ASSESSED: "#ffffff"}
LINES = {**SHADES, "1": "#e7b77c", ABSENT: "#e1e6eb", NOT_ASSESSED: theme.QUIET}
SIGN_INKS = {**INKS, ABSENT: theme.QUIET, NOT_ASSESSED: theme.INK}
HOVERED = {"Patient": "patient_id", "Item": "item", "Finding": "tip", "When": "when"}
COLUMNS = {
    "patient_id": "Patient",
    "day": "Day",
    "label": "Item",
    "state": "State",
    "low": "Lowest possible points",
    "high": "Highest possible points",
}


def sledai_items_frames(series: CaseSeries) -> Frames:
    """Return one row per visit and item of SLEDAI-2K, of all patients with lupus.

    Examples
    --------
    >>> import casekit as ck
    >>> sledai_items_frames(ck.example()).rows["item"].nunique()
    24
    """
    people = patients_of(series)
    people = people[people["disease"].isin(diseases_of(INSTRUMENT))]
    if people.empty:
        return Frames(pd.DataFrame(columns=list(COLUMNS)), about(series), people)
    rows = item_rows(series.select(disease=list(people["disease"].unique())), INSTRUMENT)
    return Frames(rows.merge(people[["patient_id", "disease"]], on="patient_id"), about(series), people)


def sledai_items(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the heat map; while nobody is chosen it counts the patients with each item, of whoever is in the frames.

    Examples
    --------
    >>> import casekit as ck
    >>> len(sledai_items(sledai_items_frames(ck.example())).to_dict()["datasets"]["items"])
    24
    """
    if frames.rows.empty:
        sentence = "No patient shown here has the items of SLEDAI-2K."
        return nothing(frames.about, name="sledai_items", sentence=sentence, width=width)
    items = _items()
    height = int(items["y"].max() + ROW / 2) + 2
    entries = [
        Entry("square", shade, LINES[points], f"{points} point{'' if points == '1' else 's'}")
        for points, shade in SHADES.items()
    ]
    entries += [
        Entry("square", FILLS[ABSENT], LINES[ABSENT], ABSENT),
        Entry("square", "#ffffff", theme.QUIET, NOT_ASSESSED, "?"),
    ]
    key = Key(tuple(entries))
    margins = Margins(LEFT, RIGHT, top_for(key, NAMES + STAGGERED), BOTTOM, key)
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        layers = [*_cells(items), *_names(), *_columns(height), _note(frames, height)]
        chart = alt.layer(*layers, *head(frames, margins, key, below=f"({NARROW} ? {NAMES + STAGGERED} : {NAMES})"))
        chart = chart.properties(width=width, height=height, datasets=_datasets(frames, items))
        chart.params = patient_params(patient)
    layout = {"width": width, "height": height, "padding": margins.padding(), "minimum": 150}
    return Caption("sledai_items", _description(frames)).on(chart, frames, layout)


def landmark(day: float) -> str:
    """Return the landmark next to a day, in months; days up to 0 are before.

    Examples
    --------
    >>> landmark(-6), landmark(30), landmark(200), landmark(900)
    ('before', 'm 1', 'm 6', 'm 24')
    """
    if day <= 0:
        return "before"
    return f"m {min(LANDMARKS, key=lambda month: abs(month * MONTH - day))}"


def _items() -> pd.DataFrame:
    """Return the items from top to bottom with their points and place in pixels."""
    declared = catalogue.instrument(INSTRUMENT)["items"]
    items = pd.DataFrame({name: [item[name] for item in declared] for name in ("id", "label", "group", "points")})
    gaps = (items["group"] != items["group"].shift()).cumsum() - 1
    return items.assign(row=items.index, y=items.index * float(ROW) + gaps * GROUP_GAP + ROW / 2)


def _datasets(frames: Frames, items: pd.DataFrame) -> dict[str, Any]:
    """Return the tables: cells and columns of every patient, and under an empty name those of all together."""
    row = items.set_index("id")["row"]
    rows = frames.rows.assign(row=frames.rows["item"].map(row))
    own, together = _of_each(rows, items), _of_all(rows, items)
    tables = {name: records(pd.concat([own[name], together[name]], ignore_index=True)) for name in own}
    return {"once": [{"day": 0}], "items": records(items[["label", "points", "y"]]), **tables}


def _of_each(rows: pd.DataFrame, items: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return cells and columns of every patient: one column per visit."""
    visits = rows.groupby(["patient_id", "day"], as_index=False)[["low", "high"]].sum()
    visits["at"] = visits.groupby("patient_id").cumcount()
    visits["of"] = visits.groupby("patient_id")["at"].transform("size")
    found = rows[rows["state"] != ABSENT]  # what is absent is drawn as the ground, without data
    placed = found.merge(visits[["patient_id", "day", "at", "of"]], on=["patient_id", "day"])
    points = placed["row"].map(items["points"]).astype(str)
    state = points.where(placed["state"] == PRESENT, placed["state"])
    sign = points.where(placed["state"] == PRESENT, "?")
    cells = placed[["patient_id", "row", "at", "of", "day"]].assign(
        state=state, sign=sign, share=1.0, tip=placed["state"]
    )
    foot = [
        number(low) if low == high else f"{low:.0f}–{high:.0f}"
        for low, high in zip(visits["low"], visits["high"], strict=True)
    ]
    label = [f"d {number(day)}" if day < 45 else f"m {day / MONTH:.0f}" for day in visits["day"]]
    columns = visits[["patient_id", "at", "of", "day"]].assign(label=label, foot=foot, foot_name="SLEDAI-2K")
    return {"cells": cells, "columns": columns}


def _of_all(rows: pd.DataFrame, items: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return cells and columns of all patients together: of each patient the visit next to each landmark."""
    marked = rows.assign(mark=[landmark(day) for day in rows["day"]])
    target = marked["mark"].map({"before": 0.0, **{f"m {month}": month * MONTH for month in LANDMARKS}})
    marked["far"] = (marked["day"] - target).abs()
    near = marked[marked["far"] == marked.groupby(["patient_id", "mark"])["far"].transform("min")]
    names = [name for name in ("before", *[f"m {month}" for month in LANDMARKS]) if name in set(near["mark"])]
    at = {name: place for place, name in enumerate(names)}
    counts = pd.crosstab([near["row"], near["mark"]], near["state"]).reset_index()
    counts = counts.reindex(columns=["row", "mark", PRESENT, ABSENT, NOT_ASSESSED], fill_value=0)
    cells = pd.DataFrame([_count(cell, items) for cell in as_rows(counts)])
    cells = cells[(cells["state"] != ABSENT) | (cells["sign"] != "")]
    cells = cells.assign(patient_id="", at=cells["mark"].map(at), of=len(at), day=None).drop(columns="mark")
    n = near.groupby("mark")["patient_id"].nunique()
    columns = pd.DataFrame({"patient_id": "", "at": list(at.values()), "of": len(at), "day": None, "label": names})
    return {"cells": cells, "columns": columns.assign(foot=[str(n[name]) for name in names], foot_name="Patients (n)")}


def _count(cell: dict[str, Any], items: pd.DataFrame) -> dict[str, Any]:
    """Return how many patients have an item at a landmark, of those in whom it was assessed."""
    has, known = int(cell[PRESENT]), int(cell[PRESENT] + cell[ABSENT])
    state = str(items["points"][cell["row"]]) if has else ABSENT if known else NOT_ASSESSED
    unknown = f", not assessed in {cell[NOT_ASSESSED]}" if cell[NOT_ASSESSED] else ""
    sign = str(has) if has else "?" if cell[NOT_ASSESSED] else ""
    tip = f"present in {has} of {known}{unknown}"
    return {
        "row": cell["row"],
        "mark": cell["mark"],
        "state": state,
        "sign": sign,
        "share": has / known if has else 1.0,
        "tip": tip,
    }


def _placed(table: alt.Chart, items: pd.DataFrame) -> alt.Chart:
    """Return rows of the matrix with the place of their tile in pixels, and the words of the hover."""
    column = "(width / datum.of)"
    labels, heights = (json.dumps(list(items[name]), ensure_ascii=False) for name in ("label", "y"))
    return table.transform_calculate(
        item=f"{labels}[datum.row]",
        when="datum.day === null ? 'nearest visit of each patient' : 'day ' + datum.day",
        left=f"datum.at * {column} + 1",
        right=f"(datum.at + 1) * {column} - 1",
        middle=f"(datum.at + 0.5) * {column}",
        y=f"{heights}[datum.row]",
        top=f"{heights}[datum.row] - {ROW / 2 - 1}",
        low=f"{heights}[datum.row] + {ROW / 2 - 1}",
        strength="0.3 + 0.7 * datum.share",
    )


def _ground(items: pd.DataFrame) -> alt.Chart:
    """Return a tile for every item at every visit: absent, unless another tile lies on it."""
    columns = alt.Chart(alt.NamedData(name="columns")).transform_filter(OF_PATIENT)
    every = columns.transform_calculate(row=f"sequence({len(items)})", tip=f"'{ABSENT}'").transform_flatten(["row"])
    tiles = _placed(every, items).mark_rect(strokeWidth=1, color=FILLS[ABSENT], stroke=LINES[ABSENT])
    return tiles.encode(**_box(), tooltip=tooltip(**HOVERED))


def _box() -> dict[str, Any]:
    """Return the edges of a tile."""
    x, y = alt.X("left:Q", scale=None), alt.Y("top:Q", scale=None)
    return {"x": x, "x2": "right:Q", "y": y, "y2": "low:Q"}


def _cells(items: pd.DataFrame) -> list[alt.Chart]:
    """Return the tiles and signs of what is present or not assessed; the more patients share it, the stronger."""
    placed = _placed(alt.Chart(alt.NamedData(name="cells")).transform_filter(OF_PATIENT), items)
    names = list(FILLS)
    fill, line, ink = (
        alt.Scale(domain=names, range=[table[name] for name in names]) for table in (FILLS, LINES, SIGN_INKS)
    )
    tip = tooltip(**HOVERED)
    boxes = placed.mark_rect(strokeWidth=1).encode(
        fill=alt.Fill("state:N", scale=fill, legend=None),
        stroke=alt.Stroke("state:N", scale=line, legend=None),
        fillOpacity=alt.FillOpacity("strength:Q", scale=None),
        tooltip=tip,
        **_box(),
    )
    strong = alt.condition("datum.share > 0.85", alt.Color("state:N", scale=ink, legend=None), alt.value(theme.INK))
    signs = placed.mark_text(baseline="middle", fontSize=11).encode(
        x=alt.X("middle:Q", scale=None), y=alt.Y("y:Q", scale=None), text="sign:N", color=strong, tooltip=tip
    )
    return [_ground(items), boxes, signs]


def _names() -> list[alt.Chart]:
    """Return the items left of the tiles with their points."""
    rows = alt.Chart(alt.NamedData(name="items"))
    y = alt.Y("y:Q", scale=None)
    label = rows.mark_text(align="left", baseline="middle", fontSize=11.5)
    points = rows.mark_text(align="right", baseline="middle", fontSize=11.5, color=theme.QUIET)
    heading = once().mark_text(text="points", align="right", baseline="middle", fontSize=11, color=theme.QUIET)
    return [
        label.encode(x=alt.XValue(4 - LEFT), y=y, text="label:N"),
        points.encode(x=alt.XValue(-8), y=y, text="points:Q"),
        heading.encode(x=alt.XValue(-6), y=alt.YValue(-10)),
    ]


def _columns(height: int) -> list[alt.Chart]:
    """Return the visits above the tiles, and below them the total of the patient or the number of patients."""
    columns = alt.Chart(alt.NamedData(name="columns")).transform_filter(OF_PATIENT)
    placed = columns.transform_calculate(
        middle="(datum.at + 0.5) * (width / datum.of)",
        y_name=f"{NARROW} && datum.at % 2 === 0 ? {-10 - STAGGERED} : -10",
    )
    size = {"expr": f"{NARROW} ? 10 : 11.5"}
    x = alt.X("middle:Q", scale=None)
    above = placed.mark_text(baseline="middle", fontSize=size).encode(
        x=x, y=alt.Y("y_name:Q", scale=None), text="label:N"
    )
    below = placed.mark_text(baseline="middle", fontSize=size, fontWeight="bold")
    first = columns.transform_filter("datum.at === 0").mark_text(align="right", baseline="middle", fontSize=11.5)
    named = first.encode(x=alt.XValue(-8), y=alt.YValue(height + 12), text="foot_name:N")
    return [above, below.encode(x=x, y=alt.YValue(height + 12), text="foot:N"), named]


def _note(frames: Frames, height: int) -> alt.Chart:
    """Return what the columns and the numbers are."""
    since = f"d: day, m: month since {day_zero(frames.about)}"
    words = {"expr": f"{json.dumps(since)} + (patient === '' ? '. Number: patients' : '')"}
    mark = once().mark_text(text=words, align="left", baseline="middle", fontSize=11.5, color=theme.QUIET)
    return mark.encode(x=alt.XValue(4 - LEFT), y=alt.YValue(height + 34))


def _description(frames: Frames) -> str:
    """Return the picture in words."""
    counts = frames.rows[frames.rows["state"] == PRESENT].groupby("label")["patient_id"].nunique()
    often = ", ".join(
        f"{within_a_sentence(str(label))} {n}"
        for label, n in counts.sort_values(ascending=False, kind="stable").head(4).items()
    )
    unknown = int((frames.rows["state"] == NOT_ASSESSED).sum())
    total = len(frames.rows)
    return (
        f"Items of SLEDAI-2K in {len(frames.patients)} patients; ever present in: {often or 'nobody'}; "
        f"{unknown} of {total} findings not assessed."
    )


PICTURE = Picture("sledai_items", "What makes up SLEDAI-2K", sledai_items_frames, sledai_items, COLUMNS)
