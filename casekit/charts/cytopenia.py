"""Blood counts of the first three months, with the ICAHT grade of every patient."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue, scores
from casekit.charts import theme
from casekit.charts.lane import heard, tooltip
from casekit.charts.measured import HEADINGS, Look, measured, value_panel, value_tables
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import (
    Panel,
    Sheet,
    Window,
    disease_entries,
    drawn,
    emphasis,
    pixel,
    row_names,
    table,
    unchecked,
)
from casekit.charts.time_axis import time_x
from casekit.charts.words import as_rows, number
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores.wording import within_a_sentence

NAME = "cytopenia"
FIRST, SHOWN_TO, LAST = -7.0, 90.0, 100.0
NORMAL = "green: laboratory's reference range"
LOOKS = {
    "neutrophils_10e9_l": Look(130, (0.5, 1.0, 1.5), f"dashed: 0.5, 1.0, 1.5;\n{NORMAL}", log=True),
    "platelets_10e9_l": Look(120, (50, 100, 150), f"dashed: 50, 100, 150;\n{NORMAL}"),
    "haemoglobin_g_dl": Look(100, note=f"{NORMAL}, by sex"),
    "lymphocytes_10e9_l": Look(100, note=NORMAL, log=True),
}
ICAHT = {"icaht_early": (0.0, 31.0), "icaht_late": (31.0, 101.0)}
ROW = 17
BADGE = 15
SPAN = "(datum.right - datum.left) / (day_to - day_from) * width"  # pixels
COLOURS = {"0": "#eef1f4", **theme.GRADES, "": "#ffffff"}
COLUMNS = ["patient_id", "instrument", "start", "end", "grade", "worst", "tip", "missing"]


def cytopenia_frames(series: CaseSeries) -> Frames:
    """Return blood counts from a week before to day 100 after the infusion, and the ICAHT grades.

    Returns
    -------
    Frames
        Days are counted from the infusion whatever day 0 is. ``rows``: one row per count. ``parts["icaht"]``: one row
        per patient and grade, early (day 0 to 30) and late (day 31 to 100), with the days it is about; a grade that
        missing counts leave open is written from its least to its most.

    Examples
    --------
    >>> import casekit as ck
    >>> len(cytopenia_frames(ck.example()).parts["icaht"])
    30
    """
    own = series.before_alignment or series
    rows = [row for name in ICAHT for row in _icaht(own, name)]
    rows_of_counts = measured(own, LOOKS, (FIRST, LAST))
    return Frames(rows_of_counts, about(own), patients_of(own), {"icaht": pd.DataFrame(rows, columns=COLUMNS)})


@unchecked
def cytopenia(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the ICAHT grades above neutrophils, platelets, haemoglobin and lymphocytes.

    Parameters
    ----------
    frames : Frames
        From :func:`cytopenia_frames`, or some of its patients.
    width : int
        Width of the panels in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> len(cytopenia(cytopenia_frames(ck.example())).vconcat)
    5
    """
    known = [name for name in LOOKS if name in set(frames.rows["variable"])]
    if not known:
        sentence = "No blood counts are known around the infusion of these patients."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    icaht = frames.parts["icaht"]
    people = frames.patients[frames.patients["patient_id"].isin(icaht["patient_id"])].reset_index(drop=True)
    people = people[["patient_id"]].assign(row=people.index)
    icaht = icaht.merge(people, on="patient_id")
    panels = [value_panel(frames, name, LOOKS[name]) for name in known]
    panels = [_icaht_panel(people), *panels] if len(people) else panels
    tables = {"icaht": icaht, "people": people, **value_tables(frames.rows)}
    window = Window((FIRST, SHOWN_TO), (FIRST, LAST + 1))
    sheet = Sheet(NAME, _description(frames, known), panels, tables, window, disease_entries(frames))
    return drawn(sheet, frames, width, patient)


def _icaht(series: CaseSeries, instrument: str) -> list[dict[str, Any]]:
    """Return one row per patient with the days the grade is about."""
    try:
        graded = scores.score(series, instrument)
    except CaseKitError:
        return []
    labels = {str(item["id"]): str(item["label"]) for item in catalogue.instrument(instrument)["items"]}
    return [_graded(row, instrument, labels) for row in as_rows(graded)]


