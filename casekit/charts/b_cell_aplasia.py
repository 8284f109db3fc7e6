"""How long B cells were gone in each patient, with the interval in which they came back."""

from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue, scores
from casekit.charts import theme
from casekit.charts.head import Entry
from casekit.charts.lane import heard, tooltip
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.score_frames import UNSURE, aplasia_threshold, is_unsure, length_known
from casekit.charts.sheet import Panel, Sheet, drawn, emphasis, pixel, row_names, table, unchecked
from casekit.charts.words import as_rows, number
from casekit.records import CaseSeries

NAME = "b_cell_aplasia"
B_CELLS = "cd19_b_cells_per_ul"
ROW, BAR = 18, 11
SMALLEST_MEAN = 5
COLUMNS = [
    *("patient_id", "disease", "onset_day", "last_aplastic_day", "return_day", "last_sample_day"),
    *("sure", "days", "state", "tip", "came_back", "before"),
]
LIMIT = f"<{aplasia_threshold():g}/µL"
GONE, BETWEEN, OPEN = f"no B cells ({LIMIT})", "returned between these samples", "not back at the last sample"
NOT_SURE = f"not known: {UNSURE}"
NO_LENGTH = {"sure": None, "days": None, "tip": "", "came_back": ""}
ENTRIES = (
    Entry("square", theme.B_CELLS, theme.B_CELLS, GONE),
    Entry("square", theme.APLASIA, theme.B_CELLS, BETWEEN),
)
STILL = Entry("triangle-right", theme.INK, theme.INK, OPEN)
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "onset_day": "First day without B cells (since infusion)",
    "last_aplastic_day": "Last sample without B cells",
    "return_day": "First sample with B cells",
    "days": "Days of aplasia",
    "state": "State",
    "before": "Before the infusion",
}


def b_cell_aplasia_frames(series: CaseSeries) -> Frames:
    """Return the aplasia of every patient whose B cells were counted after the infusion.

    Returns
    -------
    Frames
        ``rows``: one row per patient; days are counted from the infusion whatever day 0 is: onset_day,
        last_aplastic_day, return_day (null while aplasia lasts), last_sample_day, sure and days (length up to the last
        sample without and the first with B cells), state. ``parts["published"]``: mean and sd in days, where the
        publication of the series gives them.

    Examples
    --------
    >>> import casekit as ck
    >>> len(b_cell_aplasia_frames(ck.example()).rows)
    15
    """
    own = series.before_alignment or series
    published = pd.DataFrame(_published(own), columns=["mean", "sd", "cite"])
    return Frames(_rows(own), about(own), patients_of(own), {"published": published})


