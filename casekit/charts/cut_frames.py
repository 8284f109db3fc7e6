"""What is new, changed or gone since an earlier data cut, as tidy frames in words."""

import pandas as pd

from casekit import catalogue
from casekit.charts.words import as_rows, day_text
from casekit.records import CaseSeries
from casekit.scores.cuts import diff

WORDS = {"new": "New", "changed": "Changed", "vanished": "Gone"}
COLUMNS = ["patient_id", "day", "row", "label", "tip", "when"]
MEASURED = {"measurements", "assessments"}


def cut_frame(series: CaseSeries, since: CaseSeries | None) -> pd.DataFrame:
    """Return one mark per patient, day and kind of change; what has no day is on the list of the page alone.

    Parameters
    ----------
    series : CaseSeries
        In its own days.
    since : CaseSeries or None
        An earlier data cut; without one there is no mark.

    Examples
    --------
    >>> import casekit as ck
    >>> cut_frame(ck.example(), ck.example()).empty
    True
    """
    if since is None:
        return pd.DataFrame(columns=COLUMNS)
    changes = diff(since.before_alignment or since, series).changes
    known = changes.dropna(subset=["day"])
    known = known.assign(tip=[_told(row) for row in as_rows(known)], label=known["change"].map(WORDS))
    marks = known.groupby(["patient_id", "day", "label"], as_index=False).agg(tip=("tip", "; ".join))
    marks["row"] = marks["label"].map({word: row for row, word in enumerate(WORDS.values())})
    marks["when"] = [day_text(float(day)) for day in marks["day"]]
    return marks.astype({"day": "float64"})[COLUMNS]


def _told(row: dict[str, str]) -> str:
    """Return one change in words: what, and what it was before and is now."""
    name = _label(str(row["table"]), str(row["name"]))
    if row["change"] == "changed":
        return f"{name}, {row['column']}: {row['before'] or 'empty'} → {row['after'] or 'empty'}"
    return f"{name}, {row['after'] or row['before']}"


def _label(table: str, name: str) -> str:
    """Return the label of a variable, drug or event."""
    if table in MEASURED:
        known = catalogue.variable(name)
        return known.short or known.label
    entry = catalogue.drug(name) if table == "treatments" else catalogue.event(name) if table == "events" else {}
    return str(entry.get("label", name))
