"""Why a verdict is what it is: the conditions of a criterion at one visit, with what was seen and when."""

import re
from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets

from casekit import catalogue, scores
from casekit.charts import TimelineFrames
from casekit.charts.score_frames import name_of, verdict_name
from casekit.charts.words import as_rows, day_text, number, text
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.views import html
from casekit.views.controls import ROW, Say, refill
from casekit.views.safe import guarded
from casekit.views.state import State


class Criteria:
    """The table of conditions below the picture, following the patient and a click on a tile."""

    def __init__(self, series: CaseSeries, frames: TimelineFrames, state: State, say: Say) -> None:
        self._series, self._frames, self._state = series, frames, state
        wide = widgets.Layout(width="330px")
        self._criterion = widgets.Dropdown(description="Criterion", layout=wide, style={"description_width": "65px"})
        self._visit = widgets.Dropdown(description="Visit", layout=wide, style={"description_width": "40px"})
        self._table = widgets.HTML()
        self._on_choice = guarded(say)(self._draw)
        self._criterion.observe(self._on_choice, "value")
        self._visit.observe(self._on_choice, "value")
        self._refill({})
        state.observe(guarded(say)(self._refill), "patient_id")

    def widget(self) -> widgets.VBox:
        """Return the lists of criteria and visits with the table below."""
        head = widgets.HTML('<div class="ck"><h2>Why? The conditions at one visit</h2></div>')
        lists = widgets.Box([self._criterion, self._visit], layout=widgets.Layout(**ROW))
        return widgets.VBox([head, lists, self._table], layout=widgets.Layout(overflow="visible"))

    def show(self, instrument: str, day: float) -> None:
        """Show the conditions of that criterion at that visit."""
        self._criterion.value = instrument
        self._visit.value = int(day)

    def _refill(self, _change: object) -> None:
        """Offer what the patient on screen has, keeping the criterion; the last visit is shown first."""
        own = self._frames.patient(self._state.patient_id)
        names = list(dict.fromkeys([*own.responses["instrument"], *_sums(own.activity["instrument"])]))
        days = sorted({int(day) for day in [*own.responses["day"], *own.activity["day"]]})
        kept = self._criterion.value
        criterion = kept if kept in names else next(iter(names), None)
        refill(self._criterion, [(_title(name), name) for name in names], criterion, self._on_choice)
        refill(self._visit, [(day_text(day), day) for day in days], days[-1] if days else None, self._on_choice)
        self._draw({})

    def _draw(self, _change: object) -> None:
        """Write the table of the chosen criterion and visit."""
        instrument, day = self._criterion.value, self._visit.value
        if instrument is None or day is None:
            self._table.value = html.note("No response criterion was assessed in this patient.")
            return
        try:
            self._table.value = self._conditions(instrument, day)
        except CaseKitError as error:
            self._table.value = html.note(str(error))

    def _conditions(self, instrument: str, day: int) -> html.Markup:
        """Return the conditions as a table, headed by the verdict."""
        who = self._state.patient_id
        seen = scores.explain(self._series, instrument, patient_id=who, day=day)
        summed = "points" in seen.columns
        rows = [_row(row, summed=summed) for row in as_rows(seen)]
        made = " · synthetic data" if self._frames.synthetic else ""
        total = str(seen.attrs.get("result", "not known"))
        if summed:
            rows.append((html.Markup("<b>Total</b>"), "", "", "", _strong(_total(instrument, total)), ""))
        caption = f"{who}, {day_text(day)}: {self._outcome(instrument, day, total)}{made}"
        last = "Points" if summed else "Verdict"
        return html.table(caption, ("Condition", "Needed", "Observed", "On day", last, "Where it is written"), rows)

    def _outcome(self, instrument: str, day: int, total: str) -> str:
        """Return the verdict, and for sums the score with it."""
        if not _sums([instrument]):
            return f"{verdict_name(instrument)} {self._verdict(instrument, day)}"
        own = self._frames.patient(self._state.patient_id).responses
        judged = ((own["instrument"] == instrument) & (own["day"] == day)).any()
        more = f"; {verdict_name(instrument)} {self._verdict(instrument, day)}" if judged else ""
        return f"{name_of(instrument)} {total}{more}"

    def _verdict(self, instrument: str, day: int) -> str:
        """Return the verdict of that visit in words."""
        own = self._frames.patient(self._state.patient_id).responses
        found = own.loc[(own["instrument"] == instrument) & (own["day"] == day), "verdict"]
        words = {"met": "met", "not met": "not met", "unknown": "not known"}
        return words[str(found.iloc[0])] if len(found) else "not assessed"


def _sums(names: Iterable[str]) -> list[str]:
    """Return those of the instruments that add up points."""
    return [str(name) for name in names if catalogue.instrument(str(name)).get("combine") == "sum"]


def _title(instrument: str) -> str:
    """Return how the list calls an instrument: a score by its name, a criterion by what is met."""
    return name_of(instrument) if _sums([instrument]) else verdict_name(instrument)


def _strong(text_: str) -> html.Markup:
    """Return the text in bold."""
    return html.Markup(f"<b>{html.safe(text_)}</b>")


def _total(instrument: str, result: str) -> str:
    """Return the sum with the range of the instrument and the limits of its band."""
    declared = catalogue.instrument(instrument)
    found = re.fullmatch(r"(\S+) \((.+)\)", result)
    if found is None:
        return f"{result} of {declared['range'][1]:g}"
    limits = _limits(declared.get("bands", []), found[2])
    return f"{found[1]} of {declared['range'][1]:g}: {found[2]}{limits and ', ' + limits}"


def _limits(bands: list[dict[str, Any]], label: str) -> str:
    """Return from where to where the band of that name reaches, in words."""
    place = next((place for place, band in enumerate(bands) if band["label"] == label), None)
    if place is None:
        return ""
    before, band = bands[place - 1] if place else {}, bands[place]
    above = f"above {before['up_to']:g}" if "up_to" in before else f"{before['below']:g} or more" if before else ""
    below = f"up to {band['up_to']:g}" if "up_to" in band else f"below {band['below']:g}" if "below" in band else ""
    return " and ".join(filter(None, [above, below]))


def _row(row: dict[str, Any], *, summed: bool) -> tuple[object, ...]:
    """Return one condition as cells; an item of a sum shows its points, for earning some is not good in itself."""
    day = text(row["observed_day"])
    seen = number(float(day)) if day else ""
    return (
        row["condition"],
        row["needed"],
        text(row["observed"]),
        seen,
        _points(row["points"]) if summed else html.verdict(row["verdict"]),
        text(row["origin"]),
    )


def _points(points: Any) -> object:
    """Return the points of an item, or that they are not known."""
    known = text(points)
    return known or html.verdict("unknown")
