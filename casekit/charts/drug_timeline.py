"""Drugs of all patients: earlier lines, conditioning, what came after, and the glucocorticoid dose as height."""

from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import scores
from casekit.charts import theme
from casekit.charts.head import Caption, Entry, Key, Margins, chosen, head, people_table, top_for
from casekit.charts.lane import once, records, tooltip
from casekit.charts.matrix import group_headings, row_names, row_places
from casekit.charts.panel import day_zero_rule, foot, infusion_name, time_params
from casekit.charts.panel_frames import from_day_zero
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.time_axis import time_x, with_axis
from casekit.charts.treatment_frames import ORDER, SUPPORTIVE, drug_frames, drug_free_frame, glucocorticoid_frame
from casekit.charts.words import (
    DAYS_PER_MONTH,
    END_NOT_KNOWN,
    ONGOING,
    START_NOT_KNOWN,
    day_text,
    known_last,
    number,
    span_text,
)
from casekit.records import CaseSeries
from casekit.scores.spans import recorded_courses

LEFT, RIGHT, BOTTOM, HEADING = 64, 78, 84, 24
ROW, BARS, DOSE = 44, 24, 13
SHOWN_BEFORE = 540.0
HIGHEST = 100.0  # mg a day; a pulse of 1000 mg would leave nothing to see of daily doses
PX = "((day_to - day_from) / width)"
GLUCOCORTICOID = "glucocorticoid"
WORDS = {"lymphodepletion": "lymphodepletion", "car_t": "CAR T cells", "anticytokine": "anti-cytokine"}
HOVERED = {"Patient": "patient_id", "Drug": "label", "Dose": "dose_tip", "When": "when", "Reason": "reason"}
COLUMNS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "label": "Drug",
    "class_words": "Class",
    "dose_tip": "Dose",
    "route": "Route",
    "start": "First day",
    "last": "Last day",
    "when": "In words",
    "reason": "Reason",
    "origin": "Origin",
}
STEPS, FREE = "steps", "free"


def drug_timeline_frames(series: CaseSeries) -> Frames:
    """Return one row per course; parts: ``steps`` of the glucocorticoid dose, and the time ``free`` of drugs.

    Supportive drugs, such as anti-infectives, are left out.

    Examples
    --------
    >>> import casekit as ck
    >>> frames = drug_timeline_frames(ck.example())
    >>> sorted(frames.parts)
    ['free', 'steps']
    """
    own, people = series.before_alignment or series, patients_of(series)
    known = patients_of(own)
    courses = recorded_courses(own)
    bars = drug_frames(courses, known)[0]
    steps = glucocorticoid_frame(scores.daily_glucocorticoid(own), courses, known)
    free = drug_free_frame(courses, known)
    bars = bars[~bars["category"].isin(SUPPORTIVE)].merge(people[["patient_id", "disease"]], on="patient_id")
    bars["class_words"] = [WORDS.get(str(name), str(name)) for name in bars["category"]]
    moved = {name: _moved(table, series) for name, table in {"bars": bars, STEPS: steps, FREE: free}.items()}
    rows = moved["bars"].assign(last=known_last(moved["bars"]))
    return Frames(rows, about(series), people, {STEPS: moved[STEPS], FREE: moved[FREE]})


