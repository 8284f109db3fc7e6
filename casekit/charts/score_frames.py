"""Scores as intervals, verdicts as tiles, and B-cell aplasia with the interval in which the cells came back."""

from typing import Any

import numpy as np
import pandas as pd

from casekit import catalogue
from casekit.charts.words import as_rows, day_text, number

ACTIVITY_COLUMNS = ["patient_id", "instrument", "day", "low", "high", "value", "state", "tip", "missing", "when"]
RESPONSE_COLUMNS = ["patient_id", "instrument", "label", "day", "row", "verdict", "gap", "why", "when"]
ROW_COLUMNS = ["patient_id", "row", "label"]
APLASIA_COLUMNS = ["patient_id", "start", "certain", "end", "censored", "label", "tip", "meaning"]
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


def aplasia_frame(durations: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the days without B cells: surely until ``certain``, possibly until ``end``, open where still ongoing."""
    known = durations.dropna(subset=["onset_day"]).merge(people[["patient_id", "last_day"]], on="patient_id")
    return pd.DataFrame([_aplasia(row) for row in as_rows(known)], columns=APLASIA_COLUMNS)


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


def _aplasia(row: dict[str, Any]) -> dict[str, Any]:
    """Return one stretch of aplasia with its length in words."""
    censored = bool(row["censored"])
    certain = float(row["last_aplastic_day"])
    end = float(row["last_day"] if censored else row["reconstitution_day"])
    length = certain - float(row["onset_day"]) if censored else float(row["value"])
    label = f"B-cell aplasia, {number(length)} days" + (" and ongoing" if censored else "")
    back = "not back at the last sample" if censored else f"back between day {number(certain)} and day {number(end)}"
    start = {"patient_id": row["patient_id"], "start": float(row["onset_day"]), "certain": certain}
    meaning = f"below {aplasia_threshold():g} CD19+ B cells/µL"
    return {**start, "end": end, "censored": censored, "label": label, "tip": back, "meaning": meaning}
