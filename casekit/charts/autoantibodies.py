"""Autoantibodies against their cut-off: before day 0, at month 3 and at the last visit; negative ones are greyed."""

import math
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.head import Caption
from casekit.charts.matrix import Look, Matrix, matrix
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.theme import QUIET
from casekit.charts.time_axis import UNIT_DAYS
from casekit.charts.value_frames import heading, value_frame
from casekit.charts.words import number
from casekit.records import CaseSeries

GROUP = "autoantibodies"
MONTH_3 = 3 * UNIT_DAYS["months"]
AROUND = 1.5 * UNIT_DAYS["months"]
PARTS = ("before", "month 3", "last sample")
NONE, NEGATIVE, NO_CUT_OFF = "not measured", "negative", "no cut-off given"
LOOKS = {
    NEGATIVE: Look("#dfe3e7", "#c2cad1", QUIET, "negative"),
    "up to 3 times": Look("#e5d6ee", "#bb9dcc", "#1b2733", "up to 3 ×"),
    "3 to 10 times": Look("#b58bcb", "#9163ab", "#1b2733", "3 to 10 ×"),
    "over 10 times": Look("#6a3d85", "#4c2763", "#ffffff", "over 10 ×"),
    NO_CUT_OFF: Look("#ffffff", "#52606d", "#1b2733", "no cut-off", "?"),
    NONE: Look("#ffffff", "#e3e6e9", QUIET, "not measured", "–"),
}
HOVERED = {
    "Patient": "patient_id",
    "Antibody": "antibody",
    "Sample": "part_name",
    "Value": "tip",
    "Times_the_cut_off": "ratio_text",
    "When": "when",
    "Origin": "origin",
}
COLUMNS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "antibody": "Antibody",
    "part_name": "Sample",
    "day": "Day",
    "tip": "Value",
    "upper": "Cut-off",
    "ratio": "Times the cut-off",
    "log_ratio": "Ratio to the cut-off, log10",
    "state": "Class",
    "origin": "Origin",
}


def autoantibodies_frames(series: CaseSeries) -> Frames:
    """Return one row per patient, antibody that was ever measured in the patient, and sample.

    Samples: ``before`` is the last one up to day 0, ``month 3`` the nearest to it within six weeks, ``last sample`` the
    last one after day 0 when it is another than that of month 3.

    Examples
    --------
    >>> import casekit as ck
    >>> rows = autoantibodies_frames(ck.example()).rows
    >>> rows.query("patient_id == 'SLE-01' and column == 'anti_sm_u_ml'")["part_name"].tolist()
    ['before', 'month 3', 'last sample']
    """
    people = patients_of(series)
    known = catalogue.variables()
    names = known.index[(known["group"] == GROUP) & (known["kind"] == "measurement")]
    measured = series.measurements[series.measurements["variable"].isin(names)]
    values = value_frame(measured.dropna(subset=["day"]))
    samples = [row for _, own in values.groupby(["patient_id", "variable"]) for row in _samples(own)]
    rows = pd.DataFrame(samples, columns=[*COLUMNS, "column", "part", "sign", "ratio_text", "when"])
    rows["disease"] = rows["patient_id"].map(people.set_index("patient_id")["disease"])
    shown = people[people["patient_id"].isin(rows["patient_id"])]
    return Frames(rows, about(series), shown)


def autoantibodies(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return three tiles per patient and antibody.

    Examples
    --------
    >>> import casekit as ck
    >>> chart = autoantibodies(autoantibodies_frames(ck.example()))
    >>> chart.to_dict()["usermeta"]["key"]
    'autoantibodies'
    """
    if frames.rows.empty:
        sentence = "No autoantibody was measured in the patients shown here."
        return nothing(frames.about, name="autoantibodies", sentence=sentence, width=width)
    counts = frames.rows.groupby("column")["patient_id"].nunique().sort_values(ascending=False, kind="stable")
    columns = {str(name): _short(str(name)) for name in counts.index}
    notes = (
        "Three samples: up to day 0, month 3, last.",
        "Number: times the cut-off. Empty: never measured.",
    )
    shown = Matrix(columns, len(PARTS), LOOKS, notes, HOVERED)
    return matrix(frames, shown, Caption("autoantibodies", _description(frames)), width=width, patient=patient)


def _samples(own: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the three samples of one antibody of one patient."""
    before, after = own[own["day"] <= 0], own[own["day"] > 0]
    near = after[(after["day"] - MONTH_3).abs() <= AROUND]
    third = near.iloc[int((near["day"] - MONTH_3).abs().argmin())] if len(near) else None
    last = after.iloc[-1] if len(after) and (third is None or after.iloc[-1]["day"] > third["day"]) else None
    first = before.iloc[-1] if len(before) else None
    name = str(own["variable"].iloc[0])
    who = {"patient_id": own["patient_id"].iloc[0], "column": name, "antibody": heading(name)[0]}
    return [{**who, **_sample(place, row)} for place, row in enumerate((first, third, last))]


def _sample(place: int, row: pd.Series | None) -> dict[str, Any]:
    """Return one sample with its ratio to the cut-off of its own laboratory."""
    told = {"part": place, "part_name": PARTS[place]}
    if row is None:
        return {
            **told,
            "state": NONE,
            "sign": "–",
            "tip": NONE,
            "ratio_text": "–",
            "when": "no such sample",
            "origin": "",
        }
    ratio = row["value"] / row["upper"] if pd.notna(row["upper"]) and row["upper"] > 0 else math.nan
    state = _state(row, ratio)
    sign = {NEGATIVE: "", NO_CUT_OFF: "?"}.get(state, f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}")
    kept = {name: row[name] for name in ("day", "tip", "upper", "when", "origin")}
    words = (
        "no cut-off given"
        if math.isnan(ratio)
        else f"{'below ' if row['state'] == 'below detection' else ''}{number(ratio)}"
    )
    numbers = {"ratio": ratio, "log_ratio": math.log10(ratio) if ratio > 0 else math.nan}
    return {**told, **kept, **numbers, "state": state, "sign": sign, "ratio_text": words}


def _state(row: pd.Series, ratio: float) -> str:
    """Return the class of a sample: up to the cut-off it is negative."""
    if math.isnan(ratio):
        return NEGATIVE if row["state"] == "below detection" else NO_CUT_OFF
    edges = {1.0: NEGATIVE, 3.0: "up to 3 times", 10.0: "3 to 10 times"}
    return next((name for edge, name in edges.items() if ratio <= edge), "over 10 times")


def _short(variable: str) -> str:
    """Return the short name of an antibody, without the word anti that all of them share."""
    declared = catalogue.variable(variable)
    name = (declared.short or declared.label).removeprefix("Anti-").removeprefix("anti-")
    return name.replace("polymerase", "pol")


def _description(frames: Frames) -> str:
    """Return the picture in words."""
    measured = frames.rows[~frames.rows["state"].isin([NONE, NO_CUT_OFF])]
    last = measured[measured["part"] > 0].groupby(["patient_id", "column"])["state"].last()
    first = measured[measured["part"] == 0].set_index(["patient_id", "column"])["state"]
    positive = first[first != NEGATIVE].index
    followed = last[last.index.isin(positive)]
    counts = f"{len(positive)} were positive before day 0, {len(followed)} of them were measured again"
    negative = int((followed == NEGATIVE).sum())
    return f"Autoantibodies of {len(frames.patients)} patients: {counts}, {negative} were negative at the end."


PICTURE = Picture(
    "autoantibodies", "Autoantibodies against their cut-off", autoantibodies_frames, autoantibodies, COLUMNS
)