def drug_timeline(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one band per patient: courses as bars in the colour of their class, the dose of glucocorticoids below.

    Examples
    --------
    >>> import casekit as ck
    >>> chart = drug_timeline(drug_timeline_frames(ck.example()))
    >>> chart.to_dict()["usermeta"]["key"]
    'drug_timeline'
    """
    if frames.rows.empty and frames.parts[STEPS].empty:
        sentence = "No drug is recorded for the patients shown here."
        return nothing(frames.about, name="drug_timeline", sentence=sentence, width=width)
    key = _key(frames)
    margins = Margins(LEFT, RIGHT, top_for(key, HEADING), BOTTOM, key)
    places = row_places(frames, ROW)
    height = int(places["y"].max() + ROW / 2) + 2
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        layers = [
            *_ground(frames),
            *row_names(LEFT),
            *_free(),
            *_bars(frames),
            *_doses(frames),
            *_infusions(),
            *_beside(),
        ]
        layers += [*foot(frames, height), _note(height), *infusion_name(frames)]
        chart = alt.layer(*layers, *head(frames, margins, key, below=HEADING))
        chart = chart.properties(width=width, height=height, datasets=_datasets(frames, places))
        chart.params = time_params(frames, patient, before=SHOWN_BEFORE)
    layout = {"width": width, "height": height, "padding": margins.padding(), "minimum": 180}
    return Caption("drug_timeline", _description(frames)).on(chart, frames, layout)


def _moved(table: pd.DataFrame, series: CaseSeries) -> pd.DataFrame:
    """Return a table of stretches counted from day 0, with their words."""
    moved = from_day_zero(table, series, "start", "end")
    if series.day_zero is None or "when" not in moved:
        return moved
    days = zip(moved["start"].astype(float), moved["end"].astype(float), moved["when"], strict=True)
    return moved.assign(when=[_moved_words(start, end, when) for start, end, when in days])


def _moved_words(start: float, end: float, when: str) -> str:
    """Return the words of a stretch whose days were moved; what was not known of it still is not."""
    if END_NOT_KNOWN in when:
        return f"{day_text(start)}, {END_NOT_KNOWN}"
    if START_NOT_KNOWN in when:
        return f"until {day_text(end - 1)}, {START_NOT_KNOWN}"
    return span_text(start, end - 1, ongoing=ONGOING in when)


def _key(frames: Frames) -> Key:
    """Return the classes that occur, the dose of glucocorticoids, and the time without drugs."""
    found = set(frames.rows["category"])
    shapes = {"car_t": "diamond"}
    entries = [
        Entry(shapes.get(name, "square"), theme.DRUGS[name], theme.DRUGS[name], WORDS.get(name, name))
        for name in ORDER
        if name in found
    ]
    steps = Entry("triangle-up", theme.DRUGS[GLUCOCORTICOID], theme.DRUGS[GLUCOCORTICOID], "glucocorticoid dose")
    free = Entry("stroke", "#ffffff", theme.VERDICTS["met"], "no immunosuppressant")
    return Key((*entries, steps, free))


def _datasets(frames: Frames, places: pd.DataFrame) -> dict[str, Any]:
    """Return the tables of the picture; courses of a patient that overlap lie below each other."""
    y = places.set_index("patient_id")["y"]
    bars = frames.rows.sort_values(["patient_id", "start"]).reset_index(drop=True)
    bars["lane"] = [lane for _, own in bars.groupby("patient_id", sort=False) for lane in _lanes(own)]
    bars["lanes"] = bars.groupby("patient_id")["lane"].transform("max") + 1
    kept = ["patient_id", "category", "start", "end", "lane", "lanes", *dict.fromkeys(HOVERED.values())]
    bars = bars[list(dict.fromkeys(kept))].assign(y=bars["patient_id"].map(y))
    steps = frames.parts[STEPS][["patient_id", "start", "end", "mg", "tip", "given", "when"]]
    free = frames.parts[FREE][["patient_id", "start", "end", "tip"]]
    length = frames.parts[FREE].set_index("patient_id").eval("end - start") if len(free) else pd.Series(dtype=float)
    known = places["patient_id"].map(length)
    words = ["–" if pd.isna(days) else f"{days / DAYS_PER_MONTH:.0f} months" for days in known]
    tables = {
        "bars": bars,
        STEPS: steps.assign(y=steps["patient_id"].map(y)),
        FREE: free.assign(y=free["patient_id"].map(y)),
        "people": places.assign(words=words),
        "groups": group_headings(places, ROW),
        "patients": people_table(frames),
    }
    return {"once": [{"day": 0}], **{name: records(table) for name, table in tables.items()}}


def _lanes(courses: pd.DataFrame) -> list[int]:
    """Return the first free lane for every course of one patient."""
    ends: list[float] = []
    lanes = []
    for start, end in zip(courses["start"], courses["end"], strict=True):
        free = next((lane for lane, last in enumerate(ends) if last <= start), len(ends))
        ends[free : free + 1] = [end]
        lanes.append(free)
    return lanes


def _table(name: str) -> alt.Chart:
    """Return the rows of a table that lie in the window."""
    inside = "datum.start < day_to && datum.end > day_from"
    return alt.Chart(alt.NamedData(name=name)).transform_filter(inside)


def _at(field: str) -> alt.Y:
    """Return a height in pixels."""
    return alt.Y(field, scale=None)


def _ground(frames: Frames) -> list[alt.Chart]:
    """Return the time axis with the rule at day 0, and a thin line below the band of every patient."""
    people = alt.Chart(alt.NamedData(name="people")).transform_calculate(low=f"datum.y + {ROW / 2 - 2}")
    line = people.mark_rule(color=theme.GRID).encode(x=alt.XValue(0), x2=alt.X2Value(alt.expr("width")), y=_at("low:Q"))
    return [day_zero_rule(frames, with_axis(time_x(), "bottom")), line]


def _bars(frames: Frames) -> list[alt.Chart]:
    """Return the courses besides the cells; the shortest stay visible, those whose end is not known fade out."""
    high = f"{BARS} / max(3, datum.lanes)"
    bars = _table("bars").transform_filter("datum.category !== 'car_t'")
    placed = bars.transform_calculate(
        x_end=f"max(datum.end, datum.start + 3 * {PX})",
        top=f"datum.y - {ROW / 2 - 3} + datum.lane * {high}",
        low=f"datum.y - {ROW / 2 - 3} + (datum.lane + 1) * {high} - 1",
    )
    scale = alt.Scale(domain=list(theme.DRUGS), range=list(theme.DRUGS.values()))
    place = {"x": time_x("start:Q"), "x2": "x_end:Q", "y": _at("top:Q"), "y2": "low:Q"}
    fill = alt.Fill("category:N", scale=scale, legend=None)
    look = {"opacity": chosen(1, 0.2), "tooltip": tooltip(**HOVERED)}
    courses = placed.mark_rect(clip=True).encode(**place, fill=fill, **look)
    if not frames.rows["when"].str.contains(END_NOT_KNOWN).any():
        return [courses]
    opened = placed.transform_filter(f"indexof(datum.when, '{END_NOT_KNOWN}') >= 0")
    return [courses, opened.mark_rect(clip=True, color=theme.FADE).encode(**place, tooltip=tooltip(**HOVERED))]


def _doses(frames: Frames) -> list[alt.Chart]:
    """Return the glucocorticoid dose as height, square root up to the highest shown; a dashed box if not known."""
    tall = f"sqrt(min(datum.mg, {HIGHEST}) / {HIGHEST}) * {DOSE}"
    steps = (
        _table(STEPS)
        .transform_filter("datum.mg !== null")
        .transform_calculate(low=f"datum.y + {ROW / 2 - 3}", top=f"datum.y + {ROW / 2 - 3} - {tall}")
    )
    mark = steps.mark_rect(clip=True, color=theme.DRUGS[GLUCOCORTICOID], stroke=theme.DRUGS[GLUCOCORTICOID])
    tip = tooltip(Patient="patient_id", Glucocorticoid="tip", Given_as="given", When="when")
    opacity = chosen(1, 0.2)
    x = {"x": time_x("start:Q"), "x2": "end:Q"}
    height = mark.encode(y=_at("top:Q"), y2="low:Q", opacity=opacity, strokeWidth=alt.value(0.5), tooltip=tip, **x)
    if frames.parts[STEPS]["mg"].notna().all():
        return [height]
    unknown = _table(STEPS).transform_filter("datum.mg === null")
    unknown = unknown.transform_calculate(low=f"datum.y + {ROW / 2 - 3}", top=f"datum.y + {ROW / 2 - 3} - {DOSE / 3}")
    box = unknown.mark_rect(
        clip=True, fill="#ffffff", stroke=theme.DRUGS[GLUCOCORTICOID], strokeDash=[3, 2], strokeWidth=1
    )
    return [height, box.encode(y=_at("top:Q"), y2="low:Q", opacity=opacity, tooltip=tip, **x)]


def _infusions() -> list[alt.Chart]:
    """Return the infusions of CAR T cells."""
    cells = (
        _table("bars").transform_filter("datum.category === 'car_t'").transform_calculate(mid=f"datum.y - {ROW / 4}")
    )
    mark = cells.mark_point(shape="diamond", size=80, filled=True, color=theme.CAR_T, clip=True)
    return [mark.encode(x=time_x("start:Q"), y=_at("mid:Q"), opacity=chosen(1, 0.2), tooltip=tooltip(**HOVERED))]


def _free() -> list[alt.Chart]:
    """Return the time without glucocorticoid, immunosuppressant, biologic and antimalarial."""
    mark = _table(FREE).mark_rule(color=theme.VERDICTS["met"], strokeWidth=2, clip=True)
    tip = tooltip(Patient="patient_id", Without_drugs="tip")
    return [mark.encode(x=time_x("start:Q"), x2="end:Q", y=_at("y:Q"), opacity=chosen(1, 0.2), tooltip=tip)]


def _beside() -> list[alt.Chart]:
    """Return how long each patient has been without these drugs, right of the plot."""
    look = {"align": "left", "baseline": "middle", "fontSize": 11.5, "color": theme.QUIET}
    beside = alt.XValue(alt.expr("width + 7"))
    heading = once().mark_text(text="free for", **look).encode(x=beside, y=alt.YValue(-7))
    words = alt.Chart(alt.NamedData(name="people")).mark_text(**look)
    return [heading, words.encode(x=beside, y=_at("y:Q"), text="words:N", opacity=chosen(1, 0.45))]


def _note(height: int) -> alt.Chart:
    """Return what the height of the dose is."""
    text = f"Dose: mg/day as prednisolone, square root, up to {HIGHEST:g} mg"
    mark = once().mark_text(text=text, align="left", baseline="middle", fontSize=11.5, color=theme.QUIET)
    return mark.encode(x=alt.XValue(4 - LEFT), y=alt.YValue(height + 72))


def _description(frames: Frames) -> str:
    """Return the picture in words."""
    free, people = frames.parts[FREE], frames.patients
    earlier = frames.rows[(frames.rows["start"] < 0) & ~frames.rows["category"].isin(["lymphodepletion", "car_t"])]
    lines = earlier.groupby("patient_id")["label"].nunique()
    median = f"median {number(float(lines.median()))} drugs before day 0" if len(lines) else "no drug before day 0"
    return (
        f"Drugs of {len(people)} patients: {median}; {free['patient_id'].nunique()} of {len(people)} take no "
        "glucocorticoid, immunosuppressant, biologic or antimalarial at the end."
    )


PICTURE = Picture("drug_timeline", "Drugs before and after", drug_timeline_frames, drug_timeline, COLUMNS)
