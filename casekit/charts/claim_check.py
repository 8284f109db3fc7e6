"""Published figures beside the same figures computed from the tables, as a table."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import scores
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.words import as_rows, number
from casekit.records import CaseSeries

NAME = "claim_check"
AGREES, EXACT = "agrees", "exact"
COLUMNS = [
    *("statement", "published", "computed", "unit", "tolerance", "verdict", "n"),
    *("interval", "without_one", "confidence", "source"),
]
HEADINGS = {
    "statement": "Published figure",
    "published": "Published",
    "computed": "Computed",
    "unit": "Unit",
    "tolerance": "Tolerance",
    "verdict": "Verdict",
    "n": "Patients",
    "interval": "Exact 95 % interval of the proportion",
    "without_one": "Without any one patient",
    "confidence": "Confidence in the source",
    "source": "Source",
}


def claim_check_frames(series: CaseSeries) -> Frames:
    """Return every published figure the series is said to reproduce, beside the computed one.

    Returns
    -------
    Frames
        ``rows``: one row per figure, of the whole series whoever is filtered, those that do not agree first: statement,
        published, computed, unit, tolerance (half a unit of the last printed digit; none of a count of patients),
        verdict, n, interval (exact, of proportions), without_one (what a mean or median becomes without any one
        patient), confidence, source.

    Examples
    --------
    >>> import casekit as ck
    >>> claim_check_frames(ck.example()).rows.loc[0, ["published", "computed", "verdict"]].tolist()
    ['8', '10', 'conflict']
    """
    own = series.before_alignment or series
    rows = pd.DataFrame([_row(row) for row in as_rows(scores.claims(own))], columns=COLUMNS)
    agreeing = rows["verdict"].eq(AGREES)
    return Frames(pd.concat([rows[~agreeing], rows[agreeing]], ignore_index=True), about(own), patients_of(own))


def claim_check(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return one sentence with the counts of verdicts; the figures themselves are the table.

    Parameters
    ----------
    frames : Frames
        From :func:`claim_check_frames`.
    width : int
        Width in pixels.
    patient : str
        Has no mark here: the figures are of the whole series.

    Examples
    --------
    >>> import casekit as ck
    >>> claim_check(claim_check_frames(ck.example())).usermeta["key"]
    'claim_check'
    """
    counts = frames.rows["verdict"].value_counts()
    told = ", ".join(f"{verdict} {count}" for verdict, count in counts.items())
    sentence = (
        f"Of {len(frames.rows)} published figures, by verdict: {told}.{_cut(frames)} The table lists them."
        if len(frames.rows)
        else "This series names no publication whose figures could be checked."
    )
    said = nothing(frames.about, name=NAME, sentence=sentence, width=width)
    said.params = [alt.param(name="patient", value=patient).param]
    return said


def _cut(frames: Frames) -> str:
    """Return the data cut of the series; invented patients have none that means anything."""
    cut = frames.about.data_cut
    return "" if frames.about.synthetic else f" Data cut: {cut or 'not stated'}."


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return one figure as it is read."""
    ends = {name: _ends(row, name) for name in ("exact", "leave_one_out")}
    return {
        **{name: row[name] for name in ("statement", "unit", "verdict", "n", "confidence", "source")},
        "published": number(float(row["published"])),
        "computed": "" if pd.isna(row["computed"]) else number(float(row["computed"])),
        "tolerance": EXACT if row["unit"] == "patients" else _tolerance(row["published"]),
        "interval": f"{ends['exact']} %" if ends["exact"] else "",
        "without_one": ends["leave_one_out"],
    }


def _ends(row: dict[str, Any], name: str) -> str:
    """Return both ends of an interval in words; nothing where there is none."""
    tail = "_pct" if name == "exact" else ""
    low, high = row[f"{name}_low{tail}"], row[f"{name}_high{tail}"]
    return "" if pd.isna(low) else f"{number(low)} to {number(high)}"


def _tolerance(published: Any) -> str:
    """Return how far the computed figure may lie from the printed one."""
    decimals = len(str(published).partition(".")[2]) if isinstance(published, float) else 0
    return f"± {number(0.5 * 10.0**-decimals)}"


PICTURE = Picture(NAME, "Do the published figures follow from the tables?", claim_check_frames, claim_check, HEADINGS)
