"""One picture on a page of a group: drawn when the viewer comes near, following the state, with its rows below."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import ipywidgets as widgets

from casekit.charts.gallery import picture
from casekit.errors import CaseKitError
from casekit.records import CaseSeries
from casekit.views import html
from casekit.views.blocks import Block, Drawn
from casekit.views.controls import refill
from casekit.views.explanation import WAITING, Explanation
from casekit.views.explanation_card import explanation_card
from casekit.views.group_pictures import OF_ALL, Spec, frames, specification, wanted
from casekit.views.group_state import GroupState
from casekit.views.rows_table import Listed, RowsTable
from casekit.views.safe import guarded
from casekit.views.vega_view import VegaView

TIME = ("day_from", "day_to", "unit")


class PicturePanel(widgets.VBox):
    """A picture with the explanation of what was clicked, and the rows it draws.

    Parameters
    ----------
    state : GroupState
        What the page shows.
    name : str
        Name of the picture.
    place : int
        Position on the page; the first picture is drawn at once, the others when the viewer comes near.
    say : callable
        Shows a sentence to the viewer.
    """

    def __init__(self, state: GroupState, name: str, place: int, say: Callable[[str], None]) -> None:
        self._state, self._picture, self._drawn = state, picture(name), False
        self._view = VegaView(self._made)
        self._specs: dict[str, Spec] = {}
        self._why = Explanation()
        self._rows = RowsTable(self._listed, place=place)
        self._part = widgets.Dropdown(description="Patients", layout=widgets.Layout(width="260px", display="none"))
        super().__init__([self._part, self._view, self._why, self._rows])
        self.add_class("ck-panel")
        self._wire(guarded(say))
        if place == 0:
            self.draw()

    def wait(self) -> None:
        """Show that what is on screen is no longer what was asked for."""
        if self._drawn:
            self.add_class("ck-stale")

    def redraw(self) -> None:
        """Show the picture of the patients of the state, if the viewer has come to it already."""
        if self._drawn:
            self.draw()

    def draw(self) -> None:
        """Show the picture of the patients of the state."""
        self._drawn = True
        self.remove_class("ck-stale")
        self._why.card = ""
        self._offer_parts()
        spec = self._spec()
        self._specs[spec["usermeta"]["key"]] = spec
        self._view.show(spec["usermeta"]["key"], **self._params(spec))
        self._rows.refresh()

    def blocks(self) -> list[Block]:
        """Return the picture as shown, with its rows."""
        spec = deepcopy(self._spec())
        now = self._params(spec)
        for param in spec.get("params", []):
            if param["name"] in now and "expr" not in param:
                param["value"] = now[param["name"]]
        listed = self._listed()
        return [Drawn(listed.name, listed.title, spec, listed.rows, listed.columns, self._caption())]

    def _wire(self, safely: Callable[..., Any]) -> None:
        """Let the picture follow the state, and the state follow the picture."""
        self._rows.on_near(safely(lambda: None if self._drawn else self.draw()))
        self._rows.on_pick(safely(self._pick))
        self._choose_part = safely(lambda change: setattr(self._state, "part", change["new"]))
        self._part.observe(self._choose_part, "value")
        self._state.observe(safely(lambda _change: self.redraw()), "part")
        self._state.observe(safely(lambda _change: self._follow()), ["patient", "window", "unit"])
        self._view.observe(safely(self._moved), "params")
        self._view.observe(safely(self._picked), "picked")
        self._view.on_reset(safely(lambda: setattr(self._state, "window", ())))

    def _spec(self) -> Spec:
        """Return the specification for the patients and the day 0 of the state."""
        return specification(*self._wanted())

    def _wanted(self) -> tuple[CaseSeries, str, str, tuple[str, ...]]:
        """Return series, picture, day 0 and patients."""
        return wanted(self._state, self._picture.name)

    def _offer_parts(self) -> None:
        """Offer the parts in which many patients are drawn; nothing where one picture holds them."""
        parts = self._state.parts() if self._picture.name not in OF_ALL else []
        self._part.layout.display = "" if len(parts) > 1 else "none"
        if len(parts) > 1:
            refill(self._part, parts, self._state.part, self._choose_part)

    def _made(self, name: str) -> Spec:
        """Return a specification that was made for this view."""
        return self._specs[name]

    def _params(self, spec: Spec) -> dict[str, Any]:
        """Return the parameters of the picture: those of the state, or its own."""
        own = {param["name"]: param["value"] for param in spec.get("params", []) if "value" in param}
        shown = self._state.patient if self._state.patient in self._state.remaining().shown else ""
        wanted: dict[str, Any] = {"patient": shown}
        if self._state.window:
            wanted |= {"day_from": self._state.window[0], "day_to": self._state.window[1]}
        if self._state.unit:
            wanted["unit"] = self._state.unit
        return {name: wanted.get(name, own[name]) for name in ("patient", *TIME) if name in own}

    def _follow(self) -> None:
        """Take over patient, days and unit of the state; only parameters travel."""
        self._rows.patient = self._state.patient
        if self._drawn:
            self._view.set_params(**self._params(self._spec()))

    def _moved(self, change: dict[str, Any]) -> None:
        """Take over the days that a drag or a zoom in this picture left."""
        now = change["new"]
        ours = self._params(self._spec())
        if {"day_from", "day_to"} <= set(now) & set(ours):
            moved = (now["day_from"], now["day_to"])
            if moved != (ours["day_from"], ours["day_to"]):
                self._state.zoom(*moved)

    def _picked(self, change: dict[str, Any]) -> None:
        """Emphasise the patient that was clicked, and explain the score or verdict that was."""
        picked = change["new"]
        asked = bool(picked.get("instrument")) and {"patient_id", "day"} <= set(picked)
        self._why.card = WAITING if asked else ""  # the viewer sees at once that the click was heard
        if "patient_id" in picked:
            self._pick(str(picked["patient_id"]))
        if asked:
            self._why.show(self._explained(picked))

    def _explained(self, picked: dict[str, Any]) -> str:
        """Return the explanation of the score or verdict that was clicked, or why there is none."""
        instrument, patient, day = str(picked["instrument"]), str(picked["patient_id"]), int(picked["day"])
        try:
            return explanation_card(self._state.shown_series, instrument, patient, day)
        except CaseKitError as error:
            return html.note(str(error))

    def _pick(self, patient: str) -> None:
        """Emphasise a patient in all pictures of the page."""
        self._state.patient = patient

    def _listed(self) -> Listed:
        """Return the rows that are drawn."""
        series, name, day_zero, shown = self._wanted()
        own = frames(series, name, day_zero).of(shown)
        return Listed(name, self._picture.title, own.rows, own.columns or self._picture.columns, own.about)

    def _caption(self) -> str:
        """Return who is in the picture and how days count."""
        left, told = self._state.remaining(), frames(*self._wanted()[:3]).about
        made = ["synthetic data"] if told.synthetic else []
        counted = f"{len(self._wanted()[3])} of {len(left.candidates)} patients"
        return " · ".join([counted, f"day 0: {told.index_event.replace('_', ' ')}", *made])
