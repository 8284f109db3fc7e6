"""B-cell aplasia of every patient of a series: which samples decide, how long it lasted, what a limit leaves open."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores import derive
from casekit.scores.measurements import in_declared_units
from casekit.scores.validity import checked_parameters
from casekit.scores.visits import KEYS

INSTRUMENT = "b_cell_aplasia"
B_CELLS = "cd19_b_cells_per_ul"
VARIABLES = {"/uL": B_CELLS, "%": "cd19_b_cells_pct"}
UNIT = "unit"


def settings_of(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in force; a share of lymphocytes has no usual threshold, so that it has to be given.

    >>> settings_of({})["threshold"], settings_of({"unit": "%", "threshold": 1})["threshold"]
    (10, 1)
    """
    settings = checked_parameters(catalogue.instrument(INSTRUMENT), parameters)
    if settings[UNIT] == "%" and "threshold" not in parameters:
        raise CaseKitError(
            f"{INSTRUMENT}, threshold: found none for B cells in %; expected a percentage, such as 1. Give a threshold."
        )
    return settings


def aplasia_of(series: CaseSeries, **parameters: Any) -> pd.DataFrame:
    """B-cell aplasia of every patient with a sample after infusion.

    Returns
    -------
    DataFrame
        One row per patient: patient_id, day (first recovered sample, or the last sample when there is none yet),
        low, high and value (duration in days from the first aplastic sample; high is infinite and value null while
        aplasia lasts), missing, onset_day, last_aplastic_day, reconstitution_day, time_from_infusion, censored,
        depleted_before (the last sample before infusion was aplastic already). 0 days and no onset when B cells never
        fell below the threshold; an interval when a detection limit leaves a sample open.
    """
    settings = settings_of(parameters)
    rows = [_aplasia_row(name, samples, settings) for name, samples in courses_of(series, settings)]
    columns = [*KEYS, "low", "high", "value", "missing", "onset_day", "last_aplastic_day", "reconstitution_day"]
    columns += ["time_from_infusion", "censored", "depleted_before"]
    return pd.DataFrame(rows, columns=columns).sort_values("patient_id", kind="stable", ignore_index=True)


def span_words(onset: float, last_without: float, first_with: float | None) -> str:
    """Both edges of a course in words: aplasia is counted to the first sample with B cells, as it was published.

    >>> span_words(5, 55, 66)
    'day 5 to the first sample with B cells on day 66; last sample without: day 55'
    """
    if first_with is None:
        words = f"day {onset:g} on; still without B cells at the last sample on day {last_without:g}"
    else:
        words = f"day {onset:g} to the first sample with B cells on day {first_with:g}; "
        words += f"last sample without: day {last_without:g}"
    return words.replace("-", "−")


def courses_of(series: CaseSeries, settings: Mapping[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The samples in the order taken of each patient who has one after infusion."""
    measured = series.measurements
    samples = in_declared_units(measured[measured["variable"] == VARIABLES[settings[UNIT]]])
    samples = samples.sort_values(["day", "hour"], na_position="first")
    samples = samples[samples["day"].notna() & samples["value"].notna()]
    for name, course in samples.groupby("patient_id", sort=False):
        if (course["day"] > 0).any():
            yield str(name), course


def readings_of(course: pd.DataFrame, settings: Mapping[str, Any]) -> tuple[derive.Aplasia, derive.Aplasia]:
    """The aplasia with each sample beside a detection limit read as low and as high as it can be."""
    limits = {name: value for name, value in settings.items() if name != UNIT}
    low, high = (derive.b_cell_aplasia(samples, **limits) for samples in _bounded_samples(course))
    return low, high


def both_readings(series: CaseSeries) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """The aplasia of each patient with every open sample read low, and read high, see `readings_of`."""
    settings = settings_of({})
    courses = courses_of(series, settings)
    pairs = {name: readings_of(course, settings) for name, course in courses}
    return {name: (vars(low), vars(high)) for name, (low, high) in pairs.items()}


def open_days(course: pd.DataFrame, settings: Mapping[str, Any]) -> list[int]:
    """The days of samples that a detection limit leaves on either side of the threshold."""
    pairs = zip(*_bounded_samples(course), strict=True)
    return [int(day) for (day, low), (_, high) in pairs if _is_open(low, high, settings)]


def _aplasia_row(patient_id: str, course: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, Any]:
    """One patient; a sample beside a detection limit that leaves it open is read both ways."""
    readings = readings_of(course, settings)
    ends = [_duration(found) for found in readings]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    found = readings[0]
    missing = ", ".join(f"sample of day {day}" for day in open_days(course, settings))
    kept = {key: value for key, value in vars(found).items() if key != "duration_from_onset"}
    day = float(course["day"].max()) if found.time_from_infusion is None else found.time_from_infusion
    bounds = {"low": low, "high": high, "value": low if low == high else None}
    return {"patient_id": patient_id, "day": day, "missing": missing, **bounds, **kept}


def _bounded_samples(course: pd.DataFrame) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Each sample as the least and the most it can be: below a limit it is nearly 0, above one it has no upper end."""
    least, most = [], []
    for day, value, sign in course[["day", "value", "comparator"]].itertuples(index=False, name=None):
        number = float(value)
        least.append((float(day), 0.0 if sign == "<" else number))
        most.append((float(day), math.nextafter(number, 0.0) if sign == "<" else math.inf if sign == ">" else number))
    return least, most


def _is_open(low: float, high: float, settings: Mapping[str, Any]) -> bool:
    """Whether a sample between these bounds may lie on either side of the threshold of aplasia."""
    threshold = float(settings["threshold"])
    if settings["aplastic_if"] == "up_to":
        return low <= threshold < high
    return low < threshold <= high


def _duration(found: derive.Aplasia) -> tuple[float, float]:
    """Days of aplasia: none when B cells never fell, without upper end while it lasts."""
    if found.duration_from_onset is None:
        return 0.0, 0.0
    return found.duration_from_onset, math.inf if found.censored else found.duration_from_onset
