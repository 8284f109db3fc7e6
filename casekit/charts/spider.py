"""The spider plot: one score of every patient over time, over the edges of its bands."""

from functools import partial
from typing import Any

from casekit.charts.head import SCORED, Caption
from casekit.charts.panel import panels
from casekit.charts.panel_frames import HEADINGS, course_frames, course_words, diseases_of, narrowed
from casekit.charts.panel_kinds import scored_panel, short_name
from casekit.charts.picture import Frames, Picture, nothing
from casekit.records import CaseSeries


def spider_frames(series: CaseSeries, instrument: str = "sledai_2k") -> Frames:
    """Return the scores of one instrument, of all patients whose disease it was made for.

    Examples
    --------
    >>> import casekit as ck
    >>> len(spider_frames(ck.example()).patients)
    8
    """
    return course_frames(series, diseases_of(instrument), [], [instrument])


def spider(frames: Frames, *, instrument: str = "sledai_2k", width: int = 860, patient: str = "") -> Any:
    """Return the spider plot: a line per patient, intervals where items are missing, the bands as lines.

    Parameters
    ----------
    frames : Frames
        From :func:`spider_frames` of the same instrument.
    instrument : str
        Whose scores are drawn.
    width : int
        Width of the plot in pixels, without the margins.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> len(spider(spider_frames(ck.example())).vconcat)
    1
    """
    rows, name, heading = narrowed(frames, instrument).rows, _name(instrument), short_name(instrument)
    if rows.empty:
        return nothing(frames.about, name=name, sentence=f"No patient shown here has a {heading}.", width=width)
    panel = scored_panel(frames, instrument, height=250)
    words = f"Spider plot of the {heading} in {rows['patient_id'].nunique()} patients: {course_words(rows)}."
    caption = Caption(name, words, SCORED)
    return panels(frames, [panel], caption, width=width, patient=patient)


def spider_of(instrument: str) -> Picture:
    """Return the spider plot of an instrument as a picture of its own.

    Examples
    --------
    >>> spider_of("mrss").title
    'mRSS of every patient over time'
    """
    title = f"{short_name(instrument)} of every patient over time"
    frames, chart = partial(spider_frames, instrument=instrument), partial(spider, instrument=instrument)
    return Picture(_name(instrument), title, frames, chart, HEADINGS)


def _name(instrument: str) -> str:
    """Return the name of the picture."""
    return f"spider_{instrument}"


PICTURE = spider_of("sledai_2k")
