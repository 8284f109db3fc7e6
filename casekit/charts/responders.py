"""The responder strip: one row per patient, one tile per visit: criterion met, not met, or not known."""

from functools import partial
from typing import Any

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from casekit import catalogue, scores
from casekit.charts import theme
from casekit.charts.head import (
    SCORED,
    Caption,
    Entry,
    Key,
    Margins,
    chosen,
    counted,
    head,
    people_table,
    sign_look,
    top_for,
)
from casekit.charts.lane import once, records, tooltip
from casekit.charts.matrix import ROW, group_headings, row_names, row_places
from casekit.charts.panel import day_zero_rule, foot, infusion_name, time_params
from casekit.charts.panel_frames import from_day_zero
from casekit.charts.picture import Frames, Picture, about, nothing, patients_of
from casekit.charts.score_frames import response_frames, verdict_name
from casekit.charts.time_axis import time_x, with_axis
from casekit.charts.words import day_text, number
from casekit.errors import CaseKitError
from casekit.records import CaseSeries

LEFT, RIGHT, BOTTOM, HEADING = 64, 66, 66, 16
TILE = 16
PX = "((day_to - day_from) / width)"
HOVERED = {"Patient": "patient_id", "Criterion": "label", "Verdict": "verdict_words", "Why": "why", "When": "when"}
COLUMNS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "label": "Criterion",
    "day": "Day",
    "verdict_words": "Verdict",
    "why": "Why",
}


def responders_frames(series: CaseSeries, instrument: str = "") -> Frames:
    """Return one row per visit with the verdict of one criterion.

    Parameters
    ----------
    series : CaseSeries
    instrument : str, optional
        The criterion; without it the endpoint of each patient's disease.

    Examples
    --------
    >>> import casekit as ck
    >>> sorted(responders_frames(ck.example()).rows["instrument"].unique())
    ['doris_2021', 'eustar_decrease', 'tis_2016']
    """
    people = patients_of(series)
    wanted = {str(name): instrument or catalogue.disease(str(name)).endpoint for name in people["disease"].unique()}
    if instrument:
        wanted = {name: each for name, each in wanted.items() if name in catalogue.instrument(instrument)["diseases"]}
    wanted = {name: each for name, each in wanted.items() if each}
    own = series.before_alignment or series
    judged = {name: _verdicts(own, name, str(each)) for name, each in wanted.items()}
    tiles = [response_frames({str(wanted[name]): found})[0] for name, found in judged.items() if len(found)]
    shown = people[people["disease"].isin(list(wanted))]
    rows = pd.concat(tiles, ignore_index=True) if tiles else response_frames({})[0]
    rows["verdict_words"] = rows["verdict"].map(theme.VERDICT_WORDS)
    rows["after"] = rows["day"] > 0  # of the infusion, whatever day 0 is
    rows = from_day_zero(rows.merge(shown[["patient_id", "disease"]], on="patient_id"), series, "day")
    rows["when"] = [day_text(float(day)) for day in rows["day"]]
    return Frames(rows, about(series), shown)


def responders(frames: Frames, *, width: int = 860, patient: str = "", instrument: str = "") -> Any:
    """Return the strip; a click on a tile reports patient, criterion and day, so that the page can explain it.

    Examples
    --------
    >>> import casekit as ck
    >>> responders(responders_frames(ck.example())).to_dict()["usermeta"]["pick"]
    ['patient_id', 'instrument', 'day']
    """
    name = _name(instrument)
    if frames.rows.empty:
        sentence = "No visit of the patients shown here can be judged by a response criterion."
        return nothing(frames.about, name=name, sentence=sentence, width=width)
    key = Key(tuple(_entry(verdict, said) for verdict, said in theme.VERDICT_WORDS.items()))
    margins = Margins(LEFT, RIGHT, top_for(key, HEADING), BOTTOM, key)
    places = row_places(frames)
    height = int(places["y"].max() + ROW / 2) + 2
    with debug_mode(arg=False):  # the specification is checked as a whole in the tests, not mark by mark here
        layers = [*_ground(frames), *row_names(LEFT), *_tiles(), *_reached(), *foot(frames, height)]
        chart = alt.layer(
            *layers, *head(frames, margins, key, below=HEADING, text=_shown(frames)), *infusion_name(frames)
        )
        chart = chart.properties(width=width, height=height, datasets=_datasets(frames, places))
        chart.params = time_params(frames, patient)
    layout = {"width": width, "height": height, "padding": margins.padding(), "minimum": 180}
    caption = Caption(name, _description(frames), SCORED)
    return caption.on(chart, frames, layout)


