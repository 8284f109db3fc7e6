"""The wide frame an instrument is scored on: one row per patient and visit, one column per variable.

A visit is a day on which something was assessed that only a person can assess; laboratory values are carried to it
from the days before, within the window of the instrument. A value outside the window is missing, not reused.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores import derive
from casekit.scores.declaration import Instrument, columns_of, elementary, read, rules_of
from casekit.scores.recorded import NOTHING, Recorded, Table, recorded
from casekit.scores.spans import recorded_courses

KEYS = ["patient_id", "day"]
LYMPHODEPLETION_DAYS = (-30, 0)
USUAL_LYMPHODEPLETION_DAY = -5
BESIDE = {"lower": "_lower", "upper": "_upper", "comparator": "_comparator", "other_cause": "_other_cause"}


def nearest_first(table: pd.DataFrame, day: float) -> pd.DataFrame:
    """The rows in the order of their distance to a day, of two equally near ones the earlier first; `away` in days.

    >>> nearest_first(pd.DataFrame({"day": [190, 100, 170]}), 180)[["day", "away"]].values.tolist()
    [[170, 10], [190, 10], [100, 80]]
    """
    return table.assign(away=(table["day"] - day).abs()).sort_values(["away", "day"])


@dataclass(frozen=True, eq=False)
class Visits:
    """The wide frame, and the rows its values come from: variable by variable, the visits and the places."""

    frame: pd.DataFrame
    source: Recorded
    assessed: Sequence[tuple[Any, Any]]
    measured: Sequence[tuple[Any, Any]]

    @cached_property
    def observed(self) -> pd.DataFrame:
        """One row per visit and variable with value, unit, comparator, observed_day, attributed_to and origin."""
        parts = [
            self._observed(self.source.assessments, self.assessed, ()),
            self._observed(self.source.measurements, self.measured, ("observed_day", "row")),
        ]
        return pd.concat(parts, ignore_index=True)

    def _observed(self, table: Table, found: Sequence[tuple[Any, Any]], order: Sequence[str]) -> pd.DataFrame:
        visits, places = (np.concatenate([NOTHING, *ends]) for ends in (list(zip(*found, strict=True)) or [(), ()]))
        straight = np.argsort(places, kind="stable")
        rows = table.frame.iloc[places[straight]].assign(row=visits[straight])
        rows = rows.assign(day=self.frame["day"].to_numpy()[visits[straight]])
        return rows.sort_values(list(order), kind="stable") if order else rows


def visits_of(series: CaseSeries, instrument: Instrument, multiples: Mapping[str, float]) -> Visits:
    """All visits at which `instrument` can be scored, with every column it reads.

    `multiples` gives the range of each muscle enzyme that is followed, as a multiple of its upper limit of normal.
    """
    columns, source = columns_of(instrument), recorded(series)
    wanted = sorted(set(columns.values()) | set(multiples))
    keys, windows = _visit_keys(series, instrument, wanted), _windows(instrument)
    assessed = [source.assessments.latest(name, keys, 0) for name in wanted]
    measured = [source.measurements.latest(name, keys, windows.get(name, windows[""])) for name in wanted]
    frame = _wide(source, keys, zip(wanted, assessed, measured, strict=True))
    frame = frame.assign(**_derived_columns(series, columns, keys))
    if multiples:
        frame = _with_enzyme(frame, multiples).assign(mmt_max=150.0)
    return Visits(frame, source, assessed, measured)


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


def _visit_keys(series: CaseSeries, instrument: Instrument, wanted: Sequence[str]) -> Any:
    """Patient and day of every visit, as one number each."""
    declared, source = catalogue.instrument(instrument.id), recorded(series)
    patients = series.patients.loc[series.patients["disease"].isin(declared["diseases"]), "patient_id"]
    if declared.get("visit", {}).get("per_patient") == "before_lymphodepletion":
        given = recorded_courses(series)
        return source.keys_of(_before_lymphodepletion(given[given["patient_id"].isin(patients)]))
    assessed = anchors(instrument.id)
    keys = source.assessments.keys_of(assessed) if assessed else source.measurements.keys_of(wanted)
    return source.of_patients(keys, patients)


def _before_lymphodepletion(treatments: pd.DataFrame) -> pd.DataFrame:
    """One visit per infused patient: the first day of lymphodepletion, day -5 where none is recorded."""
    infused = treatments.loc[treatments["category"] == "car_t", "patient_id"].drop_duplicates()
    given = treatments[treatments["category"] == "lymphodepletion"]
    starts = given[given["start_day"].between(*LYMPHODEPLETION_DAYS)].groupby("patient_id")["start_day"].min()
    days = infused.map(starts).fillna(USUAL_LYMPHODEPLETION_DAY).astype("Int64")
    return pd.DataFrame({"patient_id": infused, "day": days}).sort_values(KEYS, ignore_index=True)


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


def _wide(source: Recorded, keys: Any, found: Iterable[tuple[str, Any, Any]]) -> pd.DataFrame:
    """One row per visit; `_lower`, `_upper`, `_comparator` and `_other_cause` beside the values."""
    columns: dict[str, Any] = {}
    for name, assessed, measured in found:
        parts = [(source.assessments, *assessed), (source.measurements, *measured)]
        parts = [part for part in parts if len(part[1])]
        if parts:
            columns[name] = _filled(len(keys), parts, "value", words=_is_word(name))
        for cell, suffix in BESIDE.items():
            if any(cell in table.cells and pd.notna(table.cells[cell][places]).any() for table, _, places in parts):
                columns[f"{name}{suffix}"] = _filled(len(keys), parts, cell, words=cell == "comparator")
    days = source.days_of(keys)
    return pd.concat([days, pd.DataFrame(columns, index=days.index)], axis=1)


def _is_word(name: str) -> bool:
    return catalogue.variable(name).type == "choice"


def _filled(length: int, parts: Sequence[tuple[Table, Any, Any]], cell: str, *, words: bool) -> Any:
    """A column with the cells of each table at their visits, nothing elsewhere."""
    column = np.full(length, None, dtype=object) if words else np.full(length, np.nan)
    for table, visits, places in parts:
        if cell in table.cells:
            cells = table.cells[cell][places]
            column[visits] = cells if words else cells.astype("float64")
    return pd.array(column, dtype="str") if words else column


def _derived_columns(series: CaseSeries, columns: Collection[str], keys: Any) -> dict[str, pd.Series]:
    """The columns that come from drug courses; instruments with the same visits share them."""
    wanted = [name for name in DERIVED if name in columns]
    return {name: column for made in wanted for name, column in _derived(series, made, keys.tobytes()).items()}


@lru_cache(maxsize=128)
def _derived(series: CaseSeries, name: str, keys: bytes) -> Mapping[str, pd.Series]:
    """What the drug courses of a series say under a name at some visits."""
    days = recorded(series).days_of(np.frombuffer(keys, dtype=np.int64))
    return DERIVED[name](recorded_courses(series), days)


def _dose(treatments: pd.DataFrame, days: pd.DataFrame) -> dict[str, pd.Series]:
    """The glucocorticoid dose as a column, with its bounds beside it where some visit has nothing but bounds."""
    found, name = derive.glucocorticoid_at(treatments, days), "prednisolone_eq_mg_day"
    is_open = found["value"].isna() & found["low"].notna()
    ends = {f"{name}_{end}": found[end].replace(np.inf, np.nan).where(is_open) for end in ("low", "high")}
    return {name: found["value"], **(ends if is_open.any() else {})}


def _state(treatments: pd.DataFrame, days: pd.DataFrame, column: str) -> dict[str, pd.Series]:
    return {column: derive.drug_state_at(treatments, days, derive.STATES[column])}


def _maintenance(treatments: pd.DataFrame, days: pd.DataFrame) -> dict[str, pd.Series]:
    return {"maintenance_drugs_standard_and_tolerated": derive.standard_maintenance_at(treatments, days)}


def _investigational(treatments: pd.DataFrame, days: pd.DataFrame) -> dict[str, pd.Series]:
    """No drug under investigation where a medication history is recorded: the series holds none but the cells."""
    known = derive.has_history(days["patient_id"], treatments)
    return {"investigational_drug": known.map({True: 0.0, False: float("nan")}).astype("float64")}


DERIVED: Mapping[str, Callable[[pd.DataFrame, pd.DataFrame], dict[str, pd.Series]]] = {
    "prednisolone_eq_mg_day": _dose,
    **{column: partial(_state, column=column) for column in derive.STATES},
    "maintenance_drugs_standard_and_tolerated": _maintenance,
    "investigational_drug": _investigational,
}


def baseline_rows(frame: pd.DataFrame) -> pd.Series:
    """For each visit the row of the patient's last visit on or before day 0; missing when there is none."""
    patients, _ = pd.factorize(frame["patient_id"].to_numpy(dtype=object))
    last = np.full(len(frame), np.nan)
    before = np.flatnonzero(frame["day"].to_numpy(dtype="float64", na_value=np.nan) <= 0)
    last[patients[before]] = before  # visits stand in the order of their days: the last one stays
    return pd.Series(last[patients], index=frame.index)


def _with_enzyme(frame: pd.DataFrame, multiples: Mapping[str, float]) -> pd.DataFrame:
    present = [name for name in multiples if name in frame and f"{name}_upper" in frame]
    values = {name: frame[name] for name in present}
    limits = {name: frame[f"{name}_upper"] for name in present}
    if not present:
        return frame
    return frame.join(derive.muscle_enzyme(values, limits, baseline_rows(frame), multiples))
