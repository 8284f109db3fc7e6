"""The controls of a page of a group: disease, what happened, day 0, unit; and who is left, by name where it matters."""

import re
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from casekit.charts.time_axis import UNIT_DAYS
from casekit.scores.occurrence_choices import OccurrenceChoice, occurrence_choices
from casekit.views import html
from casekit.views.controls import ROW, Say, refill
from casekit.views.group_state import ALL, MOST_CONDITIONS, GroupState, Remaining
from casekit.views.safe import guarded

ANY = "any"
HAPPENED, NOT_HAPPENED = "yes", "no"


class Filters(widgets.VBox):
    """The filters of a page, tied to its state in both directions.

    Parameters
    ----------
    state : GroupState
        What the page shows.
    say : callable
        Shows a sentence to the viewer.
    """

    def __init__(self, state: GroupState, say: Say) -> None:
        self._state, self._say = state, say
        self._choices = occurrence_choices(state.series)
        self._asked = [Asked(self._choices, self._take) for _ in range(MOST_CONDITIONS)]
        self._left = widgets.HTML()
        everybody = widgets.Button(description="Show all patients", layout=widgets.Layout(width="auto"))
        everybody.on_click(guarded(say)(lambda _button: self._clear()))
        chosen = [self._disease(), self._day_zero(), self._unit()]
        first = widgets.Box([part for part in chosen if part], layout=widgets.Layout(**ROW, grid_gap="4px 10px"))
        second = widgets.Box([*self._asked, everybody], layout=widgets.Layout(**ROW, grid_gap="4px 10px"))
        super().__init__([first, second, self._left])
        self.add_class("ck-controls")
        self._show()
        state.observe(guarded(say)(lambda _change: self._show()), ["disease", "conditions", "day_zero"])

    @property
    def said(self) -> str:
        """Which patients are shown, as words."""
        return str(self._left.value)

    def _disease(self) -> widgets.Dropdown | None:
        """Return the list of diseases; none on the page of one disease."""
        if len(self._state.diseases) < 2:  # noqa: PLR2004
            return None
        options = [("All diseases", ALL), *[(name, name) for name in self._state.diseases]]
        return self._tied("Disease", options, "disease", (210, 62))

    def _day_zero(self) -> widgets.Dropdown:
        """Return the list of days that may be day 0."""
        return self._tied("Day 0", self._state.days, "day_zero", (310, 48))

    def _unit(self) -> widgets.Dropdown:
        """Return the list of units of the time axes."""
        options = [("own unit", ""), *[(unit, unit) for unit in UNIT_DAYS]]
        return self._tied("Time in", options, "unit", (160, 54))

    def _tied(self, label: str, options: Any, trait: str, wide: tuple[int, int]) -> widgets.Dropdown:
        """Return a list that sets a trait of the state and follows it."""
        look = {"layout": widgets.Layout(width=f"{wide[0]}px"), "style": {"description_width": f"{wide[1]}px"}}
        chooser = widgets.Dropdown(options=options, value=getattr(self._state, trait), description=label, **look)
        safely = guarded(self._say)
        chooser.observe(safely(lambda change: setattr(self._state, trait, change["new"])), "value")
        self._state.observe(safely(lambda change: setattr(chooser, "value", change["new"])), trait)
        return chooser

    def _take(self) -> None:
        """Take over what is asked for."""
        guarded(self._say)(lambda: setattr(self._state, "conditions", self._words()))()

    def _words(self) -> tuple[str, ...]:
        """Return the conditions that are chosen."""
        return tuple(words for words in (asked.words for asked in self._asked) if words)

    def _clear(self) -> None:
        """Show all patients again."""
        self._state.conditions = ()
        if self._state.disease != ALL:
            self._state.disease = ALL

    def _show(self) -> None:
        """Let the lists follow the state, and say who is left."""
        asked = self._state.conditions
        for place, chooser in enumerate(self._asked):
            chooser.show(asked[place] if place < len(asked) else "", first=place == 0)
            chooser.layout.display = "" if place <= len(asked) else "none"
        self._left.value = left_over(self._state.remaining(), self._day_zero_label())

    def _day_zero_label(self) -> str:
        """Return what day 0 is, as the list calls it."""
        return next(str(label) for label, event in self._state.days if event == self._state.day_zero)


