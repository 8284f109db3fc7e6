"""Kaplan-Meier of the return of B cells, drawn as a band because each return lies between two samples."""

from typing import Any

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.b_cell_aplasia import HEADINGS, b_cell_aplasia_frames
from casekit.charts.head import Entry
from casekit.charts.lane import heard, tooltip
from casekit.charts.picture import Frames, Picture, nothing
from casekit.charts.sheet import Panel, Sheet, Window, at_ticks, drawn, emphasis, margin_words, table, unchecked
from casekit.charts.time_axis import time_x
from casekit.charts.words import number
from casekit.records import CaseSeries
from casekit.scores.survival import INTERVAL, Curve, at_most, kaplan_meier

NAME = "b_cell_return"
HEIGHT = 230
ENTRIES = (
    Entry("square", theme.APLASIA, theme.B_CELLS, "between the two samples"),
    Entry("stroke", theme.B_CELLS, theme.B_CELLS, "first sample with B cells"),
    Entry("square", theme.UNOBSERVED, theme.UNOBSERVED, "95 % interval"),
)
STILL = Entry("cross", "#ffffff", theme.INK, "still gone at last sample")


def b_cell_return_frames(series: CaseSeries) -> Frames:
    """Return, for every patient whose B cells went, between which samples they came back or until when they had not.

    Returns
    -------
    Frames
        ``rows``: one row per patient, as in :func:`casekit.charts.b_cell_aplasia.b_cell_aplasia_frames`; days are
        counted from the infusion whatever day 0 is.

    Examples
    --------
    >>> import casekit as ck
    >>> int(b_cell_return_frames(ck.example()).rows["return_day"].min())
    55
    """
    return b_cell_aplasia_frames(series)


