"""Notes on days and courses: death, birth, drugs that overlap, what is recorded before the infusion."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from casekit.records import CaseSeries
from casekit.scores.sanity_values import each
from casekit.scores.scoring import daily_glucocorticoid
from casekit.scores.spans import recorded_courses

Note = tuple[str, Any, str]
DAYS_PER_YEAR = 365.25
FIRST_DAY = {"treatments": "start_day", "measurements": "day", "assessments": "day", "events": "start_day"}
NAMED = {"treatments": "drug", "measurements": "variable", "assessments": "variable", "events": "name"}


def after_death(series: CaseSeries, _rule: Mapping[str, Any]) -> Iterator[Note]:
    """Rows that begin after the day of a recorded death."""
    events = series.events
    died = events[events["kind"] == "death"].groupby("patient_id")["start_day"].min()
    rows = _recorded(series)
    for row in each(rows[rows["day"] > rows["patient_id"].map(died)]):
        yield row.patient_id, row.day, f"{row.name} on day {row.day}, death on day {died[row.patient_id]}"


def before_birth(series: CaseSeries, _rule: Mapping[str, Any]) -> Iterator[Note]:
    """Rows before the earliest birthday the age allows; an age in years may be almost a year more."""
    people = series.patients.set_index("patient_id")
    born = -(people["age_years"].astype("float64") + 1) * DAYS_PER_YEAR
    rows = _recorded(series)
    for row in each(rows[rows["day"].astype("float64") < rows["patient_id"].map(born)]):
        age = people["age_years"][row.patient_id]
        yield row.patient_id, row.day, f"{row.name} on day {row.day} of a patient aged {age:g} years"
    longer = people["disease_duration_years"] > people["age_years"] + 1
    for patient_id, person in people[longer.fillna(value=False)].iterrows():
        years, age = person["disease_duration_years"], person["age_years"]
        yield str(patient_id), pd.NA, f"ill for {years:g} years at the age of {age:g}"


def overlapping_courses(series: CaseSeries, _rule: Mapping[str, Any]) -> Iterator[Note]:
    """Courses of a drug that begin while an earlier one by the same route still runs."""
    courses = recorded_courses(series).dropna(subset=["start_day"]).sort_values("start_day", kind="stable")
    for (patient_id, drug, _route), own in courses.groupby(["patient_id", "drug", "route"], dropna=False):
        end = own["surely_to"].cummax().shift()
        for day in own.loc[own["start_day"].astype("float64") <= end, "start_day"]:
            yield str(patient_id), day, f"{drug} from day {day} while an earlier course of it still runs"


def events_before_infusion(series: CaseSeries, rule: Mapping[str, Any]) -> Iterator[Note]:
    """The named events before the first infusion."""
    events = series.events
    yield from _before_infusion(series, events[events["name"].isin(rule["events"])])


def responses_before_infusion(series: CaseSeries, _rule: Mapping[str, Any]) -> Iterator[Note]:
    """Recorded responses before the first infusion."""
    events = series.events
    yield from _before_infusion(series, events[events["kind"] == "response"])


def remission_on_forbidden_dose(series: CaseSeries, rule: Mapping[str, Any]) -> Iterator[Note]:
    """Recorded remissions on days whose known dose of prednisone is above what the criterion allows."""
    people = series.patients
    ill = set(people.loc[people["disease"].isin(rule["diseases"]), "patient_id"])
    events = series.events
    recorded = events[events["patient_id"].isin(ill) & (events["kind"] == "response")]
    recorded = recorded[recorded["name"].str.contains("remission")].dropna(subset=["start_day"])
    if recorded.empty:
        return
    doses = daily_glucocorticoid(series).merge(
        recorded[["patient_id", "name", "start_day"]], on="patient_id", suffixes=("", "_of_remission")
    )
    day = doses["start_day_of_remission"]
    taken = doses[(doses["start_day"] <= day) & (day <= doses["end_day"].fillna(day))]
    for row in each(taken[taken["mg_per_day"] > rule["highest_mg_per_day"]]):
        found = f"{row.name} on day {row.start_day_of_remission} with {row.mg_per_day:g} mg prednisone a day"
        yield row.patient_id, row.start_day_of_remission, found


def _before_infusion(series: CaseSeries, events: pd.DataFrame) -> Iterator[Note]:
    """Those events that begin before the patient's first infusion."""
    treatments = series.treatments
    infused = treatments[treatments["category"] == "car_t"].groupby("patient_id")["start_day"].min()
    early = events[events["start_day"] < events["patient_id"].map(infused)]
    for row in each(early):
        found = f"{row.name} on day {row.start_day}, infusion on day {infused[row.patient_id]}"
        yield row.patient_id, row.start_day, found


def _recorded(series: CaseSeries) -> pd.DataFrame:
    """Patient, first day and name of every row of every table that has a day."""
    parts = [
        table.rename(columns={FIRST_DAY[name]: "day", NAMED[name]: "name"})[["patient_id", "day", "name"]]
        for name, table in series.tables.items()
        if name in FIRST_DAY
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["day"])
