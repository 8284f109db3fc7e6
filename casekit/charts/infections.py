"""Every infection after the infusion on its day, over the days without B cells."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.b_cell_aplasia import BETWEEN, LIMIT
from casekit.charts.head import Entry
from casekit.charts.lane import heard, tooltip
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.score_frames import APLASIA_COLUMNS, aplasia_frame
from casekit.charts.sheet import Panel, Sheet, Window, drawn, emphasis, pixel, row_names, table, unchecked
from casekit.charts.time_axis import time_x
from casekit.charts.words import as_rows, number, span_text, text
from casekit.records import CaseSeries

NAME = "infections"
ROW, BAR, BADGE = 22, 12, 15
DURING, AFTER, MAYBE, NEVER = "during aplasia", "with B cells", "around the return of B cells", "not known"
COLUMNS = ["patient_id", "disease", "day", "until", "grade", "serious", "b_cells", "tip", "when", "origin"]
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "tip": "Infection",
    "day": "First day",
    "when": "When",
    "grade": "Grade",
    "serious": "Serious",
    "b_cells": "B cells",
    "origin": "Origin",
}


def infections_frames(series: CaseSeries) -> Frames:
    """Return every infection that began on the day of the infusion or later, and the aplasia of every patient.

    Returns
    -------
    Frames
        Days are counted from the infusion whatever day 0 is. ``rows``: one row per infection: day, until, grade (``?``
        where not graded), serious, and b_cells (``during aplasia``, ``with B cells``, or between the last sample
        without and the first with B cells). ``parts["aplasia"]``: one row per patient whose B cells went.

    Examples
    --------
    >>> import casekit as ck
    >>> infections_frames(ck.example()).rows.query("serious == 'yes'")["b_cells"].tolist()
    ['during aplasia']
    """
    own = series.before_alignment or series
    people = patients_of(own)
    counted = "cd19_b_cells_per_ul" in set(own.measurements["variable"])
    aplasia = aplasia_frame(own, people) if counted else pd.DataFrame(columns=APLASIA_COLUMNS)
    events = own.events[(own.events["kind"] == "infection") & (own.events["start_day"] >= 0)]
    spans = aplasia.set_index("patient_id")
    known = events.merge(people, on="patient_id")
    rows = pd.DataFrame([_row(row, spans) for row in as_rows(known)], columns=COLUMNS)
    return Frames(rows, about(own), people, {"aplasia": aplasia})


@unchecked
def infections(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one row per patient with aplasia as a bar and every infection as its grade on its day.

    Parameters
    ----------
    frames : Frames
        From :func:`infections_frames`, or some of its patients.
    width : int
        Width of the plot in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> infections(infections_frames(ck.example())).usermeta["key"]
    'infections'
    """
    if frames.patients.empty or (frames.rows.empty and frames.parts["aplasia"].empty):
        sentence = "No infection is recorded after the infusion of these patients, and no B cells were counted."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    people = frames.patients.reset_index(drop=True)
    people = people[["patient_id", "last_day"]].assign(row=people.index, beyond=36_525)
    place = people.set_index("patient_id")["row"]
    tables = {"people": people} | {
        name: part.assign(row=part["patient_id"].map(place))
        for name, part in {"infections": frames.rows, "aplasia": frames.parts["aplasia"]}.items()
    }
    last = float(max(people["last_day"].astype(float).max(), 90))
    rows = frames.rows
    title = f"Infections, {len(rows)} in {rows['patient_id'].nunique()} of {len(people)} patients"
    note = "number: grade, ?: not graded; ringed: serious;\ngrey: no longer observed"
    panel = Panel(title, note, ROW * len(people), (*_infections(), row_names("people", ROW)), _ground())
    pale = f"{BETWEEN}, or not known" if frames.parts["aplasia"]["unsure"].any() else BETWEEN
    entries = (
        Entry("square", "#a9b4e0", "#a9b4e0", f"B-cell aplasia ({LIMIT})"),
        Entry("square", theme.APLASIA_UNCERTAIN, theme.B_CELLS, pale),
    )
    window = Window((-10, last * 1.02), (-60, last + 60), "months")
    sheet = Sheet(NAME, _description(frames), [panel], tables, window, entries)
    return drawn(sheet, frames, width, patient)


def _row(row: dict[str, Any], spans: pd.DataFrame) -> dict[str, Any]:
    """Return one infection with what is known about B cells on its first day."""
    start = float(row["start_day"])
    ongoing = pd.notna(row["ongoing"]) and bool(row["ongoing"])
    end = float(row["last_day"]) if ongoing else start if pd.isna(row["end_day"]) else float(row["end_day"])
    grade = "?" if pd.isna(row["grade"]) else number(float(row["grade"]))
    label = str(catalogue.event(row["name"])["label"])
    return {
        **{name: row[name] for name in ("patient_id", "disease")},
        "day": start,
        "until": end + 1,
        "grade": grade,
        "b_cells": _b_cells(row["patient_id"], start, spans),
        "serious": "not known" if pd.isna(row["serious"]) else "yes" if row["serious"] else "no",
        "tip": f"{label}, {'not graded' if grade == '?' else f'grade {grade}'}",
        "when": span_text(start, end, ongoing=ongoing),
        "origin": text(row["origin"]),
    }


