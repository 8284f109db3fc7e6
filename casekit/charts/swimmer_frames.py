"""What a swimmer plot draws: one row per patient, spans, marks at days, and the highest grades of CRS and ICANS."""

from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue, scores
from casekit.charts.event_frames import event_label
from casekit.charts.panel_frames import from_day_zero
from casekit.charts.picture import Frames, about, patients_of
from casekit.charts.score_frames import UNSURE, is_unsure, verdict_name
from casekit.charts.treatment_frames import SUPPRESSING
from casekit.charts.words import as_rows, day_text, number, span_text, text
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.scores.spans import perhaps_of, recorded_courses

BAR_COLUMNS = ["patient_id", "first", "last", "end", "tip"]
SPAN_COLUMNS = ["patient_id", "what", "first", "final", "part", "parts", "tip"]
MARK_COLUMNS = ["patient_id", "disease", "what", "day", "tip", "when"]
GRADE_COLUMNS = ["patient_id", "what", "grade", "tip"]
GRADED_BY = {"crs": "crs_astct_2019", "icans": "icans_astct_2019"}

APLASIA = "B-cell aplasia"
RETURN = "B cells back"
RESPONSE = "first response"
LAST_DRUG = "last immunosuppressant"
INFECTION = "infection"
HOSPITAL = "hospital stay for infection"
REINFUSION = "another infusion"


def swimmer_frames(series: CaseSeries) -> Frames:
    """Return what the swimmer plot of this series draws; tables without rows leave their marks out.

    Returns
    -------
    Frames
        Rows: what happened on a day, one row each. Patients: grouped by disease, the longest followed first. Parts:
        ``bars`` (one row per patient: first and last day, why observation ended), ``spans`` (B-cell aplasia, or the
        recorded states of a foreign cohort), ``grades`` (highest grade of CRS and ICANS) and ``none`` (patients who
        were assessed for one of them and never graded above zero).

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> sorted(charts.swimmer_frames(ck.example()).parts)
    ['bars', 'grades', 'none', 'spans']
    """
    own = series.before_alignment or series
    aplasia, grades = _aplasia(own), _grades(own.events)
    days = {"bars": ("first", "last"), "spans": ("first", "final")}
    known = {"bars": _bars(own.patients), "spans": _spans(own.events, aplasia, own.patients)}
    parts = {name: from_day_zero(table, series, *days[name]) for name, table in known.items()}
    people = _sorted(patients_of(series), own.patients)
    marks = _marks(own, aplasia).merge(people[["patient_id", "disease"]], on="patient_id")
    rows = from_day_zero(marks, series, "day")
    rows["when"] = [day_text(float(day)) for day in rows["day"]]
    more = {"grades": grades, "none": _none(own, grades)}
    return Frames(rows[MARK_COLUMNS], about(series), people, {**parts, **more})


def _sorted(people: pd.DataFrame, followed: pd.DataFrame) -> pd.DataFrame:
    """Return the patients grouped by disease, the longest followed first."""
    order = {name: i for i, name in enumerate(dict.fromkeys(people["disease"]))}
    last = people["patient_id"].map(followed.set_index("patient_id")["last_known_day"]).astype(float)
    ranked = people.assign(rank=people["disease"].map(order), followed=last)
    ranked = ranked.sort_values(["rank", "followed"], ascending=[True, False], kind="stable")
    return ranked.drop(columns=["rank", "followed"]).reset_index(drop=True)


def _bars(patients: pd.DataFrame) -> pd.DataFrame:
    """Return the observation of every patient from the infusion on."""
    bars = patients.assign(
        first=0.0, last=patients["last_known_day"].astype(float), end=patients["end_reason"].map(text)
    )
    bars["tip"] = [_followed(row) for row in as_rows(bars)]
    return bars[BAR_COLUMNS]


def _followed(row: dict[str, Any]) -> str:
    """Return how long the patient was followed and why it ended."""
    return f"followed to {day_text(row['last'])}" + (f", {row['end']}" if row["end"] else "")


def _aplasia(series: CaseSeries) -> pd.DataFrame:
    """Return the durations of B-cell aplasia; none where no B cells were counted."""
    if "cd19_b_cells_per_ul" not in set(series.measurements["variable"]):
        return pd.DataFrame(columns=["patient_id", "onset_day", "last_aplastic_day", "reconstitution_day", "censored"])
    return scores.score(series, "b_cell_aplasia").dropna(subset=["onset_day"])


