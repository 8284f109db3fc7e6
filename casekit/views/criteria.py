"""Why a verdict is what it is: the conditions of a criterion at one visit, with what was seen and when."""

from typing import Any

import ipywidgets as widgets

from casekit import scores
from casekit.charts import TimelineFrames
from casekit.charts.score_frames import verdict_name
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
        own = self._frames.patient(self._state.patient_id).responses
        names = list(dict.fromkeys(own["instrument"]))
        days = sorted({int(day) for day in own["day"]})
        kept = self._criterion.value
        criterion = kept if kept in names else next(iter(names), None)
        refill(self._criterion, [(verdict_name(name), name) for name in names], criterion, self._on_choice)
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
        rows = [_row(row) for row in as_rows(seen)]
        made = " · synthetic data" if self._frames.synthetic else ""
        caption = f"{who}, {day_text(day)}: {verdict_name(instrument)} {self._verdict(instrument, day)}{made}"
        return html.table(
            caption, ("Condition", "Needed", "Observed", "On day", "Verdict", "Where it is written"), rows
        )

    def _verdict(self, instrument: str, day: int) -> str:
        """Return the verdict of that visit in words."""
        own = self._frames.patient(self._state.patient_id).responses
        found = own.loc[(own["instrument"] == instrument) & (own["day"] == day), "verdict"]
        words = {"met": "met", "not met": "not met", "unknown": "cannot be determined"}
        return words[str(found.iloc[0])] if len(found) else "not assessed"


def _row(row: dict[str, Any]) -> tuple[object, ...]:
    """Return one condition as cells."""
    day = text(row["observed_day"])
    seen = number(float(day)) if day else ""
    return (
        row["condition"],
        row["needed"],
        text(row["observed"]),
        seen,
        html.verdict(row["verdict"]),
        text(row["origin"]),
    )
