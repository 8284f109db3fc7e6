"""Measured values of many patients over time: the frame, and the panel that draws one variable of it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.lane import heard, once, tooltip
from casekit.charts.panel import decades
from casekit.charts.picture import Frames
from casekit.charts.sheet import OF_PATIENT, Panel, across, disease_scales, emphasis, table
from casekit.charts.time_axis import time_x
from casekit.charts.timeline_axis import day_words
from casekit.charts.value_frames import heading, value_frame
from casekit.charts.words import number
from casekit.records import CaseSeries

COLUMNS = [
    "patient_id",
    "disease",
    "variable",
    "name",
    "day",
    "value",
    "state",
    "lower",
    "upper",
    "tip",
    "when",
    "range",
    "origin",
]
DRAWN = ["patient_id", "disease", "variable", "day", "shown", "hollow", "tip", "when", "range", "origin"]
HEADINGS = {
    "patient_id": "Patient",
    "disease": "Disease",
    "name": "What",
    "day": "Day",
    "when": "In words",
    "tip": "Value",
    "state": "Assessed as",
    "range": "Reference range",
    "origin": "Origin",
}
SAME = ["patient_id", "disease", "variable", "range"]
EACH = ["day", "shown", "hollow", "tip", "origin_at"]
MINUTES = "round((datum.day - floor(datum.day)) * 1440)"
HOUR = f"format(floor({MINUTES} / 60), '02d') + ':' + format({MINUTES} % 60, '02d')"
WHEN = f"datum.day % 1 === 0 ? {day_words('datum.day')} : 'day ' + format(floor(datum.day), 'd') + ', ' + {HOUR}"
BELOW = "below detection"
UNDER_LIMIT = 1.6  # on a log scale an undetected value is drawn this factor below its own limit of detection


@dataclass(frozen=True)
class Look:
    """How a panel of one variable looks: height, dashed lines at values of meaning, a note, and its scale."""

    height: int = 110
    lines: tuple[float, ...] = ()
    note: str = ""
    log: bool | None = None


def measured(series: CaseSeries, variables: Iterable[str], days: tuple[float, float] | None = None) -> pd.DataFrame:
    """Return the dated results of these variables, one row per result; the hour is a part of the day."""
    known = series.measurements[series.measurements["variable"].isin(list(variables))].dropna(subset=["day"])
    if days is not None:
        known = known[known["day"].between(*days)]
    known = known.assign(day=known["day"].astype(float) + known["hour"].astype(float).fillna(0) / 24)
    found = value_frame(known)
    found["when"] = [
        when if day % 1 == 0 else hour_text(day) for day, when in zip(found["day"], found["when"], strict=True)
    ]
    found["day"] = found["day"].round(3)
    found["name"] = [heading(name)[0] for name in found["variable"]]
    found = found.merge(series.patients[["patient_id", "disease"]], on="patient_id")
    return found[COLUMNS]


def value_panel(frames: Frames, variable: str, look: Look, ground: Iterable[alt.Chart] = ()) -> Panel:
    """Return one variable of all patients: a line and points each, undetected values hollow, with lines and ranges."""
    rows = frames.rows[frames.rows["variable"] == variable]
    name, unit = heading(variable)
    log = catalogue.variable(variable).scale == "log" if look.log is None else look.log
    y = value_y(rows, look.lines, log=log)
    per = f"per {unit[1:]}" if unit.startswith("/") else unit
    title = f"{name}, {per}, n = {rows['patient_id'].nunique()}"
    spans = _spans(rows, y)
    paler = "pale green: that of some patients only" if len(spans) > 1 else ""
    note = ";\n".join(filter(None, ["; ".join(filter(None, ["log scale" if log else "", look.note])), paler]))
    below = (*ground, *_ranges(spans, y), *_limits(rows, y))
    return Panel(title, note, look.height, (*rules(look.lines, y), *_curves(frames, variable, y)), below)


def drawn_values(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that are drawn or hovered; undetected values of a log scale a little below their limit.

    Points are hollow where the value is below detection, or where a column ``hollow`` of the rows says so.
    """
    log = rows["variable"].map(lambda name: catalogue.variable(name).scale == "log").astype(bool)
    below = log & (rows["state"] == BELOW)
    shown = rows["value"].where(~below, rows["value"] / UNDER_LIMIT)
    hollow = (rows["state"] == BELOW) | rows.get("hollow", False)
    return rows.assign(shown=[float(f"{value:.4g}") for value in shown], hollow=hollow)[DRAWN]


