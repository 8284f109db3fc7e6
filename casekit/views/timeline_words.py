"""The timeline of one patient in words, lane by lane: for screen readers, paper, and whoever prefers reading."""

from itertools import groupby
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts import TimelineFrames
from casekit.charts.score_frames import name_of
from casekit.charts.theme import VERDICT_WORDS
from casekit.charts.timeline_frames import CELLS
from casekit.charts.treatment_frames import RECENT_FROM
from casekit.charts.value_frames import heading
from casekit.charts.words import as_rows, number
from casekit.views.day_words import day, span, stretch
from casekit.views.story import counted, free_since, infusion

BELOW = "below detection"
Row = dict[str, Any]


def in_short(frames: TimelineFrames, patient_id: str) -> str:
    """Return the course in one line: B cells, activity, drugs.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> in_short(charts.timeline_frames(ck.example()), "SLE-01").split("; ")[-1]
    'no immunosuppressant since day 0'
    """
    own = counted(frames, patient_id)
    return "; ".join(filter(None, [_undetectable(own), _change(own), _free(own)]))


def in_words(frames: TimelineFrames, patient_id: str) -> list[tuple[str, str]]:
    """Return heading and text of every lane that has something to tell, days counted from the day 0 of the frames.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import charts
    >>> [lane for lane, _ in in_words(charts.timeline_frames(ck.example()), "SLE-01")][:3]
    ['Drugs', 'Glucocorticoid', 'B cells (CD19+)']
    """
    own = counted(frames, patient_id)
    told = [("Drugs", _courses(own)), ("Glucocorticoid", _doses(own)), *_cell_counts(own)]
    told += [*_scores(own), *_responses(own), ("Events", _events(own)), *_laboratory(own)]
    return [(lane, words) for lane, words in told if words]


def _undetectable(own: TimelineFrames) -> str:
    """Return from when to when no B cells were found."""
    cells = own.cells[(own.cells["variable"] == CELLS[0]) & (own.cells["state"] == BELOW)]
    return f"CD19+ B cells undetectable {span(cells['day'].min(), cells['day'].max())}" if len(cells) else ""


def _change(own: TimelineFrames) -> str:
    """Return the activity score before infusion and the last one, with the day from which it stayed there."""
    if own.activity.empty:
        return ""
    instrument = str(own.activity["instrument"].iloc[0])
    known = own.activity[own.activity["instrument"] == instrument].dropna(subset=["value"]).sort_values("day")
    before = known[known["day"] <= infusion(own)]
    if before.empty or len(known) == len(before):
        return ""
    last = float(known["value"].iloc[-1])
    other = known[known["value"] != last]
    since = known[known["day"] > other["day"].max()] if len(other) else known
    return f"{name_of(instrument)} {number(before['value'].iloc[-1])} → {number(last)} by {day(since['day'].iloc[0])}"


def _free(own: TimelineFrames) -> str:
    """Return since when no immunosuppressant was taken."""
    return f"no immunosuppressant since {day(own.drug_free['start'].iloc[0])}" if len(own.drug_free) else ""


def _courses(own: TimelineFrames) -> str:
    """Return the drugs around the infusion with dose and days, and the names of those that were over long before."""
    drugs = own.drugs.sort_values("start")
    recent = drugs[drugs["part"] != "earlier"]
    told = [f"{row['label']} {row['dose_text']}".strip() + f", {stretch(row)}" for row in as_rows(recent)]
    free = [f"immunosuppressant: none {free_since(own)}"] if len(own.drug_free) else []
    before = list(dict.fromkeys(str(label) for label in drugs.loc[drugs["part"] == "earlier", "label"]))
    return "; ".join([*told, *free, *([f"years before: {', '.join(before)}"] if before else [])])


def _doses(own: TimelineFrames) -> str:
    """Return the daily dose of glucocorticoid from step to step, from the months before the infusion on."""
    taken = own.glucocorticoid.sort_values("start")
    steps = as_rows(taken[taken["end"] > RECENT_FROM + infusion(own)])
    told = [f"{row['tip']}, {stretch(row)}" for row in steps]
    return "; ".join(told) + " (prednisolone equivalent)" if told else "none recorded"


def _cell_counts(own: TimelineFrames) -> list[tuple[str, str]]:
    """Return the course of B cells and CAR T cells."""
    names = dict(zip(CELLS, ("B cells (CD19+)", "CAR T cells"), strict=True))
    return [(name, _values(own.cells[own.cells["variable"] == kind])) for kind, name in names.items()]


def _scores(own: TimelineFrames) -> list[tuple[str, str]]:
    """Return every score at every visit; what is not determinable stays an interval."""
    return [
        (name_of(str(name)), "; ".join(f"{row['tip']} on {day(row['day'])}" for row in as_rows(group)))
        for name, group in own.activity.sort_values("day").groupby("instrument", sort=False)
    ]


def _responses(own: TimelineFrames) -> list[tuple[str, str]]:
    """Return every response criterion as runs of the same verdict."""
    told = []
    for label, group in own.responses.sort_values("day").groupby("label", sort=False):
        runs = [list(run) for _, run in groupby(as_rows(group), key=lambda row: row["verdict"])]
        told.append((str(label), "; ".join(_run(run) for run in runs)))
    return told


def _run(run: list[Row]) -> str:
    """Return a run of visits with the same verdict."""
    verdict = VERDICT_WORDS[run[0]["verdict"]]
    why = f" ({run[0]['why']})" if verdict == "not known" and run[0]["why"] else ""
    return f"{verdict} {span(run[0]['day'], run[-1]['day'])}{why}"


def _events(own: TimelineFrames) -> str:
    """Return every event with grade and days."""
    return "; ".join(f"{row['tip']}, {stretch(row)}" for row in as_rows(own.events.sort_values("start")))


def _laboratory(own: TimelineFrames) -> list[tuple[str, str]]:
    """Return the course of every laboratory value that is drawn for the disease."""
    drawn = catalogue.disease(str(own.patients["disease"].iloc[0])).laboratory
    return [(heading(name)[0], _values(own.laboratory[own.laboratory["variable"] == name])) for name in drawn]


def _values(values: pd.DataFrame) -> str:
    """Return the first, the lowest, the highest and the last of some values, and how many there are."""
    if values.empty:
        return ""
    ordered = as_rows(values.sort_values("day"))
    known = {
        "first": ordered[0],
        "highest": max(ordered, key=lambda row: row["value"]),
        "lowest": min(ordered, key=lambda row: (row["value"], row["state"] != BELOW)),  # <1 is lower than 1
        "last": ordered[-1],
    }
    named = {id(row): which for which, row in reversed(known.items())}  # the first and the last go by that name
    named |= {id(ordered[-1]): "last", id(ordered[0]): "first"}
    told = [f"{which} {_value(row)}" for which, row in known.items() if named[id(row)] == which]
    return f"{', '.join(told)}; {len(ordered)} value{'' if len(ordered) == 1 else 's'}"


def _value(row: Row) -> str:
    """Return one value with its state and day."""
    state = "" if row["state"] == "no reference range" else f"{row['state']}, "
    return f"{row['tip']} ({state}{day(row['day'])})"
