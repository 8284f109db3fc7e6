"""The wide frame an instrument is scored on: one row per patient and visit, one column per variable.

A visit is a day on which something was assessed that only a person can assess; laboratory values are carried to it
from the days before, within the window of the instrument. A value outside the window is missing, not reused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores import derive
from casekit.scores.declaration import Instrument, columns_of, elementary, read, rules_of
from casekit.scores.measurements import in_declared_units
from casekit.scores.spans import recorded_courses

KEYS = ["patient_id", "day"]
FLAGS = {"yes": "1", "no": "0"}
LYMPHODEPLETION_DAYS = (-30, 0)
USUAL_LYMPHODEPLETION_DAY = -5
BESIDE = {"lower": "_lower", "upper": "_upper", "comparator": "_comparator"}


@dataclass(frozen=True)
class Visits:
    """The wide frame, and the observation behind each of its values."""

    frame: pd.DataFrame
    observed: pd.DataFrame


def visits_of(series: CaseSeries, instrument: Instrument, multiples: Mapping[str, float]) -> Visits:
    """All visits at which `instrument` can be scored, with every column it reads.

    `multiples` gives the range of each muscle enzyme that is followed, as a multiple of its upper limit of normal.

    Returns
    -------
    Visits
        `frame`: one row per patient and visit. `observed`: one row per visit and variable with value, unit,
        comparator, observed_day, attributed_to and origin.
    """
    columns = columns_of(instrument)
    rows = rows_of(series, _diseases(instrument))
    wanted = set(columns.values()) | set(multiples)
    assessments = rows.assessments[rows.assessments["variable"].isin(wanted)]
    measurements = rows.measurements[rows.measurements["variable"].isin(wanted)]
    given = rows.treatments
    declared = catalogue.instrument(instrument.id).get("visit", {})
    days = (
        _before_lymphodepletion(given)
        if declared.get("per_patient") == "before_lymphodepletion"
        else _visit_days(instrument, assessments, measurements)
    )
    carried = _carried(days, measurements, instrument)
    observed = pd.concat([assessments.merge(days, on=KEYS), carried], ignore_index=True)
    frame = _wide(days, observed)
    frame = _with_derived(frame, given, columns)
    if multiples:
        frame = _with_enzyme(frame, multiples).assign(mmt_max=150.0)
    return Visits(frame, observed)


@dataclass(frozen=True)
class Rows:
    """The rows of the patients with some diseases, ready for any instrument."""

    assessments: pd.DataFrame
    measurements: pd.DataFrame
    treatments: pd.DataFrame


@lru_cache(maxsize=64)
def rows_of(series: CaseSeries, diseases: tuple[str, ...]) -> Rows:
    """The assessments (yes and no as 1 and 0), daily measurements and drug courses of these patients."""
    patients = series.patients.loc[series.patients["disease"].isin(diseases), "patient_id"]
    assessed, measured, given = series.assessments, daily_measurements(series), recorded_courses(series)
    assessed = assessed[assessed["patient_id"].isin(patients)]
    flagged = assessed["value"].replace(FLAGS).astype(object)
    found = {*catalogue.variables().index, *assessed["variable"], *measured["variable"]}  # names of its own as well
    names = pd.CategoricalDtype(sorted(found))  # comparing names is most of the time otherwise
    return Rows(
        assessed.assign(value=flagged, observed_day=assessed["day"]).astype({"variable": names}),
        measured[measured["patient_id"].isin(patients)].astype({"variable": names}),
        given[given["patient_id"].isin(patients)],
    )


def _diseases(instrument: Instrument) -> tuple[str, ...]:
    return tuple(catalogue.instrument(instrument.id)["diseases"])


@cache
def anchors(name: str) -> frozenset[str]:
    """The assessed variables that make a day a visit: those no laboratory value can stand in for.

    >>> "arthritis" in anchors("sledai_2k"), "fever" in anchors("sledai_2k")
    (True, False)
    """
    return frozenset(_anchors(read(name)))


def _anchors(instrument: Instrument) -> Iterator[str]:
    gate = list(elementary(instrument.gate)) if instrument.gate else []
    for rules in [*(list(rules_of(item)) for item in instrument.items), gate]:
        names = [rule.get("flag") or rule.get("var") for rule in rules if "score" not in rule]
        kinds = {name: catalogue.variable(name).kind for name in names if name}
        if "measurement" not in kinds.values():
            yield from (name for name, kind in kinds.items() if kind == "assessment")
        for rule in rules:
            if "score" in rule:
                yield from anchors(rule["score"])


def _visit_days(instrument: Instrument, assessments: pd.DataFrame, measurements: pd.DataFrame) -> pd.DataFrame:
    wanted = anchors(instrument.id)
    source = assessments[assessments["variable"].isin(wanted)] if wanted else measurements
    days = source[KEYS].drop_duplicates().sort_values(KEYS, ignore_index=True)
    return days.assign(row=days.index)


def _before_lymphodepletion(treatments: pd.DataFrame) -> pd.DataFrame:
    """One visit per infused patient: the first day of lymphodepletion, day -5 where none is recorded."""
    infused = treatments.loc[treatments["category"] == "car_t", "patient_id"].drop_duplicates()
    given = treatments[treatments["category"] == "lymphodepletion"]
    starts = given[given["start_day"].between(*LYMPHODEPLETION_DAYS)].groupby("patient_id")["start_day"].min()
    days = infused.map(starts).fillna(USUAL_LYMPHODEPLETION_DAY).astype("Int64")
    table = pd.DataFrame({"patient_id": infused, "day": days}).sort_values(KEYS, ignore_index=True)
    return table.assign(row=table.index)


@lru_cache(maxsize=32)
def daily_measurements(series: CaseSeries) -> pd.DataFrame:
    """All measurements in their declared units, one per patient, variable and day."""
    rows = in_declared_units(series.measurements)
    rows = rows.assign(observed_day=rows["day"])
    return _one_a_day(rows)


def _one_a_day(rows: pd.DataFrame) -> pd.DataFrame:
    """Of several values on one day the one the variable declares: highest, lowest or last."""
    order = rows["variable"].map(lambda name: catalogue.variable(name).within_day)
    rank = rows["hour"].astype("float64").fillna(-1.0)  # a value without an hour yields to one with an hour
    rank = rank.mask(order == "highest", rows["value"]).mask(order == "lowest", -rows["value"])
    ranked = rows.assign(rank=rank).sort_values("rank", kind="stable")
    return ranked.drop_duplicates(["patient_id", "variable", "day"], keep="last").drop(columns="rank")


def _carried(days: pd.DataFrame, measurements: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """The latest value of each variable on or before each visit, within the window."""
    pairs = days.merge(measurements.drop(columns="day"), on="patient_id")
    windows = _windows(instrument)
    window = pairs["variable"].map(windows).astype("float64").fillna(windows[""])
    age = pairs["day"] - pairs["observed_day"]
    within = pairs[(age >= 0) & (age <= window)].sort_values("observed_day", kind="stable")
    return within.drop_duplicates([*KEYS, "variable"], keep="last")


def _windows(instrument: Instrument) -> dict[str, float]:
    """Days a value may be carried: per variable, and under the empty name for all others; nested windows apply."""
    own = dict(instrument.window.get("before_of", {}))
    default = instrument.window.get("before")
    for item in instrument.items:
        for rule in rules_of(item):
            if "score" in rule:
                nested = _windows(read(rule["score"]))
                own = {**{name: days for name, days in nested.items() if name}, **own}
                default = nested[""] if default is None else default
    return {**own, "": 0.0 if default is None else float(default)}


def _wide(days: pd.DataFrame, observed: pd.DataFrame) -> pd.DataFrame:
    """One row per visit; `_lower`, `_upper`, `_comparator` and `_other_cause` beside the values."""
    columns: dict[str, Any] = {}
    parts = {"value": _plain(observed["value"]), "row": observed["row"].to_numpy()}
    parts |= {part: _plain(observed[part]) for part in BESIDE if part in observed}
    parts["other_cause"] = observed["attributed_to"].notna().to_numpy(dtype="float64")
    for name, rows in observed.groupby("variable", sort=True, observed=True).indices.items():
        place, seen = parts["row"][rows], {part: cells[rows] for part, cells in parts.items()}
        columns[str(name)] = _filled(len(days), place, seen["value"], words=_is_word(str(name)))
        for part, suffix in BESIDE.items():
            if part in seen and pd.notna(seen[part]).any():
                columns[f"{name}{suffix}"] = _filled(len(days), place, seen[part], words=part == "comparator")
        if seen["other_cause"].any():
            columns[f"{name}_other_cause"] = _filled(len(days), place, seen["other_cause"], words=False)
    return pd.concat([days[KEYS], pd.DataFrame(columns, index=days.index)], axis=1)


def _plain(cells: pd.Series) -> Any:
    """The cells as an array of numbers, or of words and numbers with None for what is missing."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(dtype="float64", na_value=np.nan)
    plain = cells.astype(object).to_numpy(dtype=object, copy=True)
    plain[pd.isna(plain)] = None
    return plain


