"""CRS, ICANS and LICATS side by side: the highest grade of every patient, LICATS also by its onset."""

from typing import Any

import pandas as pd

from casekit import catalogue, scores
from casekit.charts.dot_grid import LEFT, grid_panel, placed
from casekit.charts.event_frames import event_label
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import Sheet, disease_entries, drawn, unchecked
from casekit.charts.words import as_rows, day_text, number, text
from casekit.errors import CaseKitError
from casekit.records import CaseSeries

NAME = "toxicity_grades"
SCORED = {"crs": "crs_astct_2019", "icans": "icans_astct_2019"}
EVENTS = ("crs", "icans", "licats")
NONE, UNKNOWN = "none", "?"
GRADES = (NONE, "1", "2", "3", "4", "5", UNKNOWN)
COLUMNS = ["patient_id", "disease", "event", "name", "grade", "onset", "tip", "when", "origin"]
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "name": "Toxicity",
    "grade": "Highest grade",
    "onset": "Onset of LICATS",
    "when": "First day",
    "tip": "In words",
    "origin": "Origin",
}


def toxicity_grades_frames(series: CaseSeries) -> Frames:
    """Return the highest grade of CRS, ICANS and LICATS of every patient.

    Returns
    -------
    Frames
        ``rows``: one row per patient and toxicity (``event``): grade (``none`` where it was assessed and absent, ``?``
        where that is not known or the grade is open), onset of LICATS (early to day 14, intermediate to day 30, late),
        and where it comes from. Recorded grades count, and grades computed from items where nothing is recorded.

    Examples
    --------
    >>> import casekit as ck
    >>> toxicity_grades_frames(ck.example()).rows.query("event == 'icans' and grade != 'none'")["grade"].tolist()
    ['1']
    """
    own = series.before_alignment or series
    rows = [_row(person, name, own) for name in EVENTS for person in _people(own, name)]
    return Frames(pd.DataFrame(rows, columns=COLUMNS), about(own), patients_of(own))


