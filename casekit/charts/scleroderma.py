"""Systemic sclerosis: skin score, activity index, lung function and digital ulcers."""

from dataclasses import replace
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.flag_panel import flag_height, flag_rows
from casekit.charts.head import SCORED, Caption
from casekit.charts.panel import Panel, panels
from casekit.charts.panel_frames import HEADINGS, ROW_COLUMNS, course_frames, course_words, diseases_of, narrowed
from casekit.charts.panel_kinds import measured_panel, scored_panel
from casekit.charts.picture import Frames, Picture, nothing
from casekit.charts.value_frames import heading
from casekit.charts.words import day_text
from casekit.records import CaseSeries

SCORES, LUNG, ULCERS = ("mrss", "eustar_2017"), ("fvc_pct_pred", "dlco_pct_pred"), "digital_ulcers"
# The usual lines of lung function; DLCO below 70 % also scores in the EUSTAR index (10.1136/annrheumdis-2016-209768).
LUNG_LINES = ((70.0, "70 %"), (80.0, "80 %"))


def scleroderma_frames(series: CaseSeries) -> Frames:
    """Return mRSS, EUSTAR index, FVC, DLCO and digital ulcers of the patients with systemic sclerosis.

    Examples
    --------
    >>> import casekit as ck
    >>> scleroderma_frames(ck.example()).rows["variable"].nunique()
    5
    """
    frames = course_frames(series, diseases_of("mrss"), LUNG, SCORES)
    seen = series.assessments[series.assessments["patient_id"].isin(frames.patients["patient_id"])]
    visits = frames.rows.loc[frames.rows["variable"] == "mrss", ["patient_id", "day"]]
    flags = flag_rows(seen.dropna(subset=["day"]), ULCERS, visits)
    if flags.empty:
        return frames
    words = {"name": heading(ULCERS)[0], "when": [day_text(float(day)) for day in flags["day"]]}
    words |= dict.fromkeys(["missing", "range"], "")
    disease = flags["patient_id"].map(frames.patients.set_index("patient_id")["disease"])
    flags = flags.assign(**words, disease=disease, lower=None, upper=None)[ROW_COLUMNS]
    return replace(frames, rows=pd.concat([frames.rows.astype(object), flags.astype(object)], ignore_index=True))


def scleroderma(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return up to five panels on one time axis.

    Examples
    --------
    >>> import casekit as ck
    >>> len(scleroderma(scleroderma_frames(ck.example())).vconcat)
    5
    """
    known = [name for name in (*SCORES, *LUNG, ULCERS) if name in set(frames.rows["variable"])]
    if not known:
        sentence = "Neither skin score nor EUSTAR index nor lung function is known here."
        return nothing(frames.about, name="scleroderma", sentence=sentence, width=width)
    shown = [_panel(frames, name) for name in known]
    numeric = [panel for panel in shown if panel.kind != "flag"]
    parts = [f"{panel.heading}: {course_words(narrowed(frames, panel.variable).rows)}" for panel in numeric]
    words = f"Systemic sclerosis of {len(frames.patients)} patients. {'; '.join(parts)}."
    return panels(frames, shown, Caption("scleroderma", words, SCORED), width=width, patient=patient)


def _panel(frames: Frames, name: str) -> Panel:
    """Return one panel."""
    if name == ULCERS:
        rows = narrowed(frames, name).rows
        label = catalogue.variable(name).label
        unit = "■ yes, □ no, ? not assessed"
        return Panel(name, label, unit, 0, 1, "flag", height=flag_height(rows))
    if name in SCORES:
        return scored_panel(frames, name, height=110)
    panel = measured_panel(frames, name)
    return replace(panel, lines=LUNG_LINES, band=None, low=min(panel.low, 65.0), high=max(panel.high, 85.0), height=110)


PICTURE = Picture("scleroderma", "Skin, activity, lungs and digital ulcers", scleroderma_frames, scleroderma, HEADINGS)