def value_tables(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables of the drawn values: one row per patient, variable and range with its values as lists.

    Origins stand once in a table of their own, and the words of a day are made from the day: so the pictures with the
    most values weigh less than half.

    Examples
    --------
    >>> import casekit as ck
    >>> tables = value_tables(measured(ck.example().patient("SLE-01"), ["ferritin_ug_l"], (0, 1)))
    >>> tables["values"][["patient_id", "variable"]].to_numpy().tolist()
    [['SLE-01', 'ferritin_ug_l']]
    """
    values = drawn_values(rows)
    codes, origins = pd.factorize(values["origin"])
    values = values.assign(origin_at=codes)
    courses = values.groupby(SAME, sort=False)[EACH].agg(list).reset_index()
    return {"values": courses, "origins": pd.DataFrame({"origin_at": range(len(origins)), "origin": origins})}


def values_of(variable: str) -> alt.Chart:
    """Return a chart of one variable with a row per value again, its day in words."""
    own = table("values", f"datum.variable === '{variable}'").transform_flatten(EACH)
    return own.transform_calculate(when=WHEN).transform_lookup(
        lookup="origin_at", from_=alt.LookupData(data=alt.NamedData(name="origins"), key="origin_at", fields=["origin"])
    )


def hour_text(day: float) -> str:
    """Return day and hour of a day with a fraction.

    Examples
    --------
    >>> hour_text(5.75), hour_text(-0.25)
    ('day 5, 18:00', 'day −1, 18:00')
    """
    minutes = round(day % 1 * 24 * 60)
    return f"day {number(math.floor(day))}, {minutes // 60:02d}:{minutes % 60:02d}"


def limits_of_detection(rows: pd.DataFrame) -> list[float]:
    """Return the limits of detection met in these rows."""
    return sorted({float(value) for value in rows.loc[rows["state"] == BELOW, "value"]})


def measured_days(rows: pd.DataFrame, *, at_least: float) -> tuple[float, float]:
    """Return the first and the last day of these rows, the last at least as late as that."""
    return (float(rows["day"].min()), max(float(rows["day"].max()), at_least))


def value_y(rows: pd.DataFrame, lines: tuple[float, ...], *, log: bool) -> alt.Y:
    """Return the y encoding that holds all values, limits and lines."""
    values = pd.concat([rows["value"], pd.Series(lines, dtype="float64")]).astype(float)
    if log:
        positive = values[values > 0]
        low, high = float(positive.min()), float(positive.max())
        limits = limits_of_detection(rows)
        bottom = min(low / 1.3, *[limit / 3 for limit in limits]) if limits else low / 1.3
        scale = alt.Scale(type="log", domain=[bottom, high * 1.4], nice=False, clamp=True)
        ticks = [*lines, *(decades(bottom, high * 1.4) if len(lines) < 2 else [])]
    else:
        low, high = float(values.min()), float(values.max())
        air = 0.08 * (high - low or 1.0)
        scale = alt.Scale(domain=[max(low - air, 0) if low >= 0 else low - air, high + air], nice=False, clamp=True)
        ticks = list(lines) if len(lines) > 1 else []
    shown: dict[str, Any] = {"values": ticks} if ticks else {"tickCount": 4}
    axis = alt.Axis(**shown, grid=False, domain=False, ticks=False, labelPadding=6, format=".3~f", labelOverlap=True)
    return alt.Y("shown:Q", scale=scale, axis=axis, title=None)


def _at(y: alt.Y, value: float) -> Any:
    """Return a fixed height on the scale of the panel."""
    return alt.YDatum(value, type="quantitative", scale=y["scale"])


def _spans(rows: pd.DataFrame, y: alt.Y) -> list[tuple[float, float]]:
    """Return the reference ranges within the ends of the axis; those of laboratories, women and men may differ."""
    low, high = y["scale"]["domain"]
    known = rows[["lower", "upper"]].dropna(how="all").drop_duplicates()
    spans = [(low if pd.isna(a) else max(a, low), high if pd.isna(b) else min(b, high)) for a, b in known.to_numpy()]
    return sorted({(float(a), float(b)) for a, b in spans if a < b})


def _ranges(spans: list[tuple[float, float]], y: alt.Y) -> list[alt.Chart]:
    """Return the reference ranges as bands; where they differ the paler parts are not in all."""
    band = once().mark_rect(color=theme.REFERENCE, opacity=0.9 / max(1, len(spans)) + 0.1, clip=True)
    return [band.encode(y=_at(y, a), y2=alt.Y2Datum(b), **across()) for a, b in spans]


def _limits(rows: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    """Return the band below the limit of detection of a log scale; with several limits, below the lowest."""
    limits = limits_of_detection(rows)
    if not limits or y["scale"].to_dict().get("type") != "log":
        return []
    band = once().mark_rect(color=theme.BELOW_DETECTION, opacity=0.85)
    return [band.encode(y=_at(y, y["scale"]["domain"][0]), y2=alt.Y2Datum(limits[0]), **across())]


def rules(lines: tuple[float, ...], y: alt.Y) -> list[alt.Chart]:
    """Return dashed lines at values of meaning; the axis names them."""
    rule = once().mark_rule(color=theme.QUIET, strokeDash=[4, 3], strokeWidth=1)
    return [rule.encode(y=_at(y, value), **across()) for value in lines]


def _curves(frames: Frames, variable: str, y: alt.Y) -> list[alt.Chart]:
    """Return thin lines and points of all patients, and the chosen patient again above them."""
    scales = disease_scales(frames)
    own = values_of(variable)
    colour = alt.Color("disease:N", scale=scales["colour"], legend=None)
    line = own.mark_line(clip=True, strokeWidth=1.1).encode(
        x=time_x(), y=y, detail="patient_id:N", color=colour, opacity=emphasis(0.4, 0.16)
    )
    chosen = own.transform_filter(OF_PATIENT)
    stout = chosen.mark_line(clip=True, strokeWidth=2.4).encode(x=time_x(), y=y, color=colour)
    seen = "datum.day >= day_from && datum.day <= day_to"
    small = points(own.transform_filter(seen), 20, scales).encode(x=time_x(), y=y, opacity=emphasis(0.7, 0.2))
    large = points(heard(chosen.transform_filter(seen), "patient_id", "tip", "when"), 52, scales, aria=True)
    return [line, small, stout, large.encode(x=time_x(), y=y)]


def points(rows: alt.Chart, size: int, scales: dict[str, alt.Scale], **aria: bool) -> alt.Chart:
    """Return the values as points in colour and shape of the disease."""
    colour = alt.Stroke("disease:N", scale=scales["colour"], legend=None)
    full = alt.Fill("disease:N", scale=scales["colour"], legend=None)
    return rows.mark_point(size=size, strokeWidth=1.2, opacity=1, **aria).encode(
        stroke=colour,
        fill=alt.condition("datum.hollow", alt.value("#ffffff"), full),
        shape=alt.Shape("disease:N", scale=scales["shape"], legend=None),
        tooltip=tooltip(Patient="patient_id", Value="tip", When="when", Reference_range="range", Origin="origin"),
    )
