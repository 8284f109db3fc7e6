"""What is on screen: who, when, from which day 0, in which unit, which lanes. All that is set is checked."""

from collections.abc import Iterable
from typing import Any

import traitlets

from casekit.charts import DEFAULT_LANES, LANES, TimelineFrames, course, limits
from casekit.charts.further_values import further_names
from casekit.charts.time_axis import UNIT_DAYS
from casekit.errors import UnknownName
from casekit.records import CaseSeries
from casekit.views.day_zero import INFUSION, day_zero_choices
from casekit.views.prepared import counted_frames, part_of, zeros_of

ALL = "all"
NOBODY = ""
WINDOWS = {
    "course": "Whole course",
    "month": "First month",
    "quarter": "First 4 months",
    "year": "First year",
    "history": "With years before",
}
DAYS = {"month": (-16.0, 32.0), "quarter": (-30.0, 125.0), "year": (-60.0, 370.0)}
AXES = {"linear": "one linear axis", "broken": "days, after day 30 months"}
BROKEN_FROM = -30.0  # so that the first month has room
FREE = "free"
SHORT = 70.0


class State(traitlets.HasTraits):
    """The choices of one viewer.

    Parameters
    ----------
    series : CaseSeries
        Whose patients can be chosen; an aligned series begins with its own day 0.

    Attributes
    ----------
    patient_id, disease : str
        Who is shown; which disease the list of patients is restricted to, or ``"all"``.
    compared : str
        A second patient below the first, nobody when empty.
    others : bool
        Whether the other patients with the disease are drawn as faint lines.
    day_zero : str
        The event from which days are counted.
    window : str
        A named window, or ``"free"`` after zooming.
    day_from, day_to : float
        First and last day shown, counted from day 0.
    unit : {"days", "weeks", "months"}
        What the time axis counts.
    axis : {"linear", "broken"}
        One linear axis, or days for the first month and months after.
    lanes : tuple of str
        Which lanes are shown.
    further : tuple of str
        Further measured variables, each in a lane at the foot.
    """

    patient_id = traitlets.Unicode()
    disease = traitlets.Unicode(ALL)
    compared = traitlets.Unicode(NOBODY)
    others = traitlets.Bool(default_value=False)
    day_zero = traitlets.Unicode(INFUSION)
    window = traitlets.Unicode("course")
    day_from = traitlets.Float()
    day_to = traitlets.Float()
    unit = traitlets.Unicode("months")
    axis = traitlets.Unicode("linear")
    lanes = traitlets.Tuple(DEFAULT_LANES)
    further = traitlets.Tuple(())

    def __init__(self, series: CaseSeries) -> None:
        super().__init__()
        self.series = series.before_alignment or series
        self.days = day_zero_choices(self.series)
        self.measured = further_names(self.series)
        self._unit_switched = False
        people = self.series.patients[["patient_id", "disease"]].to_numpy()
        self._people = {str(who): str(what) for who, what in people}
        self.patient_id = next(iter(self._people))
        if series.metadata.index_event in [event for _, event in self.days]:
            self.day_zero = series.metadata.index_event
        self.show_window(self.window)

    @property
    def diseases(self) -> list[str]:
        """The diseases of the series."""
        return list(dict.fromkeys(self._people.values()))

    @property
    def everybody(self) -> list[str]:
        """All patients of the series."""
        return list(self._people)

    @property
    def patients(self) -> list[str]:
        """The patients that can be chosen with the current disease filter."""
        return [who for who, what in self._people.items() if self.disease in {ALL, what}]

    @property
    def shown(self) -> list[str]:
        """The patients on screen, one or two."""
        return [who for who in (self.patient_id, self.compared) if who != NOBODY]

    @property
    def counted(self) -> TimelineFrames:
        """The frames with the chosen day 0, of the patient on screen and others."""
        return self.counted_of(self.patient_id)

    def counted_of(self, patient_id: str) -> TimelineFrames:
        """Return the frames that hold a patient, with the chosen day 0."""
        return counted_frames(part_of(self.series, patient_id), self.day_zero)

    @property
    def without_zero(self) -> list[str]:
        """The patients who do not have the event that is day 0."""
        zeros, _ = zeros_of(self.series, self.day_zero)
        return [who for who in self._people if who not in zeros]

    def disease_of(self, patient_id: str) -> str:
        """Return the disease of that patient."""
        return self._people[patient_id]

    def step(self, places: int) -> None:
        """Show the patient that many places further in the list; the list is a circle."""
        people = self.patients
        self.patient_id = people[(people.index(self.patient_id) + places) % len(people)]

    def show_window(self, name: str) -> None:
        """Show a named window, as it applies to the patients on screen."""
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
        """Return first and last day of a named window, wide enough for everybody on screen."""
        if name in DAYS:
            return DAYS[name]
        spans = [self._course(who, whole=name == "history") for who in self.shown]
        first, last = min(start for start, _ in spans), max(end for _, end in spans)
        return (max(first, BROKEN_FROM) if self.axis == "broken" else first), last

    def _course(self, patient_id: str, *, whole: bool) -> tuple[float, float]:
        """Return first and last day of the course of one patient, counted from day 0."""
        frames = self.counted_of(patient_id)
        first, last = course(frames, patient_id)
        if whole:
            first = limits(frames.patient(patient_id))[0] - frames.zeros.get(patient_id, 0.0)
        return first, last

    @traitlets.validate("patient_id")
    def _valid_patient(self, proposal: dict[str, Any]) -> str:
        return _known("patient", proposal["value"], self._people)

    @traitlets.validate("compared")
    def _valid_compared(self, proposal: dict[str, Any]) -> str:
        return _known("patient", proposal["value"], [NOBODY, *self._people])

    @traitlets.validate("disease")
    def _valid_disease(self, proposal: dict[str, Any]) -> str:
        return _known("disease", proposal["value"], [ALL, *self.diseases])

    @traitlets.validate("day_zero")
    def _valid_day_zero(self, proposal: dict[str, Any]) -> str:
        return _known("day 0", proposal["value"], [event for _, event in self.days])

    @traitlets.validate("unit")
    def _valid_unit(self, proposal: dict[str, Any]) -> str:
        return _known("unit", proposal["value"], UNIT_DAYS)

    @traitlets.validate("axis")
    def _valid_axis(self, proposal: dict[str, Any]) -> str:
        return _known("axis", proposal["value"], AXES)

    @traitlets.validate("lanes")
    def _valid_lanes(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        chosen = {_known("lane", name, LANES) for name in proposal["value"]}
        return tuple(name for name in LANES if name in chosen)

    @traitlets.validate("further")
    def _valid_further(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_known("measured variable", name, self.measured) for name in proposal["value"]))

    @traitlets.observe("unit")
    def _keep_choice_of_unit(self, _change: object) -> None:
        self._unit_switched = False

    @traitlets.observe("disease")
    def _keep_patient_in_list(self, _change: object) -> None:
        if self.patient_id not in self.patients:
            self.patient_id = self.patients[0]

    @traitlets.observe("patient_id", "compared", "axis")
    def _fit_window(self, _change: object) -> None:
        if self.window != FREE:
            self.show_window(self.window)

    @traitlets.observe("day_zero")
    def _fit_day_zero(self, _change: object) -> None:
        self.show_window("course" if self.window == FREE else self.window)


def _known(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the name, or say that there is no such thing."""
    names = list(known)
    if name not in names:
        raise UnknownName(kind, name, [known_name for known_name in names if known_name])
    return name
