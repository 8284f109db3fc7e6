"""The waterfall: the best change of the activity score since baseline, one bar per patient, one panel per disease."""

from functools import partial
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.change_frames import BEST, HEADINGS, LAST, change_frames
from casekit.charts.head import NARROW, Caption, Entry, Key, Margins, chosen, head, patient_params, top_for
from casekit.charts.lane import once, records, tooltip
from casekit.charts.panel import bold_width
from casekit.charts.panel_kinds import short_name
from casekit.charts.picture import Frames, Picture, nothing
from casekit.charts.words import length_text, number

LEFT, RIGHT, BOTTOM, GAP, HEADING = 64, 24, 48, 82, 30
ROW, BAR = 22, 14
LAST_LOOK = ("#ffffff", theme.INK)


def waterfall(frames: Frames, *, width: int = 860, patient: str = "") -> Any:
    """Return the waterfall; the bar is the best change since baseline, the ring the change at the last visit.

    Examples
    --------
    >>> import casekit as ck
    >>> len(waterfall(change_frames(ck.example())).vconcat)
    3
    """
    diseases = list(dict.fromkeys(frames.rows["disease"]))
    if not diseases:
        sentence = "No activity score of the patients shown here is known before and after the infusion."
        return nothing(frames.about, name="waterfall", sentence=sentence, width=width)
    colours = [catalogue.disease(name).colour for name in diseases]
    bars = [Entry("square", colour, colour, f"best, {name}") for name, colour in zip(diseases, colours, strict=True)]
    key = Key((*bars, Entry("circle", *LAST_LOOK, "last visit")))
    margins = Margins(LEFT, RIGHT, top_for(key, HEADING), BOTTOM, key)
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        drawn = [_panel(frames, name, width) for name in diseases]
        drawn[0].layer = [*drawn[0].layer, *head(frames, margins, key, below=HEADING)]
        tables = {name: records(_table(frames, name)) for name in diseases}
        chart = alt.vconcat(*drawn, spacing=GAP, bounds="flush", datasets={"once": [{"day": 0}], **tables})
        chart.params = patient_params(patient)
        chart.resolve = alt.Resolve(scale=alt.ScaleResolveMap(x="independent", y="independent"))
    heights = [{"": _height(frames, name)} for name in diseases]
    layout = {"width": width, "heights": heights, "gap": GAP, "padding": margins.padding(), "minimum": 200}
    return Caption("waterfall", _description(frames, diseases)).on(chart, frames, layout)


def _people(frames: Frames, disease: str) -> pd.DataFrame:
    """Return the patients with a disease."""
    return frames.patients[frames.patients["disease"] == disease]


def _height(frames: Frames, disease: str) -> int:
    """Return the height of the panel of a disease."""
    return ROW * len(_people(frames, disease))


def _table(frames: Frames, disease: str) -> pd.DataFrame:
    """Return one row per patient with the best and the last change, the greatest improvement first."""
    rows = frames.rows[frames.rows["disease"] == disease]
    best, last = (rows[rows["visit"] == visit].set_index("patient_id") for visit in (BEST, LAST))
    people = _people(frames, disease)[["patient_id"]].reset_index(drop=True)
    ids = people["patient_id"]
    table = people.assign(best=ids.map(best["change"]).astype(float), last=ids.map(last["change"]).astype(float))
    table["tip"] = [_tip(who, best, last) for who in ids]
    followed = _people(frames, disease).set_index("patient_id")["last_day"].astype(float)
    table["words"] = [_words(who, best) for who in ids]
    table["followed"] = [length_text(followed[who]) if pd.notna(followed[who]) else "not known" for who in ids]
    upwards = _better(rows) == "higher"
    table = table.sort_values("best", ascending=not upwards, kind="stable").reset_index(drop=True)
    return table.assign(y=table.index * float(ROW) + ROW / 2)


def _words(who: str, best: pd.DataFrame) -> str:
    """Return the best change, where the score was above 0 before also in percent of what it was."""
    change = best["change"].get(who)
    if change is None or pd.isna(change):
        return "not known"
    before = float(best.loc[who, "value"] - change)
    share = f" ({signed(round(100 * change / before))} %)" if before > 0 else ""
    return f"{signed(change)}{share}"


def signed(change: float) -> str:
    """Return a change with its sign.

    Examples
    --------
    >>> signed(-4.0), signed(60), signed(0)
    ('−4', '+60', '0')
    """
    return f"+{number(change)}" if change > 0 else number(change)


def _tip(who: str, best: pd.DataFrame, last: pd.DataFrame) -> str:
    """Return best and last score of a patient in words."""
    sides = [("best", best), ("last", last)]
    rows = [(name, side.loc[[who]].iloc[0]) for name, side in sides if who in side.index]
    parts = [f"{name} {row['tip']} on {row['when']}" for name, row in rows]
    return "; ".join(parts) or "no visit after the infusion"


