"""Why a result that is computed from a time course is what it is: the samples that decided, the courses in force."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores import aplasia, derive
from casekit.scores.kinetics import Expansion
from casekit.scores.per_patient import ASSAYS, expansion_in
from casekit.scores.spans import recorded_courses, running
from casekit.scores.validity import checked_parameters
from casekit.units import shown

Row = dict[str, Any]
Told = tuple[int, str, list[Row]]
MET, NOT_MET, UNKNOWN = "met", "not met", "unknown"
EDGE = {"below": ("below", "{} or more"), "up_to": ("up to", "above {}")}


def time_course_rows(
    series: CaseSeries, instrument: str, patient_id: str, day: int, parameters: Mapping[str, Any]
) -> Told:
    """Day, result in words and one row per deciding sample, or per glucocorticoid in force on that day.

    A course that has one result per patient is explained for whatever day is asked.
    """
    declared = catalogue.instrument(instrument)
    return EXPLAINED[declared.get("time_course") or declared["conversion"]](series, patient_id, day, parameters)


def _row(condition: str, needed: str, observed: str, verdict: str, **about: Any) -> Row:
    row = {"condition": condition, "needed": needed, "observed": observed, "verdict": verdict}
    return {"observed_day": None, "origin": "", "flips": "", **row, **about}


def _sample(course: pd.DataFrame, day: float | None, unit: str) -> dict[str, Any]:
    """What was measured on a day, and where that is written."""
    if day is None:
        return {"observed": "no such sample"}
    found = course[course["day"] == day].iloc[-1]
    sign = found["comparator"] if pd.notna(found["comparator"]) else ""
    origin = str(found["origin"]) if pd.notna(found.get("origin")) else ""
    return {"observed": f"{sign}{float(found['value']):g} {shown(unit)}", "observed_day": int(day), "origin": origin}


def _no_samples(instrument: str, patient_id: str, variable: str) -> CaseKitError:
    label = catalogue.variable(variable).label
    return CaseKitError(
        f"{patient_id}, {instrument}: found no sample of {label} after infusion; expected one or more. "
        "Look at another patient, or at another assay or unit."
    )


def _aplasia(series: CaseSeries, patient_id: str, _day: int, parameters: Mapping[str, Any]) -> Told:
    """The last sample before infusion, the first and last aplastic one, and the first with B cells again."""
    settings = aplasia.settings_of(parameters)
    variable = aplasia.VARIABLES[settings[aplasia.UNIT]]
    course = dict(aplasia.courses_of(series, settings)).get(patient_id)
    if course is None:
        raise _no_samples(aplasia.INSTRUMENT, patient_id, variable)
    found, other = aplasia.readings_of(course, settings)
    is_open = [f"day {day}" for day in aplasia.open_days(course, settings)]
    unit = catalogue.variable(variable).unit
    rows = _aplasia_rows(course, found, settings, unit)
    if found != other:
        limit = f"the limit of detection leaves the sample of {', '.join(is_open)} on either side of the threshold"
        rows.append(_row("Samples beside a limit", "a value on one side of the threshold", limit, UNKNOWN))
    day = course["day"].max() if found.time_from_infusion is None else found.time_from_infusion
    return int(day), _aplasia_result(found), rows


def _aplasia_rows(course: pd.DataFrame, found: derive.Aplasia, settings: Mapping[str, Any], unit: str) -> list[Row]:
    threshold = f"{settings['threshold']:g} {shown(unit)}"
    low, back = EDGE[settings["aplastic_if"]]
    before = course.loc[course["day"] <= 0, "day"]
    last_before = None if before.empty else float(before.iloc[-1])
    depleted = "B cells were low before the infusion: its effect cannot be told apart" if found.depleted_before else ""
    confirm = int(settings["confirm_samples"])
    confirmed = "" if confirm == 1 else f", {confirm} samples in a row"
    started, ended = found.onset_day is not None, found.reconstitution_day is not None
    last = float(course["day"].iloc[-1])
    cells = [
        ("Before infusion", f"last sample up to day 0: not {low} {threshold}", last_before, not found.depleted_before),
        ("Aplasia begins", f"first sample after infusion {low} {threshold}", found.onset_day, started),
    ]
    if started:
        cells += [
            ("Last aplastic sample", f"last sample {low} {threshold} before the return", found.last_aplastic_day, True),
            ("B cells back", f"first later sample {back.format(threshold)}{confirmed}",
             found.reconstitution_day if ended else last, ended),
        ]  # fmt: skip
    rows = []
    for condition, needed, day, held in cells:
        verdict = UNKNOWN if day is None and condition == cells[0][0] else MET if held else NOT_MET
        rows.append(_row(condition, needed, "", verdict) | _sample(course, day, unit))
    rows[0]["flips"] = depleted
    rows[-1]["flips"] = _truth_between(found)
    return rows


def _truth_between(found: derive.Aplasia) -> str:
    """Between which days the return truly lies, or that it was not seen yet."""
    if found.onset_day is None or found.last_aplastic_day is None:
        return ""
    if found.reconstitution_day is None:
        return "censored: B cells had not come back at the last sample"
    first, last = found.last_aplastic_day, found.reconstitution_day
    return f"the return truly lies {first:g} to {last:g} days after infusion; a sample in between would narrow it"


def _aplasia_result(found: derive.Aplasia) -> str:
    if found.duration_from_onset is None:
        return "no aplasia: no sample after infusion was below the threshold"
    at_least = "at least " if found.censored else ""
    return f"{at_least}{found.duration_from_onset:g} days, {at_least}{found.time_from_infusion:g} days from infusion"


def _expansion(series: CaseSeries, patient_id: str, _day: int, parameters: Mapping[str, Any]) -> Told:
    """The sample of the peak, the last one above the limit, and the area under the curve."""
    settings = checked_parameters(catalogue.instrument("car_t_kinetics"), parameters)
    variable = ASSAYS[settings["assay"]]
    samples, found = expansion_in(series, patient_id, settings)
    if found is None:
        raise _no_samples("car_t_kinetics", patient_id, variable)
    unit = catalogue.variable(variable).unit
    rows = [
        _row("Peak (Cmax, Tmax)", "highest sample from day 0; of equal ones the first", "",
             MET if found.tmax_day is not None else NOT_MET) | _sample(samples, found.tmax_day, unit),
        _row("Last detected (Tlast)", "last sample above the limit of quantification", "",
             MET if found.tlast_day is not None else NOT_MET) | _sample(samples, found.tlast_day, unit),
        _area_row(samples, found, settings, unit),
    ]  # fmt: skip
    result = f"area under the curve {_area_words(found)} {shown(unit)} × days; peak {found.cmax:g} {shown(unit)}"
    return int(found.last_sample_day), result, rows


def _area_words(found: Expansion) -> str:
    return f"at least {found.auc_to_last:g}" if found.auc is None else f"{found.auc:g}"


def _area_row(samples: pd.DataFrame, found: Expansion, settings: Mapping[str, Any], unit: str) -> Row:
    until = int(settings["until_day"])
    days = samples.loc[samples["day"].between(0, until), "day"]
    below = int(samples.loc[days.index, "comparator"].eq("<").sum())
    observed = f"{len(days)} samples, {below} of them below the limit of quantification; {_area_words(found)}"
    rule = {"zero": "0", "half": "half the limit", "limit": "the limit"}[settings["below_limit"]]
    needed = f"straight lines between the samples, day 0 to {until}; "
    needed += f"below the limit counts 0 before the peak, {rule} after it"
    is_open = found.auc is None
    flips = f"the samples end before day {until}: a later sample would close the area" if is_open else ""
    if not is_open and until not in set(samples["day"]):
        flips = f"no sample on day {until}: the value there lies on the line between its neighbours"
    last = int(found.last_sample_day) if is_open else int(days.max())
    label = f"Area under the curve ({shown(unit)} × days)"
    return _row(label, needed, observed, UNKNOWN if is_open else MET, observed_day=last, flips=flips)


def _prednisone(series: CaseSeries, patient_id: str, day: int, parameters: Mapping[str, Any]) -> Told:
    """Each glucocorticoid in force on the day with its equivalent; local ones count nothing."""
    parameters = checked_parameters(catalogue.instrument("prednisone_equivalent"), parameters)
    given = recorded_courses(series)
    visit = pd.DataFrame({"patient_id": [patient_id], "day": [day]})
    courses = given[(given["patient_id"] == patient_id) & (given["category"] == "glucocorticoid")]
    in_force = running(courses, visit)
    systemic = derive.glucocorticoid_courses(in_force, **parameters)
    doses = dict(zip(systemic.index, systemic["mg_per_day"].where(systemic["surely"]), strict=True))
    found = zip(in_force.index, in_force.to_dict("records"), strict=True)
    rows = [_course_row(course, day, doses.get(place), parameters) for place, course in found]
    known = bool(derive.has_history(visit["patient_id"], given).iloc[0])
    if not rows:
        observed = "none in the list of drugs" if known else "no drugs recorded for this patient"
        verdict = MET if known else UNKNOWN
        rows = [_row("Glucocorticoid in force", "a course that runs on this day", observed, verdict, observed_day=day)]
    total = sum(doses.values())
    is_known = known and not any(math.isnan(dose) for dose in doses.values())
    unknown = "not determinable: a dose or its end is not known"
    result = f"{round(total, 6):g} mg/day of prednisone" if is_known else unknown
    return day, result, rows


def _course_row(course: Mapping[Any, Any], day: int, dose: float | None, parameters: Mapping[str, Any]) -> Row:
    """One course in force with what it stands for; without a dose it has no systemic equivalent."""
    times = derive.prednisone_factor(course["drug"], **parameters)
    amount = "dose not known" if pd.isna(course["dose"]) else f"{course['dose']:g} {course['dose_unit']}"
    words = [amount, *(str(course[name]) for name in ("frequency", "route") if pd.notna(course[name]))]
    equal = "no systemic equivalent: does not count"
    if dose is not None:
        equal = "not known" if math.isnan(dose) else f"{round(dose, 6):g} mg/day of prednisone"
    begun = _begun(course, day)
    return _row(
        catalogue.drug(course["drug"])["label"],
        f"1 mg stands for {times:.4g} mg of prednisone" if times and dose is not None else "systemic use",
        f"{', '.join(words)}, {begun}: {equal}",
        UNKNOWN if dose is not None and math.isnan(dose) else NOT_MET if dose is None else MET,
        observed_day=day,
        origin=str(course["origin"]) if pd.notna(course.get("origin")) else "treatments",
    )


def _begun(course: Mapping[Any, Any], day: int) -> str:
    """How long before the day a course began, and that it may be over where its days are not known."""
    perhaps = "" if course["surely"] else "; it may be over, for a day is not known"
    if pd.isna(course["start_day"]):
        return f"begun on a day not known{perhaps}"
    before = day - int(course["start_day"])
    begun = "begun that day" if before == 0 else f"begun {before} {'day' if before == 1 else 'days'} before"
    return begun + perhaps


EXPLAINED: Mapping[str, Callable[[CaseSeries, str, int, Mapping[str, Any]], Told]] = {
    "b_cell_aplasia": _aplasia,
    "car_t_kinetics": _expansion,
    "prednisone_equivalent": _prednisone,
}
