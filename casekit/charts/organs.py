"""Organs before and after: the SLEDAI-2K points of each organ at the last visit up to day 0, and at the last visit."""

from typing import Any

import pandas as pd

from casekit.charts.head import Caption
from casekit.charts.item_frames import item_rows, points_text
from casekit.charts.matrix import Look, Matrix, matrix
from casekit.charts.panel_frames import diseases_of
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.theme import QUIET
from casekit.charts.words import number
from casekit.records import CaseSeries
from casekit.scores.wording import within_a_sentence

INSTRUMENT = "sledai_2k"
# groups of the items of SLEDAI-2K; fever and serology are findings of no single organ
ORGANS = {
    "renal": "Kidney",
    "skin": "Skin",
    "joints": "Joints",
    "cardiopulmonary": "Serosa",
    "muscle": "Muscle",
    "blood": "Blood",
    "cns": "CNS",
    "vasculitis": "Vessels",
}
PARTS = ("before", "last visit")
NO_VISIT, OPEN = "no visit", "not determinable"
LOOKS = {
    "0": Look("#f6f8fa", "#c9d1d9", QUIET, "0 points"),
    "1 to 2": Look("#fde4c4", "#e7b77c", "#1b2733", "1 to 2"),
    "3 to 4": Look("#f5ac5c", "#d1842f", "#1b2733", "3 to 4"),
    "5 to 8": Look("#cc5a1b", "#a04412", "#ffffff", "5 to 8"),
    "over 8": Look("#7a2408", "#571804", "#ffffff", "over 8"),
    OPEN: Look("#ffffff", "#52606d", "#1b2733", "not known", "?"),
    NO_VISIT: Look("#ffffff", "#e3e6e9", QUIET, "no visit", "–"),
}
HOVERED = {"Patient": "patient_id", "Organ": "organ", "Visit": "part_name", "SLEDAI_2K": "tip", "When": "when"}
COLUMNS = {
    "patient_id": "Patient",
    "organ": "Organ",
    "part_name": "Visit",
    "day": "Day",
    "low": "Lowest possible points",
    "high": "Highest possible points",
}


def organs_frames(series: CaseSeries) -> Frames:
    """Return one row per patient with lupus, organ and visit (before, last visit).

    Examples
    --------
    >>> import casekit as ck
    >>> rows = organs_frames(ck.example()).rows
    >>> len(rows) == 8 * len(ORGANS) * 2
    True
    """
    people = patients_of(series)
    people = people[people["disease"].isin(diseases_of(INSTRUMENT))]
    if people.empty:
        return Frames(pd.DataFrame(columns=[*COLUMNS, "column"]), about(series), people)
    items = item_rows(series.select(disease=list(people["disease"].unique())), INSTRUMENT)
    organs = items[items["group"].isin(list(ORGANS))]
    visits = organs.groupby(["patient_id", "day", "when", "group"], as_index=False)[["low", "high"]].sum()
    chosen = [_chosen(visits, people, part) for part in PARTS]
    rows = pd.concat(chosen, ignore_index=True).merge(people[["patient_id", "disease"]], on="patient_id")
    return Frames(rows if len(visits) else rows.head(0), about(series), people)


def organs(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return a pair of tiles per patient and organ.

    Examples
    --------
    >>> import casekit as ck
    >>> len(organs(organs_frames(ck.example())).to_dict()["datasets"]["names"])
    8
    """
    if frames.rows.empty:
        sentence = "No patient shown here has the items of SLEDAI-2K."
        return nothing(frames.about, name="organs", sentence=sentence, width=width)
    notes = (
        "In each pair: last visit up to day 0, then last visit.",
        "Points of SLEDAI-2K; lung and heart have no item.",
    )
    shown = Matrix(ORGANS, len(PARTS), LOOKS, notes, HOVERED)
    return matrix(frames, shown, Caption("organs", _description(frames)), width=width, patient=patient)


def _chosen(visits: pd.DataFrame, people: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return every patient and organ at one of the two visits; without a visit the row says so."""
    side = visits[visits["day"] <= 0] if part == PARTS[0] else visits[visits["day"] > 0]
    last = side[side["day"] == side.groupby("patient_id")["day"].transform("max")]
    every = people[["patient_id"]].merge(pd.DataFrame({"group": list(ORGANS)}), how="cross")
    rows = every.merge(last, on=["patient_id", "group"], how="left")
    states = [_state(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)]
    tips = [
        NO_VISIT if pd.isna(low) else points_text(low, high)
        for low, high in zip(rows["low"], rows["high"], strict=True)
    ]
    words = {"part_name": part, "part": PARTS.index(part), "tip": tips, "when": rows["when"].fillna("not known")}
    signs = [_sign(state, low) for state, low in zip(states, rows["low"], strict=True)]
    return rows.assign(column=rows["group"], organ=rows["group"].map(ORGANS), state=states, sign=signs, **words)


def _state(low: Any, high: Any) -> str:
    """Return the class of the points."""
    if pd.isna(low):
        return NO_VISIT
    if low != high:
        return OPEN
    edges = {0: "0", 2: "1 to 2", 4: "3 to 4", 8: "5 to 8"}
    return next((name for edge, name in edges.items() if low <= edge), "over 8")


def _sign(state: str, low: Any) -> str:
    """Return the sign in a tile: the points, a question mark, or a dash without a visit."""
    return {NO_VISIT: "–", OPEN: "?"}.get(state) or number(low)


def _description(frames: Frames) -> str:
    """Return the picture in words."""
    rows = frames.rows[frames.rows["low"] > 0]
    active = [rows[rows["part_name"] == part].groupby("organ")["patient_id"].nunique() for part in PARTS]
    said = [
        f"{within_a_sentence(name)} {active[0].get(name, 0)} and {active[1].get(name, 0)}" for name in ORGANS.values()
    ]
    return f"Active organs of {len(frames.patients)} patients, before day 0 and at the last visit: {', '.join(said)}."


PICTURE = Picture("organs", "Organs before and after", organs_frames, organs, COLUMNS)
