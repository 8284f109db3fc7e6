"""The course of one patient in a few sentences, every number taken from the tables."""

from dataclasses import replace
from typing import Any

import pandas as pd

from casekit.charts import TimelineFrames
from casekit.charts.score_frames import aplasia_threshold, name_of, verdict_name
from casekit.charts.theme import VERDICT_WORDS
from casekit.charts.timeline_axis import INFUSION_WORDS
from casekit.charts.treatment_frames import NOT_KNOWN, SUPPRESSING
from casekit.charts.undated import DAY_NOT_KNOWN, DRUG, EVENT
from casekit.charts.words import DAYS_PER_MONTH, END_NOT_KNOWN, as_rows, length_text, number
from casekit.scores.aplasia import span_words
from casekit.scores.derive import WITH_THE_CELLS
from casekit.scores.spans import is_unlisted
from casekit.views.day_words import stretch_in_sentence

DAYS = ("day", "start", "end", "sure_from", "certain", "until")
LOWEST_GRADE = "1"
SEX = {"female": "woman", "male": "man"}


def identity(person: dict[str, Any], disease: str) -> list[tuple[str, str]]:
    """Return label and value of what is known about the patient before the infusion."""
    who = ", ".join(filter(None, [SEX.get(person["sex"], ""), _years(person["age_years"], " years")]))
    ended = _text(person["end_reason"])
    followed = length_text(float(person["last_known_day"])) + (f", until {ended}" if ended else "")
    pairs = [
        ("Diagnosis", " · ".join(filter(None, [disease, _text(person["subtype"])]))),
        ("Patient", who),
        ("Disease duration", _years(person["disease_duration_years"], " years")),
        ("Earlier treatments", _years(person["prior_therapies"], "")),
        ("Organ involvement", _text(person["organs"]).replace(";", ",")),
        ("Autoantibodies", _text(person["autoantibodies"]).replace(";", ",")),
        ("Followed for", followed),
    ]
    return [(label, value) for label, value in pairs if value]


def story(frames: TimelineFrames, patient_id: str) -> list[str]:
    """Return the course in sentences: day 0, drugs, side effects, cells, activity, response.

    Days are counted from the day 0 of the frames; a patient without it is told from the infusion.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> len(story(charts.timeline_frames(ck.example()), "SLE-01")) > 2
    True
    """
    own = counted(frames, patient_id)
    parts = (_zero, _drugs, _immunoglobulin, _toxicity, _undated, _cells, _activity, _response)
    return [sentence for part in parts if (sentence := part(own))]


def counted(frames: TimelineFrames, patient_id: str) -> TimelineFrames:
    """Return the frames of one patient with every day counted from the patient's day 0."""
    own = frames.patient(patient_id)
    zero = frames.zeros.get(patient_id, 0.0)
    if zero == 0:
        return own
    tables: dict[str, Any] = {name: _shifted(table, zero) for name, table in own.tables().items() if name != "patients"}
    return replace(own, **tables)


def _shifted(table: pd.DataFrame, zero: float) -> pd.DataFrame:
    """Return the table with its days counted from that day."""
    return table.assign(**{name: table[name] - zero for name in DAYS if name in table})


def infusion(frames: TimelineFrames) -> float:
    """Return the day of the infusion, counted from the day 0 of the one patient of these frames."""
    return -frames.zeros.get(str(frames.patients["patient_id"].iloc[0]), 0.0)


def _zero(frames: TimelineFrames) -> str:
    """Return what day 0 is, where it is not the infusion."""
    who = str(frames.patients["patient_id"].iloc[0])
    if frames.zero_event == INFUSION_WORDS:
        return ""
    if who not in frames.zeros:
        return f"{who} has no day 0 of this kind ({frames.zero_event}): days are counted from the infusion."
    if frames.zeros[who] == 0:
        return f"Days are counted from {frames.zero_event}."
    return f"Days are counted from {frames.zero_event}; the infusion was on day {number(infusion(frames))}."


def _drugs(frames: TimelineFrames) -> str:
    """Return since when no immunosuppressant is taken, and why that is not known where it is not."""
    if frames.drug_free.empty:
        return _taken(frames)
    besides = frames.drug_free["besides"].iloc[0]
    beside = f", besides {besides}" if besides else ""
    return f"No immunosuppressant or glucocorticoid {free_since(frames)}{beside}."


def free_since(frames: TimelineFrames) -> str:
    """Return since when the one patient of these frames takes no immunosuppressant, and how long that is."""
    free = frames.drug_free.iloc[0]
    since = _beginning(frames) if free["start"] == infusion(frames) else f"day {number(free['start'])}"
    return f"since {since} ({length_text(free['end'] - free['start'])})"


