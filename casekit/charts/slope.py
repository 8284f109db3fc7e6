"""Paired slopes: the activity score of each patient before the infusion and at month 6, one panel per disease."""

from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.change_frames import BASELINE, HALF_YEAR, HEADINGS, change_frames
from casekit.charts.head import NO_KEY, Caption, Margins, chosen, head, patient_params, top_for
from casekit.charts.lane import once, records, spread, tooltip
from casekit.charts.panel import bold_width
from casekit.charts.picture import Frames, Picture, nothing
from casekit.charts.words import number

LEFT, RIGHT, BOTTOM, GAP, HEADING = 10, 10, 30, 66, 34
LABEL, TIGHT, HEIGHT = 13, 15, 130
# the two visits stand as far apart as the page allows, but not so far that a line loses its slope
REACH = "min(width / 2 - 106, 150)"
SIDES = {BASELINE: -1, HALF_YEAR: 1}


def slope(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one line per patient from baseline to month 6; a visit with items missing is drawn as its interval.

    Examples
    --------
    >>> import casekit as ck
    >>> len(slope(change_frames(ck.example())).vconcat)
    3
    """
    rows = frames.rows[frames.rows["visit"].isin(list(SIDES))]
    diseases = list(dict.fromkeys(rows["disease"]))
    if not diseases:
        sentence = "No activity score of the patients shown here is known before the infusion or at month 6."
        return nothing(frames.about, name="slope", sentence=sentence, width=width)
    margins = Margins(LEFT, RIGHT, top_for(NO_KEY, HEADING), BOTTOM)
    tables = {name: _placed(rows[rows["disease"] == name]) for name in diseases}
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        drawn = [_panel(frames, name, table, width) for name, table in tables.items()]
        drawn[0].layer = [*drawn[0].layer, *head(frames, margins, below=HEADING)]
        sent = {name: records(table) for name, table in tables.items()}
        chart = alt.vconcat(*drawn, spacing=GAP, bounds="flush", datasets={"once": [{"day": 0}], **sent})
        chart.params = patient_params(patient)
    heights = [{"": _height(table)} for table in tables.values()]
    layout = {"width": width, "heights": heights, "gap": GAP, "padding": margins.padding(), "minimum": 250}
    return Caption("slope", _description(rows, diseases)).on(chart, frames, layout)


def _height(table: pd.DataFrame) -> int:
    """Return the height of a panel: room for the names of all its patients."""
    return max(HEIGHT, TIGHT * table["patient_id"].nunique())


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of one disease with their heights in pixels, and the heights of their names moved apart."""
    height = _height(rows)
    seen = pd.concat([rows["low"], rows["high"]]).astype(float)
    low, high = float(seen.min()), float(seen.max())
    scale = height / (high - low or 1.0)
    placed = rows[["patient_id", "visit", "value", "tip", "when"]].assign(
        side=rows["visit"].map(SIDES), y=height - (rows["value"].astype(float) - low) * scale
    )
    placed["y_low"], placed["y_high"] = (height - (rows[end].astype(float) - low) * scale for end in ("low", "high"))
    placed["y_name"] = (placed["y_low"] + placed["y_high"]) / 2
    placed = placed.sort_values(["side", "y_name", "patient_id"]).reset_index(drop=True)
    placed["y_name"] = [y for _, own in placed.groupby("side") for y in _apart(list(own["y_name"]), height)]
    placed["words"] = [_words(row) for row in placed.to_dict("records")]
    return placed


def _apart(wanted: list[float], height: int) -> list[float]:
    """Return the heights of the names moved apart, inside the panel.

    >>> _apart([0.0, 0.0, 100.0, 100.0], 100)
    [0, 13, 87, 100]
    """
    last = len(wanted) - 1
    return [min(max(y, LABEL * i), height - LABEL * (last - i)) for i, y in enumerate(spread(wanted, LABEL))]


def _words(row: dict[str, Any]) -> str:
    """Return name and score of a patient, the score next to the line."""
    score = number(row["value"]) if pd.notna(row["value"]) else "?"
    return f"{row['patient_id']}  {score}" if row["side"] < 0 else f"{score}  {row['patient_id']}"


def _panel(frames: Frames, disease: str, table: pd.DataFrame, width: int) -> Any:
    """Return the slopes of one disease."""
    data = alt.Chart(alt.NamedData(name=disease)).transform_calculate(
        x=f"width / 2 + datum.side * {REACH}", x_name=f"width / 2 + datum.side * ({REACH} + 24)"
    )
    x, colour, height = alt.X("x:Q", scale=None), catalogue.disease(disease).colour, _height(table)
    told = {
        "opacity": chosen(0.9, 0.2),
        "tooltip": tooltip(Patient="patient_id", Score="tip", When="when", Visit="visit"),
    }
    exact = data.transform_filter("datum.y !== null")
    thick = alt.condition("datum.patient_id === patient", alt.value(3), alt.value(1.4))
    y = alt.Y("y:Q", scale=None)
    line = exact.mark_line(color=colour).encode(
        x=x, y=y, detail="patient_id:N", strokeWidth=thick, opacity=told["opacity"]
    )
    points = exact.mark_point(filled=True, size=44, color=colour).encode(x=x, y=y, **told)
    open_ = data.transform_filter("datum.y === null").mark_rule(color=theme.QUIET, strokeDash=[3, 2], strokeWidth=2)
    whisker = open_.encode(x=x, y=alt.Y("y_low:Q", scale=None), y2="y_high:Q", **told)
    beyond = data.transform_calculate(
        x_from="datum.x + datum.side * 6",
        x_to="datum.x_name - datum.side * 4",
        y_from="datum.y === null ? datum.y_name : datum.y",
    )
    leader = beyond.mark_rule(color="#c9d1d9", strokeWidth=1).encode(
        x=alt.X("x_from:Q", scale=None),
        x2="x_to:Q",
        y=alt.Y("y_from:Q", scale=None),
        y2="y_name:Q",
        opacity=told["opacity"],
    )
    names = [_names(data, side, align) for side, align in ((-1, "right"), (1, "left"))]
    return alt.layer(
        *_ends(height), leader, line, points, whisker, *names, *_heading(frames, disease, table)
    ).properties(width=width, height=height)


def _names(data: alt.Chart, side: int, align: str) -> alt.Chart:
    """Return names and scores beside one end of the lines."""
    mark = data.transform_filter(f"datum.side === {side}").mark_text(align=align, baseline="middle", fontSize=11.5)
    bold = alt.condition("datum.patient_id === patient", alt.value(theme.INK), alt.value(theme.QUIET))
    x, y = alt.X("x_name:Q", scale=None), alt.Y("y_name:Q", scale=None)
    return mark.encode(x=x, y=y, text="words:N", color=bold, opacity=chosen(1, 0.35))


def _ends(height: int) -> list[alt.Chart]:
    """Return a line and a name for each of the two visits."""
    drawn = []
    for words, side in (("before", -1), ("month 6", 1)):
        x = alt.XValue(alt.expr(f"width / 2 + {side} * {REACH}"))
        rule = once().mark_rule(color=theme.GRID, strokeWidth=1.5).encode(x=x, y=alt.YValue(0), y2=alt.Y2Value(height))
        name = once().mark_text(text=words, baseline="middle", color=theme.QUIET).encode(x=x, y=alt.YValue(height + 16))
        drawn += [rule, name]
    return drawn


def _heading(frames: Frames, disease: str, table: pd.DataFrame) -> list[alt.Chart]:
    """Return disease, score and the number of pairs above the panel."""
    name = frames.rows.loc[frames.rows["disease"] == disease, "name"].iloc[0]
    instrument = frames.rows.loc[frames.rows["disease"] == disease, "instrument"].iloc[0]
    paired = table.groupby("patient_id")["side"].size() == len(SIDES)
    better = catalogue.instrument(instrument).get("better", "lower")
    said, more = f"{disease}: {name}", f"{better} is better, {int(paired.sum())} of {len(paired)} pairs"
    look = {"align": "left", "baseline": "middle"}
    bold = once().mark_text(text=said, fontWeight="bold", fontSize=theme.HEADING, **look)
    quiet = once().mark_text(text=more, fontSize=11.5, color=theme.QUIET, **look)
    y = alt.YValue(-20)
    return [bold.encode(x=alt.XValue(4 - LEFT), y=y), quiet.encode(x=alt.XValue(10 - LEFT + bold_width(said)), y=y)]


def _description(rows: pd.DataFrame, diseases: list[str]) -> str:
    """Return the picture in words."""
    said = []
    for disease in diseases:
        own = rows[rows["disease"] == disease]
        sides = [own[own["visit"] == visit].set_index("patient_id")["value"] for visit in SIDES]
        pairs = pd.concat(sides, axis=1, keys=list(SIDES)).dropna().median()
        n = len(pd.concat(sides, axis=1).dropna())
        words = f"median {pairs[BASELINE]:.4g} to {pairs[HALF_YEAR]:.4g}" if n else "no pair"
        said.append(f"{disease}, {own['name'].iloc[0]}: {words} ({n} pairs)")
    return f"Activity score before the infusion and at month 6. {'; '.join(said)}."


PICTURE = Picture("slope", "Before the infusion and at month 6", change_frames, slope, HEADINGS)
