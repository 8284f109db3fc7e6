"""Muscle disease: CK on a log scale, MMT-8 with its maximum, and the Total Improvement Score with its three edges."""

from typing import Any

from casekit.charts.head import SCORED, Caption
from casekit.charts.panel import Panel, panels
from casekit.charts.panel_frames import HEADINGS, course_frames, course_words, diseases_of, narrowed
from casekit.charts.panel_kinds import measured_panel, scored_panel
from casekit.charts.picture import Frames, Picture, nothing
from casekit.records import CaseSeries

CK, SCORES = "ck_u_l", ("mmt_8", "tis_2016")


def muscle_frames(series: CaseSeries) -> Frames:
    """Return CK, MMT-8 and TIS of the patients with myositis.

    Examples
    --------
    >>> import casekit as ck
    >>> muscle_frames(ck.example()).rows["patient_id"].nunique()
    3
    """
    return course_frames(series, diseases_of("tis_2016"), (CK,), SCORES)


def muscle(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return three panels on one time axis; every sample of CK is a mark, so that an early flare is seen.

    Examples
    --------
    >>> import casekit as ck
    >>> len(muscle(muscle_frames(ck.example())).vconcat)
    3
    """
    known = [name for name in (CK, *SCORES) if name in set(frames.rows["variable"])]
    if not known:
        return nothing(frames.about, name="muscle", sentence="No CK, MMT-8 or TIS is known here.", width=width)
    shown = [_panel(frames, name) for name in known]
    parts = [f"{panel.heading}: {course_words(narrowed(frames, panel.variable).rows)}" for panel in shown]
    words = f"Muscle disease of {len(frames.patients)} patients. {'; '.join(parts)}."
    return panels(frames, shown, Caption("muscle", words, SCORED), width=width, patient=patient)


def _panel(frames: Frames, name: str) -> Panel:
    """Return one panel."""
    return measured_panel(frames, name, log=True) if name == CK else scored_panel(frames, name)


PICTURE = Picture("muscle", "Muscle enzymes, strength and response", muscle_frames, muscle, HEADINGS)