@unchecked
def b_cell_aplasia(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the aplasia of each patient as a bar, the longest last, and the published mean beside the computed one.

    Parameters
    ----------
    frames : Frames
        From :func:`b_cell_aplasia_frames`, or some of its patients.
    width : int
        Width of the panels in pixels.
    patient : str
        Who is emphasised; nobody when empty.

    Examples
    --------
    >>> import casekit as ck
    >>> b_cell_aplasia(b_cell_aplasia_frames(ck.example())).usermeta["key"]
    'b_cell_aplasia'
    """
    rows = frames.rows.dropna(subset=["days"]).sort_values(["days", "patient_id"]).reset_index(drop=True)
    if rows.empty:
        why = "B cells were not counted, never fell, or a detection limit leaves it open"
        sentence = f"No B-cell aplasia is known in these patients: {why}."
        return nothing(frames.about, name=NAME, sentence=sentence, width=width)
    rows["row"] = rows.index
    summary = _summary(frames, rows)
    furthest = max([*rows["days"], *(summary["mean"] + summary["sd"])])
    x = alt.X(
        "days:Q", scale=alt.Scale(domain=[0, furthest * 1.2], nice=False), title=f"days of B-cell aplasia ({LIMIT})"
    )
    bars = Panel(_heading(frames, rows), _note(), ROW * len(rows), _bars(x, axis=summary.empty))
    means = Panel("Mean ± SD of the duration, days", _mean_note(frames, rows), 24 * len(summary), _means(x))
    panels = [bars, means] if len(summary) else [bars]
    entries = (*ENTRIES, *([STILL] if rows["return_day"].isna().any() else []))
    shown = rows[
        [name for name in rows if name not in {"onset_day", "return_day", "last_aplastic_day", "last_sample_day"}]
    ]
    sheet = Sheet(NAME, _description(rows, summary), panels, {"bars": shown, "means": summary}, entries=entries)
    return drawn(sheet, frames, width, patient)


def _rows(series: CaseSeries) -> pd.DataFrame:
    """Return one row per patient with the words to show."""
    counted = series.measurements[series.measurements["variable"] == B_CELLS].dropna(subset=["day"])
    if counted.empty:
        return pd.DataFrame(columns=COLUMNS)
    last = counted.groupby("patient_id")["day"].max().rename("last_sample_day").reset_index()
    found = scores.score(series, "b_cell_aplasia").merge(series.patients[["patient_id", "disease"]], on="patient_id")
    return pd.DataFrame([_row(row) for row in as_rows(found.merge(last, on="patient_id"))], columns=COLUMNS)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return the aplasia of one patient."""
    start, certain, back = row["onset_day"], row["last_aplastic_day"], row["reconstitution_day"]
    last = float(row["last_sample_day"])
    kept = {"patient_id": row["patient_id"], "disease": row["disease"], "last_sample_day": last}
    days = {"onset_day": start, "last_aplastic_day": certain, "return_day": back}
    kept |= {name: None if pd.isna(day) else float(day) for name, day in days.items()}
    kept["before"] = f"already {LIMIT}" if row["depleted_before"] else "B cells present"
    if pd.isna(start):
        return {**kept, **NO_LENGTH, "state": "B cells never fell below the threshold"}
    if is_unsure(row):
        of_samples = dict.fromkeys(days)  # they would be those of the samples read as low as they can be
        tip = length_known(row["low"], row["high"])
        return {**kept, **of_samples, **NO_LENGTH, "state": NOT_SURE, "tip": tip}
    sure, still = float(certain) - float(start), pd.isna(back)
    length = sure if still else float(back) - float(start)
    between = f"between day {number(float(certain))} and day {number(last if still else float(back))}"
    return {
        **kept,
        "sure": sure,
        "days": length,
        "state": OPEN if still else "B cells back",
        "tip": f"at least {number(sure)} days" if still else f"{number(sure)} to {number(length)} days",
        "came_back": f"not back on day {number(last)}" if still else f"{between} after the infusion",
    }


def _published(series: CaseSeries) -> list[dict[str, Any]]:
    """Return mean and SD as the publication of the series prints them; nothing where it does not."""
    if not series.metadata.publication:
        return []
    paper = catalogue.publication(series.metadata.publication)
    printed = {claim["id"]: claim["value"] for claim in paper["claims"]}
    if not {"aplasia_mean", "aplasia_sd"} <= set(printed):
        return []
    return [{"mean": printed["aplasia_mean"], "sd": printed["aplasia_sd"], "cite": paper["cite"]}]


def _summary(frames: Frames, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the published mean and that of these patients; none of fewer than five, or while somebody is aplastic."""
    found = [{**row, "who": "published"} for row in as_rows(frames.parts["published"])]
    if len(rows) >= SMALLEST_MEAN and rows["return_day"].notna().all():
        told = scores.summary(rows["days"])
        found.append({"mean": told["mean"], "sd": told["sd"], "cite": f"n = {len(rows)}", "who": "computed"})
        least = scores.summary(rows["sure"])
        told_least = f"n = {len(rows)}, to the last sample without B cells"
        found.append({"mean": least["mean"], "sd": least["sd"], "cite": told_least, "who": "at least"})
    table_ = pd.DataFrame(found, columns=["mean", "sd", "cite", "who"]).astype({"mean": float, "sd": float})
    table_["row"] = range(len(table_))
    table_["label"] = [
        f"{number(round(row.mean_, 1))} ± {number(round(row.sd, 1))}"
        for row in table_.rename(columns={"mean": "mean_"}).itertuples()
    ]
    return table_


def _mean_note(frames: Frames, rows: pd.DataFrame) -> str:
    """Return where the published figure comes from, and why there is no computed one."""
    waiting = int(rows["return_day"].isna().sum())
    cited = [f"published of the whole series:\n{cite}" for cite in frames.parts["published"]["cite"]]
    why = f"no mean computed: {waiting} still aplastic" if waiting else f"no mean computed of n = {len(rows)}"
    return "\n".join([*cited, *([why] if waiting or len(rows) < SMALLEST_MEAN else [])])


def _heading(frames: Frames, rows: pd.DataFrame) -> str:
    """Return the heading with the number of patients and their median."""
    waiting = int(rows["return_day"].isna().sum())
    middle = f", median {number(rows['days'].median())} days" if not waiting else f", {waiting} still aplastic"
    unsure = int((frames.rows["state"] == NOT_SURE).sum())
    return f"Aplasia, n = {len(rows)}{middle}" + (f", {unsure} not known" if unsure else "")


def _note() -> str:
    """Return what counts as aplasia and where it begins and ends."""
    return "from the first sample without to the first with B\ncells; at least: to the last sample without"


def _bars(x: alt.X, *, axis: bool) -> tuple[alt.Chart, ...]:
    """Return one bar per patient, its uncertain end pale, an arrow where aplasia goes on."""
    placed = table("bars").transform_calculate(
        zero="0", y_top=f"datum.row * {ROW} + {(ROW - BAR) / 2}", y_low=f"datum.row * {ROW} + {(ROW + BAR) / 2}",
        y_mid=f"(datum.row + 0.5) * {ROW}", open=f"datum.state === '{OPEN}' ? '►' : ''",
    )  # fmt: skip
    rows = {"y": pixel("y_top:Q"), "y2": "y_low:Q"}
    tip = tooltip(Patient="patient_id", Disease="disease", Aplasia="tip", Return="came_back", Before_infusion="before")
    whole = heard(placed, "patient_id", "tip").mark_rect(
        aria=True, color=theme.APLASIA, stroke=theme.B_CELLS, strokeWidth=1
    )
    sure = placed.mark_rect(color=theme.B_CELLS)
    of = _scaled(x, axis=axis)
    text = placed.mark_text(align="left", baseline="middle", dx=5, fontSize=11)
    words = text.encode(x=alt.X("days:Q", **of), y=pixel("y_mid:Q"), text="label:N", opacity=emphasis(1, 0.4))
    words = words.transform_calculate(
        least="datum.open || width < 700 ? '' : ' (at least ' + format(datum.sure, 'd') + ')'",
        label="datum.open + (datum.open ? ' over ' : '') + format(datum.days, 'd') + ' days' + datum.least",
    )
    return (
        whole.encode(x=alt.X("zero:Q", **of), x2="days:Q", **rows, tooltip=tip, opacity=emphasis(1, 0.3)),
        sure.encode(x=alt.X("zero:Q", **of), x2="sure:Q", **rows, tooltip=tip, opacity=emphasis(0.85, 0.25)),
        words,
        row_names("bars", ROW),
    )


def _scaled(x: alt.X, *, axis: bool) -> dict[str, Any]:
    """Return the scale with its axis; the numbers stand under the last panel only."""
    title = x["title"] if axis else None
    return {"scale": x["scale"], "axis": alt.Axis(title=title, tickCount=6, domain=False, labels=axis, ticks=axis)}


def _means(x: alt.X) -> tuple[alt.Chart, ...]:
    """Return mean and SD as a point with its whisker, named and written out."""
    placed = table("means").transform_calculate(
        low="datum.mean - datum.sd", high="datum.mean + datum.sd", y_mid="(datum.row + 0.5) * 24"
    )
    of, y = _scaled(x, axis=True), pixel("y_mid:Q")
    whisker = placed.mark_rule(color=theme.INK, strokeWidth=1.4).encode(x=alt.X("low:Q", **of), x2="high:Q", y=y)
    point = placed.mark_point(filled=True, size=60, color=theme.INK, opacity=1).encode(x=alt.X("mean:Q", **of), y=y)
    text = placed.mark_text(align="left", baseline="middle", dx=6, fontSize=11)
    names = placed.mark_text(align="right", baseline="middle", fontSize=11)
    return (
        whisker,
        point.encode(tooltip=tooltip(Mean="label", Of="cite")),
        text.encode(x=alt.X("high:Q", **of), y=y, text="label:N"),
        names.encode(x=alt.XValue(-7), y=y, text="who:N"),
    )


def _description(rows: pd.DataFrame, summary: pd.DataFrame) -> str:
    """Return the picture in one sentence with its numbers."""
    waiting = int(rows["return_day"].isna().sum())
    span = f"{number(rows['days'].min())} to {number(rows['days'].max())} days"
    means = "; ".join(f"{row.who} mean {row.label} days" for row in summary.itertuples())
    return f"B-cell aplasia of {len(rows)} patients lasted {span}, {waiting} still without B cells" + (
        f"; {means}." if means else "."
    )


PICTURE = Picture(NAME, "How long were B cells gone?", b_cell_aplasia_frames, b_cell_aplasia, HEADINGS)
