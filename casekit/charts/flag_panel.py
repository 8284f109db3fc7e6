"""A panel of a finding that is there or not: one row per patient, one mark per visit; not assessed is not absent."""

from typing import Any

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.head import chosen
from casekit.charts.lane import tooltip
from casekit.charts.time_axis import time_x

ROW = 17
PRESENT, ABSENT, NOT_ASSESSED = "present", "absent", "not assessed"
STATES = (PRESENT, ABSENT, NOT_ASSESSED)
WORDS = {"yes": PRESENT, "no": ABSENT}


def flag_rows(assessments: pd.DataFrame, variable: str, visits: pd.DataFrame) -> pd.DataFrame:
    """Return the finding at every visit, ``state`` being one of the three words; ``visits`` holds patient_id, day.

    Examples
    --------
    >>> visits = pd.DataFrame({"patient_id": ["A", "A"], "day": [0, 30]})
    >>> seen = visits.head(1).assign(variable="digital_ulcers", value="no", origin="")
    >>> flag_rows(seen, "digital_ulcers", visits)["state"].tolist()
    ['absent', 'not assessed']
    """
    seen = assessments.loc[assessments["variable"] == variable, ["patient_id", "day", "value", "origin"]]
    rows = visits[["patient_id", "day"]].merge(seen, on=["patient_id", "day"], how="outer")
    state = rows["value"].map(lambda value: WORDS.get(str(value).lower(), NOT_ASSESSED))
    return rows.assign(variable=variable, state=state, tip=state, value=None, low=None, high=None)


def flag_height(rows: pd.DataFrame) -> int:
    """Return the height of the panel in pixels."""
    return ROW * max(1, rows["patient_id"].nunique()) + 4


def flag_marks(table: str, patients: list[str]) -> list[alt.Chart]:
    """Return one square per visit: filled where present, open where absent, a question mark where not assessed."""
    place = f"indexof({patients}, datum.patient_id) * {ROW} + {ROW / 2 + 2}"
    rows = alt.Chart(alt.NamedData(name=table)).transform_calculate(y_mid=place)
    seen = rows.transform_filter("datum.day >= day_from && datum.day <= day_to")
    at: dict[str, Any] = {"x": time_x(), "y": alt.Y("y_mid:Q", scale=None), "opacity": chosen(1, 0.2)}
    tip = tooltip(Patient="patient_id", Finding="tip", When="when")
    fill = alt.Scale(domain=list(STATES), range=[theme.VERDICT_LINE["not met"], "#ffffff", "#ffffff"])
    line = alt.Scale(domain=list(STATES), range=[theme.VERDICT_LINE["not met"], theme.QUIET, "#ffffff"])
    squares = seen.mark_point(shape="square", size=70, strokeWidth=1.2).encode(
        fill=alt.Fill("state:N", scale=fill, legend=None),
        stroke=alt.Stroke("state:N", scale=line, legend=None),
        tooltip=tip,
        **at,
    )
    unknown = seen.transform_filter(f"datum.state === '{NOT_ASSESSED}'")
    signs = unknown.mark_text(text="?", fontWeight="bold", baseline="middle").encode(tooltip=tip, **at)
    names = rows.transform_aggregate(y_mid="min(y_mid)", groupby=["patient_id"])
    named = names.mark_text(align="right", baseline="middle", fontSize=10.5, dx=-6).encode(
        x=alt.XValue(0), y=alt.Y("y_mid:Q", scale=None), text="patient_id:N", opacity=chosen(1, 0.4)
    )
    return [squares, signs, named]