def _b_cells(patient_id: str, day: float, spans: pd.DataFrame) -> str:
    """Return whether the B cells were gone on that day, as far as the samples say."""
    if patient_id not in spans.index:
        return NEVER
    span = spans.loc[patient_id]
    if span["sure_from"] <= day <= span["certain"]:
        return DURING
    if day < span["start"] or (day >= span["end"] and not span["censored"]):
        return AFTER
    return NEVER if span["censored"] or span["unsure"] else MAYBE


def _ground() -> tuple[alt.Chart, ...]:
    """Return the days no longer observed, and aplasia with the days in which B cells came back paler."""
    whole = {"y_top": f"datum.row * {ROW}", "y_low": f"(datum.row + 1) * {ROW}"}
    beyond = table("people").transform_calculate(**whole).mark_rect(color=theme.UNOBSERVED, clip=True)
    bar = {"y_top": f"datum.row * {ROW} + {(ROW - BAR) / 2}", "y_low": f"datum.row * {ROW} + {(ROW + BAR) / 2}"}
    spans = table("aplasia").transform_calculate(**bar)
    rows = {"y": pixel("y_top:Q"), "y2": "y_low:Q"}
    tip = tooltip(Patient="patient_id", Aplasia="label", Return="tip", Meaning="meaning")
    maybe = spans.mark_rect(color=theme.APLASIA_UNCERTAIN, stroke=theme.B_CELLS, strokeWidth=0.6, clip=True)
    sure = spans.transform_filter("isValid(datum.certain)").mark_rect(color="#a9b4e0", clip=True)
    return (
        beyond.encode(x=time_x("last_day:Q"), x2="beyond:Q", **rows),
        maybe.encode(x=time_x("start:Q"), x2="end:Q", **rows, tooltip=tip, opacity=emphasis(1, 0.4)),
        sure.encode(x=time_x("sure_from:Q"), x2="certain:Q", **rows, tooltip=tip, opacity=emphasis(1, 0.4)),
    )


def _infections() -> tuple[alt.Chart, ...]:
    """Return how long each infection lasted, and a square with its grade on its first day."""
    per_day = "((day_to - day_from) / width)"
    placed = heard(table("infections"), "patient_id", "tip", "when").transform_calculate(
        y_top=f"(datum.row + 0.5) * {ROW} - 3",
        y_low=f"(datum.row + 0.5) * {ROW} + 3",
        y_mid=f"(datum.row + 0.5) * {ROW}",
    )  # fmt: skip
    seen = placed.transform_filter("datum.until > day_from && datum.day < day_to")
    scale = alt.Scale(domain=list(theme.GRADES), range=list(theme.GRADES.values()))
    colour = alt.Color("shade:N", scale=scale, legend=None)
    tip = tooltip(
        Patient="patient_id", Infection="tip", When="when", Serious="serious", B_cells="b_cells", Origin="origin"
    )
    shaded = seen.transform_calculate(shade="datum.grade === '?' ? '' : datum.grade")
    bar = shaded.mark_rect(clip=True).encode(
        x=time_x(), x2="until:Q", y=pixel("y_top:Q"), y2="y_low:Q", color=colour, opacity=emphasis(1, 0.25), tooltip=tip
    )
    ring = alt.condition("datum.serious === 'yes'", alt.value(theme.INK), alt.value("#ffffff"))
    square = shaded.transform_filter(f"datum.day > day_from - 7 * {per_day}").mark_point(
        shape="square", size=BADGE**2, opacity=1, strokeWidth=2, aria=True
    )
    badge = square.encode(
        x=time_x(), y=pixel("y_mid:Q"), fill=alt.Fill("shade:N", scale=scale, legend=None), stroke=ring,
        opacity=emphasis(1, 0.25), tooltip=tip,
    )  # fmt: skip
    ink = alt.condition("toNumber(datum.grade) >= 3", alt.value("#ffffff"), alt.value(theme.INK))
    grade = shaded.mark_text(baseline="middle", fontSize=11, fontWeight="bold").encode(
        x=time_x(), y=pixel("y_mid:Q"), text="grade:N", color=ink, opacity=emphasis(1, 0.4), tooltip=tip
    )
    return bar, badge, grade


def _description(frames: Frames) -> str:
    """Return the picture in one sentence with its numbers."""
    rows = frames.rows
    times = rows["b_cells"].value_counts()
    told = ", ".join(f"{times[name]} {name}" for name in (DURING, MAYBE, AFTER, NEVER) if name in times)
    serious = int((rows["serious"] == "yes").sum())
    return (
        f"{len(rows)} infections in {rows['patient_id'].nunique()} of {len(frames.patients)} patients after the "
        f"infusion{': ' + told if told else ''}; {serious} serious."
    )


PICTURE = Picture(NAME, "Did infections come while B cells were gone?", infections_frames, infections, HEADINGS)
