"""The rows behind the timeline of one patient: values, drugs and events in the order of their days."""

import pandas as pd

from casekit.charts import TimelineFrames
from casekit.charts.picture import about
from casekit.charts.score_frames import name_of
from casekit.charts.theme import VERDICT_WORDS
from casekit.charts.value_frames import heading
from casekit.charts.words import START_NOT_KNOWN, known_last
from casekit.records import CaseSeries
from casekit.views.rows_table import Listed
from casekit.views.story import counted

COLUMNS = {
    "patient_id": "Patient",
    "day": "Day",
    "last_day": "Last day",
    "kind": "Kind",
    "what": "What",
    "found": "Value, dose or grade",
    "note": "Judged as, or reason",
    "origin": "Where it is written",
}


def patient_rows(series: CaseSeries, frames: TimelineFrames, patient_id: str) -> Listed:
    """Return one row per value, score, verdict, drug course and event of a patient.

    Days are counted from the day 0 of the frames.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> listed = patient_rows(ck.example(), charts.timeline_frames(ck.example()), "SLE-01")
    >>> sorted(listed.rows["kind"].unique())
    ['drug', 'event', 'glucocorticoid dose', 'response', 'score', 'value']
    """
    own = counted(frames, patient_id)
    parts = [_values(own), _scores(own), _responses(own), _drugs(own), _doses(own), _events(own)]
    rows = pd.concat([part.reindex(columns=list(COLUMNS)) for part in parts if len(part)] or [pd.DataFrame()])
    rows = rows.reindex(columns=list(COLUMNS)).sort_values("day", kind="stable", na_position="first", ignore_index=True)
    title = f"The timeline of {patient_id}, day 0: {frames.zero_event}"
    return Listed(f"timeline-{patient_id}", title, rows, COLUMNS, about(series))


def _values(own: TimelineFrames) -> pd.DataFrame:
    """Return the measured values that are drawn."""
    values = pd.concat([own.cells, own.laboratory])
    names = [heading(str(name))[0] for name in values["variable"]]
    return values.assign(kind="value", what=names, found=values["tip"], note=values["state"])


def _scores(own: TimelineFrames) -> pd.DataFrame:
    """Return the scores of all visits."""
    scored = own.activity
    names = [name_of(str(name)) for name in scored["instrument"]]
    missing = ["" if words == "nothing" else f"missing: {words}" for words in scored["missing"]]
    return scored.assign(kind="score", what=names, found=scored["tip"], note=missing)


def _responses(own: TimelineFrames) -> pd.DataFrame:
    """Return the verdicts of all visits."""
    judged = own.responses
    verdicts = judged["verdict"].map(VERDICT_WORDS)
    return judged.assign(kind="response", what=judged["label"], found=verdicts, note=judged["why"])


def _drugs(own: TimelineFrames) -> pd.DataFrame:
    """Return the courses of all drugs but glucocorticoids, which are drawn by their daily dose."""
    drugs = own.drugs
    return _lasting(drugs).assign(kind="drug", what=drugs["label"], found=drugs["dose_tip"], note=drugs["reason"])


def _doses(own: TimelineFrames) -> pd.DataFrame:
    """Return the steps of the daily glucocorticoid dose."""
    steps = own.glucocorticoid
    named = _lasting(steps).assign(kind="glucocorticoid dose", what="prednisolone equivalent", found=steps["tip"])
    return named.assign(note=steps["given"])


def _events(own: TimelineFrames) -> pd.DataFrame:
    """Return the events."""
    events = own.events
    return _lasting(events).assign(kind="event", what=events["label"], found=events["tip"])


def _lasting(courses: pd.DataFrame) -> pd.DataFrame:
    """Return the courses with first and last day, missing where they are not known."""
    first = courses["start"].mask(courses["when"].str.contains(START_NOT_KNOWN))
    return courses.assign(day=first, last_day=known_last(courses))
