"""Vaccine and pathogen IgG before the infusion, at month 3 and at the last sample, patient by patient."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.head import Entry
from casekit.charts.immunoglobulins import after_immunoglobulin
from casekit.charts.lane import heard, tooltip
from casekit.charts.measured import drawn_values, measured, points, rules, value_y
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import (
    OF_PATIENT,
    Panel,
    Sheet,
    disease_entries,
    disease_scales,
    drawn,
    emphasis,
    table,
    unchecked,
)
from casekit.charts.value_frames import heading
from casekit.charts.words import as_rows, number
from casekit.records import CaseSeries

NAME = "vaccine_igg"
GROUP = "vaccine titres"
TIMES = ("before", "month 3", "last")
MONTH_3, WITHIN = 91, 31
# The one threshold with a source at hand; the others are limits given by the laboratory.
SOURCED = ("tetanus_igg_iu_ml",)
VACCINATION = {"pneumococcus_igg_mg_l": "pneumococcal_vaccination"}
HOLLOW = Entry("circle", "#ffffff", theme.QUIET, "IVIG or undetected")
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "name": "Antibody against",
    "time": "Sample",
    "day": "Day",
    "tip": "Value",
    "change": "Against the value before",
    "range": "Limit of the laboratory",
    "origin": "Origin",
}


def vaccine_igg_frames(series: CaseSeries) -> Frames:
    """Return vaccine and pathogen IgG before the infusion, at month 3 and at the last sample.

    Returns
    -------
    Frames
        ``rows``: one row per patient, antibody and sample (``before``: the last up to the infusion; ``month 3``: the
        one nearest to day 91, within 31 days; ``last``: the last after that), with change (times the value before),
        hollow (below detection, or after infused immunoglobulin: not the patient's own) and vaccinated (against it,
        between the infusion and the sample). Days are counted from the infusion whatever day 0 is.

    Examples
    --------
    >>> import casekit as ck
    >>> vaccine_igg_frames(ck.example()).rows["variable"].nunique()
    5
    """
    own = series.before_alignment or series
    listed = catalogue.variables()
    rows = measured(own, listed.index[listed["group"] == GROUP])
    rows = _vaccinated(own, after_immunoglobulin(own, rows))
    chosen = [_chosen(group) for _, group in rows.groupby(["patient_id", "variable"], sort=False)]
    frame = pd.concat(chosen, ignore_index=True) if chosen else rows.assign(time="", fold=0.0, change="")
    return Frames(frame, about(own), patients_of(own))


@unchecked
def vaccine_igg(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one panel per antibody with up to three samples of every patient joined by a line.

    Parameters
    ----------
    frames : Frames
        From :func:`vaccine_igg_frames`, or some of its patients.
    width : int
        Width of the panels in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> len(vaccine_igg(vaccine_igg_frames(ck.example())).vconcat)
    5
    """
    known = list(dict.fromkeys(frames.rows["variable"]))
    if not known:
        sentence = "No vaccine or pathogen antibodies were measured in these patients."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    panels = [_panel(frames, name, last=name == known[-1]) for name in known]
    values = drawn_values(frames.rows).assign(time=frames.rows["time"], change=frames.rows["change"])
    entries = (*disease_entries(frames), HOLLOW)
    sheet = Sheet(NAME, _description(frames, known), panels, {"values": values.drop(columns="day")}, entries=entries)
    return drawn(sheet, frames, width, patient)


