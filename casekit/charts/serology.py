"""Serology of lupus: anti-dsDNA on a log scale with the cut-off of its assay, C3 and C4 with their reference range."""

from typing import Any

from casekit import catalogue
from casekit.charts.head import Caption
from casekit.charts.panel import Panel, panels
from casekit.charts.panel_frames import HEADINGS, course_frames, course_words, diseases_of, narrowed
from casekit.charts.panel_kinds import measured_panel
from casekit.charts.picture import Frames, Picture, nothing
from casekit.records import CaseSeries

VARIABLES = ("anti_dsdna_iu_ml", "c3_g_l", "c4_g_l")


def serology_frames(series: CaseSeries) -> Frames:
    """Return anti-dsDNA, C3 and C4 of the patients with lupus.

    Examples
    --------
    >>> import casekit as ck
    >>> sorted(serology_frames(ck.example()).rows["variable"].unique())
    ['anti_dsdna_iu_ml', 'c3_g_l', 'c4_g_l']
    """
    return course_frames(series, diseases_of("sledai_2k"), VARIABLES, [])


def serology(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return three panels on one time axis; ELISA and other assays of anti-dsDNA are not interchangeable.

    Examples
    --------
    >>> import casekit as ck
    >>> len(serology(serology_frames(ck.example())).vconcat)
    3
    """
    known = [name for name in VARIABLES if name in set(frames.rows["variable"])]
    if not known:
        return nothing(
            frames.about, name="serology", sentence="No anti-dsDNA, C3 or C4 was measured here.", width=width
        )
    shown = [_panel(frames, name) for name in known]
    parts = [f"{catalogue.variable(name).label}: {course_words(narrowed(frames, name).rows)}" for name in known]
    words = f"Serology of {len(frames.patients)} patients. {'; '.join(parts)}."
    return panels(frames, shown, Caption("serology", words), width=width, patient=patient)


def _panel(frames: Frames, variable: str) -> Panel:
    """Return one panel; the upper limit of an antibody is the cut-off of its assay."""
    if variable != "anti_dsdna_iu_ml":
        return measured_panel(frames, variable)
    return measured_panel(frames, variable, limit="cut-off", heading="Anti-dsDNA (ELISA)")


PICTURE = Picture("serology", "Anti-dsDNA antibodies and complement", serology_frames, serology, HEADINGS)
