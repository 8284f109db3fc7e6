"""The page of one patient as a file: every patient, window, unit and explanation is in it before it is opened."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts import DEFAULT_LANES, LANES, TimelineFrames, timeline
from casekit.charts.score_frames import name_of, verdict_name
from casekit.charts.time_axis import UNIT_DAYS
from casekit.charts.words import as_rows, day_text
from casekit.errors import CaseKitError
from casekit.publish.figures import still
from casekit.publish.offline_blocks import cell_text
from casekit.publish.offline_page import OfflinePage
from casekit.publish.provenance import Provenance
from casekit.records import CaseSeries
from casekit.views import explanation_card, html
from casekit.views.day_zero import INFUSION, day_zero_choices
from casekit.views.explanation_card import STYLE
from casekit.views.prepared import frames_of, zeros_of
from casekit.views.state import AXES, BROKEN_FROM, WINDOWS, State
from casekit.views.story import identity, story

TABLES = {"treatments": "Drugs", "measurements": "Laboratory", "assessments": "Findings", "events": "Events"}


def patient_page(
    series: CaseSeries, made_of: Provenance, *, only: str = "", words: str = "", title: str = "One patient"
) -> OfflinePage:
    """Return the page on which one patient of the series is chosen and shown, with everything it can be asked.

    Parameters
    ----------
    series : CaseSeries
        Whose patients can be chosen; the first one is shown first.
    made_of : Provenance
        Where the data come from.
    only : str
        The one patient the page is about; all of the series without it.
    words : str
        HTML above the controls, such as the heading of the notebook.
    title : str
        Name of the page.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.publish.provenance import provenance
    >>> series = ck.example()
    >>> page = patient_page(series, provenance(series, "patient", {"patient": "SLE-01"}), only="SLE-01")
    >>> [person["id"] for person in page.data["patient_page"]["patients"]]
    ['SLE-01']
    """
    frames = frames_of(series).patient(only) if only else frames_of(series)
    specs = {disease: _spec(frames, disease) for disease in frames.patients["disease"].unique()}
    people = list(_people(series, frames))
    days = day_zero_choices(series)
    lanes = {name: label for name, (label, _) in LANES.items()}
    shown = {
        "patients": people,
        "specs": specs,
        "windows": WINDOWS,
        "units": list(UNIT_DAYS),
        "axes": AXES,
        "lanes": list(DEFAULT_LANES),
        "day_zero": State(series).day_zero,
        "days": {event: {"label": label, **_counted(series, frames, event)} for label, event in days},
        "broken_from": BROKEN_FROM,
    }
    first = still(specs[people[0]["disease"]], {"lanes": DEFAULT_LANES})
    body = _body(words=words, people=people, first=first, lanes=lanes)
    return OfflinePage(title, STYLE + body, made_of, {"patient_page": shown})


def _body(**shown: Any) -> str:
    """Return the page without its scripts: the first patient, readable where no script may run."""
    from jinja2 import Environment, FileSystemLoader

    template = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return template.get_template("offline_patient.html.j2").render(**shown, units=list(UNIT_DAYS))


def _counted(series: CaseSeries, frames: TimelineFrames, event: str) -> dict[str, Any]:
    """Return day 0 of every patient who has that event, in days since the infusion, and what it is called."""
    zeros, words = zeros_of(series.before_alignment or series, event)
    here = set(frames.patients["patient_id"])
    return {"words": words, "zeros": {who: day for who, day in zeros.items() if who in here}}


def _spec(frames: TimelineFrames, disease: str) -> dict[str, Any]:
    """Return the timeline of that disease with all lanes; another patient of it is a changed parameter."""
    first = str(frames.patients.loc[frames.patients["disease"] == disease, "patient_id"].iloc[0])
    spec: dict[str, Any] = timeline(frames, first, lanes=LANES).to_dict(validate=False)
    spec["usermeta"]["key"] = disease
    return spec


def _people(series: CaseSeries, frames: TimelineFrames) -> Iterator[dict[str, Any]]:
    """Return what the page knows of every patient."""
    state = State(series)
    state.day_zero = INFUSION  # the page itself counts from another day
    shown = series.patients[series.patients["patient_id"].isin(frames.patients["patient_id"])]
    for person in as_rows(shown):
        who = str(person["patient_id"])
        state.patient_id = who
        disease = catalogue.disease(state.disease_of(state.patient_id))
        yield {
            "id": who,
            "disease": state.disease_of(state.patient_id),
            "card": html.card(identity(person, disease.label), story(frames, who), disease.colour),
            "days": {window: _window(state, window) for window in WINDOWS},
            "explained": list(_explained(series, frames.patient(who), who)),
            "tables": list(_tables(series.patient(who))),
        }


def _window(state: State, window: str) -> tuple[float, float, str]:
    """Return first day, last day and unit of a named window for the patient of the state."""
    state.show_window("course")
    state.unit = "months"
    state.show_window(window)
    return state.day_from, state.day_to, state.unit


def _explained(series: CaseSeries, own: TimelineFrames, patient_id: str) -> Iterator[dict[str, Any]]:
    """Return every response and score of the patient with its explanation, response criteria first."""
    for kind, frame, name in (("response", own.responses, verdict_name), ("score", own.activity, name_of)):
        for row in as_rows(frame[["instrument", "day"]].drop_duplicates()):
            instrument, day = str(row["instrument"]), int(row["day"])
            try:
                card = explanation_card(series, instrument, patient_id, day)
            except CaseKitError as error:  # computed from a time course: there are no items to list
                card = html.note(str(error))
            told = {"instrument": instrument, "title": name(instrument), "kind": kind}
            yield {**told, "day": day, "day_words": day_text(day), "html": card.removeprefix(STYLE)}


def _tables(series: CaseSeries) -> Iterator[dict[str, Any]]:
    """Return the rows of one patient, without columns in which nothing stands."""
    for name, title in TABLES.items():
        table = series.tables[name].drop(columns="patient_id").dropna(axis="columns", how="all")
        headings = [column.replace("_", " ") for column in table.columns]
        yield {"title": title, "columns": headings, "rows": _rows(table)}


def _rows(table: pd.DataFrame) -> list[list[str]]:
    """Return the cells as text."""
    return [[cell_text(cell) for cell in row] for row in table.itertuples(index=False)]
