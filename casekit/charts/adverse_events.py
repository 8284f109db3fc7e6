"""Adverse events and infections by grade: a dot per patient at the highest grade of each event."""

from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.dot_grid import LEFT, grid_panel, placed
from casekit.charts.event_frames import event_label
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import Sheet, disease_entries, drawn, unchecked
from casekit.charts.words import as_rows, number, span_text, text
from casekit.records import CaseSeries
from casekit.scores.wording import within_a_sentence

NAME = "adverse_events"
KINDS = ("adverse_event", "infection")
GRADES = ("1", "2", "3", "4", "5", "?")
COLUMNS = ["patient_id", "disease", "event", "day", "grade", "tip", "when", "graded_by", "serious", "origin"]
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "tip": "Event",
    "day": "First day",
    "when": "When",
    "grade": "Grade",
    "graded_by": "Graded by",
    "serious": "Serious",
    "origin": "Origin",
}


def adverse_events_frames(series: CaseSeries) -> Frames:
    """Return every adverse event and infection since the first dose of lymphodepletion, else since the infusion.

    Returns
    -------
    Frames
        ``rows``: one row per event: day (its first), grade (``?`` where not graded), graded_by, serious. Days are
        counted from the infusion whatever day 0 is.

    Examples
    --------
    >>> import casekit as ck
    >>> bool((adverse_events_frames(ck.example()).rows["event"] == "pneumonia").any())
    True
    """
    own = series.before_alignment or series
    events = own.events[own.events["kind"].isin(KINDS) & own.events["start_day"].notna()]
    given = own.treatments[own.treatments["category"] == "lymphodepletion"]
    first = given.groupby("patient_id")["start_day"].min().astype(float)
    since = events["patient_id"].map(first.clip(upper=0)).astype(float).fillna(0.0)
    known = events[events["start_day"].astype(float) >= since].merge(
        own.patients[["patient_id", "disease"]], on="patient_id"
    )
    rows = pd.DataFrame([_row(row) for row in as_rows(known)], columns=COLUMNS)
    return Frames(rows, about(own), patients_of(own))


@unchecked
def adverse_events(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one row per event, the most frequent first, with a dot per patient at the highest grade.

    Parameters
    ----------
    frames : Frames
        From :func:`adverse_events_frames`, or some of its patients.
    width : int
        Width of the plot in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> adverse_events(adverse_events_frames(ck.example())).usermeta["key"]
    'adverse_events'
    """
    if frames.rows.empty:
        sentence = "No adverse event or infection is recorded in these patients since lymphodepletion."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    worst = _worst(frames.rows)
    counts = worst["event"].value_counts()
    total = len(frames.patients)
    names = {str(event): (event_label(str(event)), f"{count} of {total} patients") for event, count in counts.items()}
    grid = placed(worst.rename(columns={"event": "row", "grade": "column"}), names, GRADES)
    tips = {"Patient": "patient_id", "Event": "tip", "When": "when", "Graded_by": "graded_by", "Origin": "origin"}
    note = "a dot per patient at the highest recorded grade,\nsince the start of lymphodepletion; ?: not graded"
    panel = grid_panel(grid, frames, f"Adverse events by grade, n = {total}", note, tips)
    dots = grid.dots[["patient_id", "disease", "column", "place", "many", "y", "tip", "when", "graded_by", "origin"]]
    sheet = Sheet(
        NAME, _description(frames, worst), [panel], {"dots": dots, "rows": grid.rows},
        entries=disease_entries(frames), left=LEFT,
    )  # fmt: skip
    return drawn(sheet, frames, width, patient)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return one event with its words."""
    start = float(row["start_day"])
    ongoing = pd.notna(row["ongoing"]) and bool(row["ongoing"])
    end = start if pd.isna(row["end_day"]) else float(row["end_day"])
    grade = "?" if pd.isna(row["grade"]) else number(float(row["grade"]))
    label = str(catalogue.event(row["name"])["label"])
    serious = "not known" if pd.isna(row["serious"]) else "yes" if row["serious"] else "no"
    return {
        **{name: row[name] for name in ("patient_id", "disease")},
        "event": row["name"],
        "day": start,
        "grade": grade,
        "tip": f"{label}, {'not graded' if grade == '?' else f'grade {grade}'}",
        "when": span_text(start, end, ongoing=ongoing),
        "graded_by": text(row["grade_system"]) or "not known",
        "serious": serious,
        "origin": text(row["origin"]),
    }


def _worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the event with the highest grade of each patient and kind; the first of equals."""
    ranked = rows.assign(rank=rows["grade"].map(lambda grade: 0 if grade == "?" else int(grade)))
    ranked = ranked.sort_values(["rank", "day"], ascending=[False, True]).drop_duplicates(["patient_id", "event"])
    return ranked.sort_values(["disease", "patient_id"]).drop(columns="rank")


def _description(frames: Frames, worst: pd.DataFrame) -> str:
    """Return the picture in one sentence with its numbers."""
    counts = worst["event"].value_counts()
    common = ", ".join(
        f"{within_a_sentence(event_label(str(name)))} in {count}" for name, count in counts.head(3).items()
    )
    severe = worst[worst["grade"].isin(["3", "4", "5"])]["patient_id"].nunique()
    return (
        f"Highest grades of {len(counts)} kinds of adverse events and infections in {len(frames.patients)} patients: "
        f"most often {common}; grade 3 or higher in {severe}."
    )


PICTURE = Picture(
    NAME, "Which adverse events were there, and how severe?", adverse_events_frames, adverse_events, HEADINGS
)
