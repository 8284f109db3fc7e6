"""What the address of the page asks for. It comes from anyone: everything in it is checked."""

import os
from urllib.parse import parse_qs

from casekit.errors import CaseKitError
from casekit.views.state import State

LONGEST_SHOWN = 40
MOST_FIELDS = 20
NAMES = ("patient", "unit", "window")
UNREADABLE = "unreadable"  # no name of a choice, so no address can ask for it


def query() -> dict[str, str]:
    """Return the parameters of the address; in a kernel kept warm this waits for its viewer."""
    os.environ.pop("VOILA_REQUEST_URL", None)  # in a warm kernel this is the address of an earlier viewer
    text = _voila_query() if is_waiting() else os.environ.get("QUERY_STRING", "")
    try:
        asked = parse_qs(text or "", max_num_fields=MOST_FIELDS)
    except ValueError:
        return {UNREADABLE: ""}
    return {name: asked[name][0] for name in NAMES if name in asked}


def is_waiting() -> bool:
    """Return whether this kernel is kept warm for a viewer who has not come yet."""
    return os.environ.get("VOILA_PREHEAT") == "True"


def restore(state: State, wanted: dict[str, str]) -> str:
    """Set the state to what the address asks for and return what is wrong with the address, or nothing."""
    if UNREADABLE in wanted:
        return f"The link asks for too much to be read; {state.patient_id} and the whole course are shown instead."
    problems = [_set(state, name, wanted[name]) for name in NAMES if name in wanted]
    return " ".join(filter(None, problems))


def _set(state: State, name: str, value: str) -> str:
    """Set one choice and return the sentence to show if it does not exist."""
    try:
        _apply(state, name, value)
    except CaseKitError:
        shown = value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + " …"
        return (
            f"The link asks for the {name} “{shown}”, which does not exist here; {_kept(state, name)} is shown instead."
        )
    return ""


def _apply(state: State, name: str, value: str) -> None:
    """Set one choice of the state."""
    if name == "patient":
        state.patient_id = value
    elif name == "unit":
        state.unit = value
    else:
        state.show_window(value)


def _kept(state: State, name: str) -> str:
    """Return what stays on screen when a choice does not exist."""
    return {"patient": state.patient_id, "unit": state.unit, "window": "the whole course"}[name]


def _voila_query() -> str:
    """Return the query string of the viewer who takes this warm kernel."""
    from voila.utils import get_query_string

    return get_query_string() or ""
