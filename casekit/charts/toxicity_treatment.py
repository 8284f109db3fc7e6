"""Who had which toxicity of the cells, from when to when, and what was given for it, as a table."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.treatment_frames import dose_text
from casekit.charts.words import as_rows, number, text
from casekit.records import CaseSeries
from casekit.scores.toxicity_course import daily_grades, highest_words

NAME = "toxicity_treatment"
TOXICITIES = ("crs", "icans", "licats")
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "toxicity": "Toxicity",
    "grade": "Highest grade",
    "highest": "Days of the highest grade",
    "system": "Graded by",
    "first_day": "First day",
    "last_day": "Last day",
    "given": "Given for it",
    "outcome": "Outcome",
}
NONE_NAMED = "no treatment recorded"


def toxicity_treatment_frames(series: CaseSeries) -> Frames:
    """Return every recorded CRS, ICANS and LICATS with the drugs whose reason names it.

    Returns
    -------
    Frames
        ``rows``: one row per event: patient_id, disease, toxicity, grade (highest; null where none is recorded),
        highest (from grade 2 on: its days and findings, where its items were assessed day by day), system,
        first_day and last_day (days since day 0), given (drug, dose and days in words), outcome.

    Examples
    --------
    >>> import casekit as ck
    >>> rows = toxicity_treatment_frames(ck.example()).rows
    >>> [given] = rows.loc[rows["grade"] == 2, "given"]
    >>> given.endswith("tocilizumab 680 mg on day 3; tocilizumab 680 mg on day 4")
    True
    """
    disease = series.patients.set_index("patient_id")["disease"]
    events = series.events[series.events["name"].isin(TOXICITIES)].sort_values(
        ["name", "grade", "patient_id", "start_day"], ascending=[True, False, True, True]
    )
    daily = {name: daily_grades(series, name) for name in TOXICITIES}
    told = [highest_words(series, event, daily[str(event["name"])]) for event in as_rows(events)]
    rows = [
        {**_row(event, disease[event["patient_id"]], series.treatments), "highest": highest}
        for event, highest in zip(as_rows(events), told, strict=True)
    ]
    return Frames(pd.DataFrame(rows, columns=list(HEADINGS)), about(series), patients_of(series))


def toxicity_treatment(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one sentence with the counts; the events themselves are the table.

    Parameters
    ----------
    frames : Frames
        From :func:`toxicity_treatment_frames`, or some of its patients.
    width : int
        Width in pixels.
    patient : str
        Has no mark here.

    Examples
    --------
    >>> import casekit as ck
    >>> toxicity_treatment(toxicity_treatment_frames(ck.example())).usermeta["key"]
    'toxicity_treatment'
    """
    treated = frames.rows[frames.rows["given"] != NONE_NAMED]
    told = [f"{len(part)} {name}" for name, part in frames.rows.groupby("toxicity", sort=False)]
    sentence = (
        f"{', '.join(told)} recorded in {frames.rows['patient_id'].nunique()} of {len(frames.patients)} patients; "
        f"drugs were given for it in {treated['patient_id'].nunique()}."
        if told
        else "No CRS, ICANS or LICATS is recorded in these patients."
    )
    said = nothing(frames.about, name=NAME, sentence=sentence, width=width)
    said.params = [alt.param(name="patient", value=patient).param]
    return said


def _row(event: dict[str, Any], disease: str, treatments: pd.DataFrame) -> dict[str, Any]:
    """Return one event with what was given for it."""
    declared = catalogue.event(str(event["name"]))
    name = str(declared["short"])
    meant = treatments["reason"].astype(str).str.casefold().isin([name.casefold(), str(declared["label"]).casefold()])
    own = treatments[meant & (treatments["patient_id"] == event["patient_id"])]
    given = own[~(own["start_day"] < event["start_day"])].sort_values("start_day")
    return {
        "patient_id": event["patient_id"],
        "disease": disease,
        "toxicity": name,
        "grade": event["grade"],
        "system": text(event["grade_system"]),
        "first_day": event["start_day"],
        "last_day": event["end_day"],
        "given": "; ".join(_drug(course) for course in as_rows(given)) or NONE_NAMED,
        "outcome": text(event["outcome"]),
    }


def _drug(course: dict[str, Any]) -> str:
    """Return one course in words: drug, dose and days."""
    label = str(catalogue.drug(str(course["drug"]))["label"]).lower()
    dose = f" {dose_text(course)}".rstrip()
    first, last = course["start_day"], course["end_day"]
    if pd.isna(first):
        return f"{label}{dose}"
    days = f"on day {number(float(first))}" if last == first else f"from day {number(float(first))}"
    return f"{label}{dose} {days}" + ("" if pd.isna(last) or last == first else f" to day {number(float(last))}")


PICTURE = Picture(
    NAME, "Who had which toxicity, and what was given?", toxicity_treatment_frames, toxicity_treatment, HEADINGS
)
