"""The page of one patient: controls, identity, course in words, timeline, and why a criterion was met."""

from functools import partial
from typing import Any

import ipywidgets as widgets

from casekit.records import CaseSeries
from casekit.views import html
from casekit.views.address import AddressBar
from casekit.views.changes import changed_results
from casekit.views.controls import folded, lane_controls, patient_controls, time_controls
from casekit.views.criteria import Criteria
from casekit.views.keys import Keys
from casekit.views.patient_address import CHOICES
from casekit.views.prepared import Told, rows_of, spec_key, timeline_spec, told
from casekit.views.rows_table import Listed, RowsTable
from casekit.views.safe import guarded
from casekit.views.state import NOBODY, State
from casekit.views.vega_view import VegaView

HINT = (
    "Drag to move in time, Ctrl + wheel to zoom, double click to see all again. Click a tick, a cross, a question mark "
    "or a point of a score to see why. Keys: ← and → for the previous and next patient, Tab for everything else."
)
IN_PICTURE = ("unit", "day_from", "day_to", "axis", "others", "lanes")


class PatientPage:
    """One page: a state, and the widgets that show it.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.
    since : CaseSeries, optional
        An earlier data cut; what changed since then is marked and listed.
    """

    def __init__(self, series: CaseSeries, since: CaseSeries | None = None) -> None:
        self.state = State(series)
        self.series = self.state.series
        self.picture = VegaView(lambda disease: timeline_spec(self.series, disease, since))
        self.second = VegaView(lambda disease: timeline_spec(self.series, disease, since), beside=self.picture)
        self.address = AddressBar(self.state, CHOICES, "views.patient_page(series)")
        self._changed = widgets.HTML(changed_results(self.series, since) if since else "")
        self._note, self._about, self._words = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._cards = (widgets.HTML(), widgets.HTML())
        self._papers = (widgets.HTML(), widgets.HTML())
        self._tables = tuple(RowsTable(partial(self._rows, place)) for place in range(2))
        self._keys = Keys(guarded(self.say)(self.state.step))
        self._wire()
        self._criteria = Criteria(self.state, self.say, self._mark)
        self._show()

    def say(self, sentence: str) -> None:
        """Show a sentence above the picture."""
        self._note.value = html.note(sentence)

    def widget(self) -> widgets.VBox:
        """Return the whole page."""
        hint = widgets.HTML(f'<div class="ck ck-hint">{HINT}</div>')
        first, *others = (make(self.state, self.say) for make in (patient_controls, time_controls, lane_controls))
        controls = folded(first, others)
        pictures = [
            _panel(*parts)
            for parts in zip(self._cards, (self.picture, self.second), self._papers, self._tables, strict=True)
        ]
        below = [hint, self._changed, self._criteria.widget(), self._words, self.address, self._keys]
        parts = [widgets.HTML(html.STYLE), controls, self._note, self._about, *pictures, *below]
        page = widgets.VBox(parts, layout=widgets.Layout(overflow="visible", width="100%"))
        page.add_class("ck-page")
        page.add_class("ck-patient-page")
        return page

    def _wire(self) -> None:
        """Let the page follow the state, and the state follow the pictures."""
        safely = guarded(self.say)
        self.state.observe(safely(lambda _: self._show()), ["patient_id", "compared", "day_zero"])
        self.state.observe(safely(lambda _: self._show_pictures()), IN_PICTURE)
        self.state.observe(safely(lambda _: self._show()), "further")
        for picture in (self.picture, self.second):
            picture.observe(safely(self._zoomed), "params")
            picture.observe(safely(self._picked), "picked")
            picture.on_reset(safely(lambda: self.state.show_window("course")))

    def _show(self) -> None:
        """Show the patients of the state."""
        self._show_pictures()
        self._note.value = ""
        self._about.value = self._lacking()
        shown = [*self.state.shown, NOBODY][:2]
        for card, paper, table, who in zip(self._cards, self._papers, self._tables, shown, strict=True):
            card.value = self._told(who).card if who else ""
            paper.value = html.told({who: self._told(who).words}, "ck-paper") if who else ""
            table.layout.display = "" if who else "none"
            if who:
                table.refresh()
        self._words.value = html.told({who: self._told(who).words for who in self.state.shown})
        self._keys.said = " and ".join(f"{who} is shown" for who in self.state.shown)

    def _show_pictures(self) -> None:
        """Show patients, time window and lanes in the picture of the patient's disease, in one message each."""
        for picture, who in ((self.picture, self.state.patient_id), (self.second, self.state.compared)):
            picture.layout.display = "" if who else "none"
            picture.label = self._told(who).label if who else ""
            if who:
                picture.show(spec_key(self.series, who, self.state.further), **self._params(who))

    def _params(self, patient_id: str) -> dict[str, Any]:
        """Return the parameters of the picture of one patient."""
        counted = self.state.counted_of(patient_id)
        zero = {"zeros": dict(counted.zeros), "zero_event": counted.zero_event}
        shown = {name: getattr(self.state, name) for name in IN_PICTURE}
        return {"patient": patient_id, **zero, **shown, "lanes": list(self.state.lanes)}

    def _mark(self, patient_id: str, instrument: str, day: int) -> None:
        """Frame what is explained, in the picture of that patient only."""
        for picture, who in ((self.picture, self.state.patient_id), (self.second, self.state.compared)):
            own = who == patient_id
            picture.set_params(picked_instrument=instrument if own else "", picked_day=day if own else None)

    def _zoomed(self, change: dict[str, Any]) -> None:
        """Take over the window that a drag or zoom has set in a picture."""
        if change["new"].get("patient") in self.state.shown:
            self.state.zoom(change["new"]["day_from"], change["new"]["day_to"])

    def _picked(self, change: dict[str, Any]) -> None:
        """Explain the verdict or the score that was clicked."""
        picked = change["new"]
        if picked.get("patient_id") in self.state.shown and picked.get("instrument"):
            self._criteria.show(str(picked["patient_id"]), str(picked["instrument"]), float(picked["day"]))

    def _rows(self, place: int) -> Listed:
        """Return the rows behind the first or the second picture."""
        return rows_of(self.series, self.state.day_zero, self.state.shown[place], self.state.further)

    def _lacking(self) -> html.Markup:
        """Return who does not have the event that is day 0; they are named, and shown from the infusion."""
        without = self.state.without_zero
        if not without:
            return html.Markup("")
        what = self.state.counted.zero_event
        return html.note(
            f"Day 0 is {what}. {', '.join(without)} did not have it; these patients are shown from the infusion, "
            "and left out of the faint lines."
        )

    def _told(self, patient_id: str) -> Told:
        """Return what the page says of a patient."""
        return told(self.series, self.state.day_zero, patient_id)


def _panel(*parts: widgets.Widget) -> widgets.VBox:
    """Return what belongs to one picture, together."""
    panel = widgets.VBox(parts, layout=widgets.Layout(overflow="visible", width="100%"))
    panel.add_class("ck-panel")
    return panel


def patient_page(series: CaseSeries, view: str = "", *, since: CaseSeries | None = None) -> widgets.VBox:
    """Return the page that shows one patient at a time.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.
    view : str
        What is shown at first, as the address of a published page says it: ``"patient=SLE-03&window=month"``.
    since : CaseSeries, optional
        An earlier data cut; what is new, changed or gone since then is marked, and the changed results are listed.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import views
    >>> page = views.patient_page(ck.example(), "patient=SLE-03&window=month")
    """
    page = PatientPage(series, since)
    whole = page.widget()
    problem = page.address.restore(view)
    if problem:
        page.say(problem)
    return whole
