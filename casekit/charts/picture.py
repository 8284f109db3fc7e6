"""What every picture of a series is: tidy frames from the series, and a chart from the frames alone."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import wrap
from types import MappingProxyType
from typing import Any, Self

import altair as alt
import pandas as pd

from casekit import catalogue
from casekit.charts import theme
from casekit.charts.lane import once
from casekit.errors import UnknownName
from casekit.records import CaseSeries
from casekit.scores.wording import within_a_sentence

DAY_ZERO = {
    "infusion": "the infusion",
    "b_cell_return": "the return of B cells",
    "first_remission": "the first remission",
    "first_response": "the first response",
}
# A column of dates that is called after nothing but the infusion, such as "Datum CAR-T Infusion".
OF_THE_INFUSION = {
    "date",
    "datum",
    "day",
    "tag",
    "of",
    "der",
    "the",
    "car",
    "t",
    "cart",
    "cell",
    "cells",
    "zell",
    "infusion",
}
NO_PARTS: Mapping[str, pd.DataFrame] = MappingProxyType({})
NO_COLUMNS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class About:
    """What stands beside a picture: which series it shows, and whether its patients are invented.

    Attributes
    ----------
    title, data_cut : str
        What the series calls itself, and until when it was observed; the data cut is empty where none is stated.
    synthetic : bool
        Whether the data were made up; then the picture says so.
    index_event : str
        What day 0 is, such as ``infusion``.
    """

    title: str
    data_cut: str
    synthetic: bool
    index_event: str


@dataclass(frozen=True)
class Frames:
    """What a picture draws: tidy frames with one row per drawn value, computed once for the whole series.

    Attributes
    ----------
    rows : DataFrame
        One row per drawn value, with ``patient_id`` and ``disease``; it is also the table beside the picture.
    about : About
        The series the rows come from.
    patients : DataFrame
        One row per patient who could be in the picture: patient_id, disease, last_day.
    parts : mapping of str to DataFrame
        Further tidy frames; those with ``patient_id`` are narrowed with the rows.
    columns : mapping of str to str
        Columns of the table and their headings where they depend on the series; those of the picture when empty.
    """

    rows: pd.DataFrame
    about: About
    patients: pd.DataFrame
    parts: Mapping[str, pd.DataFrame] = field(default_factory=lambda: NO_PARTS)
    columns: Mapping[str, str] = field(default_factory=lambda: NO_COLUMNS)

    def of(self, patient_ids: Collection[str]) -> Self:
        """Return the frames of these patients; nothing is computed anew, so a filter is quick."""
        kept = {name: _of(part, patient_ids) for name, part in self.parts.items()}
        return replace(self, rows=_of(self.rows, patient_ids), patients=_of(self.patients, patient_ids), parts=kept)


@dataclass(frozen=True)
class Picture:
    """One kind of picture, as menus, pages and exports know it.

    Attributes
    ----------
    name : str
        The same word in file, menu and address.
    title : str
        What the picture answers, as a heading.
    frames : callable
        Takes a series and returns its frames; all scores are computed here.
    chart : callable
        Takes the frames and returns the chart; summaries of groups are computed here, of whoever is in the frames.
    columns : mapping of str to str
        Columns of the table beside the picture, and their headings with units.
    """

    name: str
    title: str
    frames: Callable[[CaseSeries], Frames]
    chart: Callable[..., alt.TopLevelMixin]
    columns: Mapping[str, str]


def about(series: CaseSeries) -> About:
    """Return what a picture must say of its series.

    Examples
    --------
    >>> import casekit as ck
    >>> about(ck.example()).synthetic
    True
    """
    told = series.metadata
    return About(str(told.title), str(told.data_cut or ""), bool(told.synthetic), str(told.index_event))


def patients_of(series: CaseSeries) -> pd.DataFrame:
    """Return one row per patient: patient_id, disease, last_day (days since day 0).

    Examples
    --------
    >>> import casekit as ck
    >>> len(patients_of(ck.example()))
    15
    """
    people = series.patients[["patient_id", "disease", "last_known_day"]]
    return people.rename(columns={"last_known_day": "last_day"})


def finished(
    chart: Any,
    told: About,
    *,
    name: str,
    description: str,
    layout: Mapping[str, Any],
    pick: Sequence[str] = ("patient_id",),
) -> Any:
    """Return the chart with the look of the house, the words a screen reader says, and what the page must know.

    Parameters
    ----------
    chart : altair chart
        The picture; its parameters ``patient`` (who is emphasised, empty for nobody), where it has one, may be set
        by the page.
    told : About
        The series that is shown.
    name : str
        Name of the picture.
    description : str
        What the picture shows, in one sentence with its numbers.
    layout : mapping
        ``width``, ``height``, ``padding`` (left, right, top, bottom) in pixels: the page fits the width to the window,
        and the top to the width where ``padding`` has ``spared``, pairs of a width and the pixels saved from it on.
    pick : sequence of str
        Columns that a click on a mark reports.

    Returns
    -------
    altair chart
        With ``usermeta``: ``key`` (the name), ``layout`` and ``pick``.
    """
    made = "Synthetic data. " if told.synthetic else ""
    chart.description = f"{made}{description}"
    chart.config = theme.config()
    chart.usermeta = {"key": name, "layout": dict(layout), "pick": list(pick)}
    return chart


def day_zero(told: About) -> str:
    """Return what day 0 is, in words that follow "since".

    Examples
    --------
    >>> day_zero(About("A series", "", False, "infusion"))
    'the infusion'
    >>> day_zero(About("A series", "", False, "last_glucocorticoid"))
    'the last glucocorticoid'
    >>> day_zero(About("A series", "", False, "Datum CAR-T Infusion"))
    'the infusion'
    """
    if counts_from_infusion(told.index_event):
        return DAY_ZERO["infusion"]
    edge, _, bare = told.index_event.partition("_")
    words = f"{edge} {_label(bare)}" if edge in {"first", "last"} and bare else _label(told.index_event)
    return DAY_ZERO.get(told.index_event, f"the {words}")


def counts_from_infusion(index_event: str) -> bool:
    """Return whether days are counted from the infusion: as recorded, or as a column of dates that says so.

    Examples
    --------
    >>> [counts_from_infusion(event) for event in ("infusion", "Date of infusion", "infusion_reaction", "enrolment")]
    [True, True, False, False]
    """
    words = set(re.findall(r"[^\W_]+", index_event.casefold()))
    return "infusion" in words and words <= OF_THE_INFUSION


def nothing(told: About, *, name: str, sentence: str, width: int) -> Any:
    """Return a picture that says in one sentence what is missing; ``sentence`` ends with a full stop.

    Examples
    --------
    >>> nothing(About("A series", "", False, "infusion"), name="spider", sentence="No score.", width=400).description
    'No score.'
    """
    made = "synthetic data" if told.synthetic else ""
    rows = {"align": "left", "baseline": "top"}
    lines = wrap(sentence, 44)
    said = once().mark_text(**rows, color=theme.INK, lineHeight=17).encode(x=alt.XValue(0), text=alt.TextValue(lines))
    mark = (
        once()
        .mark_text(**rows, color=theme.SYNTHETIC, fontWeight="bold")
        .encode(x=alt.XValue(0), text=alt.TextValue(made))
    )
    height = 30 + 17 * len(lines)
    chart = alt.layer(said.encode(y=alt.YValue(24)), mark.encode(y=alt.YValue(0)))
    chart = chart.properties(width=width, height=height, datasets={"once": [{"day": 0}]})
    padding = {"left": 12, "right": 12, "top": 8, "bottom": 8}
    layout = {"width": width, "height": height, "padding": padding, "minimum": 200}
    return finished(chart, told, name=name, description=sentence, layout=layout)


def _label(name: str) -> str:
    """Return a drug or an event as it is called, anything else as it is written."""
    for known in (catalogue.drug, catalogue.event):
        try:
            return within_a_sentence(str(known(name)["label"]))
        except UnknownName:
            continue
    return name.replace("_", " ")


def _of(frame: pd.DataFrame, patient_ids: Collection[str]) -> pd.DataFrame:
    """Return the rows of these patients; frames that know no patients stay whole."""
    return frame[frame["patient_id"].isin(list(patient_ids))] if "patient_id" in frame else frame