def _better(rows: pd.DataFrame) -> str:
    """Return which way the score of these rows improves."""
    return str(catalogue.instrument(rows["instrument"].iloc[0]).get("better", "lower"))


def _panel(frames: Frames, disease: str, width: int) -> Any:
    """Return the bars of one disease from no change to the best change."""
    rows, table = frames.rows[frames.rows["disease"] == disease], _table(frames, disease)
    seen = pd.concat([table["best"], table["last"]]).dropna()
    low, high = min(0.0, *seen, 0.0), max(0.0, *seen, 0.0)
    air = 0.2 * (high - low or 1.0)
    ends = [low - air if low < 0 else 0.0, high + air if high > 0 else 0.0]
    scale = alt.Scale(domain=ends if ends[0] < ends[1] else [-1.0, 1.0], nice=False)
    name = str(rows["name"].iloc[0])
    title = f"change of the {name} since baseline, points"
    axis = alt.Axis(orient="bottom", tickCount=5, grid=True, domain=False, title=title, titlePadding=6)
    x = alt.X("best:Q", scale=scale, axis=axis)
    data = alt.Chart(alt.NamedData(name=disease)).transform_calculate(
        zero="0",
        top=f"datum.y - {BAR / 2}",
        under=f"datum.y + {BAR / 2}",
        beside="datum.best === null ? 0 : datum.best",
        said=f"width < {NARROW} ? split(datum.words, ' (')[0] : datum.words",
    )
    told = {
        "opacity": chosen(1, 0.25),
        "tooltip": tooltip(Patient="patient_id", Change="words", Scores="tip", Followed_for="followed"),
    }
    y, same = alt.Y("y:Q", scale=None), {"scale": scale, "axis": axis}
    bars = data.transform_filter("datum.best !== null").mark_rect(
        color=catalogue.disease(disease).colour, fillOpacity=0.75
    )
    rule = once().mark_rule(color=theme.INK, strokeWidth=1).encode(x=alt.XDatum(0, scale=scale, axis=axis))
    last = data.transform_filter("datum.last !== null").mark_point(
        shape="circle", fill=LAST_LOOK[0], stroke=LAST_LOOK[1], size=46
    )
    left = low < 0
    words = data.mark_text(align="right" if left else "left", baseline="middle", dx=-8 if left else 8, fontSize=11.5)
    ids = data.mark_text(align="left", baseline="middle")
    return alt.layer(
        bars.encode(x=x, x2="zero:Q", y=alt.Y("top:Q", scale=None), y2="under:Q", **told),
        rule,
        last.encode(x=alt.X("last:Q", **same), y=y, **told),
        words.encode(x=alt.X("beside:Q", **same), y=y, text="said:N", **told),
        ids.encode(x=alt.XValue(4 - LEFT), y=y, text="patient_id:N", opacity=chosen(1, 0.45)),
        *_heading(disease, name, len(table), _better(rows)),
    ).properties(width=width, height=ROW * len(table))


def _heading(disease: str, name: str, n: int, better: str) -> list[alt.Chart]:
    """Return disease, score and number of patients above the bars."""
    look = {"align": "left", "baseline": "middle"}
    said = f"{disease}, n = {n}"
    bold = once().mark_text(text=said, fontWeight="bold", fontSize=theme.HEADING, **look)
    quiet = once().mark_text(text=f"{name}, {better} is better", fontSize=11.5, color=theme.QUIET, **look)
    y = alt.YValue(-14)
    return [bold.encode(x=alt.XValue(4 - LEFT), y=y), quiet.encode(x=alt.XValue(10 - LEFT + bold_width(said)), y=y)]


def _description(frames: Frames, diseases: list[str]) -> str:
    """Return the picture in words."""
    said = []
    for name in diseases:
        best = _table(frames, name)["best"].dropna()
        score = frames.rows.loc[frames.rows["disease"] == name, "name"].iloc[0]
        words = f"from {signed(best.min())} to {signed(best.max())}" if len(best) else "not known"
        said.append(f"{name}, {score}: {words} (n = {len(best)})")
    return f"Best change of the activity score since baseline. {'; '.join(said)}."


def waterfall_of(instrument: str) -> Picture:
    """Return the waterfall of one instrument as a picture of its own.

    Examples
    --------
    >>> waterfall_of("mrss").title
    'Best change of the mRSS since baseline'
    """
    title = f"Best change of the {short_name(instrument)} since baseline"
    return Picture(f"waterfall_{instrument}", title, partial(change_frames, instrument=instrument), waterfall, HEADINGS)


PICTURE = Picture("waterfall", "Best change since baseline", change_frames, waterfall, HEADINGS)
