"""A matrix of tiles: one row per patient, one column per organ or antibody, and in each the visits side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.head import Caption, Entry, Key, Margins, chosen, head, patient_params, sign_look, top_for
from casekit.charts.lane import once, records, tooltip
from casekit.charts.picture import Frames

LEFT, RIGHT = 64, 26
ROW, GROUP, NAMES, NOTE = 24, 26, 24, 17
STAGGERED = 15
LETTER = 6.4  # pixels
AIR = 0.12  # of a column, between its tiles and the next column


@dataclass(frozen=True)
class Look:
    """How a tile looks: fill, line, ink of its sign, what it means in the key, and its sign where it has one."""

    fill: str
    stroke: str
    ink: str
    words: str
    sign: str = ""


@dataclass(frozen=True)
class Matrix:
    """What a matrix shows.

    Attributes
    ----------
    columns : mapping of str to str
        Ids of the columns and their names, from left to right.
    parts : int
        Tiles in a column.
    looks : mapping of str to Look
        By the ``state`` of a tile, in the order of the key.
    notes : sequence of str
        Lines below the matrix that say what the tiles of a column are.
    hovered : mapping of str to str
        Title and column of what a hover tells.
    """

    columns: Mapping[str, str]
    parts: int
    looks: Mapping[str, Look]
    notes: Sequence[str]
    hovered: Mapping[str, str]


def matrix(frames: Frames, shown: Matrix, caption: Caption, *, width: int, patient: str) -> Any:
    """Return the matrix.

    Parameters
    ----------
    frames : Frames
        Rows: one per tile, with patient_id, column, part (0 is the first tile), state, sign and the words of the hover.
    shown : Matrix
        Columns, looks and notes.
    caption : Caption
        Name and description.
    width : int
        Width of the matrix in pixels, without the margins.
    patient : str
        Who is emphasised; nobody when empty.
    """
    key, tall = _key(frames, shown), NAMES + STAGGERED
    margins = Margins(LEFT, RIGHT, top_for(key, tall), 8 + NOTE * len(shown.notes), key)
    places = row_places(frames)
    height = int(places["y"].max() + ROW / 2) if len(places) else ROW
    tables = {
        "once": [{"day": 0}],
        "names": [{"at": at, "name": name} for at, name in enumerate(shown.columns.values())],
        "people": records(places),
        "groups": records(group_headings(places)),
        "tiles": records(_tiles(frames, shown, places)),
    }
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        layers = [*_grid(shown), *row_names(LEFT), *_marks(shown), *_column_names(shown), *_notes(shown, height)]
        chart = alt.layer(*layers, *head(frames, margins, key, below=f"({_narrow(shown)} ? {tall} : {NAMES})"))
        chart = chart.properties(width=width, height=height, datasets=tables)
        chart.params = patient_params(patient)
    layout = {"width": width, "height": height, "padding": margins.padding(), "minimum": 230}
    return caption.on(chart, frames, layout)


def row_places(frames: Frames, row: int = ROW) -> pd.DataFrame:
    """Return the middle of every patient's row in pixels, grouped by disease where there are several.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.charts.picture import about, patients_of
    >>> series = ck.example()
    >>> row_places(Frames(series.patients, about(series), patients_of(series)))["y"].tolist()[:2]
    [38.0, 62.0]
    """
    people = frames.patients[["patient_id", "disease"]].reset_index(drop=True)
    order = {name: place for place, name in enumerate(dict.fromkeys(people["disease"]))}
    people = people.sort_values("disease", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)
    headed = GROUP * (people["disease"].map(order) + 1) if len(order) > 1 else 0
    return people.assign(y=people.index * float(row) + row / 2 + headed)


def group_headings(places: pd.DataFrame, row: int = ROW) -> pd.DataFrame:
    """Return the headings of the diseases with their place in pixels; none where there is only one disease."""
    groups = places.groupby("disease", sort=False).agg(y=("y", "min"), n=("y", "size")).reset_index()
    labels = [
        f"{catalogue.disease(str(name)).label}, n = {n}" for name, n in zip(groups["disease"], groups["n"], strict=True)
    ]
    return groups.assign(y=groups["y"] - row / 2 - GROUP / 2 + 3, label=labels) if len(groups) > 1 else groups.head(0)


def _tiles(frames: Frames, shown: Matrix, places: pd.DataFrame) -> pd.DataFrame:
    """Return the tiles with their place; columns are numbered from the left."""
    at = {name: place for place, name in enumerate(shown.columns)}
    rows = frames.rows[frames.rows["column"].isin(list(at))]
    y = rows["patient_id"].map(places.set_index("patient_id")["y"])
    kept = ["patient_id", "part", "state", "sign", *dict.fromkeys(shown.hovered.values())]
    return rows[list(dict.fromkeys(kept))].assign(at=rows["column"].map(at), y=y)


def _span(shown: Matrix) -> tuple[str, str]:
    """Return the expressions for the left edge and the width of a tile in pixels."""
    column = f"(width / {len(shown.columns)})"
    wide = f"{column} * {1 - AIR} / {shown.parts}"
    return f"(datum.at + {AIR / 2}) * {column} + datum.part * {wide}", wide


def _marks(shown: Matrix) -> list[alt.Chart]:
    """Return the tiles and the signs in them."""
    left, wide = _span(shown)
    tiles = alt.Chart(alt.NamedData(name="tiles")).transform_calculate(
        left=left,
        right=f"{left} + {wide} - 1.5",
        middle=f"{left} + {wide} / 2 - 0.75",
        top=f"datum.y - {ROW / 2 - 2}",
        low=f"datum.y + {ROW / 2 - 2}",
    )
    states = list(shown.looks)
    fill, line, ink = (
        alt.Scale(domain=states, range=[getattr(look, name) for look in shown.looks.values()])
        for name in ("fill", "stroke", "ink")
    )
    tip = tooltip(**shown.hovered)
    boxes = tiles.mark_rect(cornerRadius=2, strokeWidth=1).encode(
        x=alt.X("left:Q", scale=None),
        x2="right:Q",
        y=alt.Y("top:Q", scale=None),
        y2="low:Q",
        fill=alt.Fill("state:N", scale=fill, legend=None),
        stroke=alt.Stroke("state:N", scale=line, legend=None),
        opacity=chosen(1, 0.22),
        tooltip=tip,
    )
    size = {"expr": f"{wide} < 16 ? 9 : {wide} < 22 ? 10 : 12"}
    fits = tiles.transform_filter(f"{wide} > 5.6 * length(datum.sign) + 3")
    signs = fits.mark_text(baseline="middle", fontSize=size).encode(
        x=alt.X("middle:Q", scale=None),
        y=alt.Y("y:Q", scale=None),
        text="sign:N",
        tooltip=tip,
        **sign_look(alt.Color("state:N", scale=ink, legend=None)),
    )
    return [boxes, signs]


def _grid(shown: Matrix) -> list[alt.Chart]:
    """Return a faint line between the columns."""
    column = f"(width / {len(shown.columns)})"
    names = alt.Chart(alt.NamedData(name="names")).transform_filter("datum.at > 0")
    lines = names.transform_calculate(x_line=f"datum.at * {column}").mark_rule(color=theme.GRID)
    return [lines.encode(x=alt.X("x_line:Q", scale=None), y=alt.YValue(0), y2=alt.Y2Value("height"))]


def row_names(left: int) -> list[alt.Chart]:
    """Return the names of the patients, and of the diseases above their groups."""
    people = alt.Chart(alt.NamedData(name="people")).mark_text(align="left", baseline="middle")
    ids = people.encode(
        x=alt.XValue(4 - left), y=alt.Y("y:Q", scale=None), text="patient_id:N", opacity=chosen(1, 0.45)
    )
    look = {"align": "left", "baseline": "middle", "fontWeight": "bold"}
    groups = alt.Chart(alt.NamedData(name="groups"))
    at = {"x": alt.XValue(4 - left), "y": alt.Y("y:Q", scale=None), "text": "label:N"}
    halo = groups.mark_text(**look, color="#ffffff", stroke="#ffffff", strokeWidth=6)
    return [halo.encode(**at), ids, groups.mark_text(**look).encode(**at)]


def _key(frames: Frames, shown: Matrix) -> Key:
    """Return the key of the states that occur."""
    found = set(frames.rows["state"])
    looks = [look for state, look in shown.looks.items() if state in found]
    return Key(tuple(Entry("square", look.fill, look.stroke, look.words, look.sign, look.ink) for look in looks))


def _narrow(shown: Matrix) -> str:
    """Return the expression for whether the columns are too narrow for their names."""
    return f"width / {len(shown.columns)} < {LETTER * max(map(len, shown.columns.values())) + 6}"


def _column_names(shown: Matrix) -> list[alt.Chart]:
    """Return the names above the columns, in two lines by turns where the columns are narrow."""
    column, narrow = f"(width / {len(shown.columns)})", _narrow(shown)
    names = alt.Chart(alt.NamedData(name="names")).transform_calculate(
        x_mid=f"(datum.at + 0.5) * {column}", y_name=f"{narrow} && datum.at % 2 === 0 ? {-11 - STAGGERED} : -11"
    )
    mark = names.mark_text(baseline="middle", limit={"expr": f"{narrow} ? 2 * {column} - 4 : {column}"})
    return [mark.encode(x=alt.X("x_mid:Q", scale=None), y=alt.Y("y_name:Q", scale=None), text="name:N")]


def _notes(shown: Matrix, height: int) -> list[alt.Chart]:
    """Return the lines below the matrix."""
    look = {"align": "left", "baseline": "middle", "fontSize": 11.5, "color": theme.QUIET}
    return [
        once().mark_text(text=words, **look).encode(x=alt.XValue(4 - LEFT), y=alt.YValue(height + 12 + NOTE * line))
        for line, words in enumerate(shown.notes)
    ]
