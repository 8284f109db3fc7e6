"""Scores as intervals, verdicts as tiles, and B-cell aplasia with the interval in which the cells came back."""

import math
from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue, scores
from casekit.charts.words import as_rows, day_text, number
from casekit.records import CaseSeries
from casekit.scores.aplasia import both_readings

ACTIVITY_COLUMNS = ["patient_id", "instrument", "day", "low", "high", "value", "state", "tip", "missing", "when"]
RESPONSE_COLUMNS = ["patient_id", "instrument", "label", "day", "row", "verdict", "gap", "why", "when"]
ROW_COLUMNS = ["patient_id", "row", "label"]
APLASIA_COLUMNS = [
    *("patient_id", "start", "sure_from", "certain", "end", "censored", "unsure", "length", "label", "tip", "meaning")
]
UNSURE = "a detection limit leaves samples open"
NAMES_SHOWN = 4
# The words of a declaration that compare a visit with the baseline.
COMPARING = {"change", "improvement"}


def activity_frame(scored: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every score at every visit; ``state`` says exact, interval, or nothing known at all."""
    frames = [_activity(name, frame) for name, frame in scored.items() if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=ACTIVITY_COLUMNS)


def response_frames(verdicts: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one tile per criterion and visit, and the names of the rows."""
    frames = [_tiles(name, frame) for name, frame in verdicts.items() if len(frame)]
    if not frames:
        return pd.DataFrame(columns=RESPONSE_COLUMNS), pd.DataFrame(columns=ROW_COLUMNS)
    tiles = pd.concat(frames, ignore_index=True)
    rows = tiles[["patient_id", "instrument", "label"]].drop_duplicates().reset_index(drop=True)
    rows["row"] = rows.groupby("patient_id").cumcount()
    tiles = tiles.drop(columns="row").merge(rows, on=["patient_id", "instrument", "label"])
    return tiles[RESPONSE_COLUMNS], rows[ROW_COLUMNS]


def aplasia_frame(series: CaseSeries, people: pd.DataFrame) -> pd.DataFrame:
    """Return the days without B cells, possibly from ``start`` to ``end``, open where still ongoing.

    They are sure from ``sure_from`` to ``certain``, which are missing where no sample is certain; ``unsure`` says that
    a detection limit leaves open how long it was, and ``length`` what is known of it.
    """
    found = scores.score(series, "b_cell_aplasia").dropna(subset=["onset_day"])
    rows = as_rows(found.merge(people[["patient_id", "last_day"]], on="patient_id"))
    unsure = [row["patient_id"] for row in rows if is_unsure(row)]
    known = both_readings(series.select(patient_id=unsure)) if unsure else {}
    high = {who: reading for who, (_, reading) in known.items()}
    return pd.DataFrame(
        [_aplasia(row, high.get(row["patient_id"], row)) for row in rows], columns=APLASIA_COLUMNS
    ).astype({"sure_from": "float64", "certain": "float64"})


def is_unsure(row: dict[str, Any]) -> bool:
    """Return whether a detection limit leaves open how long an aplasia was, as the score of a patient says."""
    end = row["last_aplastic_day"] if row["censored"] else row["reconstitution_day"]
    last_is_open = f"sample of day {row['last_aplastic_day']:.0f}" in str(row["missing"]).split(", ")
    return bool(row["low"] < end - row["onset_day"]) or last_is_open


def length_known(low: float, high: float) -> str:
    """Return what is known of the length of an aplasia.

    Examples
    --------
    >>> length_known(53, 73), length_known(53, math.inf), length_known(0, 88), length_known(0, math.inf)
    ('53 to 73 days', '53 days or more', 'not known, at most 88 days', 'not known')
    """
    if low > 0:
        return f"{number(low)} to {number(high)} days" if math.isfinite(high) else f"{number(low)} days or more"
    return f"not known, at most {number(high)} days" if math.isfinite(high) else "not known"


def aplasia_threshold() -> float:
    """Return the CD19+ B cells per µL below which the B cells count as gone."""
    return float(catalogue.instrument("b_cell_aplasia")["parameters"]["threshold"]["default"])


def name_of(instrument: str) -> str:
    """Return how the instrument calls itself."""
    return str(catalogue.instrument(instrument)["name"])


def verdict_name(instrument: str) -> str:
    """Return what is met when the verdict is met, short enough for a row."""
    declared = catalogue.instrument(instrument)
    if declared.get("combine") == "all":
        return str(declared["name"])
    return str(declared.get("labels", {}).get("met", declared["name"])).capitalize()


def is_from_baseline(instrument: str) -> bool:
    """Return whether the instrument compares with the time before infusion: it says nothing about a visit before it.

    Examples
    --------
    >>> is_from_baseline("tis_2016"), is_from_baseline("sledai_2k")
    (True, False)
    """
    return _compares(catalogue.instrument(instrument).get("items", []))


def _compares(part: Any) -> bool:
    """Return whether a part of a declaration holds such a word."""
    if isinstance(part, dict):
        return bool(COMPARING & part.keys()) or any(map(_compares, part.values()))
    return isinstance(part, list) and any(map(_compares, part))


def _activity(instrument: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of one instrument with the words to show."""
    shown = frame[["patient_id", "day", "low", "high", "value"]].copy()
    shown["instrument"] = instrument
    shown["day"] = shown["day"].astype(float)
    shown["state"] = np.where(shown["value"].notna(), "exact", "interval")
    shown["tip"] = [_interval(row) for row in as_rows(shown)]
    shown["missing"] = [_missing(instrument, names) for names in frame["missing"]]
    shown["when"] = [day_text(day) for day in shown["day"]]
    return shown[ACTIVITY_COLUMNS]


def _interval(row: dict[str, Any]) -> str:
    """Return the score, or from where to where it may lie."""
    return (
        number(row["value"])
        if pd.notna(row["value"])
        else f"{number(row['low'])} to {number(row['high'])}, not determinable"
    )


def _missing(instrument: str, names: Any) -> str:
    """Return the missing items in words, the first few by name."""
    ids = [part.strip() for part in str(names).split(",") if part.strip()] if pd.notna(names) else []
    if not ids:
        return "nothing"
    labels = {str(item["id"]): str(item["label"]) for item in catalogue.instrument(instrument).get("items", [])}
    named = [labels.get(name, name.replace("_", " ")) for name in ids[:NAMES_SHOWN]]
    return ", ".join(named) + (f" and {len(ids) - NAMES_SHOWN} more" if len(ids) > NAMES_SHOWN else "")


def _tiles(instrument: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the tiles of one criterion; ``gap`` is the distance to the nearest other visit in days."""
    seen = frame[frame["day"] >= 0] if is_from_baseline(instrument) else frame
    tiles = seen.sort_values(["patient_id", "day"]).reset_index(drop=True)
    days = tiles["day"].astype(float)
    before = days.groupby(tiles["patient_id"]).diff()
    after = -days.groupby(tiles["patient_id"]).diff(-1)
    gap = pd.concat([before, after], axis=1).min(axis=1).fillna(60.0)
    words = [_why(instrument, row) for row in as_rows(tiles)]
    known = tiles[["patient_id", "verdict"]].assign(instrument=instrument, label=verdict_name(instrument), row=0)
    return known.assign(day=days, gap=gap, why=words, when=[day_text(day) for day in days])


def _why(instrument: str, row: dict[str, Any]) -> str:
    """Return on which conditions the verdict rests: those that failed, could not be judged, or were met."""
    labels = {str(item["id"]): str(item["label"]) for item in catalogue.instrument(instrument).get("items", [])}
    judged = [name for name in row if name not in {"patient_id", "day", "verdict"}]
    conditions = {name: labels.get(name, name.replace("_", " ")) for name in judged}  # a total is judged as a whole
    failed = [label for name, label in conditions.items() if row.get(name) == "not met"]
    unknown = [label for name, label in conditions.items() if row.get(name) == "unknown"]
    if row["verdict"] == "not met" and failed:
        return "not met: " + "; ".join(failed)
    if unknown:
        return "not assessed: " + "; ".join(unknown)
    met = [label for name, label in conditions.items() if row.get(name) == "met"]
    return f"{len(met)} of {len(met)} conditions met" if len(met) == len(conditions) > 1 else "; ".join(met)


def _aplasia(row: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Return one stretch of aplasia with its length in words; ``high`` reads every open sample as high as it can be."""
    censored, unsure = bool(row["censored"]), is_unsure(row)
    onset, certain = float(row["onset_day"]), float(row["last_aplastic_day"])
    end = float(row["last_day"] if censored else row["reconstitution_day"])
    length = f"{number((certain if censored else end) - onset)} days" + (" and ongoing" if censored else "")
    back = "not back at the last sample" if censored else f"back between day {number(certain)} and day {number(end)}"
    if unsure:
        length, back = length_known(row["low"], row["high"]), f"not known: {UNSURE}"
    return {
        "patient_id": row["patient_id"],
        "start": onset,
        "sure_from": high["onset_day"],
        "certain": high["last_aplastic_day"],
        "end": end,
        "censored": censored,
        "unsure": unsure,
        "length": length,
        "label": f"B-cell aplasia, {length}",
        "tip": back,
        "meaning": f"below {aplasia_threshold():g} CD19+ B cells/µL",
    }
