"""What a page of a group shows: which patients, counted from which day, who is emphasised, which days. No widgets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import traitlets

from casekit import catalogue
from casekit.charts.time_axis import UNIT_DAYS
from casekit.errors import CaseKitError, UnknownName
from casekit.records import CaseSeries
from casekit.scores.occurrence_words import conditions
from casekit.scores.occurrences import occurrence
from casekit.views.address import Choice, word
from casekit.views.day_zero import INFUSION, aligned, day_zero_choices

ALL = "all"
MOST_CONDITIONS = 3
MOST_DRAWN = 50  # patients in a picture that draws each of them
FURTHEST_DAY = 36525.0


@dataclass(frozen=True)
class Remaining:
    """Who is left after the filters, and who is not and why.

    Attributes
    ----------
    shown : tuple of str
        Patients in the pictures, in the order of the series.
    candidates : tuple of str
        All patients of the disease that is chosen.
    unknown : dict of str to str
        Patients of whom the filter cannot say, with the reason.
    without_day_zero : tuple of str
        Patients who would be shown, but do not have the event that is day 0.
    """

    shown: tuple[str, ...]
    candidates: tuple[str, ...]
    unknown: dict[str, str]
    without_day_zero: tuple[str, ...]


class GroupState(traitlets.HasTraits):
    """The choices of one viewer of a group page.

    Parameters
    ----------
    series : CaseSeries
        Whose patients are shown.
    disease : str
        The disease of the page; empty for a page of all.

    Attributes
    ----------
    disease : str
        Which disease is shown, or ``"all"``.
    conditions : tuple of str
        What must have happened, in the words of :func:`casekit.scores.occurrence`; all of it is asked for.
    day_zero : str
        The event from which days are counted.
    patient : str
        Who is emphasised; nobody when empty.
    window : tuple of float
        First and last day of all time pictures; empty while every picture shows its own.
    unit : str
        What time axes count; empty while every picture has its own.
    part : int
        Which fifty of many patients are in the pictures that draw each of them.
    """

    disease = traitlets.Unicode(ALL)
    conditions = traitlets.Tuple(())
    day_zero = traitlets.Unicode(INFUSION)
    patient = traitlets.Unicode("")
    window = traitlets.Tuple(())
    unit = traitlets.Unicode("")
    part = traitlets.Int(0)

    def __init__(self, series: CaseSeries, disease: str = "") -> None:
        super().__init__()
        self.series = series
        self.fixed = catalogue.disease(disease).id if disease else ""
        people = series.patients[["patient_id", "disease"]].to_numpy()
        self._people = {str(who): str(what) for who, what in people if not self.fixed or what == self.fixed}
        self.days = day_zero_choices(series)
        self._answers: dict[str, dict[str, tuple[str, str]]] = {}

    @property
    def diseases(self) -> list[str]:
        """The diseases of the page."""
        return list(dict.fromkeys(self._people.values()))

    @property
    def shown_series(self) -> CaseSeries:
        """The series counted from the chosen day."""
        return aligned(self.series, self.day_zero)

    def remaining(self) -> Remaining:
        """Return who is left after the filters; whom they cannot judge is named, never dropped."""
        candidates = [who for who, what in self._people.items() if self.disease in {ALL, what}]
        answers = {who: [self._answer(words)[who] for words in self.conditions] for who in candidates}
        left = [who for who in candidates if all(answer == "yes" for answer, _ in answers[who])]
        open_ = {
            who: "; ".join(why for answer, why in answers[who] if answer == "unknown")
            for who in candidates
            if who not in left and not any(answer == "no" for answer, _ in answers[who])
        }
        without = [who for who in left if who in self.shown_series.unaligned]
        shown = tuple(who for who in left if who not in without)
        return Remaining(shown, tuple(candidates), open_, tuple(without))

    def drawn(self) -> tuple[str, ...]:
        """Return who is in the pictures that draw every patient: those of the chosen part."""
        return self.remaining().shown[self.part * MOST_DRAWN :][:MOST_DRAWN]

    def parts(self) -> list[tuple[str, int]]:
        """Return the parts in which such pictures are drawn; one where they hold everybody.

        Examples
        --------
        >>> from casekit import records
        >>> GroupState(records.example()).parts()
        [('1–15 of 15', 0)]
        """
        count = len(self.remaining().shown)
        starts = range(0, max(count, 1), MOST_DRAWN)
        return [
            (f"{start + 1:,}–{min(start + MOST_DRAWN, count):,} of {count:,}", part)
            for part, start in enumerate(starts)
        ]

    def answers(self, words: str) -> dict[str, tuple[str, str]]:
        """Return answer and reason of every patient of the page."""
        return {who: self._answer(words)[who] for who in self._people}

    def zoom(self, day_from: float, day_to: float) -> None:
        """Show these days in all time pictures, as a drag in one of them left them."""
        low, high = sorted((float(day_from), float(day_to)))
        if high - low >= 1:
            self.window = (round(low, 1), round(high, 1))

    def _answer(self, words: str) -> dict[str, tuple[str, str]]:
        """Return answer and reason of every patient of the series, computed once."""
        if words not in self._answers:
            table = occurrence(self.series, words)
            self._answers[words] = {who: (str(yes), str(why)) for who, yes, why in table.to_numpy()}
        return self._answers[words]

    @traitlets.validate("disease")
    def _valid_disease(self, proposal: dict[str, Any]) -> str:
        return _known("disease", proposal["value"], [ALL, *self.diseases])

    @traitlets.validate("conditions")
    def _valid_conditions(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        asked = tuple(proposal["value"])
        if len(asked) > MOST_CONDITIONS:
            raise CaseKitError(f"filter: found {len(asked)} conditions; up to {MOST_CONDITIONS} are expected.")
        for words in asked:
            conditions(words)
        return asked

    @traitlets.validate("day_zero")
    def _valid_day_zero(self, proposal: dict[str, Any]) -> str:
        return _known("day 0", proposal["value"], [event for _, event in self.days])

    @traitlets.validate("patient")
    def _valid_patient(self, proposal: dict[str, Any]) -> str:
        return _known("patient", proposal["value"], ["", *self._people])

    @traitlets.validate("unit")
    def _valid_unit(self, proposal: dict[str, Any]) -> str:
        return _known("unit", proposal["value"], ["", *UNIT_DAYS])

    @traitlets.validate("window")
    def _valid_window(self, proposal: dict[str, Any]) -> tuple[float, ...]:
        days = tuple(float(day) for day in proposal["value"])
        if days and not (len(days) == 2 and -FURTHEST_DAY <= days[0] < days[1] <= FURTHEST_DAY):  # noqa: PLR2004
            raise CaseKitError(f"days: found {days}; a first and a later last day are expected.")
        return days

    @traitlets.observe("disease", "conditions", "day_zero")
    def _first_part(self, _change: object) -> None:
        self.part = 0

    @traitlets.validate("part")
    def _valid_part(self, proposal: dict[str, Any]) -> int:
        return min(max(int(proposal["value"]), 0), len(self.parts()) - 1)

    @traitlets.observe("day_zero")
    def _own_windows(self, _change: object) -> None:
        self.window = ()


def _known(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the name, or say that there is no such thing."""
    names = list(known)
    if name not in names:
        raise UnknownName(kind, name, [known_name for known_name in names if known_name])
    return name


def _read_window(state: GroupState, text: str) -> None:
    """Take the days out of the address."""
    try:
        state.window = tuple(float(day) for day in text.split(","))
    except ValueError:
        raise CaseKitError(f"days: found {text}; two numbers are expected. Write for example -7,28.") from None


CHOICES = (
    word("disease", "disease", ALL),
    Choice(
        "what",
        ("conditions",),
        lambda state: " and ".join(state.conditions),
        lambda state, text: setattr(state, "conditions", tuple(part.strip() for part in text.split(" and "))),
    ),
    word("day0", "day_zero", INFUSION),
    word("patient", "patient", ""),
    Choice("days", ("window",), lambda state: ",".join(f"{day:g}" for day in state.window), _read_window),
    word("unit", "unit", ""),
)