def _beginning(frames: TimelineFrames) -> str:
    """Return what the course begins with: the infusion, or day 0 where it is not recorded that this is the infusion."""
    who = str(frames.patients["patient_id"].iloc[0])
    return "day 0" if frames.zero_event != INFUSION_WORDS and frames.zeros.get(who) == 0 else "the infusion"


def _immunoglobulin(frames: TimelineFrames) -> str:
    """Return that immunoglobulin was given after the infusion, how often, until when and why: it also treats."""
    zero = infusion(frames)
    own = frames.drugs[frames.drugs["category"] == "immunoglobulin"].sort_values("start")
    after = own[own["end"] > zero]
    if after.empty:
        return ""
    last, before = as_rows(after)[-1], len(own) - len(after)
    sure = (after["start"] >= zero) | ~after["when"].str.contains(END_NOT_KNOWN)
    began = f"{'continued' if before else 'given'} after {_beginning(frames)}"
    began = began if sure.any() else f"perhaps {began}"
    often = f"{len(after)} courses, the last " if len(after) > 1 else ""
    reason = f"recorded indication: {last['reason']}" if last["reason"] != NOT_KNOWN else "no indication recorded"
    named = " ".join(filter(None, ["Immunoglobulin", last["dose_text"], f"({last['route']})"]))
    return f"{named} {began}: {often}{stretch_in_sentence(last)}; {reason}."


def _taken(frames: TimelineFrames) -> str:
    """Return whether immunosuppressants were taken to the end; nothing recorded, and no end, are not an answer."""
    own = frames.undated[frames.undated["what"] == DRUG]
    if frames.glucocorticoid.empty and {*frames.drugs["category"], *own["category"]} <= set(WITH_THE_CELLS):
        return "No medication is recorded beside the cells and what belongs to them."
    last = frames.patients["last_day"].iloc[0] + infusion(frames)
    going_on = frames.drugs[frames.drugs["category"].isin(SUPPRESSING) & (frames.drugs["end"] > last)]
    sure = going_on[~going_on["when"].str.contains(END_NOT_KNOWN)]
    steps = frames.glucocorticoid[frames.glucocorticoid["end"] > last]
    taken = steps["mg"].notna().any() or (len(steps) and "glucocorticoid" not in set(own["category"]))
    if len(sure) or taken:
        return "Immunosuppressants were taken until the end of observation."
    open_ones = as_rows(own[own["category"].isin(SUPPRESSING)])
    unlisted = as_rows(frames.drugs[is_unlisted(frames.drugs) & (frames.drugs["end"] > last)])
    unlisted += as_rows(own[is_unlisted(own.rename(columns={"name": "drug"}))])
    if not open_ones and not unlisted:
        return "No immunosuppressant or glucocorticoid is recorded."
    named = [f"{str(row['label']).lower()} ({row['known']})" for row in open_ones]
    named = list(dict.fromkeys([*named, *(f"{row['label']} (in no list of drugs)" for row in unlisted)]))
    return f"Whether immunosuppressants were taken until the end is not known: {', '.join(named)}."


def _toxicity(frames: TimelineFrames) -> str:
    """Return grade and days of CRS and ICANS, and that neither occurred where none is recorded."""
    known = frames.events[frames.events["name"].isin(["crs", "icans"])].sort_values("start")
    own = frames.undated[frames.undated["name"].isin(["crs", "icans"]) & (frames.undated["what"] == EVENT)]
    somewhen = [f"{label} on a day not known" for label in own["label"]]
    if known.empty and not somewhen:
        return "No CRS and no ICANS is recorded."
    return "; ".join([*(_event(row) + _treated(frames, row) for row in as_rows(known)), *somewhen]) + "."


def _undated(frames: TimelineFrames) -> str:
    """Return what is recorded without a first day, which stands in no lane."""
    own = frames.undated[frames.undated["known"] == DAY_NOT_KNOWN]
    own = own[~own["name"].isin(["crs", "icans"])]
    return f"On days not known: {', '.join(dict.fromkeys(own['label']))}." if len(own) else ""


def _event(row: dict[str, Any]) -> str:
    """Return one event with its days and grade; an event is recorded with the highest grade it had on any day."""
    grade = f" grade {row['grade']}" if row["grade"] == LOWEST_GRADE else ""
    highest = f", highest grade {row['grade']}" if row["grade"] and not grade else ""
    return f"{row['label']}{grade} {stretch_in_sentence(row)}{highest}"


