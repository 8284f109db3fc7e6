"""At which visits a response rests on something that was not assessed, as a table."""

from collections.abc import Mapping
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
from casekit.scores.declaration import read

NAME = "missing_basis"
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "criterion": "Criterion",
    "day": "Day",
    "verdict_words": "Verdict",
    "missing": "Items not assessed",
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
        verdict (met, unknown), missing (items that were not assessed, those of a score within the criterion by
        name), consequence.
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
    lacking = _not_assessed(own, criterion)
    missing = ["; ".join(lacking[row["patient_id"], row["day"]]) if row["missing"] else "" for row in as_rows(table)]
    return table.assign(disease=disease, criterion=verdict_name(criterion), missing=missing)[JUDGED]


def _not_assessed(series: CaseSeries, instrument: str) -> dict[tuple[Any, Any], list[str]]:
    """Return, by patient and visit, what was not assessed; in place of a score within it, the items of that score."""
    declared = read(instrument)
    items: dict[str, Mapping[str, Any]] = {str(item["id"]): item for item in declared.items}
    within = {name: _not_assessed(series, name) for item in items.values() for name in _named(item, "score")}
    found = {}
    for row in as_rows(scores.score(series, instrument)):
        visit = (row["patient_id"], row["day"])
        names = [name for inner in within.values() for name in inner.get(visit, [])]
        for item in filter(None, str(row["missing"]).split(", ")):
            explained = any(within[name].get(visit) for name in _named(items[item], "score"))
            names += [] if explained else _labels(items[item], criterion=declared.is_yes_or_no)
        found[visit] = list(dict.fromkeys(names))
    return found


def _labels(item: Mapping[str, Any], *, criterion: bool) -> list[str]:
    """Return what an item needs, by name; of a condition the variable, for the condition would read as a finding."""
    known = set(catalogue.variables().index)
    needed = [name for kind in ("var", "flag") for name in _named(item, kind) if name in known]
    return [catalogue.variable(name).label for name in needed] if criterion and needed else [str(item["label"])]


def _named(part: Any, word: str) -> list[str]:
    """Return every name that stands behind that word in a part of a declaration."""
    if isinstance(part, Mapping):
        own = [str(part[word])] if word in part else []
        return [*own, *(name for value in part.values() for name in _named(value, word))]
    return [name for value in part for name in _named(value, word)] if isinstance(part, list | tuple) else []


PICTURE = Picture(NAME, "Does any response rest on a missing value?", missing_basis_frames, missing_basis, HEADINGS)