def _graded(row: dict[str, Any], instrument: str, labels: dict[str, str]) -> dict[str, Any]:
    """Return one grade; open grades have no colour."""
    low, high = number(float(row["low"])), number(float(row["high"]))
    start, end = ICAHT[instrument]
    missing = [labels.get(name.strip(), name) for name in str(row["missing"] or "").split(",") if name.strip()]
    name = str(catalogue.instrument(instrument)["name"])
    return {
        "patient_id": row["patient_id"],
        "instrument": instrument,
        "start": start,
        "end": end,
        "grade": low if low == high else f"{low} to {high}, not determinable",
        "worst": low if low == high else "",
        "tip": f"{name} grade {low if low == high else f'{low} to {high}'}",
        "missing": ", ".join(missing) or "nothing",
    }


def _icaht_panel(people: pd.DataFrame) -> Panel:
    """Return one row per patient: a frame around the days of early and of late ICAHT, the grade as a square in each.

    A grade that filled its days would look as if it had lasted so long.
    """
    placed = heard(table("icaht"), "patient_id", "tip").transform_calculate(
        y_top=f"datum.row * {ROW} + 1", y_low=f"datum.row * {ROW} + {ROW - 1}", y_mid=f"(datum.row + 0.5) * {ROW}",
        left="max(datum.start, day_from)", right="min(datum.end, day_to)", middle="(datum.left + datum.right) / 2",
        words=f"{SPAN} < 130 ? split(datum.grade, ',')[0] : datum.grade",
    ).transform_filter("datum.left < datum.right")  # fmt: skip
    scale = alt.Scale(domain=list(COLOURS), range=list(COLOURS.values()))
    tip = tooltip(Patient="patient_id", ICAHT="tip", Not_determinable_for="missing")
    days = placed.mark_rect(aria=True, clip=True, fill="#ffffff", stroke="#b4bec8", strokeWidth=0.8).encode(
        x=time_x("left:Q"), x2="right:Q", y=pixel("y_top:Q"), y2="y_low:Q", tooltip=tip, opacity=emphasis(1, 0.4)
    )
    square = placed.mark_point(shape="square", size=BADGE**2, strokeWidth=0, opacity=1).encode(
        x=time_x("middle:Q"), y=pixel("y_mid:Q"), tooltip=tip,
        fill=alt.Fill("worst:N", scale=scale, legend=None), opacity=emphasis(1, 0.4),
    )  # fmt: skip
    ink = alt.condition("toNumber(datum.worst) >= 3", alt.value("#ffffff"), alt.value(theme.INK))
    grade = placed.mark_text(baseline="middle", fontSize=11).encode(
        x=time_x("middle:Q"), y=pixel("y_mid:Q"), text="words:N", color=ink, opacity=emphasis(1, 0.5), tooltip=tip
    )
    note = "early: day 0 to 30; late: day 31 to 100;\nno square: counts missing, least to most"
    return Panel(
        f"ICAHT grade by neutrophils, n = {len(people)}",
        note,
        ROW * len(people),
        (days, square, grade, row_names("people", ROW)),
    )


def _description(frames: Frames, known: list[str]) -> str:
    """Return the picture in one sentence with its numbers."""
    lowest = [_nadir(frames.rows, name) for name in known]
    graded = frames.parts["icaht"]
    graded = graded[graded["worst"].isin(["1", "2", "3", "4"])]
    above = f"ICAHT above grade 0 in {graded['patient_id'].nunique()} of {len(frames.patients)} patients"
    return f"Blood counts from day {number(FIRST)} to {number(LAST)}: lowest {', '.join(lowest)}; {above}."


def _nadir(rows: pd.DataFrame, variable: str) -> str:
    """Return the lowest count after the infusion in words."""
    own = rows[(rows["variable"] == variable) & (rows["day"] >= 0)]
    name = within_a_sentence(catalogue.variable(variable).label)
    return f"{name} {own.sort_values('value')['tip'].iloc[0]}" if len(own) else f"{name} not known"


PICTURE = Picture(NAME, "How low did blood counts fall, and for how long?", cytopenia_frames, cytopenia, HEADINGS)
