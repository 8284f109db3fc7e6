"""What the pages of a series show, made once: whoever opens a page later finds it ready."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from casekit import catalogue
from casekit.charts import LANES, TimelineFrames, timeline, timeline_frames
from casekit.charts.further_values import further_frame, with_further
from casekit.charts.timeline_frames import day_zero_of
from casekit.charts.words import as_rows
from casekit.records import CaseSeries
from casekit.views import html
from casekit.views.day_zero import INFUSION, aligned, day_zero_choices
from casekit.views.patient_rows import patient_rows
from casekit.views.rows_table import Listed
from casekit.views.story import identity, story
from casekit.views.timeline_words import in_short, in_words

Spec = dict[str, Any]
KEPT = 8  # series
COURSES = 512  # patients with a day 0
MOST_RESULTS = 20_000  # of all patients of a timeline together: they travel to the browser at once
BETWEEN = "\n"


@dataclass(frozen=True)
class Told:
    """What a page says of one patient with one day 0.

    Attributes
    ----------
    label : str
        What a screen reader says of the picture.
    card : Markup
        Who it is and the course in sentences, with the line that heads the printed page.
    words : list of (str, str)
        Every lane with its text.
    """

    label: str
    card: html.Markup
    words: list[tuple[str, str]]


@lru_cache(maxsize=KEPT)
def frames_of(series: CaseSeries, since: CaseSeries | None = None) -> TimelineFrames:
    """Return the frames of the timelines of a series, with marks of what changed since an earlier data cut."""
    return timeline_frames(series, since)


def part_of(series: CaseSeries, patient_id: str) -> CaseSeries:
    """Return the series, or of one too large for a browser the patients with the same disease beside this one."""
    beside = _neighbours(series).get(patient_id)
    return those(series, beside) if beside else series


@lru_cache(maxsize=KEPT)
def _neighbours(series: CaseSeries) -> dict[str, tuple[str, ...]]:
    """Return whom the timeline of each patient holds; nobody is named where one timeline can hold all."""
    results = len(series.measurements) + len(series.assessments)
    if results <= MOST_RESULTS:
        return {}
    size = max(1, MOST_RESULTS * len(series.patients) // results)
    people = series.patients[["patient_id", "disease"]].astype(str).groupby("disease", sort=False)["patient_id"]
    parts = [tuple(own.iloc[start : start + size]) for _, own in people for start in range(0, len(own), size)]
    return {who: part for part in parts for who in part}


@lru_cache(maxsize=4 * KEPT)
def those(series: CaseSeries, patient_ids: tuple[str, ...]) -> CaseSeries:
    """Return the series of these patients, the same one each time."""
    return series.select(patient_id=list(patient_ids))


@lru_cache(maxsize=4 * KEPT)
def timeline_spec(series: CaseSeries, key: str, since: CaseSeries | None) -> Spec:
    """Return a timeline with all lanes as a dictionary nobody may change; `spec_key` says whose, and what besides."""
    first, *further = key.split(BETWEEN)
    people = series.patients.set_index("disease")["patient_id"]
    first = first if first in set(people) else str(people.loc[[first]].iloc[0])
    own = part_of(series, first)
    frames = frames_of(own, since) if since else frames_of(own)
    values = further_frame(own, further) if further else None
    spec: Spec = timeline(frames, first, lanes=LANES, further=values).to_dict(validate=False)
    spec["usermeta"]["key"] = key
    return spec


def spec_key(series: CaseSeries, patient_id: str, further: Iterable[str] = ()) -> str:
    """Return what names the timeline that holds a patient, with further variables below it.

    It is the disease, or of a large series the first of the patients beside this one.
    """
    beside = _neighbours(series).get(patient_id)
    disease = series.patients.set_index("patient_id").loc[patient_id, "disease"]
    return BETWEEN.join([beside[0] if beside else str(disease), *further])


@lru_cache(maxsize=8 * KEPT)
def zeros_of(series: CaseSeries, event: str) -> tuple[dict[str, float], str]:
    """Return day 0 of every patient who has that event, in days since the infusion, and what it is."""
    return day_zero_of(aligned(series, event))


@lru_cache(maxsize=8 * KEPT)
def counted_frames(series: CaseSeries, event: str) -> TimelineFrames:
    """Return the frames of a series with that event as day 0."""
    zeros, words = zeros_of(series, event)
    return replace(frames_of(series), zeros=zeros, zero_event=words)


@lru_cache(maxsize=COURSES)
def told(series: CaseSeries, event: str, patient_id: str) -> Told:
    """Return what the page says of one patient."""
    frames = counted_frames(part_of(series, patient_id), event)
    made = " Synthetic data." if frames.synthetic else ""
    label = f"Timeline of {patient_id}. {in_short(frames, patient_id)}.{made}"
    return Told(label, _card(series, frames, patient_id), in_words(frames, patient_id))


@lru_cache(maxsize=COURSES)
def rows_of(series: CaseSeries, event: str, patient_id: str, further: tuple[str, ...] = ()) -> Listed:
    """Return the rows behind the timeline of one patient, with those of further variables."""
    frames = counted_frames(part_of(series, patient_id), event)
    if further:
        values = further_frame(series.patient(patient_id), further)
        frames = replace(frames, laboratory=with_further(frames.laboratory, values))
    return patient_rows(series, frames, patient_id)


def _card(series: CaseSeries, frames: TimelineFrames, patient_id: str) -> html.Markup:
    """Return the card of one patient; on paper a line with id, day 0, data cut or synthetic mark stands above it."""
    person = as_rows(series.patients[series.patients["patient_id"] == patient_id])[0]
    disease = catalogue.disease(frames.disease_of(patient_id))
    cut = f"data cut: {frames.data_cut}" if frames.data_cut else ""
    origin = "synthetic data" if frames.synthetic else cut  # invented patients have no data cut that means anything
    said = [patient_id, f"day 0: {frames.zero_event}", origin, f"casekit {version('casekit')}"]
    head = html.printed(" · ".join(filter(None, said)))
    return html.Markup(head + html.card(identity(person, disease.label), story(frames, patient_id), disease.colour))


def prepare(series: CaseSeries) -> Iterator[str]:
    """Make what the pages of this series show, part by part; no thread, no socket and no script is started.

    Parameters
    ----------
    series : CaseSeries
        The series whose pages will be opened in this process, or in one forked from it.

    Yields
    ------
    str
        What is ready now: a disease, a patient, or a day 0.

    Examples
    --------
    >>> import casekit as ck
    >>> next(prepare(ck.example()))
    'SLE'
    """
    people = series.patients[["patient_id", "disease"]].astype(str)
    for disease, own in people.groupby("disease", sort=False):
        timeline_spec(series, spec_key(series, own.iloc[0]["patient_id"]), None)
        yield str(disease)
        for patient_id in own["patient_id"]:
            told(series, INFUSION, patient_id)
            rows_of(series, INFUSION, patient_id)
            yield patient_id
    for label, event in day_zero_choices(series):
        zeros_of(series, event)
        yield label
