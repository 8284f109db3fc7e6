"""Why a verdict or a score is what it is: the explanation of one visit below the picture."""

from collections.abc import Callable
from functools import lru_cache

import ipywidgets as widgets

from casekit import catalogue
from casekit.charts import TimelineFrames
from casekit.charts.score_frames import name_of, verdict_name
from casekit.charts.words import day_text, number
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.views import html
from casekit.views.controls import ROW, Say, refill
from casekit.views.explanation import Explanation
from casekit.views.explanation_card import explanation_card
from casekit.views.safe import guarded
from casekit.views.state import State

KEPT = 256


class Criteria:
    """The explanation below the picture, following the patient and a click on a tile or a point.

    Parameters
    ----------
    state : State
        Who is on screen.
    say : callable
        Takes a sentence to be shown above the picture.
    mark : callable
        Takes patient, instrument and day of what is explained, to be marked in the picture.
    """

    def __init__(self, state: State, say: Say, mark: Callable[[str, str, int], None]) -> None:
        self._state, self._mark = state, mark
        self._patient_id = state.patient_id
        wide = widgets.Layout(width="330px")
        self._criterion = widgets.Dropdown(description="Criterion", layout=wide, style={"description_width": "65px"})
        self._visit = widgets.Dropdown(description="Visit", layout=wide, style={"description_width": "40px"})
        self._card = Explanation()
        self._days: list[int] = []
        self._on_choice = guarded(say)(self._draw)
        self._criterion.observe(self._on_choice, "value")
        self._visit.observe(self._on_choice, "value")
        self._refill(state.patient_id)
        state.observe(guarded(say)(lambda _change: self._refill(state.patient_id)), "patient_id")
        state.observe(guarded(say)(lambda _change: self._rename()), "day_zero")

    def widget(self) -> widgets.VBox:
        """Return the lists of criteria and visits with the explanation below."""
        head = widgets.HTML('<div class="ck"><h2>Why? What counted at the visit framed in blue</h2></div>')
        lists = widgets.Box([self._criterion, self._visit], layout=widgets.Layout(**ROW))
        whole = widgets.VBox([head, lists, self._card], layout=widgets.Layout(overflow="visible"))
        whole.add_class("ck-criteria")
        return whole

    def show(self, patient_id: str, instrument: str, day: float) -> None:
        """Explain that criterion or score at that visit of a patient on screen."""
        if patient_id != self._patient_id:
            self._refill(patient_id)
        self._criterion.value = instrument
        self._visit.value = int(day)
        self._card.see()

    def _refill(self, patient_id: str) -> None:
        """Offer what the patient has, keeping the criterion; the last visit is shown first."""
        self._patient_id = patient_id
        names, self._days = offered(self._state.counted_of(patient_id), patient_id)
        kept = self._criterion.value
        criterion = kept if kept in names else next(iter(names), None)
        refill(self._criterion, [(title, name) for name, title in names.items()], criterion, self._on_choice)
        refill(self._visit, self._visits(), self._days[-1] if self._days else None, self._on_choice)
        self._draw({})

    def _rename(self) -> None:
        """Name the visits anew, counted from another day 0."""
        refill(self._visit, self._visits(), self._visit.value, self._on_choice)

    def _visits(self) -> list[tuple[str, int]]:
        """Return the visits with their days, counted from day 0 and, where that is another day, from the infusion."""
        zero = self._state.counted_of(self._patient_id).zeros.get(self._patient_id, 0.0)
        if zero == 0:
            return [(day_text(day), day) for day in self._days]
        return [(f"day {number(day - zero)} (day {number(day)} after the infusion)", day) for day in self._days]

    def _draw(self, _change: object) -> None:
        """Write the explanation of the chosen criterion and visit, and mark it in the picture."""
        instrument, day = self._criterion.value, self._visit.value
        if instrument is None or day is None:
            self._card.card = html.note("No response criterion was assessed in this patient.")
            return
        self._mark(self._patient_id, instrument, day)
        try:
            self._card.card = explained(self._state.series, instrument, self._patient_id, day)
        except CaseKitError as error:
            self._card.card = html.note(str(error))


def offered(frames: TimelineFrames, patient_id: str) -> tuple[dict[str, str], list[int]]:
    """Return the criteria and scores of the patient with their titles, and the days of the visits."""
    own = frames.patient(patient_id)
    scored = {str(name): name_of(str(name)) for name in own.activity["instrument"] if _is_sum(str(name))}
    judged = {str(name): verdict_name(str(name)) for name in own.responses["instrument"]}
    days = sorted({int(day) for day in [*own.responses["day"], *own.activity["day"]]})
    return judged | scored, days


def _is_sum(instrument: str) -> bool:
    """Return whether the instrument adds up items that can be listed."""
    return catalogue.instrument(instrument).get("combine") == "sum"


@lru_cache(maxsize=KEPT)
def explained(series: CaseSeries, instrument: str, patient_id: str, day: int) -> str:
    """Return the explanation of one visit."""
    return explanation_card(series, instrument, patient_id, day)
