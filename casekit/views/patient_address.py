"""What of a patient page stands in its address, in short words."""

from urllib.parse import unquote

from casekit.charts import DEFAULT_LANES
from casekit.errors import CaseKitError
from casekit.views.address import Choice, word, words, yes
from casekit.views.day_zero import INFUSION
from casekit.views.state import ALL, FREE, NOBODY, SHORT, State

FURTHEST_DAY = 36_525


def _window(state: State) -> str:
    """Return the named window; nothing for the usual one, and nothing after zooming."""
    return "" if state.window in {"course", FREE} else state.window


def _days(state: State) -> str:
    """Return first and last day after zooming."""
    return f"{state.day_from:.0f},{state.day_to:.0f}" if state.window == FREE else ""


def _show_days(state: State, text: str) -> None:
    """Show the days that the address names."""
    first, last = (float(day) for day in text.split(","))
    if not -FURTHEST_DAY <= first < last <= FURTHEST_DAY:
        raise CaseKitError(f"days: found {text}; expected a first and a later last day. Write for example -16,32.")
    state.zoom(first, last)


def _unit(state: State) -> str:
    """Return the unit, unless it is the one that the window brings along."""
    usual = "days" if state.window != FREE and state.day_to - state.day_from < SHORT else "months"
    return "" if state.unit == usual else state.unit


def _further(state: State) -> str:
    """Return the further variables; the sign between them is quoted within a name, which anybody may have written."""
    return "|".join(name.replace("%", "%25").replace("|", "%7C") for name in state.further)


def _show_further(state: State, text: str) -> None:
    """Show the further variables that the address names."""
    state.further = tuple(unquote(name) for name in text.split("|"))


# Day 0 and the window come before what they would change.
CHOICES = (
    word("disease", "disease", ALL),
    word("patient", "patient_id"),
    word("with", "compared", NOBODY),
    word("day0", "day_zero", INFUSION),
    word("axis", "axis", "linear"),
    Choice("window", ("window",), _window, State.show_window),
    Choice("days", ("window", "day_from", "day_to"), _days, _show_days),
    Choice("unit", ("unit", "window"), _unit, lambda state, text: setattr(state, "unit", text)),
    words("lanes", "lanes", DEFAULT_LANES),
    Choice("values", ("further",), _further, _show_further),
    yes("others", "others"),
)