def responders_of(instrument: str) -> Picture:
    """Return the strip of one criterion as a picture of its own.

    Examples
    --------
    >>> responders_of("lldas_2016").title
    'LLDAS at every visit'
    """
    frames, chart = partial(responders_frames, instrument=instrument), partial(responders, instrument=instrument)
    return Picture(_name(instrument), f"{verdict_name(instrument)} at every visit", frames, chart, COLUMNS)


def _entry(verdict: str, said: str) -> Entry:
    """Return a verdict in the key."""
    look = (theme.VERDICTS[verdict], theme.VERDICT_LINE[verdict], said)
    return Entry("square", *look, theme.VERDICT_MARK[verdict], theme.VERDICT_INK[verdict])


def _name(instrument: str) -> str:
    """Return the name of the picture."""
    return f"responders_{instrument}" if instrument else "responders"


def _verdicts(series: CaseSeries, disease: str, instrument: str) -> pd.DataFrame:
    """Return the verdicts of the patients with a disease; none where nothing was assessed."""
    try:
        return scores.judge(series.select(disease=disease), instrument)
    except CaseKitError:
        return pd.DataFrame()


def _datasets(frames: Frames, places: pd.DataFrame) -> dict[str, Any]:
    """Return the tables of the picture."""
    y = frames.rows["patient_id"].map(places.set_index("patient_id")["y"])
    kept = ["patient_id", "instrument", "label", "day", "verdict", "verdict_words", "gap", "why", "when"]
    tiles = frames.rows[kept].assign(y=y)
    met = frames.rows[(frames.rows["verdict"] == "met") & frames.rows["after"]]
    first = met.groupby("patient_id")["day"].min()
    begun = frames.rows.groupby("patient_id")["day"].min()
    who = places["patient_id"]
    words = ["never met" if pd.isna(day) else f"day {number(day)}" for day in who.map(first)]
    last = who.map(frames.patients.set_index("patient_id")["last_day"])
    people = places.assign(words=words, begun=who.map(begun).fillna(0), last_day=last)
    groups = records(_headings(frames, places))
    tables = {"patients": records(people_table(frames)), "people": records(people), "groups": groups}
    return {"once": [{"day": 0}], **tables, "tiles": records(tiles)}


def _headings(frames: Frames, places: pd.DataFrame) -> pd.DataFrame:
    """Return the headings of the diseases with the criterion that is judged there."""
    groups, names = group_headings(places), _criteria(frames)
    labels = [
        f"{name}, n = {n}: {names.get(name, 'not judged')}"
        for name, n in zip(groups["disease"], groups["n"], strict=True)
    ]
    return groups.assign(label=labels)


def _shown(frames: Frames) -> str:
    """Return who is shown, and the criterion where it is one for all."""
    names = set(_criteria(frames).values())
    return f"{counted(frames)}: {names.pop()}" if len(names) == 1 else counted(frames)


def _criteria(frames: Frames) -> dict[str, str]:
    """Return the criterion of each disease."""
    return {str(name): str(label) for name, label in frames.rows.groupby("disease")["label"].first().items()}


