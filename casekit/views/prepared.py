"""What the pages of a series show, made once: whoever opens a page later finds it ready."""

from functools import lru_cache
from typing import Any

from casekit.charts import LANES, TimelineFrames, timeline, timeline_frames
from casekit.charts.timeline_frames import day_zero_of
from casekit.records import CaseSeries
from casekit.views.day_zero import aligned, day_zero_choices

Spec = dict[str, Any]
KEPT = 8  # series


@lru_cache(maxsize=KEPT)
def frames_of(series: CaseSeries) -> TimelineFrames:
    """Return the frames of the timelines of a series."""
    return timeline_frames(series)


@lru_cache(maxsize=4 * KEPT)
def timeline_spec(series: CaseSeries, disease: str) -> Spec:
    """Return the timeline of the patients with that disease, with all lanes, as a dictionary nobody may change."""
    frames = frames_of(series)
    people = frames.patients
    first = str(people.loc[people["disease"] == disease, "patient_id"].iloc[0])
    spec: Spec = timeline(frames, first, lanes=LANES).to_dict(validate=False)
    spec["usermeta"]["key"] = disease
    return spec


@lru_cache(maxsize=8 * KEPT)
def zeros_of(series: CaseSeries, event: str) -> tuple[dict[str, float], str]:
    """Return day 0 of every patient who has that event, in days since the infusion, and what it is."""
    return day_zero_of(aligned(series, event))


def prepare(series: CaseSeries) -> None:
    """Make what the pages of this series show; no thread, no socket and no script is started.

    Parameters
    ----------
    series : CaseSeries
        The series whose pages will be opened in this process, or in one forked from it.

    Examples
    --------
    >>> import casekit as ck
    >>> prepare(ck.example())
    """
    for disease in map(str, series.patients["disease"].unique()):
        timeline_spec(series, disease)
    for _, event in day_zero_choices(series):
        zeros_of(series, event)
