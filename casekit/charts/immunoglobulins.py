"""IgG, IgA and IgM over time; IgG after infused immunoglobulin is not the patient's own."""

from typing import Any

import pandas as pd

from casekit.charts import theme
from casekit.charts.head import Entry
from casekit.charts.lane import heard, tooltip
from casekit.charts.measured import HEADINGS, Look, measured, measured_days, value_panel, value_tables
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import (
    Panel,
    Sheet,
    Window,
    disease_entries,
    drawn,
    emphasis,
    pixel,
    row_names,
    table,
    unchecked,
)
from casekit.charts.time_axis import time_x
from casekit.charts.treatment_frames import dose_text
from casekit.charts.words import as_rows, day_text, number, text
from casekit.records import CaseSeries

NAME = "immunoglobulins"
IGG = "igg_g_l"
VARIABLES = (IGG, "iga_g_l", "igm_g_l")
REPLACED_FROM = 4.0  # g/L; replacement is considered at 4 g/L or less: the review PMC11272770
NORMAL = "green: laboratory's reference range"
GIVEN = theme.DRUGS["immunoglobulin"]
ROW = 20
HOLLOW = Entry("circle", "#ffffff", theme.QUIET, "IgG after IVIG")
DOSES = ["patient_id", "day", "tip", "when", "origin"]


def immunoglobulins_frames(series: CaseSeries) -> Frames:
    """Return IgG, IgA and IgM, and every infusion of immunoglobulin.

    Returns
    -------
    Frames
        ``rows``: one row per result in g/L; hollow is true for IgG after a first infusion of immunoglobulin, however
        long ago. ``parts["ivig"]``: one row per infusion.

    Examples
    --------
    >>> import casekit as ck
    >>> int(immunoglobulins_frames(ck.example()).rows["hollow"].sum() > 0)
    1
    """
    rows = after_immunoglobulin(series, measured(series, VARIABLES))
    rows["hollow"] &= rows["variable"] == IGG  # the product holds next to no IgA and IgM
    return Frames(rows, about(series), patients_of(series), {"ivig": _infusions(series)})


def after_immunoglobulin(series: CaseSeries, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with ``hollow``: whether the patient had been given immunoglobulin by that day."""
    first = _infusions(series).groupby("patient_id")["day"].min()
    given = rows["patient_id"].map(first).astype(float)
    return rows.assign(hollow=(rows["day"] >= given))


@unchecked
def immunoglobulins(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return IgG, IgA and IgM of all patients, with infusions of immunoglobulin as ticks in a row per patient.

    Parameters
    ----------
    frames : Frames
        From :func:`immunoglobulins_frames`, or some of its patients.
    width : int
        Width of the panels in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> len(immunoglobulins(immunoglobulins_frames(ck.example())).vconcat)
    4
    """
    known = [name for name in VARIABLES if name in set(frames.rows["variable"])]
    if not known:
        sentence = "No immunoglobulins were measured in these patients."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    ivig = frames.parts["ivig"]
    given = pd.DataFrame({"patient_id": ivig["patient_id"].unique()}).reset_index(names="row")
    infused = [_given_panel(given)] if len(given) else []
    panels = [panel for name in known for panel in (_panel(frames, name), *(infused if name == known[0] else []))]
    first, last = measured_days(frames.rows, at_least=90.0)
    window = Window((first - 10, last * 1.03), (first - 60, last + 60), "months")
    entries = (*disease_entries(frames), *((HOLLOW,) if len(ivig) else ()))
    tables = {**value_tables(frames.rows), "ivig": ivig.merge(given, on="patient_id"), "given": given}
    return drawn(Sheet(NAME, _description(frames), panels, tables, window, entries), frames, width, patient)


def _infusions(series: CaseSeries) -> pd.DataFrame:
    """Return every infusion of immunoglobulin with its words."""
    given = series.treatments[series.treatments["category"] == "immunoglobulin"].dropna(subset=["start_day"])
    rows = [
        (row["patient_id"], float(row["start_day"]), f"immunoglobulin {dose_text(row)}".strip(),
         day_text(float(row["start_day"])), text(row["origin"]))
        for row in as_rows(given)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=DOSES).astype({"day": float})


def _panel(frames: Frames, variable: str) -> Panel:
    """Return one immunoglobulin; IgG with the line of replacement."""
    if variable != IGG:
        return value_panel(frames, variable, Look(100, note=NORMAL))
    dashed = f"dashed: replacement considered at or below {number(REPLACED_FROM)} g/L"
    note = f"{dashed};\nhollow: after IVIG; green: reference range"
    return value_panel(frames, variable, Look(150, (REPLACED_FROM,), note))


def _given_panel(given: pd.DataFrame) -> Panel:
    """Return the infusions of immunoglobulin, a row for each patient who was given any."""
    placed = heard(table("ivig"), "patient_id", "tip", "when").transform_calculate(y_tick=f"(datum.row + 0.5) * {ROW}")
    ticks = placed.transform_filter("datum.day >= day_from && datum.day <= day_to").mark_tick(
        orient="vertical", size=12, thickness=2.5, color=GIVEN, aria=True
    )
    tip = tooltip(Patient="patient_id", Given="tip", When="when", Origin="origin")
    infused = ticks.encode(x=time_x(), y=pixel("y_tick:Q"), opacity=emphasis(0.9, 0.2), tooltip=tip)
    title = f"Immunoglobulin infused (IVIG), n = {len(given)}"
    return Panel(title, "", ROW * len(given), (infused, row_names("given", ROW)))


def _description(frames: Frames) -> str:
    """Return the picture in one sentence with its numbers."""
    igg = frames.rows[(frames.rows["variable"] == IGG) & ~frames.rows["hollow"].astype(bool)]
    low = igg.loc[igg["value"] <= REPLACED_FROM, "patient_id"].nunique()
    lowest = f"lowest own IgG {number(igg['value'].min())} g/L" if len(igg) else "no own IgG"
    given = frames.parts["ivig"]["patient_id"].nunique()
    return (
        f"Immunoglobulins of {frames.rows['patient_id'].nunique()} patients: {lowest}, {low} at or below "
        f"{number(REPLACED_FROM)} g/L; {given} given immunoglobulin."
    )


PICTURE = Picture(
    NAME, "Did immunoglobulins fall, and were they replaced?", immunoglobulins_frames, immunoglobulins, HEADINGS
)
