"""Adverse events, infections, procedures and hospital stays as bars with the grade written in."""

from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.treatment_frames import RECENT_FROM
from casekit.charts.words import END_NOT_KNOWN, as_rows, span_text, text

# These kinds share one row per patient: what matters is when, the name is in the tooltip.
SHARED_ROWS = {"hospitalisation": "Hospital stay", "vaccination": "Vaccination"}
ORDER = ("crs", "icans", "licats")
KINDS = ("adverse_event", "infection", "hospitalisation", "death", "procedure", "vaccination", "other")
COLUMNS = ["patient_id", "row", "name", "label", "kind", "start", "end", "grade", "tip", "when", "origin"]
ROW_COLUMNS = ["patient_id", "row", "label", "until"]


def event_frames(events: pd.DataFrame, people: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one bar per event with its row, and the names of the rows, the known toxicities of the cells first."""
    known = events.merge(people[["patient_id", "last_day"]], on="patient_id")
    if known.empty:
        return pd.DataFrame(columns=COLUMNS), pd.DataFrame(columns=ROW_COLUMNS)
    bars = pd.DataFrame([_bar(row) for row in as_rows(known)])
    rows = _rows(bars)
    placed = bars.merge(rows[["patient_id", "label", "row"]], on=["patient_id", "label"])
    return placed[COLUMNS], rows[ROW_COLUMNS]


def event_label(name: str) -> str:
    """Return the short name of an event."""
    entry = catalogue.event(name)
    return str(entry.get("short", entry["label"]))


def _bar(row: dict[str, Any]) -> dict[str, Any]:
    """Return one event from its first day to the day after its last, with the words to show."""
    ongoing = pd.notna(row["ongoing"]) and bool(row["ongoing"])
    last = row["last_day"] if ongoing else row["end_day"]
    start = float(row["start_day"])
    end = start if pd.isna(last) else float(last)
    when = span_text(start, end, ongoing=ongoing) + ("" if ongoing or pd.notna(last) else f", {END_NOT_KNOWN}")
    return {
        **{name: row[name] for name in ("patient_id", "name", "kind")},
        "label": SHARED_ROWS.get(row["kind"]) or event_label(row["name"]),
        "start": start,
        "end": end + 1,
        "grade": "" if pd.isna(row["grade"]) else f"{row['grade']:.0f}",
        "tip": _tip(row),
        "when": when,
        "origin": text(row["origin"]),
    }


def _tip(row: dict[str, Any]) -> str:
    """Return name, grade with its system, seriousness and outcome."""
    grade = "" if pd.isna(row["grade"]) else f"grade {row['grade']:.0f} {text(row['grade_system'])}".strip()
    serious = "serious" if pd.notna(row["serious"]) and bool(row["serious"]) else ""
    return ", ".join(filter(None, [str(catalogue.event(row["name"])["label"]), grade, serious, text(row["outcome"])]))


def _rows(bars: pd.DataFrame) -> pd.DataFrame:
    """Return one row per kind of event of a patient."""
    rows = bars.groupby(["patient_id", "name", "label", "kind"], as_index=False).agg(
        start=("start", "min"), until=("end", "max")
    )
    rows["rank"] = [_rank(name, kind) for name, kind in zip(rows["name"], rows["kind"], strict=True)]
    rows["until"] = rows.groupby(["patient_id", "label"])["until"].transform("max")
    rows["long_ago"] = rows["until"] <= RECENT_FROM  # outside the course: last, and named only where they are shown
    rows = rows.sort_values(["patient_id", "long_ago", "rank", "start"]).drop_duplicates(["patient_id", "label"])
    rows["row"] = rows.groupby("patient_id").cumcount()
    return rows.reset_index(drop=True)


def _rank(name: Any, kind: Any) -> int:
    """Return the place of an event: the known toxicities of the cells, then by kind."""
    if name in ORDER:
        return ORDER.index(name)
    return len(ORDER) + (KINDS.index(kind) if kind in KINDS else len(KINDS))
