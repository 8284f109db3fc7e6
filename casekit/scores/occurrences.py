"""What happened on the timeline of each patient: yes, no, or unknown because nobody looked in time.

B cells that were gone on day 75 and back on day 85 came back before day 90; of cells gone on day 73 and back on day 93
nobody knows it. A patient observed for two months has not been free of anything by month 3. Both answers are "unknown".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.records.schema import declared
from casekit.scores import derive
from casekit.scores.aplasia import both_readings, span_words
from casekit.scores.occurrence_words import (
    B_CELLS_BACK,
    DRUG_FREE,
    INFECTION_IN_APLASIA,
    LAST_RESPONSE,
    RESPONSE,
    STEROID_FREE,
    Condition,
    conditions,
)
from casekit.scores.scoring import judge
from casekit.scores.spans import perhaps_of, recorded_courses, recorded_events
from casekit.scores.toxicity_course import daily_grades, highest_words, reached_between
from casekit.scores.visits import nearest_first

Truth = bool | None
Courses = tuple[dict[str, Any], dict[str, Any]]
WORDS = {True: "yes", False: "no", None: "unknown"}
SUPPRESSING = ("glucocorticoid", "immunosuppressant", "biologic", "antimalarial")
HIGHEST_GRADE = 5.0
EVENT_KINDS = frozenset(declared()["events"].column("kind").allowed)


@dataclass(frozen=True)
class Answer:
    """Whether it happened, None where that is not known, and what this rests on."""

    truth: Truth
    why: str


def occurrence(series: CaseSeries, words: str) -> pd.DataFrame:
    """Return whether it happened in each patient.

    Parameters
    ----------
    series : CaseSeries
        Of an aligned series the days before alignment count, so that "day 90" is always day 90 after the infusion.
    words : str
        Conditions joined by ``and``, each perhaps with ``not`` before it: an event (``CRS``, ``pneumonia``) or a kind
        of event (``infection``), with a grade (``CRS >= 2``); ``B cells back``; ``steroid-free``, ``drug-free`` (of
        every immunosuppressant, and ever since); ``response`` (the endpoint of the disease at some visit),
        ``response at the last visit``; ``infection during aplasia``. A limit may follow: ``before``, ``by`` or
        ``after`` a ``day``, ``week`` or ``month`` since the infusion; for a response also ``at`` one, which means the
        nearest visit within 31 days.

    Returns
    -------
    DataFrame
        One row per patient in the order of the series: patient_id, answer (yes, no, unknown), why (what it rests on,
        in days since the infusion).

    Raises
    ------
    CaseKitError
        When the words cannot be read.

    Examples
    --------
    >>> import casekit as ck
    >>> found = occurrence(ck.example(), "CRS >= 2")
    >>> found.loc[found["answer"] == "yes", "why"].tolist()
    ['CRS, grade 2 on days 3 and 4: hypotension, oxygen support low flow nasal (day 3); onset on day 2']
    """
    own = series.before_alignment or series
    asked = [(condition, _answers(own, condition)) for condition in conditions(words)]
    rows = []
    for who in map(str, own.patients["patient_id"]):
        told = [_negated(answers[who]) if condition.negated else answers[who] for condition, answers in asked]
        rows.append((who, WORDS[_all(answer.truth for answer in told)], "; ".join(answer.why for answer in told)))
    return pd.DataFrame(rows, columns=["patient_id", "answer", "why"])


def _answers(series: CaseSeries, condition: Condition) -> dict[str, Answer]:
    """Return the answer of every patient to one condition."""
    answer = ANSWERS.get(condition.what, _event_answers)
    return answer(series, condition)


def _negated(answer: Answer) -> Answer:
    """Return the answer to the opposite question; what is not known stays so."""
    return Answer(None if answer.truth is None else not answer.truth, answer.why)


def _all(truths: Iterable[Truth]) -> Truth:
    """Return whether all hold: one no decides, otherwise one unknown leaves it open."""
    found = list(truths)
    return False if False in found else None if None in found else True


def _any(truths: Iterable[Truth]) -> Truth:
    """Return whether one holds: one yes decides, otherwise one unknown leaves it open."""
    found = list(truths)
    return True if True in found else None if None in found else False


def _written(day: float) -> str:
    """Return the day with a real minus."""
    return f"{day:g}".replace("-", "−")


def _within(earliest: float, latest: float, condition: Condition) -> Truth:
    """Return whether something that happened between these days happened on a day that counts."""
    if condition.first <= earliest and latest <= condition.last:
        return True
    return False if latest < condition.first or earliest > condition.last else None


def _last_days(series: CaseSeries) -> dict[str, float]:
    """Return the last day on which anything is known of each patient."""
    days = series.patients["last_known_day"].astype("float64")
    return dict(zip(series.patients["patient_id"].astype(str), days, strict=True))


def _observed_no(last: float, condition: Condition, why: str) -> Answer:
    """Return no when the patient was observed for as long as the question reaches, otherwise unknown."""
    needed = condition.last if condition.last < inf else condition.first
    return Answer(False, why) if last >= needed else Answer(None, f"observed to day {_written(last)} only")


def _event_answers(series: CaseSeries, condition: Condition) -> dict[str, Answer]:
    """Return who had an event after the infusion, of that grade and at that time where asked."""
    events = recorded_events(series)
    named = events[(events["name"] == condition.what) | (events["kind"] == condition.what)]
    kinds = {"*"} if condition.what in EVENT_KINDS else set(catalogue.event(condition.what)["kinds"])
    listened = "*" in kinds or bool(kinds & set(events["kind"]))
    daily = daily_grades(series, condition.what)
    told = [{**row, **_course(series, row, daily, condition.grade or 1)} for row in named.to_dict("records")]
    return {
        who: _event_answer([row for row in told if row["patient_id"] == who], daily, condition, (who, last, listened))
        for who, last in _last_days(series).items()
    }


def _event_answer(
    recorded: list[dict[Any, Any]], scored: pd.DataFrame | None, condition: Condition, about: tuple[str, float, bool]
) -> Answer:
    """Return the answer of one patient from recorded events and, where the toxicity is graded, from its visits."""
    who, last, listened = about
    found = [_event_truth(row, condition, last) for row in recorded if not _over_before(row)]
    if scored is not None:
        visits = scored[(scored["patient_id"] == who) & (scored["day"] >= 0)]
        listened = bool(len(visits)) or bool(found)
        found += [_visit_truth(row, condition) for row in visits.to_dict("records")]
    truth = _any(answer.truth for answer in found)
    if truth is False and not listened:
        return Answer(None, f"{condition.label} was not looked for")
    if truth is False:
        return _observed_no(last, condition, next((a.why for a in found if a.why), f"no {condition.label} recorded"))
    return next(answer for answer in found if answer.truth is truth)


def _course(series: CaseSeries, event: dict[Any, Any], daily: pd.DataFrame | None, grade: int) -> dict[str, Any]:
    """Return in words on which days the event had its highest grade, and when it came to this one, unless by onset."""
    reached = reached_between(event, daily, grade) if grade > 1 else None
    return {"in_words": highest_words(series, event, daily), "reached": reached}


def _over_before(event: dict[Any, Any]) -> bool:
    """Return whether an event was over before the infusion."""
    if event["ongoing"] is True:
        return False
    end = _first_days(event)[1] if pd.isna(event["end_day"]) else float(event["end_day"])
    return end < 0


def _first_days(event: dict[Any, Any]) -> tuple[float, float]:
    """Return the earliest and the latest first day of an event; infinite where nothing is known of it."""
    return float(event["earliest_day"]), float(event["latest_day"])


def _event_truth(event: dict[Any, Any], condition: Condition, last: float) -> Answer:
    """Return whether one recorded event is what is asked for; a missing grade or day leaves it open."""
    day = _first_days(event)
    when = "a day not known" if day[0] < day[1] else f"day {_written(day[0])}"
    day = (max(0.0, day[0]),) * 2 if day[0] == day[1] else (day[0], min(day[1], last))
    grade, graded = (1.0, HIGHEST_GRADE), " without a grade" if condition.grade else ""
    if pd.notna(event["grade"]):
        grade, graded = (float(event["grade"]),) * 2, f" grade {event['grade']:g}"
    name = catalogue.event(str(event["name"]))
    called = str(name.get("short", name["label"]))
    why = f"{called}, {event['in_words']}; onset on {when}" if event["in_words"] else f"{called}{graded} on {when}"
    first, latest = event["reached"] or day
    return Answer(_all([_at_least(grade, condition.grade), _within(first, latest, condition)]), why)


def _visit_truth(visit: dict[Any, Any], condition: Condition) -> Answer:
    """Return whether the grade computed at one visit is what is asked for."""
    bounds, day = (float(visit["low"]), float(visit["high"])), float(visit["day"])
    low, high = bounds
    graded = f"grade {low:g}" if low == high else f"grade {low:g} to {high:g}, for items are missing,"
    why = f"{condition.label} {graded} on day {_written(day)}" if high > 0 else ""
    return Answer(_all([_at_least(bounds, condition.grade or 1), _within(day, day, condition)]), why)


def _at_least(bounds: tuple[float, float], wanted: int | None) -> Truth:
    """Return whether a grade between these bounds reaches the wanted one."""
    if wanted is None or bounds[0] >= wanted:
        return True
    return False if bounds[1] < wanted else None


def _b_cell_answers(series: CaseSeries, condition: Condition) -> dict[str, Answer]:
    """Return whose B cells came back; the day lies between the last sample without and the first with them."""
    known = both_readings(series)
    return {who: _read_both(known.get(who), lambda one: _b_cells_back(one, condition)) for who in _last_days(series)}


def _read_both(courses: Courses | None, answer: Callable[[dict[str, Any]], Answer]) -> Answer:
    """Return the answer that holds however low or high the samples beside a detection limit were, otherwise unknown.

    Between the two readings lie others, so a no counts only where the cells went and came back in both.
    """
    if courses is None:
        return Answer(None, "B cells were not counted after the infusion")
    low, high = courses
    first, second = answer(low), answer(high)
    if low == high or first.truth is second.truth is True:
        return first
    came_back = all(course["reconstitution_day"] is not None for course in courses)
    truth = first.truth if first.truth is second.truth and came_back else None
    return Answer(truth, "a detection limit leaves open when B cells were gone")


def _b_cells_back(course: dict[str, Any], condition: Condition) -> Answer:
    """Return whether the B cells of one patient came back on a day that counts."""
    if pd.isna(course["onset_day"]):
        return Answer(False, "B cells were never seen to be gone")
    gone, back = float(course["last_aplastic_day"]), course["reconstitution_day"]
    if pd.isna(back):
        truth = _within(gone + 1, inf, condition) if condition.last < inf else None
        return Answer(truth, f"B cells still gone on day {_written(gone)}, the last sample")
    why = f"B cells back between day {_written(gone)} and day {_written(float(back))}"
    return Answer(_within(gone + 1, float(back), condition), why)


def _free_answers(categories: tuple[str, ...]) -> Callable[[CaseSeries, Condition], dict[str, Answer]]:
    """Return the function that says who takes none of these drugs from the asked day on."""

    def answers(series: CaseSeries, condition: Condition) -> dict[str, Answer]:
        drugs = recorded_courses(series)
        steroids = derive.glucocorticoid_courses(drugs)
        others = perhaps_of(drugs, set(categories) - {"glucocorticoid"})
        taken = pd.concat([steroids, others])
        known = set(series.patients["patient_id"][derive.has_history(series.patients["patient_id"], drugs)])
        return {
            who: _free(taken[taken["patient_id"] == who], last, condition)
            if who in known
            else Answer(None, "no medication is recorded")
            for who, last in _last_days(series).items()
        }

    return answers


def _free(courses: pd.DataFrame, last: float, condition: Condition) -> Answer:
    """Return whether none of these courses of one patient runs after the asked day, or at the end of observation."""
    by = condition.last if condition.last < inf else last
    until, why = _last_taken(courses, "surely_to")
    maybe_until, open_why = _last_taken(courses, "maybe_to")
    why = open_why if until == -inf else why
    if until <= by < maybe_until:
        return Answer(None, open_why)
    if last < by and not by < until < inf:
        return Answer(None, f"{why}, observed to day {_written(last)} only")
    return Answer(until <= by, why)


def _last_taken(courses: pd.DataFrame, end: str) -> tuple[float, str]:
    """Return the last day any of these courses surely ran or may have run, infinite while one goes on, and words."""
    if courses.empty:
        return -inf, "no such drug was ever taken"
    course = courses.iloc[int(courses[end].to_numpy().argmax())]
    label, until = str(catalogue.drug(str(course["drug"]))["label"]).lower(), float(course[end])
    if course["category"] == "other":
        over = f" until day {_written(course['maybe_to'])}," if course["maybe_to"] < inf else " is"
        return until, f"{label}{over} in no list of drugs"
    if course["surely_to"] < course["maybe_to"]:
        return until, f"{label}, end not known"
    return until, f"{label} still taken" if until == inf else f"{label} until day {_written(until)}"


def _response_answers(series: CaseSeries, condition: Condition) -> dict[str, Answer]:
    """Return who met the endpoint of the disease at a visit that counts."""
    lasts = _last_days(series)
    found: dict[str, Answer] = {}
    for name, people in series.patients.groupby("disease", sort=False)["patient_id"]:
        endpoint, label = catalogue.disease(str(name)).endpoint, catalogue.disease(str(name)).endpoint_label
        verdicts = _verdicts(series.select(disease=str(name)), endpoint)
        for who in map(str, people):
            visits = verdicts[(verdicts["patient_id"] == who) & (verdicts["day"] > 0)].sort_values("day")
            found[who] = _response(visits, str(label or "response"), lasts[who], condition)
    return found


def _verdicts(series: CaseSeries, endpoint: str | None) -> pd.DataFrame:
    """Return the verdicts on the endpoint; none where it is not declared or was never assessed."""
    nothing = pd.DataFrame({"patient_id": [], "day": [], "verdict": []})
    try:
        return nothing if endpoint is None else judge(series, endpoint)
    except CaseKitError:
        return nothing


def _response(visits: pd.DataFrame, label: str, last: float, condition: Condition) -> Answer:
    """Return whether one patient met the endpoint at the visits that count."""
    if condition.what == LAST_RESPONSE:
        counted = visits.tail(1)
    else:
        counted = visits[visits["day"].between(condition.first, condition.last)]
        counted = counted if condition.near is None else _nearest(counted, condition.near)
    if counted.empty and last < condition.first:
        return Answer(None, f"observed to day {_written(last)} only")
    if counted.empty:
        return Answer(None, f"{label} was not assessed at such a visit")
    truths: list[Truth] = [VERDICTS[str(verdict)] for verdict in counted["verdict"]]
    truth = _any(truths)
    if truth is False and condition.what == RESPONSE and condition.near is None:
        return _observed_no(last, condition, f"{label} not met at {len(counted)} visits")
    day = float(counted["day"].iloc[truths.index(truth)])
    return Answer(truth, f"{label} {SAID[truth]} on day {_written(day)}")


def _nearest(visits: pd.DataFrame, day: float) -> pd.DataFrame:
    """Return the visit nearest to the day, the earlier one of two equally near."""
    return nearest_first(visits, day).head(1)


def _infection_answers(series: CaseSeries, condition: Condition) -> dict[str, Answer]:
    """Return who had an infection that began during B-cell aplasia."""
    courses = both_readings(series)
    events = recorded_events(series)
    caught = events[(events["kind"] == "infection") & ~(events["latest_day"] < 0)]
    if caught.empty:
        return dict.fromkeys(_last_days(series), Answer(None, f"{condition.label}: no infection is recorded at all"))
    return {who: _infection(caught[caught["patient_id"] == who], courses.get(who)) for who in _last_days(series)}


def _infection(caught: pd.DataFrame, courses: Courses | None) -> Answer:
    """Return whether an infection of one patient began during B-cell aplasia."""
    if caught.empty:
        return Answer(False, "no infection recorded")
    return _read_both(courses, lambda one: _one_caught(caught, one))


def _one_caught(caught: pd.DataFrame, course: dict[str, Any]) -> Answer:
    """Return whether one of these infections began while the cells were gone."""
    if pd.isna(course["onset_day"]):
        return Answer(False, "B cells were never seen to be gone")
    answers = [_caught(row, course) for row in caught.to_dict("records")]
    truth = _any(answer.truth for answer in answers)
    return next(answer for answer in answers if answer.truth is truth)


def _caught(event: dict[Any, Any], course: dict[Any, Any]) -> Answer:
    """Return whether one infection began while the cells were gone; between two samples nobody knows it."""
    onset, gone = float(course["onset_day"]), float(course["last_aplastic_day"])
    seen = None if pd.isna(course["reconstitution_day"]) else float(course["reconstitution_day"])
    back = inf if seen is None else seen
    label = str(catalogue.event(str(event["name"]))["label"])
    span = f"aplasia from {span_words(onset, gone, seen)}"
    first, last = _first_days(event)
    truth = True if onset <= first and last <= gone else False if first >= back else None
    return Answer(truth, f"{label} on {f'day {_written(first)}' if first == last else 'a day not known'}; {span}")


VERDICTS: dict[str, Truth] = {"met": True, "not met": False, "unknown": None}
SAID = {True: "met", False: "not met", None: "not known"}
ANSWERS: dict[str, Callable[[CaseSeries, Condition], dict[str, Answer]]] = {
    B_CELLS_BACK: _b_cell_answers,
    STEROID_FREE: _free_answers(("glucocorticoid",)),
    DRUG_FREE: _free_answers(SUPPRESSING),
    RESPONSE: _response_answers,
    LAST_RESPONSE: _response_answers,
    INFECTION_IN_APLASIA: _infection_answers,
}
