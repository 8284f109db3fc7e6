"""The page of one patient: controls, identity, course in words, timeline, and why a criterion was met."""

from typing import Any

import ipywidgets as widgets

from casekit import catalogue
from casekit.charts import TimelineFrames, timeline, timeline_frames
from casekit.charts.words import as_rows
from casekit.records import CaseSeries
from casekit.views import address, html
from casekit.views.controls import lane_controls, patient_controls
from casekit.views.criteria import Criteria
from casekit.views.safe import guarded
from casekit.views.state import CHOICES, State
from casekit.views.story import identity, story
from casekit.views.vega_view import Spec, VegaView

HINT = (
    "Drag to move in time, Ctrl + wheel to zoom, double click to see all again. "
    "Click a tick, cross or question mark to see why."
)


class PatientPage:
    """One page: a state, and the widgets that show it.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.
    """

    def __init__(self, series: CaseSeries) -> None:
        self.series = series
        self.frames: TimelineFrames = timeline_frames(series)
        self.state = State(self.frames)
        self.picture = VegaView(self._spec)
        self.address = address.AddressBar(self.state, CHOICES, "views.patient_page(series)")
        self._note = widgets.HTML()
        self._card = widgets.HTML()
        self._criteria = Criteria(series, self.frames, self.state, self.say)
        self._show()
        self._wire()

    def say(self, sentence: str) -> None:
        """Show a sentence above the picture."""
        self._note.value = html.note(sentence)

    def widget(self) -> widgets.VBox:
        """Return the whole page."""
        style = widgets.HTML(html.STYLE)
        hint = widgets.HTML(f'<div class="ck ck-hint">{HINT}</div>')
        controls = widgets.VBox([patient_controls(self.state, self.say), lane_controls(self.state, self.say)])
        controls.add_class("ck-controls")
        parts = [style, controls, self._note, self._card, self.picture, hint, self._criteria.widget(), self.address]
        page = widgets.VBox(parts, layout=widgets.Layout(overflow="visible", width="100%"))
        page.add_class("ck-page")
        return page

    def _wire(self) -> None:
        """Let the page follow the state, and the state follow the picture."""
        safely = guarded(self.say)
        self.state.observe(safely(lambda _: self._show()), ["patient_id", "lanes"])
        self.state.observe(safely(lambda _: self._show_picture()), ["day_from", "day_to", "unit"])
        self.picture.observe(safely(self._zoomed), "params")
        self.picture.observe(safely(self._picked), "picked")
        self.picture.on_reset(safely(lambda: self.state.show_window("course")))

    def _show(self) -> None:
        """Show the patient and the lanes of the state."""
        self._note.value = ""
        self._card.value = self._identity()
        self._show_picture()

    def _name(self, disease: str) -> str:
        """Return the name of the picture of a disease with the lanes of the state."""
        return f"{disease}|{','.join(self.state.lanes)}"

    def prepare(self) -> None:
        """Make the pictures of all diseases, for a page that waits for its viewer anyway."""
        self.picture.prepare(*[self._name(disease) for disease in self.state.diseases])

    def _show_picture(self) -> None:
        """Show patient, time window and unit in the picture of the patient's disease, in one message."""
        self.picture.show(self._name(self.state.patient_disease), **self._params())

    def _params(self) -> dict[str, Any]:
        """Return the parameters of the picture."""
        names = ("unit", "day_from", "day_to")
        return {"patient": self.state.patient_id, **{name: getattr(self.state, name) for name in names}}

    def _spec(self, name: str) -> Spec:
        """Return the specification of a picture; it holds all patients of the disease."""
        disease, lanes = name.split("|")
        people = self.frames.patients
        first = str(people.loc[people["disease"] == disease, "patient_id"].iloc[0])
        chart = timeline(self.frames, first, lanes=lanes.split(","), unit=self.state.unit)
        spec: Spec = chart.to_dict(validate=False)
        spec["usermeta"]["key"] = name
        return spec

    def _zoomed(self, change: dict[str, Any]) -> None:
        """Take over the window that a drag or zoom has set in the picture."""
        if change["new"].get("patient") == self.state.patient_id:
            self.state.zoom(change["new"]["day_from"], change["new"]["day_to"])

    def _picked(self, change: dict[str, Any]) -> None:
        """Explain the verdict that was clicked."""
        picked = change["new"]
        if picked.get("patient_id") == self.state.patient_id and picked.get("instrument"):
            self._criteria.show(str(picked["instrument"]), float(picked["day"]))

    def _identity(self) -> html.Markup:
        """Return the card of the patient on screen."""
        who = self.state.patient_id
        person = as_rows(self.series.patients[self.series.patients["patient_id"] == who])[0]
        disease = catalogue.disease(self.state.patient_disease)
        return html.card(identity(person, disease.label), story(self.frames, who), disease.colour)


def patient_page(series: CaseSeries, view: str = "") -> widgets.VBox:
    """Return the page that shows one patient at a time.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.
    view : str
        What is shown at first, as the address of a published page says it: ``"patient=SLE-03&window=month"``.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit import views
    >>> page = views.patient_page(ck.example(), "patient=SLE-03&window=month")
    """
    page = PatientPage(series)
    whole = page.widget()
    if address.is_waiting():
        page.prepare()
    problem = page.address.restore(view)
    if problem:
        page.say(problem)
    return whole
