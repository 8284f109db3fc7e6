"""Scores, verdicts and claims that differ between two data cuts, and which of the changed values they read."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores.aplasia import B_CELLS
from casekit.scores.claims import claims
from casekit.scores.declaration import columns_of, read
from casekit.scores.per_patient import ASSAYS, COURSES, source_of
from casekit.scores.scoring import judge, score

RESULT_COLUMNS = ["kind", "id", "patient_id", "day", "before", "after", "because"]
TIME_COURSES = {"b_cell_aplasia": {B_CELLS}, "car_t_kinetics": set(ASSAYS.values())}
SHOWN_CAUSES = 6
REACHING_ALL = ["", "disease", "last_known_day"]


def changed_results(old: CaseSeries, new: CaseSeries, values: pd.DataFrame) -> list[dict[str, Any]]:
    """Every score, verdict and claim that is not what it was, with the changed values it reads."""
    return [*_results(old, new, values), *_claims(old, new, values)]


def _results(old: CaseSeries, new: CaseSeries, values: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Scores and verdicts of patients with changed values that are not what they were."""
    touched = set(values["patient_id"])
    before, after = (_of(series, touched) for series in (old, new))
    for name in filter(lambda name: _may_change(name, values), map(str, catalogue.instruments().index)):
        for kind, compute in (("score", _score_words), ("verdict", _verdict_words)):
            was, now = compute(before, name), compute(after, name)
            for patient_id, day in dict.fromkeys([*was, *now]):
                said = was.get((patient_id, day), ""), now.get((patient_id, day), "")
                if said[0] != said[1]:
                    because = _because(values, name, patient_id, day)
                    yield dict(zip(RESULT_COLUMNS, (kind, name, patient_id, day, *said, because), strict=True))


def _may_change(instrument: str, values: pd.DataFrame) -> bool:
    """Whether a changed value can reach an instrument; who is a patient, and until when, reaches all of them."""
    tables = set(values["table"])
    people = (values["table"] == "patients") & values["column"].isin(REACHING_ALL)
    of_events = source_of(instrument) == "licats_events" and "events" in tables
    of_drugs = reads_drugs(instrument) and "treatments" in tables
    return bool(people.any()) or of_events or of_drugs or bool(reads(instrument) & set(values["name"]))


def _of(series: CaseSeries, patient_ids: set[str]) -> CaseSeries:
    """The series of those patients it has."""
    return series.select(patient_id=[name for name in series.patients["patient_id"] if name in patient_ids])


def _score_words(series: CaseSeries, instrument: str) -> dict[tuple[str, Any], str]:
    """Every score in words, by patient and day; nothing for instruments that only judge."""
    if catalogue.instrument(instrument).get("combine") in ("all", "any"):
        return {}
    scored = score(series, instrument)
    rows = scored.reindex(columns=["patient_id", "day", "low", "high"]).itertuples(index=False)
    return {(who, _day(day)): _bounds(low, high) for who, day, low, high in rows}


def _verdict_words(series: CaseSeries, instrument: str) -> dict[tuple[str, Any], str]:
    """Every verdict, by patient and day; nothing for instruments that have none."""
    about = catalogue.instrument(instrument)
    if about.get("combine") not in ("all", "any") and "verdict" not in about:
        return {}
    judged = judge(series, instrument)
    return {
        (who, _day(day)): word for who, day, word in judged[["patient_id", "day", "verdict"]].itertuples(index=False)
    }


def _day(day: Any) -> Any:
    """A day that is equal to itself, also where there is none."""
    return None if pd.isna(day) else int(day)


def _bounds(low: Any, high: Any) -> str:
    """A score or its interval in words."""
    if pd.isna(low) or pd.isna(high):
        return "not determinable"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _because(values: pd.DataFrame, instrument: str, patient_id: str, day: Any) -> str:
    """The changed values of the patient that the instrument reads, up to the day of the result."""
    own = values[values["patient_id"] == patient_id]
    wanted = own["name"].isin(reads(instrument)) | (own["table"] == "treatments") & reads_drugs(instrument)
    if source_of(instrument) is None and day is not None:
        wanted &= (own["day"] <= day).fillna(value=True)
    return _list(own[wanted])


def _list(changes: pd.DataFrame) -> str:
    """The first of these changes in words, and how many more there are."""
    told = changes[["change", "name", "day"]].drop_duplicates().itertuples(index=False, name=None)
    words = [f"{change} {name} day {day}" for change, name, day in told]
    more = [f"and {len(words) - SHOWN_CAUSES} more"] if len(words) > SHOWN_CAUSES else []
    return "; ".join([*words[:SHOWN_CAUSES], *more])


@cache
def reads(instrument: str) -> frozenset[str]:
    """The variables an instrument reads, also those of the instruments it is made of.

    >>> sorted(reads("b_cell_aplasia"))
    ['cd19_b_cells_per_ul']
    """
    about, source = catalogue.instrument(instrument), source_of(instrument)
    if "time_course" in about:
        return frozenset(TIME_COURSES[about["time_course"]])
    if source is not None and source in COURSES:
        return frozenset({COURSES[source].variable})
    return frozenset() if "conversion" in about else frozenset(columns_of(read(instrument)).values())


@cache
def reads_drugs(instrument: str) -> bool:
    """Whether an instrument reads what drug courses say.

    >>> reads_drugs("doris_2021"), reads_drugs("sledai_2k")
    (True, False)
    """
    kinds = catalogue.variables()["kind"]
    return "conversion" in catalogue.instrument(instrument) or any(
        kinds.get(name) == "derived" for name in reads(instrument)
    )


def _claims(old: CaseSeries, new: CaseSeries, values: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Claims whose computed figure or verdict is not what it was."""
    was, now = (_claim_words(series) for series in (old, new))
    touched = sorted(set(values["patient_id"]))
    others = " and others" if len(touched) > SHOWN_CAUSES else ""
    because = f"changed values of {', '.join(touched[:SHOWN_CAUSES])}{others}"
    for claim in dict.fromkeys([*was, *now]):
        said = was.get(claim, ""), now.get(claim, "")
        if said[0] != said[1]:
            yield dict(zip(RESULT_COLUMNS, ("claim", claim, "", None, *said, because), strict=True))


def _claim_words(series: CaseSeries) -> Mapping[str, str]:
    """Computed figure and verdict of every claim."""
    checked = claims(series)
    return {row["claim"]: f"{row['computed']} ({row['verdict']})" for _, row in checked.iterrows()}
