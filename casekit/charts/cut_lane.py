"""The lane of what is new, changed or gone since the last data cut: outlined marks, each told in words."""

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.cut_frames import WORDS
from casekit.charts.lane import HEAD, ROW, Lane, heard, margin_text, rows_per_patient, told_rows_of, tooltip
from casekit.charts.timeline_axis import time_x

SHAPES = {"New": "circle", "Changed": "diamond", "Gone": "cross"}


def cut_lane(marks: pd.DataFrame) -> Lane:
    """Return one row per kind of change."""
    rows = marks[["patient_id", "row", "label"]].drop_duplicates()
    names = margin_text("cut_rows", "label", HEAD + ROW / 2)
    at = heard(told_rows_of("cut", "day"), "label", "tip", "when_told")
    at = at.transform_calculate(y_mid=f"{HEAD + ROW / 2} + datum.row * {ROW}")
    shape = alt.Shape("label:N", scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())), legend=None)
    points = at.mark_point(
        aria=True, size=70, filled=False, fill="#ffffff", stroke=theme.INK, strokeWidth=1.6, opacity=1, clip=True
    )
    drawn = points.encode(
        x=time_x(),
        y=alt.Y("y_mid:Q", scale=None),
        shape=shape,
        tooltip=tooltip(Since_the_last_cut="label", What="tip", When="when_told"),
    )
    height = {str(who): len(WORDS) for who in rows_per_patient(rows)}
    return Lane("Since the last data cut", "", HEAD, (drawn, names), {"cut": marks, "cut_rows": rows}, rows=height)
