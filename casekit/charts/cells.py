"""CAR T cells and CD19+ B cells of all patients, below detection apart from low."""

from typing import Any

import pandas as pd

from casekit.charts.head import Entry
from casekit.charts.measured import (
    HEADINGS,
    Look,
    limits_of_detection,
    measured,
    measured_days,
    value_panel,
    value_tables,
)
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.score_frames import aplasia_threshold
from casekit.charts.sheet import Sheet, Window, disease_entries, drawn, unchecked
from casekit.charts.theme import QUIET
from casekit.charts.value_frames import heading
from casekit.charts.words import number
from casekit.records import CaseSeries

CAR_T = ("car_t_cells_per_ul", "car_t_copies_per_ug")
B_CELLS = "cd19_b_cells_per_ul"
BEFORE, SHOWN_TO = -14.0, 270.0
HOLLOW = Entry("circle", "#ffffff", QUIET, "below detection")


def cells_frames(series: CaseSeries) -> Frames:
    """Return every count of CAR T cells, CAR transgene and CD19+ B cells.

    Returns
    -------
    Frames
        ``rows``: one row per result with patient_id, disease, variable, day, value (per µL, or copies per µg DNA),
        state (``below detection`` is neither low nor zero) and the words to show.

    Examples
    --------
    >>> import casekit as ck
    >>> cells_frames(ck.example()).rows["variable"].nunique()
    3
    """
    return Frames(measured(series, [*CAR_T, B_CELLS]), about(series), patients_of(series))


@unchecked
def cells(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return CAR T cells above CD19+ B cells on one time axis, each on a log scale of its own unit.

    Parameters
    ----------
    frames : Frames
        From :func:`cells_frames`, or some of its patients.
    width : int
        Width of the panels in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> len(cells(cells_frames(ck.example())).vconcat)
    3
    """
    known = [name for name in (*CAR_T, B_CELLS) if name in set(frames.rows["variable"])]
    if not known:
        return nothing(
            frames.about, name="cells", sentence="No CAR T or B cells were counted in these patients.", width=width
        )
    panels = [value_panel(frames, name, _look(frames.rows, name)) for name in known]
    first, last = measured_days(frames.rows, at_least=60.0)
    window = Window((BEFORE, min(last, SHOWN_TO)), (first - 10, last + 20))
    sheet = Sheet(
        "cells", _description(frames, known), panels, value_tables(frames.rows), window,
        (*disease_entries(frames), HOLLOW),
    )  # fmt: skip
    return drawn(sheet, frames, width, patient)


def _look(rows: pd.DataFrame, variable: str) -> Look:
    """Return the look of a panel; B cells have a line at the threshold of aplasia."""
    return Look(150, (aplasia_threshold(),) if variable == B_CELLS else (), _note(rows, variable))


def _note(rows: pd.DataFrame, variable: str) -> str:
    """Return what the bands mean: below detection, and the reference range of B cells."""
    limits = limits_of_detection(rows[rows["variable"] == variable])
    grey = f"grey: below detection ({' or '.join('<' + number(limit) for limit in limits)})" if limits else ""
    if variable != B_CELLS:
        return grey
    return "\n".join(filter(None, [grey, f"green: reference range; dashed: aplasia, <{aplasia_threshold():g}/µL"]))


def _description(frames: Frames, known: list[str]) -> str:
    """Return the highest value of each kind of cell and how many patients it rests on."""
    parts = []
    for name in known:
        rows = frames.rows[frames.rows["variable"] == name]
        label, unit = heading(name)
        parts.append(
            f"{label} in {rows['patient_id'].nunique()} patients, at most {number(rows['value'].max())} {unit}"
        )
    return f"Cell counts over time on log scales: {'; '.join(parts)}."


PICTURE = Picture("cells", "When did CAR T cells expand, and when were B cells gone?", cells_frames, cells, HEADINGS)