def _spans(events: pd.DataFrame, aplasia: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Return aplasia and recorded states as spans; spans that overlap share the height of the row."""
    last = patients.set_index("patient_id")["last_known_day"].astype(float)
    states = events[events["kind"] == "response"]
    rows = [_state(row, last[row["patient_id"]]) for row in as_rows(states)]
    rows += [_gone(row, last[row["patient_id"]]) for row in as_rows(aplasia)]
    spans = pd.DataFrame(rows, columns=["patient_id", "what", "first", "final", "tip"])
    return _shared(spans)


def _state(row: dict[str, Any], last: float) -> dict[str, Any]:
    """Return one recorded state as a span."""
    final = last if pd.isna(row["end_day"]) else float(row["end_day"])
    label, first = event_label(row["name"]), float(row["start_day"])
    return {
        "patient_id": row["patient_id"],
        "what": label,
        "first": first,
        "final": final,
        "tip": span_text(first, final),
    }


def _gone(row: dict[str, Any], last: float) -> dict[str, Any]:
    """Return B-cell aplasia as a span, to the return of the cells or to the end of observation."""
    first = float(row["onset_day"])
    final = last if row["censored"] else float(row["reconstitution_day"])
    return {
        "patient_id": row["patient_id"],
        "what": APLASIA,
        "first": first,
        "final": final,
        "tip": f"not known: {UNSURE}" if is_unsure(row) else span_text(first, final),
    }


def _shared(spans: pd.DataFrame) -> pd.DataFrame:
    """Return the spans in months with their part of the height of the row."""
    spans = spans.sort_values(["patient_id", "first", "final"]).reset_index(drop=True)
    spans["part"] = [part for _, group in spans.groupby("patient_id", sort=False) for part in _parts(group)]
    spans["parts"] = spans.groupby("patient_id")["part"].transform("max") + 1 if len(spans) else []
    return spans[SPAN_COLUMNS]


def _parts(spans: pd.DataFrame) -> list[int]:
    """Return the first free part of the row for every span of one patient."""
    ends: list[float] = []
    parts = []
    for first, final in zip(spans["first"], spans["final"], strict=True):
        free = next((i for i, end in enumerate(ends) if end <= first), len(ends))
        ends[free : free + 1] = [final]
        parts.append(free)
    return parts


def _marks(series: CaseSeries, aplasia: pd.DataFrame) -> pd.DataFrame:
    """Return everything drawn at a single day."""
    found = [*_returns(aplasia), *_responses(series), *_last_drugs(series), *_infections(series), *_reinfusions(series)]
    return pd.DataFrame(found, columns=["patient_id", "what", "day", "tip"])


def _returns(aplasia: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the first day on which B cells were counted again."""
    back = aplasia.dropna(subset=["reconstitution_day"])
    return [(row.patient_id, RETURN, float(row.reconstitution_day), RETURN) for row in back.itertuples()]


def _responses(series: CaseSeries) -> list[tuple[Any, ...]]:
    """Return the first day after infusion on which the endpoint of the disease was met."""
    found: list[tuple[Any, ...]] = []
    for name in dict.fromkeys(series.patients["disease"]):
        endpoint = catalogue.disease(str(name)).endpoint
        if endpoint:
            found += _first_met(series.select(disease=str(name)), endpoint)
    return found


def _first_met(series: CaseSeries, endpoint: str) -> list[tuple[Any, ...]]:
    """Return the first day each patient met the endpoint; nobody where it was never assessed."""
    if series.assessments.empty:
        return []
    try:
        verdicts = scores.judge(series, endpoint)
    except CaseKitError:
        return []
    met = verdicts[(verdicts["verdict"] == "met") & (verdicts["day"] > 0)]
    return [
        (who, RESPONSE, float(day), verdict_name(endpoint))
        for who, day in met.groupby("patient_id")["day"].min().items()
    ]


def _last_drugs(series: CaseSeries) -> list[tuple[Any, ...]]:
    """Return the last day of immunosuppression of those who stopped it, where every end is known."""
    courses = recorded_courses(series)
    taken = perhaps_of(courses, SUPPRESSING)
    sure = taken.groupby("patient_id")["surely_to"].max()
    last = taken.groupby("patient_id")["maybe_to"].max()
    over = last[(last == sure) & np.isfinite(last)]
    return [(who, LAST_DRUG, float(day), LAST_DRUG) for who, day in over.items()]


def _infections(series: CaseSeries) -> list[tuple[Any, ...]]:
    """Return infections after the infusion; those that needed a hospital stay are set apart."""
    known = series.events[series.events["start_day"] >= 0]
    stays = known[known["name"] == "hospital_stay_infection"]
    rows = [(row, INFECTION) for row in as_rows(known[known["kind"] == "infection"])]
    rows += [(row, HOSPITAL) for row in as_rows(stays)]
    return [(row["patient_id"], what, float(row["start_day"]), _graded(row)) for row, what in rows]


def _reinfusions(series: CaseSeries) -> list[tuple[Any, ...]]:
    """Return infusions after the first."""
    later = series.treatments[(series.treatments["category"] == "car_t") & (series.treatments["start_day"] > 0)]
    return [
        (row.patient_id, REINFUSION, float(row.start_day), text(row.reason) or REINFUSION) for row in later.itertuples()
    ]


def _none(series: CaseSeries, grades: pd.DataFrame) -> pd.DataFrame:
    """Return who was assessed for CRS or ICANS and had none; not assessed is not none."""
    recorded = set(zip(grades["patient_id"], grades["what"], strict=True))
    rows = [(who, what) for what, name in GRADED_BY.items() for who in _zero(series, name)]
    return pd.DataFrame([row for row in rows if row not in recorded], columns=["patient_id", "what"])


def _zero(series: CaseSeries, instrument: str) -> list[str]:
    """Return the patients whose every determinable grade is zero; nobody where it was never assessed."""
    if series.assessments.empty:
        return []
    try:
        worst = scores.score(series, instrument).dropna(subset=["value"]).groupby("patient_id")["value"].max()
    except CaseKitError:
        return []
    return [str(who) for who, grade in worst.items() if grade == 0]


def _graded(row: dict[str, Any]) -> str:
    """Return the name of an event with its grade."""
    grade = "" if pd.isna(row["grade"]) else f" grade {number(float(row['grade']))}"
    return f"{event_label(row['name'])}{grade}"


def _grades(events: pd.DataFrame) -> pd.DataFrame:
    """Return the highest grade of CRS and ICANS of each patient, with the day of its first onset."""
    known = events[events["name"].isin(["crs", "icans"]) & events["grade"].notna()]
    rows = []
    for (who, name), group in known.groupby(["patient_id", "name"]):
        worst = group.sort_values(["grade", "start_day"], ascending=[False, True]).iloc[0]
        rows.append(
            (
                who,
                str(name),
                str(int(worst["grade"])),
                f"{_graded(worst.to_dict())}, {day_text(float(worst['start_day']))}",
            )
        )
    return pd.DataFrame(rows, columns=GRADE_COLUMNS)
