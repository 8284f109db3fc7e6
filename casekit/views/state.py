"""What is on screen: who, when, in which unit, which lanes. No widgets here; whatever is set is checked."""

from collections.abc import Iterable
from typing import Any

import traitlets

from casekit.charts import DEFAULT_LANES, LANES, TimelineFrames, course, limits
from casekit.charts.time_axis import UNIT_DAYS
from casekit.errors import CaseKitError, UnknownName
from casekit.views.address import Choice, word, words

ALL = "all"
WINDOWS = {
    "course": "Whole course",
    "month": "First month",
    "quarter": "First 4 months",
    "year": "First year",
    "history": "With years before",
}
DAYS = {"month": (-16.0, 32.0), "quarter": (-30.0, 125.0), "year": (-60.0, 370.0)}
FREE = "free"
SHORT = 70.0
FURTHEST = 36_525


class State(traitlets.HasTraits):
    """The choices of one viewer.

    Parameters
    ----------
    frames : TimelineFrames
        Whose patients can be chosen.

    Attributes
    ----------
    patient_id, disease : str
        Who is shown; which disease the list of patients is restricted to, or ``"all"``.
    window : str
        A named window, or ``"free"`` after zooming.
    day_from, day_to : float
        First and last day shown.
    unit : {"days", "weeks", "months"}
        What the time axis counts.
    lanes : tuple of str
        Which lanes are shown.
    """

    patient_id = traitlets.Unicode()
    disease = traitlets.Unicode(ALL)
    window = traitlets.Unicode("course")
    day_from = traitlets.Float()
    day_to = traitlets.Float()
    unit = traitlets.Unicode("months")
    lanes = traitlets.Tuple(DEFAULT_LANES)

    def __init__(self, frames: TimelineFrames) -> None:
        super().__init__()
        self.frames = frames
        self._unit_switched = False
        self._people = {str(who): str(what) for who, what in frames.patients[["patient_id", "disease"]].to_numpy()}
        self.patient_id = next(iter(self._people))
        self.show_window(self.window)

    @property
    def diseases(self) -> list[str]:
        """The diseases of the series."""
        return list(dict.fromkeys(self._people.values()))

    @property
    def patients(self) -> list[str]:
        """The patients that can be chosen with the current disease filter."""
        return [who for who, what in self._people.items() if self.disease in {ALL, what}]

    @property
    def patient_disease(self) -> str:
        """The disease of the patient on screen."""
        return self._people[self.patient_id]

    def step(self, places: int) -> None:
        """Show the patient that many places further in the list; the list is a circle."""
        people = self.patients
        self.patient_id = people[(people.index(self.patient_id) + places) % len(people)]

    def show_window(self, name: str) -> None:
        """Show a named window, as it applies to the patient on screen."""
        _known("window", name, WINDOWS)
        first, last = self._days(name)
        unit = self.unit if name == self.window else self._unit_for(last - first)
        switched = unit == "days" and (self.unit == "months" or self._unit_switched)
        with self.hold_trait_notifications():
            self.window, self.day_from, self.day_to, self.unit = name, first, last, unit
        self._unit_switched = switched

    def _unit_for(self, length: float) -> str:
        """Return the unit for a window just chosen: months say nothing in a short one."""
        if length < SHORT and self.unit == "months":
            return "days"
        return "months" if length >= SHORT and self._unit_switched else self.unit

    def zoom(self, day_from: float, day_to: float) -> None:
        """Show these days, as a drag or a zoom in the picture left them."""
        low, high = sorted((float(day_from), float(day_to)))
        if high - low < 1 or (low, high) == (self.day_from, self.day_to):
            return
        with self.hold_trait_notifications():
            self.window, self.day_from, self.day_to = FREE, low, high

    def _days(self, name: str) -> tuple[float, float]:
        """Return first and last day of a named window."""
        if name in DAYS:
            return DAYS[name]
        first, last = course(self.frames, self.patient_id)
        return (limits(self.frames.patient(self.patient_id))[0], last) if name == "history" else (first, last)

    @traitlets.validate("patient_id")
    def _valid_patient(self, proposal: dict[str, Any]) -> str:
        return _known("patient", proposal["value"], self._people)

    @traitlets.validate("disease")
    def _valid_disease(self, proposal: dict[str, Any]) -> str:
        return _known("disease", proposal["value"], [ALL, *self.diseases])

    @traitlets.validate("unit")
    def _valid_unit(self, proposal: dict[str, Any]) -> str:
        return _known("unit", proposal["value"], UNIT_DAYS)

    @traitlets.validate("lanes")
    def _valid_lanes(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        chosen = {_known("lane", name, LANES) for name in proposal["value"]}
        return tuple(name for name in LANES if name in chosen)

    @traitlets.observe("unit")
    def _keep_choice_of_unit(self, _change: object) -> None:
        self._unit_switched = False

    @traitlets.observe("disease")
    def _keep_patient_in_list(self, _change: object) -> None:
        if self.patient_id not in self.patients:
            self.patient_id = self.patients[0]

    @traitlets.observe("patient_id")
    def _fit_window(self, _change: object) -> None:
        if self.window != FREE:
            self.show_window(self.window)


def _written_window(state: State) -> str:
    """Return the window as the address writes it: its name, or first and last day after zooming."""
    if state.window == FREE:
        return f"{state.day_from:.0f}..{state.day_to:.0f}"
    return "" if state.window == "course" else state.window


def _read_window(state: State, text: str) -> None:
    """Show the window that the address names."""
    if ".." not in text:
        state.show_window(text)
        return
    first, last = (float(day) for day in text.split("..", 1))
    if not -FURTHEST <= first < last <= FURTHEST:
        raise CaseKitError(f"window: found {text}; expected first..last day. Write for example -16..32.")
    state.zoom(first, last)


# What of the state stands in the address of a page. The window comes before the unit, for it chooses a unit itself.
CHOICES = (
    word("disease", "disease", ALL),
    word("patient", "patient_id"),
    Choice("window", ("window", "day_from", "day_to"), _written_window, _read_window),
    word("unit", "unit"),
    words("lanes", "lanes", DEFAULT_LANES),
)


def _known(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the name, or say that there is no such thing."""
    names = list(known)
    if name not in names:
        raise UnknownName(kind, name, names)
    return name
