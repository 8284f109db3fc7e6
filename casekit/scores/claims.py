"""Published figures beside the same figures computed from the tables; no stored total is read."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from casekit import catalogue
from casekit.errors import DefinitionError
from casekit.records import CaseSeries
from casekit.scores import derive
from casekit.scores.aplasia import aplasia_of
from casekit.scores.measurements import in_declared_units
from casekit.scores.scoring import judge, score
from casekit.scores.spans import perhaps_of, recorded_courses, running
from casekit.scores.uncertainty import exact_interval, leave_one_out
from casekit.scores.visits import nearest_first

DAYS_A_MONTH = 30.4375
COLUMNS = ["claim", "statement", "published", "computed", "unit", "verdict", "n", "confidence", "source"]
UNCERTAINTY = ["exact_low_pct", "exact_high_pct", "leave_one_out_low", "leave_one_out_high"]
# These figures may hang on one patient: what they become without each of them is told beside them.
LEFT_OUT_OF = ("mean", "median")


class Counted(NamedTuple):
    """A figure, and the number of patients in whom what it counts is known."""

    figure: float
    n: int


def claims(series: CaseSeries) -> pd.DataFrame:
    """Every published figure the series is said to reproduce, recomputed.

    Returns
    -------
    DataFrame
        One row per figure: claim (id), statement, published, computed, unit, verdict (``agrees`` when the computed
        figure rounds to the printed one, ``differs``, ``conflict`` when the report itself contradicts the paper,
        ``no such patients`` when the series has none of that disease),
        n (patients in whom it is known), confidence and source; beside every count of patients the exact
        (Clopper-Pearson) 95 % interval of the proportion, exact_low_pct and exact_high_pct; beside every mean and
        median what it is when
        any one patient is left out, leave_one_out_low and leave_one_out_high. Empty when the series names no
        publication.

    Examples
    --------
    >>> import casekit as ck
    >>> checked = ck.claims(ck.example()).set_index("claim")
    >>> checked.loc["n_total", ["published", "computed", "verdict"]].tolist()
    [15, 15, 'agrees']
    """
    series = series.before_alignment or series
    publication = series.metadata.get("publication", "")
    declared = catalogue.publication(publication)["claims"] if publication else []
    rows = [_checked(series, claim) for claim in declared]
    figures = pd.DataFrame(rows, columns=[*COLUMNS, *UNCERTAINTY], dtype=object)
    return figures.astype({"n": "int64", **dict.fromkeys(UNCERTAINTY, "float64")})


def _checked(series: CaseSeries, claim: Mapping[str, Any]) -> dict[str, Any]:
    disease = claim.get("disease")
    if disease is not None and disease not in set(series.patients["disease"]):
        return {**claim, "claim": claim["id"], "published": claim["value"], "verdict": "no such patients", "n": 0}
    subset = series if disease is None else series.select(disease=disease)
    computed, known = _computed(subset, claim)
    kept = {key: claim[key] for key in ("statement", "unit", "confidence", "source")}
    verdict = "agrees" if agrees(claim["value"], computed) else "differs"
    if claim["confidence"] == "conflict":
        verdict = "conflict"
    number = _plain(computed)
    return {
        "claim": claim["id"],
        "published": claim["value"],
        "computed": number,
        "verdict": verdict,
        "n": known,
        **kept,
        **_uncertainty(subset, claim["computed"], Counted(computed, known)),
    }


def _uncertainty(series: CaseSeries, how: Mapping[str, Any], computed: Counted) -> dict[str, float]:
    """The exact interval of a count of patients, in percent; a mean or median without any one patient."""
    if COUNTED & set(how) and computed.n:
        low, high = exact_interval(int(computed.figure), computed.n)
        return {"exact_low_pct": round(100 * low, 1), "exact_high_pct": round(100 * high, 1)}
    if how.get("statistic") not in LEFT_OUT_OF:
        return {}
    ends = leave_one_out(PER_PATIENT[how["per_patient"]](series), how["statistic"])
    return {} if ends is None else {"leave_one_out_low": round(ends[0], 2), "leave_one_out_high": round(ends[1], 2)}


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else round(value, 2)


def agrees(published: float, computed: float) -> bool:
    """Whether `computed` rounds to the printed figure: within half a unit of its last digit.

    >>> agrees(112, 112.4), agrees(8.6, 8.67)
    (True, False)
    """
    text = str(published)
    decimals = len(text.partition(".")[2]) if isinstance(published, float) else 0
    return abs(computed - published) <= 0.5 * 10.0**-decimals


def summary(values: Iterable[float]) -> dict[str, float]:
    """Number, mean, sample standard deviation (n - 1), median and range of values as a case series prints them.

    >>> summary([63, 90, 112, 140, 155])["mean"]
    112.0
    """
    known = pd.Series([float(value) for value in values if not pd.isna(value)], dtype="float64")
    ends = {"min": float(known.min()), "max": float(known.max())}
    return {
        "n": len(known),
        "mean": float(known.mean()),
        "sd": float(known.std()),
        "median": float(known.median()),
        **ends,
    }


def _computed(series: CaseSeries, claim: Mapping[str, Any]) -> Counted:
    how = claim["computed"]
    for word, compute in WAYS.items():
        if word in how:
            return compute(series, how)
    raise DefinitionError(f"claim {claim['id']}: found {sorted(how)}; one of {', '.join(WAYS)} is expected.")


def _count(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    return Counted(len(series.tables[how["count"]]), len(series.patients))


def _per_patient(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    values = pd.Series(PER_PATIENT[how["per_patient"]](series), dtype="float64").dropna()
    statistic = how["statistic"]
    if statistic == "every":
        known, least, most = len(values), values.min(), values.max()
        return Counted(float(least) if known == len(series.patients) and least == most else float("nan"), known)
    return Counted(float(summary(values)[statistic]), len(values))


def _patients_who_are(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    (column, value), *_ = how["patients_who_are"].items()
    told = series.patients.set_index("patient_id")[column]
    return _counted((told == value).astype(float).where(told.notna()), series)


def _verdict_at_last_visit(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    last = _one_each(judge(series, how["verdict_at_last_visit"]).sort_values("day"), keep="last")
    return _counted(last["verdict"].map(VERDICTS), series)


def _verdict_near_day(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    """Patients who meet every named criterion, and score 0 where asked, at the visit nearest to the day."""
    held = [_near(judge(series, name), how)["verdict"].map(VERDICTS) for name in how["verdict_near_day"]]
    held += [_is_zero(_near(score(series, name), how)) for name in how["score_0_near_day"]]
    answers = pd.concat(held, axis=1).reindex(series.patients["patient_id"])
    is_open = answers.isna().any(axis=1) & ~(answers == 0).any(axis=1)
    return _counted((answers == 1).all(axis=1).astype(float).mask(is_open), series)


def _is_zero(scored: pd.DataFrame) -> pd.Series:
    """1 where the score is 0, 0 where it is certainly above, null where that is not known."""
    return scored["high"].eq(0).astype(float).mask((scored["low"] <= 0) & (scored["high"] > 0))


def _one_each(rows: pd.DataFrame, *, keep: Literal["first", "last"]) -> pd.DataFrame:
    """The first or the last row of each patient, whole: what is not known in it stays so."""
    return rows.drop_duplicates("patient_id", keep=keep).set_index("patient_id")


def _counted(answers: pd.Series, series: CaseSeries) -> Counted:
    """How many patients the answer is yes for, and for how many it is known at all."""
    known = answers.reindex(series.patients["patient_id"]).dropna()
    return Counted(int((known == 1).sum()), len(known))


def _near(table: pd.DataFrame, how: Mapping[str, Any]) -> pd.DataFrame:
    """The visit of each patient nearest to the day, where one lies near enough."""
    near = nearest_first(table, how["day"])
    return _one_each(near[near["away"] <= how["within"]], keep="first")


def _untreated_at_end(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    ends = series.patients[["patient_id", "last_known_day"]].rename(columns={"last_known_day": "day"})
    courses = recorded_courses(series)
    taken = perhaps_of(courses, how["untreated_at_end"])
    known = derive.has_history(ends["patient_id"], courses).set_axis(ends["patient_id"])
    found = running(taken, ends)
    perhaps, surely = set(found["patient_id"]), set(found.loc[found["surely"], "patient_id"])
    free = pd.Series([0.0 if who in surely else np.nan if who in perhaps else 1.0 for who in known.index], known.index)
    return _counted(free.where(known), series)


def _highest_grade(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    ends = score(series, how["highest_grade"]).groupby("patient_id").agg(low=("low", "max"), high=("high", "max"))
    least, most = how["from"], how["up_to"]
    inside = (ends["low"] >= least) & (ends["high"] <= most)
    outside = (ends["high"] < least) | (ends["low"] > most)
    return _counted(inside.astype(float).where(inside | outside), series)


def _hospitalised_for(series: CaseSeries, how: Mapping[str, Any]) -> Counted:
    events = series.events
    illness = events[events["name"] == how["hospitalised_for"]]
    stays = events[events["kind"] == "hospitalisation"]
    pairs = illness.merge(stays, on="patient_id", suffixes=("", "_stay"))
    end, stay_end = (_last_day_of(pairs, suffix) for suffix in ("", "_stay"))
    overlapping = (pairs["start_day_stay"] <= end) & (stay_end >= pairs["start_day"])
    stayed = pd.Series(1.0, pairs.loc[overlapping, "patient_id"].unique())
    apart = series.unplaced.get("events", events[:0])
    undated = apart.loc[(apart["name"] == how["hospitalised_for"]) | (apart["kind"] == "hospitalisation"), "patient_id"]
    answers = stayed.reindex(series.patients["patient_id"], fill_value=0.0)
    return _counted(answers.mask((answers == 0) & answers.index.isin(undated)), series)


def _last_day_of(pairs: pd.DataFrame, suffix: str) -> pd.Series:
    """The last day of an event, without an end while it goes on; one without either is one day."""
    end, start = (pairs[f"{name}{suffix}"].astype("float64") for name in ("end_day", "start_day"))
    going_on = pairs[f"ongoing{suffix}"].fillna(value=False).astype(bool)
    return end.fillna(start.mask(going_on, np.inf))


def _follow_up_months(series: CaseSeries) -> pd.Series:
    return series.patients["last_known_day"].astype("float64") / DAYS_A_MONTH


def _infusions(series: CaseSeries) -> pd.Series:
    given = series.treatments[series.treatments["category"] == "car_t"]
    return given.groupby("patient_id").size().reindex(series.patients["patient_id"], fill_value=0)


def _aplasia_days(series: CaseSeries) -> pd.Series:
    return aplasia_of(series).dropna(subset=["onset_day"])["value"]


def _car_t_peak_day(series: CaseSeries) -> pd.Series:
    counts = in_declared_units(series.measurements[series.measurements["variable"] == "car_t_cells_per_ul"])
    peak = counts.sort_values(["value", "day"], ascending=[False, True]).drop_duplicates("patient_id")
    return peak.set_index("patient_id")["day"]


def _dose_of(drug: str, category: str) -> Callable[[CaseSeries], pd.Series]:
    def doses(series: CaseSeries) -> pd.Series:
        given = series.treatments[(series.treatments["drug"] == drug) & (series.treatments["category"] == category)]
        return given.groupby("patient_id")["dose"].median()

    return doses


def _fludarabine_days(series: CaseSeries) -> pd.Series:
    given = series.treatments[series.treatments["drug"] == "fludarabine"]
    days = (given["end_day"] - given["start_day"] + 1).astype("float64")
    return days.groupby(given["patient_id"]).sum()


def _leukapheresis_day(series: CaseSeries) -> pd.Series:
    return series.events[series.events["name"] == "leukapheresis"].groupby("patient_id")["start_day"].min()


def _glucocorticoid_at_leukapheresis(series: CaseSeries) -> pd.Series:
    visits = _leukapheresis_day(series).rename("day").reset_index()
    return derive.glucocorticoid_at(recorded_courses(series), visits)["value"]


def _column(name: str) -> Callable[[CaseSeries], pd.Series]:
    return lambda series: series.patients[name]


WAYS: dict[str, Callable[[CaseSeries, Mapping[str, Any]], Counted]] = {
    "count": _count,
    "per_patient": _per_patient,
    "patients_who_are": _patients_who_are,
    "verdict_at_last_visit": _verdict_at_last_visit,
    "verdict_near_day": _verdict_near_day,
    "untreated_at_end": _untreated_at_end,
    "highest_grade": _highest_grade,
    "hospitalised_for": _hospitalised_for,
}
VERDICTS = {"met": 1.0, "not met": 0.0}
# The ways that count patients out of those in whom it is known.
COUNTED = set(WAYS) - {"count", "per_patient"}
PER_PATIENT: dict[str, Callable[[CaseSeries], pd.Series]] = {
    "follow_up_months": _follow_up_months,
    "infusions": _infusions,
    "b_cell_aplasia_days": _aplasia_days,
    "car_t_peak_day": _car_t_peak_day,
    "age_years": _column("age_years"),
    "disease_duration_years": _column("disease_duration_years"),
    "prior_therapies": _column("prior_therapies"),
    "fludarabine_dose": _dose_of("fludarabine", "lymphodepletion"),
    "fludarabine_days": _fludarabine_days,
    "cyclophosphamide_dose": _dose_of("cyclophosphamide", "lymphodepletion"),
    "car_t_dose": _dose_of("cd19_car_t", "car_t"),
    "leukapheresis_day": _leukapheresis_day,
    "glucocorticoid_at_leukapheresis": _glucocorticoid_at_leukapheresis,
}
