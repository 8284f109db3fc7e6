"""The patient timeline: everything that happened to one patient, lane above lane on one time axis."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.cut_lane import cut_lane
from casekit.charts.drug_lanes import drug_lane, earlier_lane, glucocorticoid_lane, supportive_lane
from casekit.charts.event_lane import event_lane
from casekit.charts.further_values import with_further
from casekit.charts.lane import GAP, LEFT, Lane, drawn, records
from casekit.charts.score_lanes import activity_lane, response_lane
from casekit.charts.timeline_axis import axis_params
from casekit.charts.timeline_frame import NARROW_BELOW, foot, head, paddings
from casekit.charts.timeline_frames import TimelineFrames, activity_instruments, need_lanes
from casekit.charts.value_frames import FAR, reference_frame
from casekit.charts.value_lanes import cell_lane, laboratory_lane

OWN_SCALES = ("color", "fill", "stroke", "shape")
BEFORE, AIR = 100.0, 0.03


def _drugs(frames: TimelineFrames, _disease: catalogue.Disease) -> list[Lane]:
    return [drug_lane(frames)]


def _earlier(frames: TimelineFrames, _disease: catalogue.Disease) -> list[Lane]:
    return [earlier_lane(frames)]


def _supportive(frames: TimelineFrames, _disease: catalogue.Disease) -> list[Lane]:
    return [supportive_lane(frames)]


def _glucocorticoid(frames: TimelineFrames, _disease: catalogue.Disease) -> list[Lane]:
    return [glucocorticoid_lane(frames)]


def _cells(frames: TimelineFrames, _disease: catalogue.Disease) -> list[Lane]:
    return [cell_lane(frames)] if len(frames.cells) else []


def _activity(frames: TimelineFrames, disease: catalogue.Disease) -> list[Lane]:
    known = set(frames.activity["instrument"])
    shown_to = {disease.activity: disease.activity_shown_to}
    names = [name for name in activity_instruments(disease.id) if name in known]
    return [activity_lane(frames, name, shown_to.get(name), 104 if name == disease.activity else 72) for name in names]


def _responses(frames: TimelineFrames, _disease: catalogue.Disease) -> list[Lane]:
    return [response_lane(frames)] if len(frames.responses) else []


def _events(frames: TimelineFrames, _disease: catalogue.Disease) -> list[Lane]:
    return [event_lane(frames)]


def _laboratory(frames: TimelineFrames, disease: catalogue.Disease) -> list[Lane]:
    known = set(frames.laboratory["variable"])
    return [laboratory_lane(frames, name) for name in disease.laboratory if name in known]


def _with(frames: TimelineFrames, values: pd.DataFrame) -> TimelineFrames:
    """Return the frames with further values of their patients."""
    own = values[values["patient_id"].isin(frames.patients["patient_id"])]
    every = with_further(frames.laboratory, own)
    return replace(frames, laboratory=every, reference=reference_frame(every))


LANES: dict[str, tuple[str, Callable[[TimelineFrames, catalogue.Disease], list[Lane]]]] = {
    "earlier": ("Earlier drugs", _earlier),
    "drugs": ("Drugs", _drugs),
    "supportive": ("Supportive", _supportive),
    "glucocorticoid": ("Glucocorticoids", _glucocorticoid),
    "cells": ("B and CAR T cells", _cells),
    "activity": ("Activity", _activity),
    "responses": ("Response", _responses),
    "events": ("Events", _events),
    "laboratory": ("Laboratory", _laboratory),
}
DEFAULT_LANES = ("drugs", "glucocorticoid", "cells", "activity", "responses", "events", "laboratory")


def timeline(  # noqa: PLR0913
    frames: TimelineFrames,
    patient_id: str,
    *,
    lanes: Iterable[str] = DEFAULT_LANES,
    days: tuple[float, float] | None = None,
    unit: str = "months",
    width: int = 900,
    further: pd.DataFrame | None = None,
) -> alt.VConcatChart:
    """Return the timeline of one patient; the other patients of the disease are one parameter away.

    Parameters
    ----------
    frames : TimelineFrames
        From :func:`casekit.charts.timeline_frames`.
    patient_id : str
        Who is shown. Setting the parameter ``patient`` of the picture shows another patient of the same disease.
    lanes : iterable of str
        Which lanes, of ``casekit.charts.LANES``; always drawn in the order given there.
    days : tuple of float, optional
        First and last day of the window; the whole course from three months before infusion when not given.
    unit : {"days", "weeks", "months"}
        What the time axis counts.
    width : int
        Width of the lanes in pixels, without the margins.
    further : DataFrame, optional
        Other measured variables, from :func:`casekit.charts.further_values.further_frame`; each has a lane at the foot.

    Returns
    -------
    altair.VConcatChart

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> chart = charts.timeline(charts.timeline_frames(ck.example()), "SLE-01", lanes=["drugs", "cells"])
    >>> len(chart.vconcat)  # two lanes between a head and a foot with the axis
    4
    """
    disease = catalogue.disease(frames.disease_of(patient_id))
    chosen = need_lanes(lanes, LANES)
    asked = [] if further is None else [str(name) for name in further["variable"].unique()]
    shown = frames.disease(disease.id) if further is None else _with(frames.disease(disease.id), further)
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        marked = [("", cut_lane(shown.cut))] if len(shown.cut) else []  # without a name: always shown
        built = [(name, lane) for name, (_, make) in LANES.items() if name in chosen for lane in make(shown, disease)]
        named = [("", laboratory_lane(shown, name)) for name in asked if name not in disease.laboratory]
        return _stacked([*marked, *built, *named], shown, patient_id, days or course(shown, patient_id), unit, width)


def course(frames: TimelineFrames, patient_id: str) -> tuple[float, float]:
    """Return the window that shows the whole course, from three months before infusion to the last day.

    Its days are counted from the day 0 of the frames.
    """
    last = _last_days(frames.patients).loc[patient_id]
    zero = frames.zeros.get(patient_id, 0.0)
    return -BEFORE - zero, last + AIR * (last + BEFORE) - zero


def limits(frames: TimelineFrames) -> tuple[float, float]:
    """Return the first and the last day that any patient of these frames can be moved to."""
    starts = [frames.drugs["start"].min(), -BEFORE, frames.laboratory["day"].min()]
    last = _last_days(frames.patients).max()
    return float(min(day for day in starts if pd.notna(day))) - 30, last + AIR * (last + BEFORE) + 30


def _last_days(patients: pd.DataFrame) -> pd.Series:
    """Return the last known day by patient, day 0 for a patient of whom no day can be counted."""
    return patients.set_index("patient_id")["last_day"].fillna(0).astype(float)


def _stacked(
    lanes: list[tuple[str, Lane]],
    frames: TimelineFrames,
    patient_id: str,
    days: tuple[float, float],
    unit: str,
    width: int,
) -> alt.VConcatChart:
    """Return the lanes below each other between head and foot, with data, parameters and what the page must know."""
    zero = (dict(frames.zeros), frames.zero_event)
    whole = [("", head(frames)), *lanes, ("", foot(frames))]
    sides = ["top", *[None] * len(lanes), "bottom"]
    pictures = [
        drawn(lane, (width, lane.height_for(patient_id)), side) for (_, lane), side in zip(whole, sides, strict=True)
    ]
    chart = alt.vconcat(*pictures, spacing=GAP, bounds="flush", **_about(whole, frames, width))
    chart.datasets = _datasets([lane for _, lane in whole], frames)  # set late: what a chart is made of gets copied
    chart.params = [
        param.param for param in (*_choices(lanes), *axis_params(patient_id, days, limits(frames), unit, zero))
    ]
    chart.resolve = alt.Resolve(scale=alt.ScaleResolveMap(x="shared", **dict.fromkeys(OWN_SCALES, "independent")))
    return chart


def _choices(lanes: list[tuple[str, Lane]]) -> list[Any]:
    """Return the parameters a page sets besides those of time: lanes, others, what is explained, and the margins."""
    values: dict[str, Any] = {
        "lanes": list(dict.fromkeys(name for name, _ in lanes if name)),
        "others": False,
        "picked_instrument": "",
        "picked_day": None,
        "framed": True,
        "left": LEFT,
    }
    return [alt.param(name=name, value=value) for name, value in values.items()]


def _about(lanes: list[tuple[str, Lane]], frames: TimelineFrames, width: int) -> dict[str, Any]:
    """Return what belongs to the picture as a whole: look, size and description."""
    return {
        "config": theme.config(),
        "padding": paddings()["wide"],
        "usermeta": _usermeta(width, lanes, frames),
        "description": _description(frames),
    }


def _datasets(lanes: list[Lane], frames: TimelineFrames) -> dict[str, Any]:
    """Return every table that the lanes draw, once."""
    people = frames.patients[["patient_id", "last_day", "end_reason"]].assign(beyond=FAR)
    people["known"] = [_known(frames, name) for name in people["patient_id"]]
    tables = {name: table for lane in lanes for name, table in lane.tables.items()}
    return {
        "once": [{"day_at": 0}],
        "patients": records(people),
        **{name: records(table) for name, table in tables.items()},
    }


def _known(frames: TimelineFrames, patient_id: str) -> list[str]:
    """Return the laboratory values and scores the patient has at all."""
    values = frames.laboratory.loc[frames.laboratory["patient_id"] == patient_id, "variable"]
    scored = frames.activity.loc[frames.activity["patient_id"] == patient_id, "instrument"]
    return sorted({*map(str, values), *map(str, scored)})


def _usermeta(width: int, lanes: list[tuple[str, Lane]], frames: TimelineFrames) -> dict[str, Any]:
    """Return what the page must know to fit the picture to its width and its patient, and what a click reports."""
    people = [str(name) for name in frames.patients["patient_id"]]
    layout = {
        "width": width,
        "lanes": [name for name, _ in lanes],
        "heights": [{name: lane.height_for(name) for name in people} for _, lane in lanes],
        "gap": GAP,
        "padding": paddings()["wide"],
        "narrow": {"below": NARROW_BELOW, "padding": paddings()["narrow"]},
    }
    return {"layout": layout, "pick": ["patient_id", "instrument", "day"]}


def _description(frames: TimelineFrames) -> str:
    """Return what a screen reader says about the picture."""
    made = "Synthetic data. " if frames.synthetic else ""
    shown = "drugs, cells, disease activity, response, events and laboratory values"
    return f"{made}Timeline of one patient: {shown} over time."
