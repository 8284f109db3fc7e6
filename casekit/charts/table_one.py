"""Table 1: who the patients were before the infusion, in all and per disease."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Self

import altair as alt
import pandas as pd

from casekit import catalogue, scores
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.score_frames import is_from_baseline, name_of
from casekit.charts.value_frames import heading
from casekit.charts.words import DAYS_PER_MONTH, number
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores.measurements import in_declared_units

NAME = "table_one"
ALL = "all"
SMALLEST_IQR = 5
NUMBERS = {
    "age_years": "Age, years",
    "disease_duration_years": "Disease duration, years",
    "prior_therapies": "Earlier treatments",
    "weight_kg": "Body weight, kg",
}
VALUES = ["patient_id", "disease", "characteristic", "kind", "value"]
HEADINGS = {"characteristic": "Before the infusion", ALL: "All"}


@dataclass(frozen=True)
class TableOneFrames(Frames):
    """Frames whose rows are a summary: those of some patients are summarised anew."""

    spread: str = "range"

    def of(self, patient_ids: Collection[str]) -> Self:
        """Return the table of these patients."""
        some = super().of(patient_ids)
        return replace(some, rows=_table(some.parts["values"], [*self.columns][1:], self.spread))


def table_one_frames(series: CaseSeries, *, spread: str = "range") -> TableOneFrames:
    """Return what is known of the patients before the infusion.

    Parameters
    ----------
    series : CaseSeries
        Any series.
    spread : {"range", "iqr"}
        Whether the brackets hold the range, or the quartiles where at least five patients are known.

    Returns
    -------
    TableOneFrames
        ``rows``: one row per characteristic, with the columns characteristic, all, and one per disease: a count with
        its percentage of those known, or the median with its spread; n where not all are known. ``parts["values"]``:
        one row per patient and characteristic. Scores and laboratory values are the last before the infusion.

    Examples
    --------
    >>> import casekit as ck
    >>> table = table_one_frames(ck.example()).rows.set_index("characteristic")
    >>> table.loc["Women", "all"], table.loc["Age, years", "all"]
    ('10 (67 %)', '36 (18 to 60)')
    """
    own = series.before_alignment or series
    parts = [_people(own), _organs(own), _doses(own), *_baseline(own)]
    values = pd.concat([part for part in parts if len(part)], ignore_index=True)[VALUES]
    groups = {str(name): str(name) for name in dict.fromkeys(own.patients["disease"])}
    columns = {**HEADINGS, **(groups if len(groups) > 1 else {})}
    rows = _table(values, [*columns][1:], spread)
    return TableOneFrames(rows, about(own), patients_of(own), {"values": values}, columns, spread)


def table_one(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one sentence that says how many patients the table is about; the figures themselves are the table.

    Parameters
    ----------
    frames : Frames
        From :func:`table_one_frames`, or some of its patients.
    width : int
        Width in pixels.
    patient : str
        Has no mark here: the table is of all.

    Examples
    --------
    >>> import casekit as ck
    >>> table_one(table_one_frames(ck.example())).usermeta["key"]
    'table_one'
    """
    counts = frames.patients["disease"].value_counts(sort=False)
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    sentence = f"Table 1 describes {len(frames.patients)} patients ({told})." if told else "No patient is left."
    said = nothing(frames.about, name=NAME, sentence=sentence, width=width)
    said.params = [alt.param(name="patient", value=patient).param]
    return said


def _long(people: pd.DataFrame, characteristic: str, kind: str, values: Any) -> pd.DataFrame:
    """Return one characteristic of every patient."""
    known = pd.Series(list(values), dtype="Float64").astype("float64").to_numpy()
    return people[["patient_id", "disease"]].assign(characteristic=characteristic, kind=kind, value=known)


def _people(series: CaseSeries) -> pd.DataFrame:
    """Return what the table of patients says."""
    people = series.patients
    sex = people["sex"].map({"female": 1.0, "male": 0.0})
    follow_up = people["last_known_day"].astype("float64") / DAYS_PER_MONTH
    found = [_long(people, "Women", "count", sex)]
    found += [_long(people, label, "number", people[name]) for name, label in NUMBERS.items() if name in people]
    found.append(_long(people, "Follow-up, months", "number", follow_up))
    return pd.concat([part for part in found if part["value"].notna().any()] or found[:1], ignore_index=True)


