"""Scores and verdicts of a series."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores import derive
from casekit.scores.aligned import in_aligned_days
from casekit.scores.aplasia import aplasia_of
from casekit.scores.conversions import factors_of, multiples_of, restated_series
from casekit.scores.declaration import EDGES, YES_OR_NO, Instrument, elementary, read, rules_of
from casekit.scores.evaluation import Scored, evaluated, words
from casekit.scores.per_patient import course_observations, expansion_of, is_course, scored_courses
from casekit.scores.spans import FIRST_DAY, recorded_courses, running
from casekit.scores.validity import checked_parameters
from casekit.scores.visits import KEYS, Visits, baseline_rows, visits_of


def score(series: CaseSeries, instrument: str, **parameters: Any) -> pd.DataFrame:
    """Scores of every visit at which the instrument can be scored.

    Parameters
    ----------
    series : CaseSeries
    instrument : str
        Id of an instrument, see `casekit.instruments()`.
    **parameters
        Parameters of the instrument, such as ``threshold=20`` for ``b_cell_aplasia``.

    Returns
    -------
    DataFrame
        One row per patient and visit: patient_id, day, low, high, value (null when low and high differ) and
        missing (ids of the items that leave the score open). For ``b_cell_aplasia`` one row per patient, in days.

    Raises
    ------
    UnknownName
        When there is no such instrument or parameter.

    Examples
    --------
    >>> import casekit as ck
    >>> ck.score(ck.example(), "sledai_2k").columns.tolist()
    ['patient_id', 'day', 'low', 'high', 'value', 'missing']
    """
    declared = catalogue.instrument(instrument)
    checked_parameters(declared, parameters)
    return in_aligned_days(series, lambda own: _scores(own, declared, parameters))


def _scores(series: CaseSeries, declared: Mapping[str, Any], parameters: Mapping[str, Any]) -> pd.DataFrame:
    """The scores in the days of the series itself."""
    if "time_course" in declared:
        return TIME_COURSES[declared["time_course"]](series, **parameters)
    if "conversion" in declared:
        return _glucocorticoid_scores(series, checked_parameters(declared, parameters))
    scored = scored_visits(series, declared["id"], **parameters)
    columns = {name: getattr(scored, name) for name in ("low", "high", "value", "missing")}
    return scored.frame[KEYS].assign(**columns)


def judge(series: CaseSeries, instrument: str, **parameters: Any) -> pd.DataFrame:
    """Verdict of every visit, with the verdict of each condition.

    Returns
    -------
    DataFrame
        One row per patient and visit: patient_id, day, verdict (``met``, ``not met`` or ``unknown``) and one column
        per condition with the same three words. For an instrument with a threshold the condition is that threshold.

    Raises
    ------
    CaseKitError
        When the instrument is a number without a threshold: use `score`.

    Examples
    --------
    >>> import casekit as ck
    >>> ck.judge(ck.example(), "doris_2021")["verdict"].unique().tolist()
    ['not met', 'met', 'unknown']
    """
    return in_aligned_days(series, lambda own: _verdicts(own, instrument, parameters))


def _verdicts(series: CaseSeries, instrument: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
    """The verdicts in the days of the series itself."""
    scored = _with_verdict(series, instrument, parameters)
    verdict, chosen = scored.verdict, scored.instrument
    if chosen.verdict:
        conditions = {str(chosen.verdict["id"]): verdict}
    else:
        conditions = {str(name): words(scored.item_low[name], scored.item_high[name]) for name in scored.item_low}
    return scored.frame[KEYS].assign(verdict=verdict, **conditions)


def _with_verdict(series: CaseSeries, instrument: str, parameters: Mapping[str, Any]) -> Scored:
    """The scored visits of an instrument that has a verdict."""
    declared = catalogue.instrument(instrument)
    if declared.get("combine") not in YES_OR_NO and "verdict" not in declared:
        raise CaseKitError(f"{instrument} is a number without a threshold, so it has no verdict. Use casekit.score.")
    return scored_visits(series, instrument, **parameters)


@lru_cache(maxsize=128)
def _visits(series: CaseSeries, instrument: str, multiples: tuple[tuple[str, float], ...]) -> Visits:
    """The wide visits with the columns that need scores: baselines of scores, new activity."""
    chosen = read(instrument)
    visits = visits_of(series, chosen, dict(multiples))
    frame = _with_baselines(visits.frame, chosen)
    return replace(visits, frame=_with_new_activity(frame) if _asks_for(chosen, "new_activity") else frame)


def scored_visits(series: CaseSeries, instrument: str, **parameters: Any) -> Scored:
    """Every visit of the series scored with the instrument; parameters it cannot have are refused."""
    checked_parameters(catalogue.instrument(instrument), parameters)
    series = restated_series(series, factors_of(instrument, parameters))
    return _scored(series, instrument, tuple(sorted(parameters.items())))


@lru_cache(maxsize=128)
def _scored(series: CaseSeries, instrument: str, parameters: tuple[tuple[str, Any], ...]) -> Scored:
    if is_course(instrument):
        return scored_courses(series, read(instrument), dict(parameters))
    multiples = tuple(multiples_of(instrument, dict(parameters)).items())
    return evaluated(read(instrument), _visits(series, instrument, multiples).frame, dict(parameters))


def observations(series: CaseSeries, instrument: str, **parameters: Any) -> pd.DataFrame:
    """One row per visit and variable that went into the instrument: value, unit, observed_day, origin."""
    if is_course(instrument):
        return course_observations(series, read(instrument), parameters)
    return _visits(series, instrument, tuple(multiples_of(instrument, parameters).items())).observed


def _asks_for(chosen: Instrument, flag: str) -> bool:
    return any(
        part.get("flag") == flag for item in chosen.items for rule in rules_of(item) for part in elementary(rule)
    )


def _with_baselines(frame: pd.DataFrame, chosen: Instrument) -> pd.DataFrame:
    """The frame with `_baseline` columns of every variable or score whose change the instrument asks for."""
    asking = [
        rule
        for item in chosen.items
        for rule in rules_of(item)
        if "improvement" in item or "change" in rule or "at" in rule
    ]
    rows = baseline_rows(frame)
    added: dict[str, Any] = {}
    for rule in asking:
        added |= _baseline_columns(frame, rule, rows)
    return frame.assign(**{name: column for name, column in added.items() if name not in frame})


def _baseline_columns(frame: pd.DataFrame, rule: Mapping[str, Any], rows: pd.Series) -> dict[str, Any]:
    if "score" not in rule:
        name = rule["var"]
        sources = {f"{name}_baseline": name, f"{name}_baseline_comparator": f"{name}_comparator"}
        sources |= {f"{rule[word]}_baseline": rule[word] for word in EDGES if isinstance(rule.get(word), str)}
        return {target: _looked_up(frame[source], rows) for target, source in sources.items() if source in frame}
    nested = evaluated(read(rule["score"]), frame, {})
    return {f"{rule['score']}_baseline_{end}": _looked_up(getattr(nested, end), rows) for end in ("low", "high")}


def _looked_up(column: pd.Series, rows: pd.Series) -> pd.Series:
    """The value of `column` in another row of the frame, per row."""
    return column.reindex(rows.astype("float64").to_numpy()).set_axis(column.index)


def _with_new_activity(frame: pd.DataFrame) -> pd.DataFrame:
    """New lupus activity where nobody recorded it: a SLEDAI-2K item that scores now and did not at the last visit."""
    sledai = evaluated(read("sledai_2k"), frame, {})
    certain, possible = sledai.item_low > 0, sledai.item_high > 0
    ids = frame["patient_id"]
    was_certain, was_possible = (part.astype(float).groupby(ids).shift() for part in (certain, possible))
    new = (certain & (was_possible == 0)).any(axis=1)
    maybe = (possible & (was_certain == 0)).any(axis=1)
    answer = pd.Series(float("nan"), index=frame.index).mask(~maybe, 0.0).mask(new, 1.0)
    answer = answer.mask(~ids.duplicated(), float("nan"))
    return frame.assign(new_activity=frame.get("new_activity", answer).fillna(answer))


def daily_glucocorticoid(series: CaseSeries) -> pd.DataFrame:
    """Systemic glucocorticoid dose over time.

    Returns
    -------
    DataFrame
        One row per patient and period of constant dose: patient_id, start_day, end_day (inclusive, null while
        ongoing), mg_per_day of prednisolone equivalent (null when a running course has no known dose, or may be over),
        and the least and the most it can be, low and high (infinite without an upper end). A course whose start is not
        known may have run from the first day a series can have.
    """
    return in_aligned_days(series, _daily_glucocorticoid)


def _daily_glucocorticoid(series: CaseSeries, **parameters: Any) -> pd.DataFrame:
    courses = derive.glucocorticoid_courses(recorded_courses(series), **parameters)
    periods = pd.DataFrame(
        [period for name, taken in courses.groupby("patient_id", sort=False) for period in _periods(str(name), taken)],
        columns=["patient_id", "day", "end_day"],
    )
    total = derive.total_dose(running(courses, periods)).reset_index()
    found = periods.merge(total, on=KEYS).rename(columns={"day": "start_day"})
    found["mg_per_day"] = found["low"].where(found["low"] == found["high"])
    found = found.astype({"start_day": "Int64", "end_day": "Int64", "mg_per_day": "float64"})
    return found[["patient_id", "start_day", "end_day", "mg_per_day", "low", "high"]]


def _periods(patient_id: str, courses: pd.DataFrame) -> list[tuple[str, int, int | None]]:
    """Patient, first and last day between two changes of dose; the last period has no end."""
    begins = {*courses["surely_from"], *courses["maybe_from"].clip(lower=FIRST_DAY)}
    after = {day + 1 for column in ("surely_to", "maybe_to") for day in courses[column]}
    edges = sorted(int(day) for day in begins | after if math.isfinite(day))
    ends: list[int | None] = [edge - 1 for edge in edges[1:]]
    return [(patient_id, start, end) for start, end in zip(edges, [*ends, None], strict=True)]


def _glucocorticoid_scores(series: CaseSeries, parameters: Mapping[str, Any]) -> pd.DataFrame:
    """The daily dose as a score: one row per patient and change of dose."""
    doses = _daily_glucocorticoid(series, **parameters).rename(columns={"start_day": "day"})
    value = doses["mg_per_day"]
    missing = value.isna().map({True: "dose", False: ""})
    return doses[[*KEYS, "low", "high"]].assign(value=value, missing=missing)


# What scores the instruments that are computed from a time course alone.
TIME_COURSES: Mapping[str, Callable[..., pd.DataFrame]] = {
    "b_cell_aplasia": aplasia_of,
    "car_t_kinetics": expansion_of,
}