def _is_word(name: str) -> bool:
    return catalogue.variable(name).type == "choice"


def _filled(length: int, place: Any, values: Any, *, words: bool) -> Any:
    """A column with the values in their places, nothing elsewhere."""
    if words:
        column = np.full(length, None, dtype=object)
        column[place] = values
        return pd.array(column, dtype="str")
    column = np.full(length, np.nan)
    column[place] = values.astype("float64")
    return column


def _with_derived(frame: pd.DataFrame, treatments: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """The frame with the columns that come from drug courses and time courses."""
    made: dict[str, pd.Series] = {}
    if "prednisolone_eq_mg_day" in columns:
        made |= _dose(derive.glucocorticoid_at(treatments, frame))
    for column, category in derive.STATES.items():
        if column in columns:
            made[column] = derive.drug_state_at(treatments, frame, category)
    if "maintenance_drugs_standard_and_tolerated" in columns:
        made["maintenance_drugs_standard_and_tolerated"] = derive.standard_maintenance_at(treatments, frame)
    if "investigational_drug" in columns:
        recorded = derive.has_history(frame["patient_id"], treatments)
        made["investigational_drug"] = recorded.map({True: 0.0, False: float("nan")}).astype("float64")
    return frame.assign(**made)


def _dose(found: pd.DataFrame) -> dict[str, pd.Series]:
    """The glucocorticoid dose as a column, with its bounds beside it where some visit has nothing but bounds."""
    name = "prednisolone_eq_mg_day"
    is_open = found["value"].isna() & found["low"].notna()
    ends = {f"{name}_{end}": found[end].replace(np.inf, np.nan).where(is_open) for end in ("low", "high")}
    return {name: found["value"], **(ends if is_open.any() else {})}


def baseline_rows(frame: pd.DataFrame) -> pd.Series:
    """For each visit the row of the patient's last visit on or before day 0; missing when there is none."""
    before = frame[frame["day"] <= 0].sort_values("day")
    rows = pd.Series(before.index, index=before["patient_id"]).groupby(level=0).last()
    return frame["patient_id"].map(rows)


def _with_enzyme(frame: pd.DataFrame, multiples: Mapping[str, float]) -> pd.DataFrame:
    present = [name for name in multiples if name in frame and f"{name}_upper" in frame]
    values = {name: frame[name] for name in present}
    limits = {name: frame[f"{name}_upper"] for name in present}
    if not present:
        return frame
    return frame.join(derive.muscle_enzyme(values, limits, baseline_rows(frame), multiples))
