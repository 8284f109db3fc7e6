"""Instruments with one row per patient: the course of a laboratory value, or the day of an event, read for scoring.

A declaration names its source under ``[visit] per_patient``; the value of a day that is not known is read twice, as
the least and as the most toxic it can be, and the two results bound the score.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores import courses, kinetics
from casekit.scores.courses import Course, Transfusions
from casekit.scores.declaration import Instrument
from casekit.scores.evaluation import Scored, evaluated
from casekit.scores.measurements import daily_measurements
from casekit.scores.spans import recorded_events
from casekit.scores.validity import checked_parameters
from casekit.scores.visits import KEYS

ASSAYS = {"flow": "car_t_cells_per_ul", "qpcr": "car_t_copies_per_ug"}
NAMES = {"neutrophils_10e9_l": "neutrophil counts", "platelets_10e9_l": "platelet counts"}
TRANSFUSION = "platelet_transfusion"

JUST_BELOW = 1e-5  # a count below its limit of detection is not the limit itself


@dataclass(frozen=True)
class Source:
    """A laboratory value, the last day looked at, the function that reads its course, and what raises the value."""

    variable: str
    last: int
    read: Callable[..., Course]
    raised_by: str = ""

    def options(self, settings: Mapping[str, Any], raised_on: Collection[int]) -> dict[str, Any]:
        """The parameters as its function takes them, with the days on which the value was raised."""
        options = {name: value for name, value in settings.items() if name != "last"}
        if self.raised_by:
            options["transfusions"] = Transfusions(raised_on, options.pop("transfusion_holds_days"))
        return options


@dataclass(frozen=True)
class PatientCourse:
    """One row to score: the patient, the day it belongs to, what is read, and where it comes from."""

    patient_id: str
    day: int
    course: Course
    origin: str


COURSES: Mapping[str, Source] = {
    "early_neutropenia": Source("neutrophils_10e9_l", courses.EARLY_DAYS, courses.early_neutropenia),
    "late_neutropenia": Source("neutrophils_10e9_l", courses.LATE_DAYS, courses.late_neutropenia),
    "early_thrombocytopenia": Source(
        "platelets_10e9_l", courses.EARLY_DAYS, courses.early_thrombocytopenia, TRANSFUSION
    ),
    "late_thrombocytopenia": Source("platelets_10e9_l", courses.LATE_DAYS, courses.late_thrombocytopenia, TRANSFUSION),
}


def source_of(instrument: str) -> str | None:
    """The name under ``[visit] per_patient``; None for instruments scored visit by visit.

    >>> source_of("icaht_early"), source_of("sledai_2k")
    ('early_neutropenia', None)
    """
    name: str | None = catalogue.instrument(instrument).get("visit", {}).get("per_patient")
    return name


def is_course(instrument: str) -> bool:
    """Whether the instrument reads a time course or event instead of visits."""
    return source_of(instrument) in {*COURSES, "licats_events"}


def scored_courses(series: CaseSeries, chosen: Instrument, parameters: Mapping[str, Any]) -> Scored:
    """The instrument on the course of every patient of its diseases.

    Returns
    -------
    Scored
        One row per patient (per event for events), `low` from the least and `high` from the most toxic reading.
    """
    rows = list(patient_courses(series, chosen, parameters))
    least, most = (_frame(rows, side) for side in ("least", "most"))
    return bounded(chosen, least, most, parameters)


def bounded(chosen: Instrument, least: pd.DataFrame, most: pd.DataFrame, parameters: Mapping[str, Any]) -> Scored:
    """The scored rows between two readings of the same course."""
    low, high = evaluated(chosen, least, parameters), evaluated(chosen, most, parameters)
    return replace(low, high=high.high, item_high=high.item_high)


def _frame(rows: Iterable[PatientCourse], side: str) -> pd.DataFrame:
    records = [{"patient_id": row.patient_id, "day": row.day, **getattr(row.course, side)} for row in rows]
    frame = pd.DataFrame(records, columns=None if records else KEYS)
    return frame.astype({"patient_id": "str", "day": "Int64"})


def patient_courses(series: CaseSeries, chosen: Instrument, parameters: Mapping[str, Any]) -> Iterator[PatientCourse]:
    """What is read for each patient of the diseases of the instrument."""
    patients = series.patients[series.patients["disease"].isin(catalogue.instrument(chosen.id)["diseases"])]
    name = source_of(chosen.id)
    if name == "licats_events":
        yield from _onsets(series, set(patients["patient_id"]))
    elif name is not None:
        settings = {**chosen.parameters, **parameters}
        yield from _counts(series, patients, COURSES[name], settings)


def _onsets(series: CaseSeries, patients: set[str]) -> Iterator[PatientCourse]:
    """One row per LICATS event after infusion."""
    events = series.events[(series.events["name"] == "licats") & (series.events["start_day"] >= 0)]
    for event in events[events["patient_id"].isin(patients)].to_dict("records"):
        found = {"licats_onset_day": float(event["start_day"])}
        origin = str(event["origin"]) if pd.notna(event.get("origin")) else "events"
        yield PatientCourse(event["patient_id"], int(event["start_day"]), Course(found, found), origin)


def _counts(
    series: CaseSeries, patients: pd.DataFrame, source: Source, settings: Mapping[str, Any]
) -> Iterator[PatientCourse]:
    """One row per patient who was infused."""
    infused = set(series.treatments.loc[series.treatments["category"] == "car_t", "patient_id"])
    samples, raised_on = _samples(series, source.variable), _event_days(series, source.raised_by)
    limit = int(settings.get("last", source.last))
    for patient in patients[patients["patient_id"].isin(infused)].to_dict("records"):
        name = str(patient["patient_id"])
        (high, low), last = samples.get(name, ([], [])), _last_day(patient, limit)
        options = source.options(settings, raised_on.get(name, ()))
        course = source.read(high, last, **options)
        if low != high:
            course = replace(course, most=source.read(low, last, **options).most)
        yield PatientCourse(name, last, course, _told(source, high, last, course, options.get("transfusions")))


def _samples(series: CaseSeries, variable: str) -> dict[str, tuple[list[courses.Sample], list[courses.Sample]]]:
    """Day and count of each patient, as high and as low as a detection limit lets a count be."""
    counts = daily_measurements(series)
    counts = counts[(counts["variable"] == variable) & counts["value"].notna()]
    below, above = (counts["comparator"] == sign for sign in ("<", ">"))
    high = counts["value"].mask(below, counts["value"] - JUST_BELOW).mask(above, catalogue.variable(variable).maximum)
    low = counts["value"].mask(below, 0.0).mask(above, counts["value"] + JUST_BELOW)
    found: dict[str, tuple[list[courses.Sample], list[courses.Sample]]] = {}
    for name, day, *values in zip(counts["patient_id"], counts["day"], high, low, strict=True):
        for side, value in zip(found.setdefault(str(name), ([], [])), values, strict=True):
            side.append((int(day), float(value)))
    return found


def _event_days(series: CaseSeries, name: str) -> dict[str, set[int]]:
    """The days up to day 100 on which an event of that name went on, or may have where its day is not known."""
    events = recorded_events(series)
    events = events[events["name"] == name]
    found: dict[str, set[int]] = {}
    for event in events.to_dict("records"):
        end = event["latest_day"] if pd.isna(event["end_day"]) else max(event["latest_day"], event["end_day"])
        first, last = max(event["earliest_day"], -courses.LATE_DAYS), min(end, courses.LATE_DAYS)
        found.setdefault(str(event["patient_id"]), set()).update(range(int(first), int(last) + 1))
    return found


def _last_day(patient: Mapping[Any, Any], limit: int) -> int:
    """The last day looked at: a death ends the course, everything else leaves the days after it open."""
    died = patient.get("end_reason") == "death" and pd.notna(patient["last_known_day"])
    return min(limit, int(patient["last_known_day"])) if died else limit


def _told(
    source: Source, samples: list[courses.Sample], last: int, course: Course, transfusions: Transfusions | None
) -> str:
    """Where the numbers come from, in words."""
    first = 0 if source.last == courses.EARLY_DAYS else courses.EARLY_DAYS + 1
    counted = len({day for day, _ in samples if first <= day <= last})
    imputed = course.details.get("imputed_days")
    filled = f", {imputed} days filled in" if imputed else ""
    if transfusions is not None:
        filled += f", {'platelet' if transfusions.touch(first, last) else 'no'} transfusion recorded"
    return f"{counted} {NAMES[source.variable]}{filled}, day {first} to {last}"


def course_observations(series: CaseSeries, chosen: Instrument, parameters: Mapping[str, Any]) -> pd.DataFrame:
    """One row per patient and value read from a course, in the form of the observations of visits."""
    found = [row for course in patient_courses(series, chosen, parameters) for row in _observations(course)]
    columns = [*KEYS, "variable", "value", "observed_day", "attributed_to", "origin"]
    return pd.DataFrame(found, columns=columns)


def _observations(row: PatientCourse) -> Iterator[dict[str, Any]]:
    for name, low in row.course.least.items():
        high = row.course.most[name]
        value = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        declared = catalogue.variable(name)
        if declared.type == "yes_no" and low != high:
            value = "not known"
        elif declared.unit == "days":
            value += " days"
        yield {
            "patient_id": row.patient_id,
            "day": row.day,
            "variable": name,
            "value": value,
            "observed_day": row.day,
            "attributed_to": None,
            "origin": row.origin,
        }


def expansion_of(series: CaseSeries, **parameters: Any) -> pd.DataFrame:
    """Expansion of CAR T cells of every patient with a sample of the assay chosen.

    Returns
    -------
    DataFrame
        One row per patient: patient_id, day (of the last sample), low, high and value (area under the curve in assay
        unit × days; high is infinite and value null when the samples end too early), missing, cmax, tmax_day,
        tlast_day, unit.
    """
    settings = checked_parameters(catalogue.instrument("car_t_kinetics"), parameters)
    rows = daily_measurements(series)
    measured = rows.loc[rows["variable"] == ASSAYS[settings["assay"]], "patient_id"].unique()
    found = [_expansion_row(str(name), expansion_in(series, str(name), settings)[1], settings) for name in measured]
    columns = [*KEYS, "low", "high", "value", "missing", "cmax", "tmax_day", "tlast_day", "unit"]
    return pd.DataFrame([row for row in found if row], columns=columns)


def expansion_in(
    series: CaseSeries, patient_id: str, settings: Mapping[str, Any]
) -> tuple[pd.DataFrame, kinetics.Expansion | None]:
    """The samples of one patient in the assay chosen, and the expansion read from them; None without a sample."""
    rows = daily_measurements(series)
    chosen = (rows["variable"] == ASSAYS[settings["assay"]]) & (rows["patient_id"] == patient_id)
    samples = rows[chosen & rows["value"].notna()].sort_values("day")
    below = samples["comparator"].eq("<").fillna(value=False)
    levels = [
        kinetics.Level(float(day), float(value), bool(is_below))
        for day, value, is_below in zip(samples["day"], samples["value"], below, strict=True)
    ]
    return samples, kinetics.expansion(levels, settings["until_day"], settings["below_limit"])


def _expansion_row(
    patient_id: str, found: kinetics.Expansion | None, settings: Mapping[str, Any]
) -> dict[str, Any] | None:
    if found is None:
        return None
    open_end = found.auc is None
    return {
        "patient_id": patient_id,
        "day": int(found.last_sample_day),
        "low": found.auc_to_last,
        "high": float("inf") if open_end else found.auc,
        "value": found.auc,
        "missing": "sample" if open_end else "",
        "cmax": found.cmax,
        "tmax_day": found.tmax_day,
        "tlast_day": found.tlast_day,
        "unit": catalogue.variable(ASSAYS[settings["assay"]]).unit,
    }