@unchecked
def toxicity_grades(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return a dot per patient at the highest grade of CRS, ICANS and LICATS, with exact intervals.

    Parameters
    ----------
    frames : Frames
        From :func:`toxicity_grades_frames`, or some of its patients.
    width : int
        Width of the plot in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> toxicity_grades(toxicity_grades_frames(ck.example())).usermeta["key"]
    'toxicity_grades'
    """
    rows = frames.rows
    if rows.empty or (rows["grade"] == UNKNOWN).all():
        sentence = "Neither CRS, ICANS nor LICATS is known in these patients."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    bands = [str(band["label"]) for band in catalogue.instrument("licats_onset")["bands"]]
    late = rows[(rows["event"] == "licats") & rows["onset"].isin(bands)]
    cells = pd.concat([rows.assign(row=rows["event"]), late.assign(row=late["onset"])], ignore_index=True)
    names = {name: (event_label(name), _proportion(rows[rows["event"] == name])) for name in EVENTS}
    names |= {band: (f"LICATS, {band}", _onset_note(band)) for band in bands if band in set(late["onset"])}
    grid = placed(cells.rename(columns={"grade": "column"}), names, GRADES)
    note = "a dot per patient at the highest grade; ?: unknown\nor open; in brackets: exact 95 % interval"
    tips = {"Patient": "patient_id", "Toxicity": "tip", "First_day": "when", "Origin": "origin"}
    panel = grid_panel(grid, frames, f"CRS, ICANS and LICATS by grade, n = {len(frames.patients)}", note, tips)
    dots = grid.dots[["patient_id", "disease", "column", "place", "many", "y", "tip", "when", "origin"]]
    tables = {"dots": dots, "rows": grid.rows}
    sheet = Sheet(NAME, _description(rows), [panel], tables, entries=disease_entries(frames), left=LEFT)
    return drawn(sheet, frames, width, patient)


def _people(series: CaseSeries, name: str) -> list[dict[str, Any]]:
    """Return the patients with what their items say about that toxicity."""
    known = _computed(series, name)
    return [{**person, **known.get(str(person["patient_id"]), {})} for person in as_rows(series.patients)]


def _computed(series: CaseSeries, name: str) -> dict[str, dict[str, Any]]:
    """Return the least and most of the highest grade from items, by patient; nobody where nothing was assessed."""
    if name not in SCORED:
        recorded = series.events["name"].eq(name).any()
        return {str(who): {"low": 0.0, "high": 0.0} for who in series.patients["patient_id"]} if recorded else {}
    try:
        graded = scores.score(series, SCORED[name])
    except CaseKitError:
        return {}
    worst = graded.groupby("patient_id")[["low", "high"]].max()
    return {str(who): {"low": float(row["low"]), "high": float(row["high"])} for who, row in worst.iterrows()}


def _row(person: dict[str, Any], name: str, series: CaseSeries) -> dict[str, Any]:
    """Return one patient and toxicity."""
    events = series.events
    own = events[(events["patient_id"] == person["patient_id"]) & (events["name"] == name)]
    own = own.sort_values(["grade", "start_day"], ascending=[False, True])
    label = event_label(name)
    same = {"patient_id": person["patient_id"], "disease": person["disease"], "event": name, "name": label, "onset": ""}
    if len(own):
        worst = as_rows(own)[0]
        grade = UNKNOWN if pd.isna(worst["grade"]) else number(float(worst["grade"]))
        day = own["start_day"].min()
        tip = f"{label}, {'not graded' if grade == UNKNOWN else f'grade {grade}'} {text(worst['grade_system'])}".strip()
        first = "not known" if pd.isna(day) else day_text(float(day))
        onset = _band(day) if name == "licats" else ""
        return {**same, "grade": grade, "onset": onset, "tip": tip, "when": first, "origin": text(worst["origin"])}
    low, high = person.get("low"), person.get("high")
    if low is None:
        return {**same, "grade": UNKNOWN, "tip": f"{label} not known", "when": "", "origin": ""}
    if high == 0:
        source = "none recorded" if name not in SCORED else "no grade above 0 on any assessed day"
        return {**same, "grade": NONE, "tip": f"no {label}", "when": "", "origin": source}
    grade = number(low) if low == high else UNKNOWN
    tip = f"{label} grade {number(low)}" + ("" if low == high else f" to {number(high)}, not determinable")
    return {**same, "grade": grade, "tip": tip, "when": "", "origin": "computed from its items"}


def _band(day: Any) -> str:
    """Return early, intermediate or late, as declared."""
    if pd.isna(day):
        return ""
    for band in catalogue.instrument("licats_onset")["bands"]:
        if "up_to" not in band or float(day) <= band["up_to"]:
            return str(band["label"])
    return ""


def _onset_note(band: str) -> str:
    """Return the days of a band of onset."""
    bands = catalogue.instrument("licats_onset")["bands"]
    place = [str(one["label"]) for one in bands].index(band)
    first = 0 if place == 0 else int(bands[place - 1]["up_to"]) + 1
    last = bands[place].get("up_to")
    return f"from day {first}" if last is None else f"day {first} to {int(last)}"


def _proportion(rows: pd.DataFrame) -> str:
    """Return how many of those known had it, with the exact interval."""
    known = rows[rows["grade"] != UNKNOWN]
    if known.empty:
        return "not known"
    count = int((known["grade"] != NONE).sum())
    low, high = scores.exact_interval(count, len(known))
    return f"{count} of {len(known)} ({100 * low:.0f}–{100 * high:.0f} %)"


def _description(rows: pd.DataFrame) -> str:
    """Return the picture in one sentence with its numbers."""
    told = [f"{event_label(name)} in {_proportion(rows[rows['event'] == name])}" for name in EVENTS]
    return f"Highest grades of toxicities of the cells, with exact 95 % intervals: {'; '.join(told)}."


PICTURE = Picture(NAME, "How severe were CRS, ICANS and LICATS?", toxicity_grades_frames, toxicity_grades, HEADINGS)
