"""Time courses and drug courses turned into the values an instrument asks for.

Each function answers one question about one patient or one visit; none of them reads a file or knows a declaration.
Drug courses come with the days on which they surely ran and may have run (`spans.recorded_courses`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue
from casekit.scores.spans import LOCAL_ROUTES, perhaps_of, running

# House rule: a drug taken unchanged for four weeks is stable.
STABLE_DAYS = 28
# A dose in any other unit, a tablet or a dose per kg, has no milligrams here: it is not known.
MILLIGRAMS = {"mg": 1.0, "g": 1000.0, "ug": 0.001}
# What is given with the cells says nothing about whether somebody wrote down the other drugs.
WITH_THE_CELLS = ("car_t", "lymphodepletion", "anticytokine")
STATES = {"antimalarial": "antimalarial", "immunosuppressive": "immunosuppressant", "biologic": "biologic"}


@dataclass(frozen=True)
class Aplasia:
    """B-cell aplasia of one patient, days since infusion; None where it did not happen or is not known."""

    onset_day: float | None
    reconstitution_day: float | None
    last_aplastic_day: float | None
    duration_from_onset: float | None
    time_from_infusion: float | None
    censored: bool
    depleted_before: bool


def b_cell_aplasia(
    samples: Sequence[tuple[float, float]], *, threshold: float, aplastic_if: str, confirm_samples: int
) -> Aplasia:
    """Onset, return and duration of B-cell aplasia from (day, value) samples; samples of one day in the order taken.

    Onset is the first sample after infusion below the threshold; return is the first later sample at or above it
    that the following samples confirm. Without a return the duration runs to the last sample and is censored.

    >>> course = [(-5, 120), (7, 0), (28, 0), (90, 15)]
    >>> b_cell_aplasia(course, threshold=10, aplastic_if="below", confirm_samples=1).duration_from_onset
    83.0
    """
    ordered = sorted(((float(day), float(value)) for day, value in samples), key=lambda sample: sample[0])
    depleted = [(day, value <= threshold if aplastic_if == "up_to" else value < threshold) for day, value in ordered]
    before = [is_low for day, is_low in depleted if day <= 0]
    after = [(day, is_low) for day, is_low in depleted if day > 0]
    was_low = bool(before) and before[-1]
    first = next((place for place, (_, is_low) in enumerate(after) if is_low), None)
    if first is None:
        return Aplasia(None, None, None, None, None, censored=False, depleted_before=was_low)
    later, onset = after[first:], after[first][0]
    back = _confirmed_return(later, confirm_samples)
    end = later[-1][0] if back is None else back
    last_low = max(day for day, is_low in later if is_low and day <= end)
    return Aplasia(onset, back, last_low, end - onset, end, censored=back is None, depleted_before=was_low)


def _confirmed_return(later: Sequence[tuple[float, bool]], confirm_samples: int) -> float | None:
    for place, (day, _) in enumerate(later):
        run = later[place : place + confirm_samples]
        if len(run) == confirm_samples and not any(is_low for _, is_low in run):
            return day
    return None


def prednisone_factor(drug: str, where_tables_differ: str = "usual") -> float | None:
    """Milligrams of prednisone that 1 mg of `drug` stands for; None for inhaled, topical and other drugs.

    >>> prednisone_factor("methylprednisolone")
    1.25
    """
    declared = catalogue.drug(drug)
    equal_dose = declared.get("mg_equal_to_5_mg_prednisone")
    if where_tables_differ == "other":
        equal_dose = declared.get("mg_equal_in_other_tables", equal_dose)
    return None if equal_dose is None else 5.0 / float(equal_dose)


def daily_dose(courses: pd.DataFrame) -> pd.Series:
    """Dose per day of each drug course; null when the dose or the frequency gives no number."""
    days_per_dose = courses["frequency"].map(_days_per_dose).astype("float64")
    return courses["dose"].astype("float64") / days_per_dose


def _days_per_dose(frequency: Any) -> float:
    days = None if pd.isna(frequency) else catalogue.frequency(str(frequency))
    return np.nan if days is None else days


def glucocorticoid_courses(courses: pd.DataFrame, where_tables_differ: str = "usual") -> pd.DataFrame:
    """The systemic glucocorticoid courses with `mg_per_day` of prednisolone equivalent."""
    steroids = courses[courses["category"] == "glucocorticoid"]
    given = steroids[~steroids["route"].isin(LOCAL_ROUTES)]
    factor = given["drug"].map(lambda drug: prednisone_factor(drug, where_tables_differ)).astype("float64")
    systemic = ~given["drug"].map(lambda drug: bool(catalogue.drug(drug).get("not_systemic"))).astype(bool)
    milligrams = given["dose_unit"].map(MILLIGRAMS).astype("float64")
    return given.assign(mg_per_day=daily_dose(given) * milligrams * factor)[systemic]


def has_history(patient_ids: pd.Series, courses: pd.DataFrame) -> pd.Series:
    """Whether any drug beside the cells and what belongs to them is recorded: without one, no drug is not "none"."""
    others = courses.loc[~courses["category"].isin(WITH_THE_CELLS), "patient_id"]
    return patient_ids.isin(others.unique())


def total_dose(running: pd.DataFrame) -> pd.DataFrame:
    """The least and the most the doses of running courses add up to, per patient and day.

    A course that may be over counts nothing in `low`; one without a known dose counts nothing in `low` and has no upper
    end in `high`. So 20 mg beside an unknown dose are 20 mg or more.
    """
    least = running["mg_per_day"].fillna(0.0).where(running["surely"], 0.0)
    most = running["mg_per_day"].fillna(np.inf)
    keyed = running[["patient_id", "day"]].assign(low=least, high=most)
    return keyed.groupby(["patient_id", "day"])[["low", "high"]].sum()


def glucocorticoid_at(courses: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    """Prednisolone equivalent in mg per day at each visit: low, high and value, which is null where they differ.

    All three are null for patients without a medication history; a drug in no list may be a glucocorticoid of any dose.
    """
    given = pd.concat([glucocorticoid_courses(courses), perhaps_of(courses, ()).assign(mg_per_day=np.nan)])
    total = total_dose(running(given, visits))
    ends = {end: _at_visits(total[end], visits, courses, 0.0) for end in ("low", "high")}
    return pd.DataFrame({**ends, "value": ends["low"].where(ends["low"] == ends["high"])})


def drug_state_at(courses: pd.DataFrame, visits: pd.DataFrame, category: str) -> pd.Series:
    """`none`, `stable` or `changed` at each visit for one category; null where one may be over or is in no list."""
    found = running(perhaps_of(courses, [category]), visits)
    changed = found["surely"] & (found["surely_from"] > found["day"].astype("float64") - STABLE_DAYS)
    states = found.assign(changed=changed).groupby(["patient_id", "day"])[["changed", "surely"]]
    told = states.agg({"changed": "any", "surely": "all"})
    state = (
        pd.Series("stable", index=told.index, dtype=object).mask(~told["surely"], None).mask(told["changed"], "changed")
    )
    return _at_visits(state, visits, courses, "none")


def standard_maintenance_at(courses: pd.DataFrame, visits: pd.DataFrame) -> pd.Series:
    """1 when every running maintenance drug is within its standard dose, 0 when one is above, null when not known."""
    found = running(perhaps_of(courses, STATES.values()), visits)
    doses = found.assign(per_day=daily_dose(found)).to_dict("records")
    within = pd.Series([_within_standard(course) for course in doses], index=found.index, dtype="float64")
    above = (within == 0) & found["surely"]
    held = found.assign(above=above, within=within == 1).groupby(["patient_id", "day"])[["above", "within"]]
    told = held.agg({"above": "any", "within": "all"})
    answer = told["within"].astype("float64").where(told["within"]).mask(told["above"], 0.0)
    return _at_visits(answer, visits, courses, 1.0)


def _within_standard(course: Mapping[Any, Any]) -> float:
    highest = catalogue.drug(course["drug"]).get("maintenance_maximum")
    if highest is None or pd.isna(course["per_day"]) or course["dose_unit"] != highest["unit"]:
        return np.nan
    days = {"day": 1, "week": 7}[highest["per"]]
    return float(course["per_day"] <= highest["dose"] / days + 1e-6)


def _at_visits(found: pd.Series, visits: pd.DataFrame, courses: pd.DataFrame, otherwise: object) -> pd.Series:
    """`found` at each visit, `otherwise` when no course runs, null for patients without a medication history."""
    keys = pd.MultiIndex.from_frame(visits[["patient_id", "day"]])
    known = has_history(visits["patient_id"], courses).to_numpy()
    has_course = keys.isin(found.index)
    values = found.astype(object).reindex(keys).to_numpy(dtype=object, copy=True)
    values[~has_course & known] = otherwise
    values[~has_course & ~known] = None
    values[pd.isna(values)] = None
    series = pd.Series(values, index=visits.index, dtype=object)
    return series.astype("float64") if isinstance(otherwise, float) else series.astype("str")


def muscle_enzyme(
    values: Mapping[str, pd.Series],
    limits: Mapping[str, pd.Series],
    baseline: pd.Series,
    multiples: Mapping[str, float],
) -> pd.DataFrame:
    """The enzyme most abnormal at baseline, followed: columns enzyme, enzyme_baseline, enzyme_range, enzyme_name.

    `values` and `limits` hold one column per enzyme aligned with the visits, `baseline` marks for each visit the
    row of its baseline visit (missing when there is none). The range of an enzyme is one of `multiples` of its upper
    limit of normal.
    """
    levels, upper = pd.DataFrame(values), pd.DataFrame(limits)
    rows = baseline.astype("float64")
    at_baseline = levels.reindex(rows.to_numpy()).set_axis(levels.index)
    shares = at_baseline / upper.reindex(rows.to_numpy()).set_axis(levels.index)
    found = pd.DataFrame(index=levels.index, columns=["enzyme", "enzyme_baseline", "enzyme_range"], dtype="float64")
    names = pd.Series(None, index=levels.index, dtype="str")
    for row in levels.index[shares.notna().any(axis=1)]:
        name = str(shares.loc[row].idxmax())
        span = multiples[name] * upper.loc[rows[row], name]
        found.loc[row] = [levels.loc[row, name], at_baseline.loc[row, name], span]
        names[row] = name
    return found.assign(enzyme_name=names)