def _organs(series: CaseSeries) -> pd.DataFrame:
    """Return which organs were involved; unknown where the list is empty."""
    people = series.patients
    listed = [
        None if pd.isna(text) else [part.strip() for part in str(text).split(";")] for text in people.get("organs", [])
    ]
    names = pd.Series([organ for organs in listed if organs for organ in organs], dtype=str).value_counts().index
    found = [
        _long(
            people, f"Organ: {name}", "count", [None if organs is None else float(name in organs) for organs in listed]
        )
        for name in names
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=VALUES)


def _doses(series: CaseSeries) -> pd.DataFrame:
    """Return the dose of CAR T cells of every patient."""
    given = series.treatments[
        (series.treatments["category"] == "car_t") & (series.treatments["dose_unit"] == "cells/kg")
    ]
    dose = given.sort_values("start_day").drop_duplicates("patient_id").set_index("patient_id")["dose"] / 1e6
    if dose.dropna().empty:
        return pd.DataFrame(columns=VALUES)
    return _long(series.patients, "CAR T cells, × 10⁶/kg", "number", series.patients["patient_id"].map(dose))


def _baseline(series: CaseSeries) -> list[pd.DataFrame]:
    """Return scores and laboratory values of each disease at the last day before the infusion."""
    found = []
    for name in dict.fromkeys(series.patients["disease"]):
        declared, own = catalogue.disease(str(name)), series.select(disease=str(name))
        instruments = [one for one in (declared.activity, *declared.scores) if one and not is_from_baseline(one)]
        found += [_score(own, instrument) for instrument in instruments]
        found += [_measured(own, variable) for variable in declared.laboratory]
    return found


def _score(series: CaseSeries, instrument: str) -> pd.DataFrame:
    """Return the last score before the infusion; a score that is only an interval is not known."""
    try:
        scored = scores.score(series, instrument)
    except CaseKitError:
        return pd.DataFrame(columns=VALUES)
    last = scored[scored["day"] <= 0].sort_values("day").drop_duplicates("patient_id", keep="last")
    before = last.set_index("patient_id")["value"]
    if before.empty:
        return pd.DataFrame(columns=VALUES)
    return _long(series.patients, name_of(instrument), "number", series.patients["patient_id"].map(before))


def _measured(series: CaseSeries, variable: str) -> pd.DataFrame:
    """Return the last result up to the infusion; below detection counts as its limit."""
    rows = series.measurements[(series.measurements["variable"] == variable) & (series.measurements["day"] <= 0)]
    rows = in_declared_units(rows)
    last = rows.dropna(subset=["value"]).sort_values("day").groupby("patient_id")["value"].last()
    if last.empty:
        return pd.DataFrame(columns=VALUES)
    label, unit = heading(variable)
    return _long(series.patients, f"{label}, {unit}", "number", series.patients["patient_id"].map(last))


def _table(values: pd.DataFrame, groups: list[str], spread: str) -> pd.DataFrame:
    """Return one row per characteristic, one column per group."""
    people = values[["patient_id", "disease"]].drop_duplicates()
    found = [{"characteristic": "Patients", **{name: str(len(_of(people, name))) for name in groups}}]
    for characteristic, rows in values.groupby("characteristic", sort=False):
        cells = {name: _cell(_of(rows, name), spread) for name in groups}
        if len(rows) < len(people):  # asked of some diseases only: there is no figure of all
            cells[ALL] = "–"
        found.append({"characteristic": str(characteristic), **cells})
    return pd.DataFrame(found)


def _of(rows: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the rows of one group."""
    return rows if group == ALL else rows[rows["disease"] == group]


def _cell(rows: pd.DataFrame, spread: str) -> str:
    """Return a count with its percentage, or a median with its spread; n where not all are known."""
    known = rows["value"].dropna()
    if known.empty:
        return "not known" if len(rows) else "–"
    some = f", n = {len(known)}" if len(known) < len(rows) else ""
    if rows["kind"].iloc[0] == "count":
        return f"{known.sum():.0f} ({100 * known.mean():.0f} %){some}"
    if (known == known.iloc[0]).all():
        return f"{number(round(float(known.iloc[0]), 1))}{some}"
    iqr = spread == "iqr" and len(known) >= SMALLEST_IQR
    low, high = (known.quantile(0.25), known.quantile(0.75)) if iqr else (known.min(), known.max())
    middle, low, high = (number(round(float(value), 1)) for value in (known.median(), low, high))
    return f"{middle} [{low} to {high}]{some}" if iqr else f"{middle} ({low} to {high}){some}"


PICTURE = Picture(NAME, "Who were the patients?", table_one_frames, table_one, HEADINGS)
