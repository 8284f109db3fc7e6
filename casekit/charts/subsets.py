"""Which B cells there were before the infusion and which came back: one pair of stacked bars per patient."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import scores
from casekit.charts import theme
from casekit.charts.head import Entry
from casekit.charts.lane import heard, tooltip
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.sheet import Panel, Sheet, drawn, emphasis, pixel, table, unchecked
from casekit.charts.words import as_rows, day_text, number, text
from casekit.records import CaseSeries

NAME = "subsets"
SUBSETS = {
    "b_naive_pct": ("naive", "#a6cee3"),
    "b_transitional_pct": ("transitional", "#1f78b4"),
    "b_memory_pct": ("memory", "#b2a05c"),
    "plasmablast_pct": ("plasmablasts", "#8c2d04"),
}
REST, REST_COLOUR = "other or not measured", "#e3e6e9"
TIMES = ("before", "return")
BAR, PAIR, LEFT = 13, 36, 108
COLUMNS = [
    *("patient_id", "disease", "time", "day", "subset", "start", "end", "value", "tip", "when", "missing", "origin"),
]
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "time": "Sample",
    "day": "Day",
    "subset": "B cells",
    "value": "Share of B cells, %",
    "missing": "Not measured",
    "origin": "Origin",
}


def subsets_frames(series: CaseSeries) -> Frames:
    """Return the composition of the last sample before the infusion and of the first with B cells again.

    Returns
    -------
    Frames
        ``rows``: one row per patient, sample (``before`` or ``return``) and subset: value in % of B cells, drawn from
        start to end; missing names subsets that were not measured in that sample.

    Examples
    --------
    >>> import casekit as ck
    >>> sorted(subsets_frames(ck.example()).rows["time"].unique())
    ['before', 'return']
    """
    own = series.before_alignment or series
    measured = own.measurements[own.measurements["variable"].isin(SUBSETS)].dropna(subset=["day", "value"])
    rows = [row for sample in _samples(own, measured) for row in _bar(sample)]
    frame = pd.DataFrame(rows, columns=COLUMNS).merge(
        own.patients[["patient_id", "disease"]], on="patient_id", suffixes=("_", "")
    )
    return Frames(frame[COLUMNS], about(own), patients_of(own))


@unchecked
def subsets(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return two stacked bars per patient: before the infusion, and when B cells were back.

    Parameters
    ----------
    frames : Frames
        From :func:`subsets_frames`, or some of its patients.
    width : int
        Width of the bars in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> subsets(subsets_frames(ck.example())).usermeta["key"]
    'subsets'
    """
    rows = frames.rows
    if rows.empty:
        sentence = "No B-cell subsets were measured in these patients before the infusion or at the return of B cells."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    order = {who: place for place, who in enumerate(dict.fromkeys(rows["patient_id"]))}
    bars = rows.assign(row=rows["patient_id"].map(order), low=rows["time"].map(TIMES.index))
    names = bars.drop_duplicates(["patient_id", "time"])[["patient_id", "row", "low", "time", "when"]]
    note = "before: last sample before the infusion;\nreturn: first sample with B cells again"
    panel = Panel(f"Share of B cells, %, n = {len(order)}", note, PAIR * len(order), _marks())
    colours = [*SUBSETS.values(), (REST, REST_COLOUR)]
    entries = tuple(Entry("square", colour, theme.QUIET, label) for label, colour in colours)
    drawn_columns = ["patient_id", "row", "low", "subset", "start", "end", "tip", "when", "missing", "origin"]
    tables = {"bars": bars[drawn_columns], "names": names}
    sheet = Sheet(NAME, _description(rows), [panel], tables, entries=entries, left=LEFT)
    return drawn(sheet, frames, width, patient)


