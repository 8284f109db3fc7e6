"""Every view is a link: what the address asks for, and the address of what is on screen.

An address comes from anyone, so everything in it is checked.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import anywidget
import traitlets

from casekit.errors import CaseKitError

LONGEST_SHOWN = 40
MOST_FIELDS = 20
READABLE = ",.:-"  # need no escape in a query string


@dataclass(frozen=True)
class Choice:
    """One choice of a page, as the address names it.

    Attributes
    ----------
    name : str
        The word in the address, such as ``patient``.
    traits : tuple of str
        The traits of the state behind it.
    write : callable
        Takes the state and returns the text in the address; nothing for what the page shows anyway.
    read : callable
        Takes the state and the text, and sets the state; refuses with a CaseKitError what does not exist.
    """

    name: str
    traits: tuple[str, ...]
    write: Callable[[Any], str]
    read: Callable[[Any, str], None]


def word(name: str, trait: str, usual: str | None = None) -> Choice:
    """Return a choice of one word; it is left out of the address while it is the usual one."""
    return Choice(
        name,
        (trait,),
        lambda state: "" if getattr(state, trait) == usual else str(getattr(state, trait)),
        lambda state, text: setattr(state, trait, text),
    )


def words(name: str, trait: str, usual: tuple[str, ...] = ()) -> Choice:
    """Return a choice of several words, written with commas; it is left out while they are the usual ones."""
    return Choice(
        name,
        (trait,),
        lambda state: "" if tuple(getattr(state, trait)) == usual else ",".join(getattr(state, trait)),
        lambda state, text: setattr(state, trait, tuple(text.split(","))),
    )


def yes(name: str, trait: str) -> Choice:
    """Return a choice that is in the address, as ``yes``, only while it holds."""

    def read(state: Any, text: str) -> None:
        if text not in {"yes", "no"}:
            raise CaseKitError(f"{name}: found {text}; expected yes or no. Write one of them.")
        setattr(state, trait, text == "yes")

    return Choice(name, (trait,), lambda state: "yes" if getattr(state, trait) else "", read)


def query() -> str:
    """Return the query string of the page."""
    return os.environ.get("QUERY_STRING", "")


def is_published() -> bool:
    """Return whether this kernel shows a published page."""
    return os.environ.get("VOILA_PREHEAT") == "True" or os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


def written(state: Any, choices: Iterable[Choice]) -> str:
    """Return the query string of what is on screen."""
    told = [(choice.name, choice.write(state)) for choice in choices]
    return urlencode([(name, text) for name, text in told if text], safe=READABLE)


def restore(state: Any, choices: Iterable[Choice], text: str) -> str:
    """Set the state to what a query string asks for and return what is wrong with it, or nothing."""
    known = {choice.name: choice for choice in choices}
    try:
        asked = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return "The link asks for too much to be read; the page opens as usual."
    foreign = [_cut(name) for name in asked if name not in known]
    problems = [f"The link asks for “{name}”; this page knows {', '.join(known)}." for name in foreign]
    wanted = [choice for choice in known.values() if choice.name in asked]
    return " ".join(filter(None, [*problems, *[_set(state, choice, asked[choice.name]) for choice in wanted]]))


def _set(state: Any, choice: Choice, text: str) -> str:
    """Set one choice and return the sentence to show if it does not exist."""
    try:
        choice.read(state, text)
    except (CaseKitError, traitlets.TraitError, ValueError):
        kept = choice.write(state) or "the usual"
        return (
            f"The link asks for the {choice.name} “{_cut(text)}”, which does not exist here; {kept} is shown instead."
        )
    return ""


def _cut(text: str) -> str:
    """Return the text, shortened where nobody would read it."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + " …"


class AddressBar(anywidget.AnyWidget):
    """What writes the state of a page into its address as the viewer clicks.

    In a Voilà page the address follows; JupyterLab's own address is left alone, and the call that opens this view is
    shown instead.

    Parameters
    ----------
    state : HasTraits
        What is on screen.
    choices : iterable of Choice
        What of it belongs into the address.
    call : str
        How the page is opened in a notebook, such as ``views.patient_page(series)``.
    """

    _esm = Path(__file__).with_name("address.js").read_text(encoding="utf-8")

    query = traitlets.Unicode().tag(sync=True)
    call = traitlets.Unicode().tag(sync=True)

    def __init__(self, state: traitlets.HasTraits, choices: Iterable[Choice], call: str) -> None:
        super().__init__(call=call)
        self._state, self._choices = state, tuple(choices)
        traits = sorted({trait for choice in self._choices for trait in choice.traits})
        state.observe(lambda _change: self._write(), traits)

    def restore(self, view: str = "") -> str:
        """Show what the address asks for, or the given query string where it asks for nothing; return what is wrong."""
        return restore(self._state, self._choices, query() or view.removeprefix("?"))

    def _write(self) -> None:
        """Write what is on screen."""
        self.query = written(self._state, self._choices)
