"""The three weeks after the infusion: CRS grades and tocilizumab of all patients, fever, CRP, IL-6 and ferritin."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import scores
from casekit.charts import theme
from casekit.charts.head import Entry
from casekit.charts.lane import heard, tooltip
from casekit.charts.measured import HEADINGS, Look, measured, value_panel, value_tables
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import (
    OF_PATIENT,
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
from casekit.charts.treatment_frames import dose_text
from casekit.charts.words import as_rows, day_text, number, text
from casekit.errors import CaseKitError
from casekit.records import CaseSeries

NAME = "crs_window"
CRS = "crs_astct_2019"
VARIABLES = ("temp_c", "crp_mg_l", "il6_pg_ml", "ferritin_ug_l")
FIRST, LAST = -7.0, 21.0
FEVER = 38.0  # where ASTCT 2019 grade 1 begins
ROW = 20
GRADES = ["patient_id", "day", "until", "grade", "worst", "tip", "when", "origin"]
DOSES = ["patient_id", "day", "tip", "when", "origin"]
GIVEN = theme.DRUGS["anticytokine"]


def crs_window_frames(series: CaseSeries) -> Frames:
    """Return temperature, CRP, IL-6 and ferritin from a week before to three weeks after the infusion.

    Returns
    -------
    Frames
        Days are counted from the infusion whatever day 0 is. ``rows``: one row per result, the hour as a part of the
        day. ``parts["grades"]``: one row per patient and day on which CRS was or may have been above grade 0, by ASTCT
        2019 from its items, else as recorded. ``parts["doses"]``: one row per dose of tocilizumab or another
        anticytokine. ``parts["people"]``: one row per patient; known says whether CRS was assessed at all.

    Examples
    --------
    >>> import casekit as ck
    >>> sorted(crs_window_frames(ck.example()).parts)
    ['doses', 'grades', 'people']
    """
    own = series.before_alignment or series
    graded, assessed = _graded(own)
    people = own.patients[["patient_id", "disease"]]
    people = people.assign(known=people["patient_id"].isin(assessed | set(graded["patient_id"])))
    parts = {"grades": graded, "doses": _doses(own), "people": people}
    return Frames(measured(own, VARIABLES, (FIRST, LAST + 0.999)), about(own), patients_of(own), parts)


@unchecked
def crs_window(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the CRS grade of every patient by day above temperature, CRP, IL-6 and ferritin.

    Parameters
    ----------
    frames : Frames
        From :func:`crs_window_frames`, or some of its patients.
    width : int
        Width of the panels in pixels.
    patient : str
        Who is emphasised: this patient's grades also shade the curves. Nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> len(crs_window(crs_window_frames(ck.example())).vconcat)
    5
    """
    grades = frames.parts["grades"]
    if frames.rows.empty and grades.empty:
        sentence = "No temperature, CRP, IL-6, ferritin or CRS is known around the infusion of these patients."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    people = _people(frames)
    row = people.set_index("patient_id")["row"]
    known = [name for name in VARIABLES if name in set(frames.rows["variable"])]
    panels = [_grade_panel(people), *[value_panel(frames, name, _look(name), [_shade()]) for name in known]]
    tables = {
        **{
            name: frames.parts[name].assign(row=frames.parts[name]["patient_id"].map(row))
            for name in ("grades", "doses")
        },
        "people": people,
        **value_tables(frames.rows),
    }
    window = Window((FIRST, LAST), (FIRST, LAST + 1))
    sheet = Sheet(NAME, _description(frames), panels, tables, window, _entries(frames), observed=False)
    return drawn(sheet, frames, width, patient)


def _graded(series: CaseSeries) -> tuple[pd.DataFrame, set[str]]:
    """Return the days with CRS above grade 0, and who was assessed; recorded grades where no items are."""
    scored = _scored(series)
    assessed = {str(who) for who in scored["patient_id"]}
    events = series.events[(series.events["name"] == "crs") & series.events["start_day"].notna()]
    recorded = [row for event in as_rows(events[~events["patient_id"].isin(assessed)]) for row in _recorded(event)]
    rows = [_grade(row) for row in as_rows(scored[scored["high"] > 0])] + recorded
    frame = pd.DataFrame(rows, columns=GRADES)
    return frame[frame["day"].between(FIRST, LAST)].reset_index(drop=True), assessed


def _scored(series: CaseSeries) -> pd.DataFrame:
    """Return the CRS grades of all days with items; no rows where nothing was assessed."""
    try:
        return scores.score(series, CRS).dropna(subset=["day"])
    except CaseKitError:
        return pd.DataFrame(columns=["patient_id", "day", "low", "high", "value"])


def _grade(row: dict[str, Any]) -> dict[str, Any]:
    """Return one graded day; an open grade is written from its least to its most."""
    low, high, day = (float(row[name]) for name in ("low", "high", "day"))
    grade = number(low) if low == high else f"{number(low)}–{number(high)}"
    words = {"tip": f"CRS grade {grade}, ASTCT 2019", "when": day_text(day), "origin": "computed from its items"}
    return {
        "patient_id": row["patient_id"],
        "day": day,
        "until": day + 1,
        "grade": grade,
        "worst": number(high),
        **words,
    }


