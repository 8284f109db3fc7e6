"""Infections per 100 patient-years in three periods after the infusion, with exact Poisson intervals."""

from typing import Any

import altair as alt
import pandas as pd

from casekit.charts import theme
from casekit.charts.infections import HEADINGS, infections_frames
from casekit.charts.lane import heard, tooltip
from casekit.charts.picture import Frames, Picture, nothing
from casekit.charts.sheet import Panel, Sheet, drawn, pixel, table, unchecked
from casekit.charts.words import number
from casekit.records import CaseSeries
from casekit.scores.rates import rate_per_100_years

NAME = "infection_rate"
PERIODS = {"day 0–30": (0, 30), "day 31–90": (31, 90), "after day 90": (91, None)}
ROW, LEFT = 46, 96


def infection_rate_frames(series: CaseSeries) -> Frames:
    """Return the infections after the infusion; the rates are computed of whoever is in the frames.

    Returns
    -------
    Frames
        As :func:`casekit.charts.infections.infections_frames`: one row per infection, days since the infusion.

    Examples
    --------
    >>> import casekit as ck
    >>> "day" in infection_rate_frames(ck.example()).rows
    True
    """
    return infections_frames(series)


def rates(frames: Frames) -> pd.DataFrame:
    """Return the rate of each period.

    Returns
    -------
    DataFrame
        One row per period: period, infections (that began in it), patient_days (days observed, first and last
        included), patients (observed in it), rate, low and high (per 100 patient-years, exact 95 % Poisson interval);
        null where nobody was observed.

    Examples
    --------
    >>> import casekit as ck
    >>> rates(infection_rate_frames(ck.example()))["period"].tolist()
    ['day 0–30', 'day 31–90', 'after day 90']
    """
    return pd.DataFrame([_rate(frames, name, *days) for name, days in PERIODS.items()])


@unchecked
def infection_rate(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the rate of each period as a point with its interval, and the counts behind it in words.

    Parameters
    ----------
    frames : Frames
        From :func:`infection_rate_frames`, or some of its patients.
    width : int
        Width of the plot in pixels.
    patient : str
        Has no mark of its own in this picture.

    Examples
    --------
    >>> import casekit as ck
    >>> infection_rate(infection_rate_frames(ck.example())).usermeta["key"]
    'infection_rate'
    """
    known = rates(frames)
    if known["rate"].isna().all():
        return nothing(frames.about, name=NAME, sentence="Nobody was observed after the infusion.", width=width)
    known["row"] = known.index
    top = float(known["high"].max())
    of = {
        "scale": alt.Scale(domain=[0, top * 1.05], nice=False),
        "axis": alt.Axis(title="infections per 100 patient-years", tickCount=5, domain=False),
    }
    note = "point: rate; line: exact 95 % Poisson interval"
    panel = Panel(f"Infections by period, n = {len(frames.patients)}", note, ROW * len(known), _marks(of))
    sheet = Sheet(NAME, _description(known), [panel], {"rates": known}, left=LEFT)
    return drawn(sheet, frames, width, patient)


def _rate(frames: Frames, name: str, first: int, last: int | None) -> dict[str, Any]:
    """Return one period."""
    end = frames.patients["last_day"].astype(float)
    observed = (end if last is None else end.clip(upper=last)) - first + 1
    days, patients = float(observed.clip(lower=0).sum()), int((observed > 0).sum())
    began = int(frames.rows["day"].between(first, float("inf") if last is None else last).sum())
    counts = {"period": name, "infections": began, "patient_days": days, "patients": patients}
    noun = "infection" if began == 1 else "infections"
    said = f"{began} {noun} in {number(days)} patient-days, n = {patients}"
    if days <= 0:
        return {**counts, "rate": None, "low": None, "high": None, "tip": "nobody observed", "said": "nobody observed"}
    found = rate_per_100_years(began, days)
    shown = {"rate": round(found.value, 1), "low": round(found.low, 1), "high": round(found.high, 1)}
    interval = f"{number(round(found.low))} to {number(round(found.high))}"
    return {
        **counts,
        **shown,
        "said": said,
        "tip": f"{number(round(found.value))} ({interval}) per 100 patient-years",
    }


def _marks(of: dict[str, Any]) -> tuple[alt.Chart, ...]:
    """Return point, interval and words of each period."""
    placed = table("rates").transform_calculate(
        y_mid=f"datum.row * {ROW} + 32", y_said=f"datum.row * {ROW} + 15", zero="0"
    )
    tip = tooltip(Period="period", Rate="tip", Counted="said")
    y, known = pixel("y_mid:Q"), placed.transform_filter("isValid(datum.rate)")
    line = known.mark_rule(strokeWidth=2, color=theme.INSIDE_RANGE).encode(
        x=alt.X("low:Q", **of), x2="high:Q", y=y, tooltip=tip
    )
    point = heard(known, "period", "tip").mark_point(
        filled=True, size=70, opacity=1, color=theme.INSIDE_RANGE, aria=True
    )
    said = placed.mark_text(align="left", baseline="middle", fontSize=11, color=theme.QUIET)
    names = placed.mark_text(align="right", baseline="middle")
    return (
        line,
        point.encode(x=alt.X("rate:Q", **of), y=y, tooltip=tip),
        said.encode(x=alt.XValue(6 - LEFT), y=pixel("y_said:Q"), text="said:N"),
        names.encode(x=alt.XValue(-8), y=y, text="period:N"),
    )


def _description(known: pd.DataFrame) -> str:
    """Return the picture in one sentence with its numbers."""
    told = "; ".join(f"{row.period} {row.tip}, {row.said}" for row in known.itertuples())
    return f"Infections per 100 patient-years with exact Poisson intervals: {told}."


PICTURE = Picture(
    NAME, "How often did infections begin, early and late?", infection_rate_frames, infection_rate, HEADINGS
)