def _ground(frames: Frames) -> list[alt.Chart]:
    """Return the time axis with the rule at day 0, and a line per patient as long as the observation."""
    x = with_axis(time_x(), "bottom")
    people = alt.Chart(alt.NamedData(name="people")).transform_calculate(
        first="max(day_from, min(datum.begun, 0))", until="min(day_to, datum.last_day)"
    )
    line = people.transform_filter("datum.until > datum.first").mark_rule(color="#c9d1d9", strokeWidth=1.2, clip=True)
    observed = line.encode(x=time_x("first:Q"), x2="until:Q", y=alt.Y("y:Q", scale=None))
    return [day_zero_rule(frames, x), observed]


def _tiles() -> list[alt.Chart]:
    """Return the verdicts as tiles with their sign: narrower where visits lie close, moved inwards at the edges."""
    half = f"datum.wide / 2 * {PX}"
    tiles = alt.Chart(alt.NamedData(name="tiles")).transform_filter("datum.day >= day_from && datum.day <= day_to")
    placed = tiles.transform_calculate(wide=f"clamp(datum.gap / {PX} - 1, 3, {TILE})")
    placed = placed.transform_calculate(middle=f"clamp(datum.day, day_from + {half}, day_to - {half})")
    placed = placed.transform_calculate(
        left=f"datum.middle - {half}",
        right=f"datum.middle + {half}",
        top=f"datum.y - {ROW / 2 - 3}",
        low=f"datum.y + {ROW / 2 - 3}",
        sign="{'met': '✓', 'not met': '✕', 'unknown': '?'}[datum.verdict]",
    )
    names = list(theme.VERDICTS)
    fill, line, ink = (
        alt.Scale(domain=names, range=[table[name] for name in names])
        for table in (theme.VERDICTS, theme.VERDICT_LINE, theme.VERDICT_INK)
    )
    tip = tooltip(**HOVERED)
    boxes = placed.mark_rect(cornerRadius=2, strokeWidth=1.3, cursor="pointer").encode(
        x=time_x("left:Q"),
        x2="right:Q",
        y=alt.Y("top:Q", scale=None),
        y2="low:Q",
        fill=alt.Fill("verdict:N", scale=fill, legend=None),
        stroke=alt.Stroke("verdict:N", scale=line, legend=None),
        opacity=chosen(1, 0.22),
        tooltip=tip,
    )
    signs = placed.transform_filter("datum.wide >= 9").mark_text(
        baseline="middle", fontSize=12, fontWeight="bold", cursor="pointer"
    )
    look = sign_look(alt.Color("verdict:N", scale=ink, legend=None))
    return [boxes, signs.encode(x=time_x("middle:Q"), y=alt.Y("y:Q", scale=None), text="sign:N", tooltip=tip, **look)]


def _reached() -> list[alt.Chart]:
    """Return right of the plot on which day the criterion was first met."""
    look = {"align": "left", "baseline": "middle", "fontSize": 11.5, "color": theme.QUIET}
    beside = alt.XValue(alt.expr("width + 12"))
    words = alt.Chart(alt.NamedData(name="people")).mark_text(**look)
    heading = once().mark_text(text="first met", **look).encode(x=beside, y=alt.YValue(-7))
    return [heading, words.encode(x=beside, y=alt.Y("y:Q", scale=None), text="words:N", opacity=chosen(1, 0.45))]


def _description(frames: Frames) -> str:
    """Return the picture in words."""
    after = frames.rows[frames.rows["after"]]
    words = []
    for label, rows in after.groupby("label", sort=False):
        met = rows.loc[rows["verdict"] == "met", "patient_id"].nunique()
        unknown = int((rows["verdict"] == "unknown").sum())
        of = rows["patient_id"].nunique()
        words.append(f"{label} was met at some visit by {met} of {of} patients, {unknown} visits not known")
    return f"Response at every visit of {len(frames.patients)} patients. {'; '.join(words)}."


PICTURE = Picture("responders", "Response at every visit", responders_frames, responders, COLUMNS)
