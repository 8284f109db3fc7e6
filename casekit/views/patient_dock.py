"""The patient who was clicked: who it is, the course in a few sentences, and the way to the whole course."""

import os
from urllib.parse import quote

import ipywidgets as widgets

from casekit import catalogue
from casekit.charts.words import as_rows
from casekit.records import CaseSeries
from casekit.views import html
from casekit.views.controls import Say
from casekit.views.group_state import GroupState
from casekit.views.patient import patient_page
from casekit.views.prepared import frames_of, part_of
from casekit.views.safe import guarded
from casekit.views.story import identity, story


class PatientDock(widgets.VBox):
    """The chosen patient at the foot of the window, or in JupyterLab below the filters.

    Parameters
    ----------
    state : GroupState
        What the page shows.
    say : callable
        Shows a sentence to the viewer.
    """

    def __init__(self, state: GroupState, say: Say) -> None:
        self._state = state
        self._card, self._course = widgets.HTML(), widgets.VBox()
        self._open = widgets.Button(layout=widgets.Layout(width="auto"))
        self._close = widgets.Button(
            description="Close", tooltip="Emphasise nobody", layout=widgets.Layout(width="auto")
        )
        safely = guarded(say)
        self._open.on_click(safely(lambda _button: self._show_course()))
        self._close.on_click(safely(lambda _button: setattr(state, "patient", "")))
        super().__init__([self._card, widgets.HBox([self._open, self._close]), self._course])
        self.add_class("ck-dock")
        if patient_address(""):
            self.add_class("ck-dock-foot")
        self._show()
        state.observe(safely(lambda _change: self._show()), ["patient", "disease", "conditions", "day_zero"])

    def _show(self) -> None:
        """Show the patient of the state; nothing for nobody."""
        who = self._state.patient
        self.layout.display = "" if who else "none"
        self._course.children = ()
        if not who:
            self.remove_class("ck-dock-open")
            return
        self.add_class("ck-dock-open")
        hidden = "" if who in self._state.remaining().shown else "Not among the patients shown."
        self._card.value = chosen_card(self._state.series, who, hidden)
        self._open.description = f"Open {who} below"
        self._open.layout.display = "none" if patient_address(who) else ""

    def _show_course(self) -> None:
        """Show the whole course here, in a notebook."""
        self._course.children = (patient_page(self._state.series, f"patient={quote(self._state.patient)}"),)


def patient_address(patient: str) -> str:
    """Return the address of the page of a patient when these pages are served, nothing in JupyterLab."""
    base = os.environ.get("VOILA_BASE_URL")
    return f"{base}patient?patient={quote(patient)}" if base else ""


def patient_link(patient: str, words: str = "") -> html.Markup:
    """Return the name of a patient, as a link to the course where there is a page of it."""
    address = patient_address(patient)
    shown = html.safe(words or patient)
    return html.Markup(f'<a href="{html.safe(address)}">{shown}</a>' if address else f"<b>{shown}</b>")


def chosen_card(series: CaseSeries, patient: str, note: str) -> html.Markup:
    """Return who the patient is, a note and the course in sentences, with the link to the whole course."""
    person = as_rows(series.patients[series.patients["patient_id"] == patient])[0]
    disease = catalogue.disease(str(person["disease"]))
    told = " ".join(html.safe(sentence) for sentence in story(frames_of(part_of(series, patient)), patient))
    who = " · ".join(html.safe(value) for _, value in identity(person, disease.label)[:2])
    link = f'<a class="ck-open" href="{html.safe(patient_address(patient))}">Open {html.safe(patient)}</a>'
    opened = link if patient_address(patient) else ""
    made = ' <span class="ck-mark">Synthetic data</span>' if series.metadata.synthetic else ""
    return html.Markup(
        f'<div class="ck ck-chosen" style="--ck-colour:{html.safe(disease.colour)}" role="status">'
        f"<p>{opened} <strong>{html.safe(patient)}</strong> {who}{made} <em>{html.safe(note)}</em></p>"
        f"<p>{told}</p></div>"
    )
