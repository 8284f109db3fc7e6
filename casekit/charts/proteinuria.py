"""Proteinuria and kidney function: UPCR on a log scale with the limits of the response criteria, eGFR below it."""

from typing import Any

from casekit import catalogue
from casekit.charts.head import Caption
from casekit.charts.panel import Panel, panels
from casekit.charts.panel_frames import HEADINGS, course_frames, course_words, diseases_of, narrowed
from casekit.charts.panel_kinds import measured_panel
from casekit.charts.picture import Frames, Picture, nothing
from casekit.records import CaseSeries

UPCR, EGFR = "upcr_mg_g", "egfr_ml_min"


def proteinuria_frames(series: CaseSeries) -> Frames:
    """Return UPCR and eGFR of the patients with lupus.

    Examples
    --------
    >>> import casekit as ck
    >>> proteinuria_frames(ck.example()).rows.groupby("variable")["patient_id"].nunique().to_dict()
    {'egfr_ml_min': 8, 'upcr_mg_g': 8}
    """
    return course_frames(series, diseases_of("upcr"), (UPCR, EGFR), [])


def proteinuria(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return UPCR in mg/g with the limit of complete renal response, and eGFR, on one time axis.

    Examples
    --------
    >>> import casekit as ck
    >>> [line[0] for line in upcr_lines()]
    [500.0]
    >>> len(proteinuria(proteinuria_frames(ck.example())).vconcat)
    2
    """
    known = [name for name in (UPCR, EGFR) if name in set(frames.rows["variable"])]
    if not known:
        sentence = "Neither urine protein to creatinine ratio nor eGFR was measured here."
        return nothing(frames.about, name="proteinuria", sentence=sentence, width=width)
    shown = [_panel(frames, name) for name in known]
    parts = [f"{catalogue.variable(name).label}: {course_words(narrowed(frames, name).rows)}" for name in known]
    words = f"Proteinuria of {len(frames.patients)} patients. {'; '.join(parts)}."
    return panels(frames, shown, Caption("proteinuria", words), width=width, patient=patient)


def upcr_lines() -> tuple[tuple[float, str], ...]:
    """Return the limit of the complete renal response, as its criterion declares it.

    Examples
    --------
    >>> upcr_lines()
    ((500.0, 'response <500'),)
    """
    items = {item["id"]: item for item in catalogue.instrument("renal_response")["items"]}
    limit = next(rule["below"] for rule in items["complete"]["when"]["all"] if rule["var"] == UPCR and "below" in rule)
    return ((float(limit), f"response <{limit:g}"),)


def _panel(frames: Frames, variable: str) -> Panel:
    """Return one panel."""
    lines = upcr_lines() if variable == UPCR else ()
    return measured_panel(frames, variable, lines=lines, log=variable == UPCR)


PICTURE = Picture("proteinuria", "Proteinuria and kidney function", proteinuria_frames, proteinuria, HEADINGS)