def _samples(series: CaseSeries, measured: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the last sample before the infusion and the first from the day of return on, of every patient."""
    if measured.empty:
        return []
    back = scores.b_cell_return(series)
    found = []
    for who, own in measured.groupby("patient_id", sort=False):
        before = own[own["day"] < 0]
        after = own[own["day"] >= back[who]] if who in back.index else own.iloc[:0]
        days = {"before": before["day"].max(), "return": after["day"].min()}
        found += [(time, own[own["day"] == day]) for time, day in days.items() if pd.notna(day)]
    return found


def _bar(sample: tuple[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Return the parts of one bar; what is not in the four subsets, or was not measured, is the rest."""
    time, rows = sample
    known = {row["variable"]: row for row in as_rows(rows)}
    missing = ", ".join(label for name, (label, _) in SUBSETS.items() if name not in known)
    first = next(iter(known.values()))
    day = float(first["day"])
    same = {
        "patient_id": first["patient_id"],
        "time": time,
        "day": day,
        "when": day_text(day),
        "missing": missing or "none",
    }
    parts, end = [], 0.0
    for name, (label, _) in SUBSETS.items():
        if name in known:
            value = float(known[name]["value"])
            told = {
                "subset": label,
                "value": value,
                "tip": f"{label} {number(value)} %",
                "origin": text(known[name]["origin"]),
            }
            parts.append({**same, **told, "start": round(end, 2), "end": round(end + value, 2)})
            end += value
    if end < 100:
        told = {"subset": REST, "value": round(100 - end, 2), "tip": f"{REST}: {number(100 - end)} %", "origin": ""}
        parts.append({**same, **told, "start": round(end, 2), "end": 100.0})
    return parts


def _marks() -> tuple[alt.Chart, ...]:
    """Return the bars in the colours of the subsets, and the names of patients and samples."""
    names = [label for label, _ in SUBSETS.values()]
    colours = alt.Scale(domain=[*names, REST], range=[*[colour for _, colour in SUBSETS.values()], REST_COLOUR])
    top = f"datum.row * {PAIR} + 3 + datum.low * {BAR + 1}"
    placed = heard(table("bars"), "patient_id", "tip", "when").transform_calculate(
        y_top=top, y_low=f"{top} + {BAR}", width_pct="datum.end - datum.start", inside="(datum.start + datum.end) / 2",
        y_mid=f"{top} + {BAR / 2}",
    )  # fmt: skip
    x = {
        "scale": alt.Scale(domain=[0, 100], nice=False),
        "axis": alt.Axis(title="% of B cells", values=[0, 25, 50, 75, 100], domain=False, grid=False),
    }
    tip = tooltip(Patient="patient_id", B_cells="tip", When="when", Not_measured="missing", Origin="origin")
    bars = placed.mark_rect(aria=True, stroke="#ffffff", strokeWidth=1, clip=True).encode(
        x=alt.X("start:Q", **x), x2="end:Q", y=pixel("y_top:Q"), y2="y_low:Q", tooltip=tip,
        color=alt.Color("subset:N", scale=colours, legend=None), opacity=emphasis(1, 0.35),
    )  # fmt: skip
    large = placed.transform_filter(f"datum.width_pct * width / 100 > 26 && datum.subset !== '{REST}'")
    ink = alt.condition(
        "datum.subset === 'transitional' || datum.subset === 'plasmablasts'", alt.value("#ffffff"), alt.value(theme.INK)
    )
    numbers = large.transform_calculate(words="format(datum.width_pct, '.0f')").mark_text(
        baseline="middle", fontSize=10
    )
    shares = numbers.encode(
        x=alt.X("inside:Q", **x), y=pixel("y_mid:Q"), text="words:N", color=ink, opacity=emphasis(1, 0.35)
    )
    return (bars, shares, *_names())


def _names() -> tuple[alt.Chart, ...]:
    """Return patient and sample left of the bars."""
    placed = table("names").transform_calculate(y_mid=f"datum.row * {PAIR} + 3 + datum.low * {BAR + 1} + {BAR / 2}")
    look = {"baseline": "middle", "fontSize": 11}
    who = table("names").transform_aggregate(low="min(low)", groupby=["patient_id", "row"])
    who = who.transform_calculate(y_mid=f"datum.row * {PAIR} + {3 + BAR / 2}")
    left = who.mark_text(align="left", **look, fontWeight="bold", limit=56)
    right = placed.mark_text(align="right", **look, color=theme.QUIET)
    return (
        left.encode(x=alt.XValue(-LEFT + 6), y=pixel("y_mid:Q"), text="patient_id:N", opacity=emphasis(1, 0.5)),
        right.encode(x=alt.XValue(-6), y=pixel("y_mid:Q"), text="time:N", opacity=emphasis(1, 0.5)),
    )


def _description(rows: pd.DataFrame) -> str:
    """Return the picture in one sentence with its numbers."""
    pairs = rows[rows["subset"] == "memory"].pivot_table(index="patient_id", columns="time", values="value")
    pairs = pairs.reindex(columns=list(TIMES)).dropna()
    who = rows["patient_id"].nunique()
    if pairs.empty:
        return f"Composition of B cells in {who} patients; no memory B cells were measured both before and at return."
    lower = int((pairs["return"] < pairs["before"]).sum())
    fell = f"the share of memory B cells was lower at return in {lower} of {len(pairs)}"
    return f"Composition of B cells in {who} patients; {fell}."


PICTURE = Picture(NAME, "Which B cells came back?", subsets_frames, subsets, HEADINGS)