def _recorded(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one row per day of a recorded CRS with its highest grade."""
    start = float(event["start_day"])
    end = start if pd.isna(event["end_day"]) else float(event["end_day"])
    grade = "" if pd.isna(event["grade"]) else number(float(event["grade"]))
    tip = f"CRS grade {grade or 'not known'}, highest as recorded {text(event['grade_system'])}".strip()
    same = {"patient_id": event["patient_id"], "grade": grade or "?", "worst": grade, "tip": tip}
    days = [start + i for i in range(int(end - start) + 1)]
    return [{**same, "day": d, "until": d + 1, "when": day_text(d), "origin": text(event["origin"])} for d in days]


def _doses(series: CaseSeries) -> pd.DataFrame:
    """Return every dose of an anticytokine in the window."""
    given = series.treatments[series.treatments["category"] == "anticytokine"].dropna(subset=["start_day"])
    rows = [
        (row["patient_id"], float(row["start_day"]), f"{row['drug']} {dose_text(row)}".strip(), text(row["origin"]))
        for row in as_rows(given[given["start_day"].between(FIRST, LAST)])
    ]
    frame = pd.DataFrame(rows, columns=["patient_id", "day", "tip", "origin"])
    return frame.assign(when=[day_text(day) for day in frame["day"]])[DOSES]


def _people(frames: Frames) -> pd.DataFrame:
    """Return the rows of the grades, with what is said where there is no grade."""
    people = frames.parts["people"].reset_index(drop=True)
    graded = set(frames.parts["grades"]["patient_id"])
    said = [
        "" if who in graded else "no CRS" if known else "CRS not known"
        for who, known in people[["patient_id", "known"]].to_numpy()
    ]
    return people[["patient_id", "disease"]].assign(row=people.index, said=said)


def _grade_panel(people: pd.DataFrame) -> Panel:
    """Return one row per patient: a tile per day with its grade, and every dose of tocilizumab."""
    placed = heard(table("grades"), "patient_id", "tip", "when").transform_calculate(
        y_top=f"datum.row * {ROW} + 6", y_low=f"datum.row * {ROW} + {ROW - 1}", y_mid=f"datum.row * {ROW} + 12.5",
        middle="datum.day + 0.5",
    )  # fmt: skip
    tip = tooltip(Patient="patient_id", CRS="tip", When="when", Origin="origin")
    colour = alt.Color(
        "worst:N", scale=alt.Scale(domain=list(theme.GRADES), range=list(theme.GRADES.values())), legend=None
    )
    ink = alt.condition("toNumber(datum.worst) >= 3", alt.value("#ffffff"), alt.value(theme.INK))
    tile = placed.mark_rect(aria=True, clip=True).encode(
        x=time_x(), x2="until:Q", y=pixel("y_top:Q"), y2="y_low:Q", color=colour, opacity=emphasis(1, 0.35), tooltip=tip
    )
    grade = placed.mark_text(fontSize=11, fontWeight="bold", baseline="middle", clip=True).encode(
        x=time_x("middle:Q"), y=pixel("y_mid:Q"), text="grade:N", color=ink, opacity=emphasis(1, 0.5), tooltip=tip
    )
    said = table("people").transform_calculate(y_mid=f"(datum.row + 0.5) * {ROW}")
    words = said.mark_text(align="left", baseline="middle", fontSize=10, color=theme.QUIET).encode(
        x=alt.XValue(5), y=pixel("y_mid:Q"), text="said:N"
    )
    note = "the number is the grade of the day; it also shades\nthe curves of a chosen patient"
    marks = (tile, grade, _dose_ticks(), words, row_names("people", ROW))
    return Panel(f"CRS by day, ASTCT 2019, n = {len(people)}", note, ROW * len(people), marks, days=True)


def _dose_ticks() -> alt.Chart:
    """Return a triangle on every day with tocilizumab, at the upper edge of the row."""
    placed = heard(table("doses"), "patient_id", "tip", "when").transform_calculate(
        middle="datum.day + 0.5", y_tick=f"datum.row * {ROW} + 3"
    )
    tick = placed.mark_point(shape="triangle-down", size=46, fill=GIVEN, stroke="#ffffff", strokeWidth=0.8, aria=True)
    tip = tooltip(Patient="patient_id", Given="tip", When="when", Origin="origin")
    return tick.encode(x=time_x("middle:Q"), y=pixel("y_tick:Q"), opacity=emphasis(1, 0.3), tooltip=tip)


def _shade() -> alt.Chart:
    """Return the CRS of the chosen patient as shading behind a curve."""
    scale = alt.Scale(domain=list(theme.GRADES), range=list(theme.GRADES.values()))
    shade = table("grades", OF_PATIENT).mark_rect(opacity=0.32, clip=True)
    return shade.encode(x=time_x(), x2="until:Q", color=alt.Color("worst:N", scale=scale, legend=None))


def _look(variable: str) -> Look:
    """Return the look of a curve; fever has its line."""
    if variable == "temp_c":
        return Look(120, (FEVER,), f"dashed: fever, from {FEVER:.1f} °C")
    note = "green: reference range;\ngrey: below detection" if variable == "il6_pg_ml" else ""
    return Look(100, note=note or "green: laboratory's reference range")


def _entries(frames: Frames) -> tuple[Entry, ...]:
    """Return the key: the diseases, and tocilizumab where it was given."""
    given = Entry("triangle-down", GIVEN, GIVEN, "tocilizumab")
    return (*disease_entries(frames), *([given] if len(frames.parts["doses"]) else []))


def _description(frames: Frames) -> str:
    """Return the picture in one sentence with its numbers."""
    worst = frames.parts["grades"].groupby("patient_id")["worst"].max().value_counts().sort_index()
    grades = ", ".join(f"grade {grade} in {count}" for grade, count in worst.items()) or "in nobody"
    given = frames.parts["doses"]["patient_id"].nunique()
    return (
        f"Days {number(FIRST)} to {number(LAST)} around the infusion of {len(frames.patients)} patients: highest CRS "
        f"{grades}; tocilizumab in {given}; temperature, CRP, IL-6 and ferritin as curves."
    )


PICTURE = Picture(NAME, "What happened in the weeks of cytokine release?", crs_window_frames, crs_window, HEADINGS)
