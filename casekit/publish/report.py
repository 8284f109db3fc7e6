"""One patient on one page for the case conference: who, what happened, which criteria, and what is still open."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casekit import catalogue, scores
from casekit.charts import TimelineFrames, timeline
from casekit.charts.score_frames import name_of, verdict_name
from casekit.charts.words import as_rows, number
from casekit.publish.figures import drawn, still
from casekit.publish.offline_page import OfflinePage, offline_html
from casekit.publish.provenance import SYNTHETIC, Provenance
from casekit.publish.typeset import typeset
from casekit.records import CaseSeries
from casekit.views.prepared import frames_of
from casekit.views.story import identity, story

LANES = ("drugs", "glucocorticoid", "cells", "activity", "responses", "events")
MARKS = {"met": "✓", "not met": "×", "unknown": "?"}
DECIDES = "decides the verdict: "  # what is open decides, or it would not be asked
MOST_QUESTIONS = 6
PICTURE_MM = 175.0


@dataclass(frozen=True)
class Question:
    """What is not known, and what would settle it."""

    asked: str
    seen: str
    settled: str


@dataclass(frozen=True)
class Report:
    """What stands on the page.

    Attributes
    ----------
    patient_id : str
    identity : list of (heading, value)
    story : list of str
        The course in sentences.
    days : list of str
        Days of the visits.
    criteria : list of (name, cells)
        One row per criterion or score, one cell per visit: ✓ met, × not met, ? not known, or the score; empty where
        not assessed.
    questions : list of Question
        What is open, the latest visit first.
    spec : dict
        The timeline.
    """

    patient_id: str
    identity: list[tuple[str, str]]
    story: list[str]
    days: list[str]
    criteria: list[tuple[str, list[str]]]
    questions: list[Question]
    spec: dict[str, Any]


def report(series: CaseSeries, patient_id: str) -> Report:
    """Return what the case conference should see of one patient.

    Raises
    ------
    UnknownName
        When the series has no such patient.

    Examples
    --------
    >>> import casekit as ck
    >>> told = report(ck.example(), "SLE-03")
    >>> dict(told.criteria)["DORIS remission"][-1]
    '✓'
    """
    disease = catalogue.disease(frames_of(series).disease_of(patient_id))
    own = frames_of(series).patient(patient_id)
    days = sorted({int(day) for day in [*own.responses["day"], *own.activity["day"]]})
    return Report(
        patient_id=patient_id,
        identity=identity(as_rows(series.patient(patient_id).patients)[0], disease.label),
        story=story(own, patient_id),
        days=[number(day) for day in days],
        criteria=list(_criteria(own, days)),
        questions=[*_cells_question(own), *_questions(series, own, patient_id)],
        spec=timeline(own, patient_id, lanes=LANES).to_dict(validate=False),
    )


def report_html(told: Report, made_of: Provenance) -> str:
    """Return the page as one HTML file, which prints on one sheet of A4."""
    from jinja2 import Environment, FileSystemLoader

    template = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    body = template.get_template("report.html.j2").render(
        told=told, picture=still(told.spec), questions=told.questions[:MOST_QUESTIONS], more=_more(told)
    )
    return offline_html(OfflinePage(f"{told.patient_id}: case conference", body, made_of))


def report_pdf(told: Report, made_of: Provenance) -> bytes:
    """Return the page as one sheet of A4."""
    import vl_convert

    svg, _ = drawn(told.spec, PICTURE_MM, {"patient": told.patient_id})
    shown = asdict(told)
    shown["questions"] = shown["questions"][:MOST_QUESTIONS]
    shown |= {"more": _more(told), "made_of": made_of.entries, "mark": SYNTHETIC if made_of.synthetic else ""}
    del shown["spec"]
    shown["alt"] = str(told.spec.get("description", ""))
    return typeset("report.typ", shown, {"picture.pdf": bytes(vl_convert.svg_to_pdf(svg))})


def _criteria(own: TimelineFrames, days: list[int]) -> Iterator[tuple[str, list[str]]]:
    """Return one row per score and per criterion, with a cell for every visit."""
    for instrument, rows in own.activity.groupby("instrument", sort=False):
        shown = {int(row["day"]): _score(row) for row in as_rows(rows)}
        yield name_of(str(instrument)), [shown.get(day, "") for day in days]
    for instrument, rows in own.responses.groupby("instrument", sort=False):
        shown = {int(row["day"]): MARKS[row["verdict"]] for row in as_rows(rows)}
        yield verdict_name(str(instrument)), [shown.get(day, "") for day in days]


def _score(row: dict[str, Any]) -> str:
    """Return the score, or the interval it may lie in."""
    if pd.notna(row["value"]):
        return number(float(row["value"]))
    return f"{number(float(row['low']))}–{number(float(row['high']))}"


def _questions(series: CaseSeries, own: TimelineFrames, patient_id: str) -> Iterator[Question]:
    """Return every condition that keeps a criterion open, the latest visit first."""
    open_ = own.responses[own.responses["verdict"] == "unknown"].sort_values("day", ascending=False, kind="stable")
    for row in as_rows(open_):
        instrument, day = str(row["instrument"]), int(row["day"])
        seen = scores.explain(series, instrument, patient_id=patient_id, day=day)
        for condition in as_rows(seen[seen["verdict"] == "unknown"]):
            asked = f"{verdict_name(instrument)}, day {number(day)}: {condition['condition']}"
            yield Question(asked, str(condition["observed"]), str(condition["flips"]).removeprefix(DECIDES))


def _cells_question(own: TimelineFrames) -> Iterator[Question]:
    """Return that the B cells were not back at the last sample, where that is so."""
    for row in as_rows(own.aplasia[own.aplasia["censored"]]):
        last = number(float(row["certain"]))
        yield Question("When do the B cells come back?", f"still absent on day {last}", "a later count of CD19+ cells")


def _more(told: Report) -> int:
    """Return how many questions do not fit on the page."""
    return max(0, len(told.questions) - MOST_QUESTIONS)
