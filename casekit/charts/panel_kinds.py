"""The usual panels: a laboratory variable with its reference range, and a score with the edges of its bands."""

from itertools import pairwise
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.charts.panel import HEIGHT, Panel
from casekit.charts.picture import Frames
from casekit.charts.value_frames import heading as value_heading
from casekit.charts.words import number


def scored_panel(frames: Frames, instrument: str, *, height: int = HEIGHT) -> Panel:
    """Return the panel of a score, from the end of its range to the highest exact score.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.charts.panel_frames import course_frames
    >>> panel = scored_panel(course_frames(ck.example(), ["SSc"], [], ["eustar_2017"]), "eustar_2017")
    >>> panel.unit, panel.lines
    ('0 to 10, lower is better', ((2.5, '≥ 2.5 active'),))
    """
    declared, rows = catalogue.instrument(instrument), frames.rows[frames.rows["variable"] == instrument]
    low, most = (float(end) for end in declared["range"])
    lines = edges(instrument)
    # a score that nobody determined reaches to the end of its range; that must not flatten everybody else
    seen = extent(rows.dropna(subset=["value"]), *[value for value, _ in lines])
    unit = f"{low:g} to {most:g}, {declared.get('better', 'lower')} is better"
    if declared.get("better") == "higher" and not lines:
        low, lines = max(low, seen[0] - 0.06 * (most - seen[0])), ((most, f"maximum {most:g}"),)
        return Panel(instrument, short_name(instrument), unit, low, most, lines=lines, height=height)
    top = min(most, seen[1] * 1.06)
    return Panel(instrument, short_name(instrument), unit, low, top, lines=lines, height=height)


def short_name(instrument: str) -> str:
    """Return the short name of an instrument.

    Examples
    --------
    >>> short_name("tis_2016")
    'TIS'
    """
    declared: dict[str, Any] = catalogue.instrument(instrument)
    return str(declared.get("short", declared["name"]))


def extent(rows: pd.DataFrame, *more: float) -> tuple[float, float]:
    """Return the lowest and the highest value drawn, and further values that must be seen.

    Examples
    --------
    >>> extent(pd.DataFrame({"low": [2.0, None], "high": [3.0, None]}), 2.5, 10)
    (2.0, 10.0)
    """
    seen = pd.concat([rows["low"], rows["high"], pd.Series(more, dtype=float)]).dropna().astype(float)
    return (float(seen.min()), float(seen.max())) if len(seen) else (1.0, 10.0)


def edges(instrument: str) -> tuple[tuple[float, str], ...]:
    """Return the edges between the bands of an instrument, each named by the band it opens or closes.

    Examples
    --------
    >>> edges("tis_2016")
    ((20.0, '≥ 20 minimal'), (40.0, '≥ 40 moderate'), (60.0, '≥ 60 major'))
    >>> edges("sledai_2k")[1]
    (4.0, '≤ 4 mild')
    """
    bands = catalogue.instrument(instrument).get("bands", [])
    found = []
    for band, following in pairwise(bands):
        if "below" in band:
            found.append((float(band["below"]), f"≥ {band['below']:g} {following['label']}"))
        else:
            found.append((float(band["up_to"]), f"{'≤ ' if band['up_to'] else ''}{band['up_to']:g} {band['label']}"))
    return tuple(found)


def measured_panel(
    frames: Frames,
    variable: str,
    *,
    lines: tuple[tuple[float, str], ...] = (),
    limit: str = "",
    heading: str = "",
    log: bool | None = None,
) -> Panel:
    """Return the panel of a laboratory variable with its reference range and further lines.

    Parameters
    ----------
    frames : Frames
        Their values and limits settle the ends of the axis.
    variable : str
        Id of the variable.
    lines : tuple of (float, str)
        Further lines.
    limit, heading : str
        What a limit of the laboratory is called, and the name of the variable, where they differ from the usual.
    log : bool, optional
        Whether the scale is logarithmic; as the variable declares it when not given.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.charts.panel_frames import course_frames
    >>> panel = measured_panel(course_frames(ck.example(), ["SLE"], ["upcr_mg_g"], []), "upcr_mg_g")
    >>> panel.heading, panel.unit, panel.lines
    ('UPCR', 'mg/g, log scale', ((150.0, 'upper limit 150'),))
    """
    rows = frames.rows[frames.rows["variable"] == variable]
    limits, band = reference(rows)
    named = tuple((value, words.replace("upper limit", limit) if limit else words) for value, words in limits)
    log = catalogue.variable(variable).scale == "log" if log is None else log
    name, unit = value_heading(variable)
    low, high = extent(rows, *[value for value, _ in (*named, *lines)])
    low, high = (low / 1.3, high * 1.3) if log else (low - 0.06 * (high - low), high + 0.06 * (high - low))
    kind, told = ("log", f"{unit}, log scale") if log else ("linear", unit)
    return Panel(variable, heading or name, told, low, high, kind, (*named, *lines), band)


def reference(rows: pd.DataFrame) -> tuple[tuple[tuple[float, str], ...], tuple[float, float] | None]:
    """Return the limits of the laboratories as lines, and the range as a band where all agree on it.

    Examples
    --------
    >>> reference(pd.DataFrame({"lower": [0.9, 0.9], "upper": [1.8, 1.8]}))
    (((0.9, 'lower limit 0.9'), (1.8, 'upper limit 1.8')), (0.9, 1.8))
    >>> reference(pd.DataFrame({"lower": [None, None], "upper": [20.0, 30.0]}))[0]
    ((20.0, 'upper limit 20'), (30.0, 'upper limit 30'))
    """
    ends = {side: sorted(rows[side].dropna().astype(float).unique()) for side in ("lower", "upper")}
    lines = tuple(line for side, limits in ends.items() for line in _named(side, limits))
    one = len(ends["lower"]) == len(ends["upper"]) == 1
    return lines, (float(ends["lower"][0]), float(ends["upper"][0])) if one else None


def _named(side: str, limits: list[float]) -> list[tuple[float, str]]:
    """Return the limits with their names; more than two are named together, at the one in the middle."""
    if len(limits) < 3:
        return [(float(limit), f"{side} limit {number(limit)}") for limit in limits]
    together = f"limits {number(limits[0])}–{number(limits[-1])}"
    return [(float(limit), together if limit == limits[len(limits) // 2] else "") for limit in limits]
