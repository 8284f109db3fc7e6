"""What was recorded about each variable, sorted by patient and day: a value before a visit is found without a join."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from casekit.records import CaseSeries
from casekit.scores.measurements import daily_measurements

FLAGS = {"yes": "1", "no": "0"}
# Patient and day as one number; patients lie further apart than any value may be carried.
SPAN, DAY_ZERO = 1_000_000, 500_000
CELLS = ("value", "lower", "upper", "comparator")
NOTHING = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one variable: patient and day of each as one number, ascending, and their places in the table."""

    keys: Any
    places: Any


@dataclass(frozen=True, eq=False)
class Table:
    """A table, its cells as plain arrays, and its rows by variable."""

    frame: pd.DataFrame
    cells: Mapping[str, Any]
    rows: Mapping[str, Rows]

    def latest(self, variable: str, keys: Any, window: float) -> tuple[Any, Any]:
        """The visits at which the variable is known, and the place of its latest row within the window before each."""
        found = self.rows.get(variable)
        if found is None:
            return NOTHING, NOTHING
        before = np.searchsorted(found.keys, keys, side="right") - 1
        age = keys - found.keys[before]
        visits = np.flatnonzero((before >= 0) & (age <= window))
        return visits, found.places[before[visits]]

    def keys_of(self, variables: Iterable[str]) -> Any:
        """Patient and day of every row of some variables, each once."""
        found = [self.rows[name].keys for name in variables if name in self.rows]
        return np.unique(np.concatenate(found)) if found else NOTHING


@dataclass(frozen=True, eq=False)
class Recorded:
    """The assessments and daily measurements of a series, and its patients in the order of their places."""

    patients: Any
    assessments: Table
    measurements: Table

    def keys_of(self, days: pd.DataFrame) -> Any:
        """Patient and day of each row as one number."""
        return _keys(days, self.patients)

    def days_of(self, keys: Any) -> pd.DataFrame:
        """Patient and day of each number."""
        ids = pd.array(self.patients[keys // SPAN], dtype="str")
        return pd.DataFrame({"patient_id": ids, "day": pd.array(keys % SPAN - DAY_ZERO, dtype="Int64")})

    def of_patients(self, keys: Any, patients: pd.Series) -> Any:
        """The numbers that belong to some patients."""
        return keys[np.isin(self.patients, patients.to_numpy(dtype=object))[keys // SPAN]]


@lru_cache(maxsize=32)
def recorded(series: CaseSeries) -> Recorded:
    """The assessments (yes and no as 1 and 0) and daily measurements of a series, by variable."""
    patients = np.sort(series.patients["patient_id"].to_numpy(dtype=object))
    assessed = series.assessments
    flagged = assessed.assign(value=assessed["value"].replace(FLAGS).astype(object), observed_day=assessed["day"])
    return Recorded(patients, _table(flagged, patients), _table(daily_measurements(series), patients))


def _table(frame: pd.DataFrame, patients: Any) -> Table:
    frame = frame[frame["day"].notna()]
    keys, names = _keys(frame, patients), frame["variable"].to_numpy(dtype=object)
    places = {str(name): np.asarray(rows) for name, rows in frame.groupby(names, sort=False).indices.items()}
    ordered = {name: rows[np.argsort(keys[rows], kind="stable")] for name, rows in places.items()}
    cells = {name: _plain(frame[name]) for name in CELLS if name in frame}
    if "attributed_to" in frame:
        cells["other_cause"] = np.where(frame["attributed_to"].notna(), 1.0, np.nan)
    return Table(frame, cells, {name: Rows(keys[rows], rows) for name, rows in ordered.items()})


def _keys(days: pd.DataFrame, patients: Any) -> Any:
    codes = pd.Index(patients).get_indexer(pd.Index(days["patient_id"].to_numpy(dtype=object)))
    return codes * SPAN + days["day"].to_numpy(dtype="int64") + DAY_ZERO


def _plain(cells: pd.Series) -> Any:
    """The cells as an array of numbers, or of words and numbers with None for what is missing."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells.to_numpy(dtype="float64", na_value=np.nan)
    plain = cells.astype(object).to_numpy(dtype=object, copy=True)
    plain[pd.isna(plain)] = None
    return plain