class Asked(widgets.Box):
    """One condition: what, its limit, and whether it is to have happened."""

    def __init__(self, choices: tuple[OccurrenceChoice, ...], took: Callable[[], None]) -> None:
        self._choices, self._took, self._foreign = choices, took, ""
        self._what = widgets.Dropdown(layout=widgets.Layout(width="420px"), style={"description_width": "145px"})
        self._limit = widgets.Dropdown(layout=widgets.Layout(width="74px"))
        self._sign = widgets.Dropdown(options=[HAPPENED, NOT_HAPPENED], layout=widgets.Layout(width="66px"))
        for part, name in ((self._limit, "Limit"), (self._sign, "Happened")):
            part.description = name  # for screen readers; on screen the limit follows its words
            part.add_class("ck-bare")
        super().__init__([self._what, self._limit, self._sign], layout=widgets.Layout(overflow="visible"))
        self._what.observe(self._chosen, "value")
        self._limit.observe(self._limited, "value")
        self._sign.observe(self._limited, "value")

    @property
    def words(self) -> str:
        """What is asked for, in words; nothing when nothing is."""
        place = self._what.value
        if place is None or place < 0:
            return self._foreign if place == -2 else ""  # noqa: PLR2004
        negated = "not " if self._sign.value == NOT_HAPPENED else ""
        return f"{negated}{self._choices[place].words(self._limit.value or '')}"

    def show(self, words: str, *, first: bool) -> None:
        """Show this condition in the lists; one that no list offers is shown as it was written."""
        self._what.description = "Show patients with" if first else "and"
        bare = words.removeprefix("not ").strip()
        place, limit = _found(self._choices, bare)
        self._foreign = words if place == -2 else ""  # noqa: PLR2004
        foreign = [(words, -2)] if self._foreign else []
        labels = [(ANY, -1), *[(choice.label, at) for at, choice in enumerate(self._choices)], *foreign]
        refill(self._what, labels, place, self._chosen)
        self._offer(place, limit)
        refill(self._sign, [HAPPENED, NOT_HAPPENED], NOT_HAPPENED if bare != words else HAPPENED, self._limited)

    def _offer(self, place: int, limit: str) -> None:
        """Offer the limits of what is chosen."""
        limits = list(self._choices[place].limits) if place >= 0 else []
        options = limits if not limit or limit in limits else [*limits, limit]
        usual = (self._choices[place].usual or limits[0]) if limits else None
        refill(self._limit, options, limit or usual, self._limited)
        self._limit.layout.display = "" if limits else "none"
        self._sign.layout.display = "" if place >= 0 else "none"

    def _chosen(self, change: dict[str, Any]) -> None:
        """Offer the limits of a new choice and take it over."""
        self._offer(change["new"], "")
        self._took()

    def _limited(self, _change: object) -> None:
        """Take over a new limit."""
        self._took()


def _found(choices: tuple[OccurrenceChoice, ...], words: str) -> tuple[int, str]:
    """Return place and limit of the choice that asks in these words; -1 for no words, -2 for words of their own."""
    if not words:
        return -1, ""
    for place, choice in enumerate(choices):
        pattern = re.escape(choice.template).replace(r"\{\}", r"(\d+)")
        found = re.fullmatch(pattern, words, flags=re.IGNORECASE)
        if found:
            return place, found[1] if choice.limits else ""
    return -2, ""


def left_over(left: Remaining, day_zero: str) -> html.Markup:
    """Return how many patients are left, and by name those of whom the filter or day 0 cannot say."""
    said = [f"<strong>{len(left.shown)} of {len(left.candidates)} patients</strong> are shown."]
    if left.unknown:
        named = "; ".join(f"<b>{html.safe(who)}</b> ({html.safe(why)})" for who, why in left.unknown.items())
        said.append(f"Not known, and therefore not shown: {named}.")
    if left.without_day_zero:
        names = ", ".join(f"<b>{html.safe(who)}</b>" for who in left.without_day_zero)
        said.append(f"No day 0 ({html.safe(day_zero)}), and therefore not shown: {names}.")
    return html.Markup(f'<div class="ck ck-left" role="status">{" ".join(said)}</div>')