def _treated(frames: TimelineFrames, event: dict[str, Any]) -> str:
    """Return which drugs were given for CRS or ICANS and on which days, as their reason says."""
    meant = frames.drugs["reason"].str.casefold() == str(event["label"]).casefold()
    given = frames.drugs[meant & (frames.drugs["start"] >= event["start"])].sort_values("start")
    drugs = [f"{str(label).lower()} {_on(group)}" for label, group in given.groupby("label", sort=False)]
    return f", treated with {' and '.join(drugs)}" if drugs else ""


def _on(courses: pd.DataFrame) -> str:
    """Return the days of single doses, or from when to when a course lasted."""
    open_ = courses["when"].str.contains(END_NOT_KNOWN)
    if len(courses) == 1 or open_.any() or (courses["end"] - courses["start"] > 1).any():
        last = courses.assign(known=~open_).sort_values(["end", "known"]).iloc[-1]
        return stretch_in_sentence({"start": courses["start"].min(), "end": last["end"], "when": last["when"]})
    days = [number(day) for day in courses["start"]]
    return f"on days {', '.join(days[:-1])} and {days[-1]}"


def _cells(frames: TimelineFrames) -> str:
    """Return how long B-cell aplasia lasted, by the published convention, with both edges of its end."""
    if frames.aplasia.empty:
        return "B-cell aplasia was not seen." if len(frames.cells) else ""
    row = frames.aplasia.iloc[0]
    if row["unsure"]:
        limit = aplasia_threshold()
        return f"B-cell aplasia (<{limit:g}/µL): {row['length']}; a detection limit above that leaves samples open."
    censored = bool(row["censored"])
    length = number((row["certain"] if censored else row["end"]) - row["start"])
    edges = span_words(row["start"], row["certain"], None if censored else row["end"])
    least = "at least " if censored else ""
    return f"B-cell aplasia (<{aplasia_threshold():g}/µL) for {least}{length} days, from {edges}."


def _activity(frames: TimelineFrames) -> str:
    """Return the first and the last exact score of the activity instrument."""
    if frames.activity.empty:
        return ""
    instrument = str(frames.activity["instrument"].iloc[0])
    known = frames.activity[frames.activity["instrument"] == instrument].dropna(subset=["value"]).sort_values("day")
    if known.empty:
        return ""
    before = known[known["day"] <= infusion(frames)]
    first, last = (before if len(before) else known).iloc[-1], known.iloc[-1]
    return f"{name_of(instrument)} {_score(first)}, {_score(last)}."


def _response(frames: TimelineFrames) -> str:
    """Return when the first response criterion was first met and how it stands at the last visit."""
    if frames.responses.empty:
        return ""
    instrument = str(frames.responses["instrument"].iloc[0])
    known = frames.responses[frames.responses["instrument"] == instrument].sort_values("day")
    met = known[(known["verdict"] == "met") & (known["day"] > infusion(frames))]
    name, last = verdict_name(instrument), known.iloc[-1]
    after = known[known["day"] > infusion(frames)]
    if met.empty:
        return f"{name}: {_never_met(after['verdict'], _beginning(frames))}."
    still = "still " if last["verdict"] == "met" and len(after) > 1 else ""
    return f"{name} first {_when(met['day'].iloc[0])}; {still}{VERDICT_WORDS[last['verdict']]} at the last visit."


def _never_met(verdicts: pd.Series, beginning: str) -> str:
    """Return how the visits after the infusion stand of which none met a criterion; not known is not "not met"."""
    judged, visits = int((verdicts == "not met").sum()), len(verdicts)
    if judged == visits:
        return "not met at any visit" if visits else f"not assessed after {beginning}"
    return f"not known at {visits - judged} of {visits} visits{f', not met at {judged}' if judged else ''}"


def _score(row: Any) -> str:
    """Return score and day."""
    return f"{number(row['value'])} {_when(row['day'])}"


def _when(day: float) -> str:
    """Return the day, for later ones the month."""
    return f"on day {number(day)}" if day < 2 * DAYS_PER_MONTH else f"at month {day / DAYS_PER_MONTH:.0f}"


def _years(value: Any, unit: str) -> str:
    """Return the number with its unit, nothing where it is not known."""
    if pd.isna(value):
        return ""
    return f"{number(float(value))}{unit if float(value) != 1 else unit.rstrip('s')}"


def _text(value: Any) -> str:
    """Return the text, nothing where it is not known."""
    return "" if pd.isna(value) else str(value)
