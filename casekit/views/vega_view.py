"""One chart view for Jupyter and Voilà: the data of a picture travel once, afterwards only its parameters."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import anywidget
import traitlets

from casekit.views.bundle import engine_place
from casekit.views.safe import guarded
from casekit.views.vega_engine import start_engine

Spec = dict[str, Any]


@dataclass
class Specs:
    """The specifications of a page by name: those that were made, and the names of those that were sent."""

    made: dict[str, Spec] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)


class VegaView(anywidget.AnyWidget):
    """A Vega-Lite picture whose parameters are set from Python and from the picture itself.

    Pictures are shown by name. The first time a name is shown its specification travels to the browser, afterwards
    only the name does. Parameters keep their values when another picture is shown.

    Parameters
    ----------
    make : callable
        Takes the name of a picture and returns its Vega-Lite specification as a dictionary.
    params : dict
        Values of Vega parameters, such as ``{"patient": "SLE-01"}``.
    beside : VegaView, optional
        A picture of the same page: both move in time together, and what one has received the other is not sent.

    Attributes
    ----------
    label : str
        What a screen reader says of the picture as a whole.
    """

    _esm = Path(__file__).with_name("await_engine.js").read_text(encoding="utf-8")
    _css = Path(__file__).with_name("vega_view.css").read_text(encoding="utf-8")

    page = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    engine = traitlets.Unicode().tag(sync=True)
    spec = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    params = traitlets.Dict().tag(sync=True)
    picked = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        make: Callable[[str], Spec],
        params: dict[str, Any] | None = None,
        beside: "VegaView | None" = None,
        **others: Any,
    ) -> None:
        self.specs: Specs = Specs() if beside is None else beside.specs
        self._shown = ""
        start_engine()
        page = uuid4().hex if beside is None else beside.page
        super().__init__(engine=engine_place(), page=page, params=params or {}, **others)
        self._make = make
        self._on_reset: list[Callable[[], None]] = []
        self.on_msg(self._answer)

    def show(self, name: str, **params: Any) -> None:
        """Show the picture of that name with these parameters; its data travel only the first time."""
        with self.hold_sync():
            if name not in self.specs.sent:
                self._send_spec(name)
            self._shown = self.key = name
            self.params = {**self.params, **params}

    def prepare(self, *names: str) -> None:
        """Make the pictures of these names before anyone asks for them."""
        for name in names:
            self._specification(name)

    def set_params(self, **params: Any) -> None:
        """Change parameters of the picture on screen."""
        self.params = {**self.params, **params}

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Call back when the viewer asks for the time window as it was."""
        self._on_reset.append(callback)

    def _send_spec(self, name: str) -> None:
        """Put the specification of that picture on the wire."""
        self.spec = self._specification(name)
        self.specs.sent.add(name)

    def _specification(self, name: str) -> Spec:
        """Return the specification of that picture, made once."""
        if name not in self.specs.made:
            self.specs.made[name] = self._make(name)
        return self.specs.made[name]

    @traitlets.validate("key")
    def _valid_key(self, _proposal: dict[str, Any]) -> str:
        """Return the name of the picture that Python shows: a browser may not name another."""
        return self._shown

    @guarded(lambda _sentence: None)  # a picture has no place for words; the fault is in the log
    def _answer(self, _widget: object, content: object, _buffers: object) -> None:
        """Answer what the picture asks: a specification it does not have, or the time window as it was."""
        if not isinstance(content, dict):
            return
        if content.get("need") == self.key and self.key in self.specs.made:
            self._send_spec(self.key)
        if content.get("reset"):
            for callback in self._on_reset:
                callback()