@unchecked
def b_cell_return(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the share of patients with B cells again, by day since the infusion, with who is still waiting below.

    Parameters
    ----------
    frames : Frames
        From :func:`b_cell_return_frames`, or some of its patients.
    width : int
        Width of the panel in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> b_cell_return(b_cell_return_frames(ck.example())).usermeta["key"]
    'b_cell_return'
    """
    rows = frames.rows.dropna(subset=["days"])
    if rows.empty:
        sentence = "No B-cell aplasia is known in these patients, so no return of B cells."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    waiting = rows.loc[rows["return_day"].isna(), "last_sample_day"]
    back = rows.dropna(subset=["return_day"])
    late, early = (kaplan_meier(back[name], waiting) for name in ("return_day", "last_aplastic_day"))
    ends = [*back["return_day"], *waiting]
    last = float(max(ends)) * 1.06
    note = f"grey: {INTERVAL};\ncounted from the infusion; n = {len(rows)}"
    panel = Panel("Patients with B cells again, %", note, HEIGHT, (*_marks(), *_at_risk(ends)), _ground())
    tables = {"steps": _steps(late, early, last), "people": _people(rows, late)}
    sheet = Sheet(
        NAME, _description(rows, late, early), [panel], tables, Window((0, last), (-30, last + 60)),
        (*ENTRIES, *([STILL] if len(waiting) else [])),
        observed=False,
    )  # fmt: skip
    return drawn(sheet, frames, width, patient)


def _steps(late: Curve, early: Curve, last: float) -> pd.DataFrame:
    """Return the curve from day to day in percent: what is sure, what may be, and the interval."""
    days = sorted({0.0, *late.steps["day"], *early.steps["day"]})
    table_ = pd.DataFrame({"day": days, "end": [*days[1:], last]})
    for name, curve in (("sure", late), ("maybe", early)):
        table_[name] = [round(100 * share, 1) for share in at_most(curve, table_["day"])]
    ends = late.steps.set_index("day")[["low", "high"]].reindex(days).ffill().mul(100).round(1)
    table_["low"], table_["high"] = ends["low"].to_numpy(), ends["high"].to_numpy()
    at_one = table_["sure"] == 100  # the formula has no interval where all are back
    table_.loc[at_one, ["low", "high"]] = float("nan")
    table_["until"] = table_["sure"].shift(-1, fill_value=table_["sure"].iloc[-1])
    table_["share"] = [_share(row) for row in table_.itertuples()]
    table_["interval"] = [
        "none by this formula" if pd.isna(row.low) else f"{number(row.low)} to {number(row.high)} %"
        for row in table_.itertuples()
    ]
    table_["when"] = [f"day {number(row.day)} to {number(row.end)}" for row in table_.itertuples()]
    return table_


def _share(row: Any) -> str:
    """Return the share in words, from sure to possible."""
    return f"{number(row.sure)} %" if row.sure == row.maybe else f"{number(row.sure)} to {number(row.maybe)} %"


def _people(rows: pd.DataFrame, late: Curve) -> pd.DataFrame:
    """Return each patient at the day known last, at the height of the curve there."""
    people = rows.assign(day=rows["return_day"].fillna(rows["last_sample_day"]).astype(float))
    people["height"] = [round(100 * share, 1) for share in at_most(late, people["day"])]
    people["from"] = people["last_aplastic_day"].where(people["return_day"].notna())
    people["waits"] = people["return_day"].isna()
    return people[["patient_id", "disease", "day", "from", "height", "waits", "tip", "came_back"]]


def _y(field: str) -> alt.Y:
    """Return the axis in percent."""
    axis = alt.Axis(values=[0, 25, 50, 75, 100], title=None, domain=False, ticks=False, labelPadding=6)
    return alt.Y(field, scale=alt.Scale(domain=[0, 103], nice=False), axis=axis)


def _ground() -> tuple[alt.Chart, ...]:
    """Return the interval and, above it, the band between the last sample without and the first with B cells."""
    steps = table("steps").transform_calculate(zero="0")
    tip = tooltip(B_cells_back_in="share", Interval="interval", When="when")
    known = steps.transform_filter("isValid(datum.low)")
    interval = known.mark_rect(color=theme.UNOBSERVED, clip=True)
    band = steps.mark_rect(color=theme.APLASIA, clip=True, opacity=0.95)
    return (
        interval.encode(x=time_x(), x2="end:Q", y=_y("low:Q"), y2="high:Q", tooltip=tip),
        band.encode(x=time_x(), x2="end:Q", y=_y("sure:Q"), y2="maybe:Q", tooltip=tip),
    )


def _marks() -> tuple[alt.Chart, ...]:
    """Return the step of the first samples with B cells, every patient on it, and who is still waiting as a cross."""
    steps = table("steps")
    flat = steps.mark_rule(color=theme.B_CELLS, strokeWidth=2, clip=True).encode(x=time_x(), x2="end:Q", y=_y("sure:Q"))
    rise = steps.mark_rule(color=theme.B_CELLS, strokeWidth=2, clip=True)
    up = rise.encode(x=time_x("end:Q"), y=_y("sure:Q"), y2="until:Q")
    people = heard(table("people"), "patient_id", "came_back")
    tip = tooltip(Patient="patient_id", Disease="disease", Aplasia="tip", Return="came_back")
    here = {"x": time_x(), "y": _y("height:Q"), "tooltip": tip}
    back = people.transform_filter("!datum.waits").mark_point(filled=True, color=theme.B_CELLS, size=46, aria=True)
    waits = people.transform_filter("datum.waits").mark_point(
        shape="cross", size=70, fill="#ffffff", stroke=theme.INK, aria=True
    )
    between = table("people", "datum.patient_id === patient && isValid(datum.from)")
    own = between.mark_rule(color=theme.B_CELLS, strokeWidth=6, opacity=0.6, clip=True)
    name = table("people", "datum.patient_id === patient").mark_text(
        align="right", baseline="bottom", dx=-7, dy=-4, fontWeight="bold"
    )
    return (
        flat,
        up,
        own.encode(x=time_x("from:Q"), x2="day:Q", y=_y("height:Q"), tooltip=tip),
        back.encode(**here, opacity=emphasis(1, 0.25)),
        waits.encode(**here, opacity=emphasis(1, 0.4)),
        name.encode(x=time_x(), y=_y("height:Q"), text="patient_id:N"),
    )


def _at_risk(ends: list[float]) -> tuple[alt.Chart, ...]:
    """Return how many patients are still without B cells, and observed, at each tick."""
    return (at_ticks(ends, HEIGHT + 54), margin_words("still gone", HEIGHT + 54))


def _description(rows: pd.DataFrame, late: Curve, early: Curve) -> str:
    """Return the picture in one sentence with its numbers."""
    back = int(rows["return_day"].notna().sum())
    middle = (
        "not reached"
        if late.median is None
        else f"between day {number(early.median or 0)} and day {number(late.median)}"
    )
    return f"B cells came back in {back} of {len(rows)} patients; median {middle} after the infusion, by Kaplan-Meier."


PICTURE = Picture(NAME, "When did B cells come back?", b_cell_return_frames, b_cell_return, HEADINGS)
