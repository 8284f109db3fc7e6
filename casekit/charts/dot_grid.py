"""A grid of dots: a row per event, a column per grade, a dot per patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.lane import heard, once, tooltip
from casekit.charts.picture import Frames
from casekit.charts.sheet import Panel, across, disease_scales, emphasis, pixel, table

PER_LINE, LINE, AIR = 5, 10, 14
LEFT = 132


@dataclass(frozen=True)
class Grid:
    """Where everything stands: the dots, the rows with their height, and the names of the columns.

    Attributes
    ----------
    dots : DataFrame
        One row per dot with ``column``, ``place`` and ``many`` (its place among so many of its line) and ``y``.
    rows : DataFrame
        One row per row of the grid: name, note, y (middle) and low (lower edge), in pixels.
    columns : sequence of str
        Names of the columns from left to right.
    height : int
        Of the whole grid in pixels.
    """

    dots: pd.DataFrame
    rows: pd.DataFrame
    columns: Sequence[str]
    height: int


def placed(cells: pd.DataFrame, names: Mapping[str, tuple[str, str]], columns: Sequence[str]) -> Grid:
    """Return the grid of these dots.

    Parameters
    ----------
    cells : DataFrame
        One row per dot with ``row`` and ``column`` (names) beside what is hovered.
    names : mapping
        Rows from top to bottom: id, and the two lines written beside it.
    columns : sequence of str
        Columns from left to right.

    Examples
    --------
    >>> cells = pd.DataFrame({"row": ["crs"] * 6, "column": ["1"] * 6})
    >>> placed(cells, {"crs": ("CRS", "")}, ["1"]).dots["place"].tolist()
    [0, 1, 2, 3, 4, 0]
    """
    dots = cells[cells["row"].isin(names)].copy()
    order = dots.groupby(["row", "column"]).cumcount()
    dots["line"], dots["place"] = order // PER_LINE, order % PER_LINE
    dots["many"] = dots.groupby(["row", "column", "line"])["place"].transform("size")
    lines = dots.groupby("row")["line"].max().add(1).reindex(list(names)).fillna(1)
    heights = [max(LINE * count + AIR, 32) for count in lines]
    tops = [sum(heights[:i]) for i in range(len(heights))]
    rows = pd.DataFrame([(name, *words) for name, words in names.items()], columns=["row", "name", "note"])
    rows["top"], rows["low"] = tops, [top + height for top, height in zip(tops, heights, strict=True)]
    rows["y"] = (rows["top"] + rows["low"]) / 2
    dots = dots.merge(rows[["row", "y"]], on="row")
    depth = dots.groupby(["row", "column"])["line"].transform("max")
    dots["y"] += (dots["line"] - depth / 2) * LINE
    dots["column"] = dots["column"].map(list(columns).index)
    return Grid(dots.drop(columns=["line"]), rows[["name", "note", "y", "low"]], columns, int(sum(heights)))


def grid_panel(grid: Grid, frames: Frames, heading: str, note: str, tips: Mapping[str, str]) -> Panel:
    """Return the panel of a grid; its tables are ``dots`` and ``rows``, ``tips`` names the words of a hover."""
    scales, many = disease_scales(frames), len(grid.columns)
    cell = f"width / {many}"
    step = f"min(10, {cell} / {PER_LINE + 0.4})"
    x = f"(datum.column + 0.5) * {cell} + (datum.place - (datum.many - 1) / 2) * {step}"
    dots = heard(table("dots"), "patient_id", "tip").transform_calculate(x_px=x)
    colour, shape = scales["colour"], scales["shape"]
    mark = dots.mark_point(size=alt.ExprRef("width < 420 ? 22 : 58"), opacity=1, strokeWidth=0.8, aria=True).encode(
        x=alt.X("x_px:Q", scale=None),
        y=pixel("y:Q"),
        fill=alt.Fill("disease:N", scale=colour, legend=None),
        stroke=alt.Stroke("disease:N", scale=colour, legend=None),
        shape=alt.Shape("disease:N", scale=shape, legend=None),
        opacity=emphasis(0.9, 0.15),
        tooltip=tooltip(**tips),
    )
    lines = table("rows").mark_rule(color=theme.GRID).encode(y=pixel("low:Q"), **across())
    return Panel(heading, note, grid.height, (mark, *_names(), *_columns(grid.columns)), (lines,))


def _names() -> list[alt.Chart]:
    """Return the names of the rows with their second line."""
    rows = table("rows").transform_calculate(y_name="datum.note ? datum.y - 7 : datum.y", y_note="datum.y + 7")
    place = {"x": alt.XValue(-LEFT + 6)}
    look = {"align": "left", "baseline": "middle", "limit": LEFT - 10}
    name = rows.mark_text(**look).encode(**place, y=pixel("y_name:Q"), text="name:N")
    note = rows.mark_text(**look, fontSize=10.5, color=theme.QUIET).encode(**place, y=pixel("y_note:Q"), text="note:N")
    return [name, note]


def _columns(columns: Sequence[str]) -> list[alt.Chart]:
    """Return the names of the columns below the grid."""
    names = [(name, f"{place + 0.5} * width / {len(columns)}") for place, name in enumerate(columns)]
    return [
        once()
        .mark_text(baseline="top", fontSize=11, align="right" if name == "grade" else "center")
        .encode(
            x=alt.XValue(alt.expr(x)),
            y=alt.YValue(alt.expr("item.mark.group.height + 6")),
            text=alt.TextValue(name),
        )
        for name, x in [("grade", "-8"), *names]
    ]