def _vaccinated(series: CaseSeries, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with whether the patient had been vaccinated against it since the infusion."""
    events = series.events[series.events["start_day"].notna() & (series.events["start_day"] > 0)]
    first = {
        name: events[events["name"] == event].groupby("patient_id")["start_day"].min().astype(float)
        for name, event in VACCINATION.items()
    }
    given = [
        bool(day > first[name].get(who, float("inf"))) if name in first else False
        for who, name, day in rows[["patient_id", "variable", "day"]].itertuples(index=False)
    ]
    return rows.assign(vaccinated=given)


def _chosen(group: pd.DataFrame) -> pd.DataFrame:
    """Return the three samples of one antibody of one patient, as many as there are."""
    before, after = group[group["day"] <= 0].tail(1), group[group["day"] > 0]
    away = (after["day"] - MONTH_3).abs()
    third = after[away <= WITHIN].loc[away[away <= WITHIN].sort_values(kind="stable").index].head(1)
    last = after[after["day"] > (MONTH_3 + WITHIN)].tail(1)
    parts = [part.assign(time=time) for part, time in zip((before, third, last), TIMES, strict=True)]
    found = pd.concat(parts)
    base = float(before["value"].iloc[0]) if len(before) else float("nan")
    fold = found["value"] / base if base > 0 else found["value"] * float("nan")
    told = found.assign(fold=fold.round(3))
    return told.assign(change=[_change(row) for row in as_rows(told)])


def _change(row: dict[str, Any]) -> str:
    """Return how many times the value before the infusion this is."""
    if row["time"] == "before":
        return "the value before"
    if pd.isna(row["fold"]):
        return "no value before"
    return f"× {number(round(row['fold'], 2))}" + (", vaccinated since" if row["vaccinated"] else "")


def _x(*, last: bool) -> alt.X:
    """Return the three samples as places."""
    axis = alt.Axis(title=None, labels=last, ticks=False, domain=False, labelAngle=0, labelPadding=8, grid=False)
    return alt.X("time:N", scale=alt.Scale(domain=list(TIMES), type="point", padding=0.35), sort=None, axis=axis)


def _panel(frames: Frames, variable: str, *, last: bool) -> Panel:
    """Return one antibody with its threshold."""
    rows = frames.rows[frames.rows["variable"] == variable]
    name, unit = heading(variable)
    thresholds = tuple(sorted(rows["lower"].dropna().unique().astype(float)))
    y = value_y(rows, thresholds, log=True)
    scales, x = disease_scales(frames), _x(last=last)
    own = table("values", f"datum.variable === '{variable}'")
    colour = alt.Color("disease:N", scale=scales["colour"], legend=None)
    line = own.mark_line(strokeWidth=1.1).encode(
        x=x, y=y, detail="patient_id:N", color=colour, opacity=emphasis(0.45, 0.16)
    )
    stout = own.transform_filter(OF_PATIENT).mark_line(strokeWidth=2.4).encode(x=x, y=y, color=colour)
    tips = {"Patient": "patient_id", "Sample": "time", "Value": "tip", "Against_the_value_before": "change"}
    tips |= {"When": "when", "Limit_of_the_laboratory": "range", "Origin": "origin"}
    spoken = heard(own, "patient_id", "tip", "time")
    dots = points(spoken, 34, scales, aria=True).encode(x=x, y=y, opacity=emphasis(0.85, 0.2), tooltip=tooltip(**tips))
    note = "\n".join(filter(None, [_threshold_note(variable, thresholds), _fold_note(rows)]))
    title = f"{name}, {unit}, n = {rows['patient_id'].nunique()}"
    return Panel(title, note, 108, (*rules(thresholds, y), line, stout, dots))


def _threshold_note(variable: str, thresholds: tuple[float, ...]) -> str:
    """Return what the dashed line is and how sure that is; the axis names its value."""
    if not thresholds:
        return "log scale; no protective threshold given"
    sure = "protective threshold" if variable in SOURCED else "laboratory's limit, uncertain"
    return f"log scale; dashed: {sure}"


def _fold_note(rows: pd.DataFrame) -> str:
    """Return how the last sample compares with that before, leaving out infused antibodies and new vaccinations."""
    own = rows[(rows["time"] == "last") & ~rows["hollow"].astype(bool)].dropna(subset=["fold"])
    again = own["vaccinated"].astype(bool)
    last, told = own.loc[~again, "fold"], f";\n{again.sum()} vaccinated since are left out" if again.any() else ""
    if last.empty:
        return told.removeprefix(";\n")
    span = f"{number(round(last.min(), 2))} to {number(round(last.max(), 2))}"
    return f"last/baseline: median {number(round(last.median(), 2))} ({span}), n = {len(last)}{told}"


def _fold_words(rows: pd.DataFrame) -> str:
    """Return the comparison in one line."""
    return _fold_note(rows).replace("\n", " ") or "without a pair"


def _description(frames: Frames, known: list[str]) -> str:
    """Return the picture in one sentence with its numbers."""
    rows = frames.rows
    told = [f"{heading(name)[0]} {_fold_words(rows[rows['variable'] == name])}" for name in known]
    return f"Vaccine and pathogen antibodies of {rows['patient_id'].nunique()} patients: {'; '.join(told)}."


PICTURE = Picture(NAME, "Were vaccine antibodies kept?", vaccine_igg_frames, vaccine_igg, HEADINGS)
