"""At which visits a response rests on something that was not assessed, as a table."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue, scores
from casekit.charts import theme
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.score_frames import verdict_name
from casekit.charts.words import as_rows
from casekit.errors import CaseKitError
from casekit.records import CaseSeries

NAME = "missing_basis"
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "criterion": "Criterion",
    "day": "Day",
    "verdict_words": "Verdict",
    "missing": "Not assessed",
    "consequence": "What follows",
}
CONSEQUENCES = {
    "met": "met whatever the missing value is",
    "unknown": "open: not counted as met",
}
JUDGED = ["patient_id", "disease", "criterion", "day", "verdict", "missing"]


def missing_basis_frames(series: CaseSeries) -> Frames:
    """Return every visit at which a response is met or open although an item of the criterion is missing.

    Returns
    -------
    Frames
        ``rows``: one row per patient, criterion and such visit: patient_id, disease, criterion, day (since day 0),
        verdict (met, unknown), missing (conditions that were not assessed), consequence.
        ``parts["judged"]``: the same of all visits.

    Examples
    --------
    >>> import casekit as ck
    >>> rows = missing_basis_frames(ck.example()).rows
    >>> rows.loc[rows["criterion"] == "DORIS remission", ["patient_id", "day", "verdict"]].to_numpy().tolist()
    [['SLE-01', 548, 'unknown'], ['SLE-03', 268, 'unknown']]
    """
    diseases = [str(name) for name in series.patients["disease"].unique()]
    found = [_judged(series, name, criterion) for name in diseases for criterion in catalogue.disease(name).responses]
    judged = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=JUDGED)
    lacking = judged[(judged["missing"] != "") & (judged["verdict"] != "not met")]
    told = {"consequence": CONSEQUENCES, "verdict_words": theme.VERDICT_WORDS}
    words = {column: lacking["verdict"].map(meaning) for column, meaning in told.items()}
    rows = lacking.assign(**words).reset_index(drop=True)
    return Frames(rows, about(series), patients_of(series), {"judged": judged})


def missing_basis(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one sentence that says whether any response rests on a missing value; the visits are the table.

    Parameters
    ----------
    frames : Frames
        From :func:`missing_basis_frames`, or some of its patients.
    width : int
        Width in pixels.
    patient : str
        Has no mark here.

    Examples
    --------
    >>> import casekit as ck
    >>> missing_basis(missing_basis_frames(ck.example())).usermeta["key"]
    'missing_basis'
    """
    said = nothing(frames.about, name=NAME, sentence=_sentence(frames), width=width)
    said.params = [alt.param(name="patient", value=patient).param]
    return said


def _sentence(frames: Frames) -> str:
    """Return how many verdicts were met, and how many of them although something was missing."""
    judged = frames.parts["judged"]
    if judged.empty:
        return "No response criterion was assessed in these patients."
    met, lacking = judged[judged["verdict"] == "met"], frames.rows["verdict"]
    although = int((lacking == "met").sum())
    rests = f"{although} of them although an item was missing" if although else "none of them with an item missing"
    return (
        f"Of {len(judged)} verdicts {len(met)} are met, {rests}. "
        f"{int((lacking == 'unknown').sum())} are open, for an item was not assessed, and do not count as met."
    )


def _judged(series: CaseSeries, disease: str, criterion: str) -> pd.DataFrame:
    """Return verdict and missing conditions of every visit of the patients with a disease."""
    own = series.select(disease=disease)
    try:
        scored, verdicts = scores.score(own, criterion), scores.judge(own, criterion)
    except CaseKitError:  # nothing was assessed
        return pd.DataFrame(columns=JUDGED)
    keys = ["patient_id", "day"]
    table = verdicts[[*keys, "verdict"]].merge(scored[[*keys, "missing"]], on=keys, how="left")
    labels = {str(item["id"]): str(item["label"]) for item in catalogue.instrument(criterion).get("items", [])}
    missing = ["; ".join(_labels(row["missing"], labels)) for row in as_rows(table)]
    return table.assign(disease=disease, criterion=verdict_name(criterion), missing=missing)[JUDGED]


def _labels(missing: Any, labels: dict[str, str]) -> list[str]:
    """Return the missing conditions by their labels."""
    names = [] if pd.isna(missing) or not missing else str(missing).split(", ")
    return [labels.get(name, name) for name in names]


PICTURE = Picture(NAME, "Does any response rest on a missing value?", missing_basis_frames, missing_basis, HEADINGS)
