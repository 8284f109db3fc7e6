"""One chart view for Jupyter and Voilà: the data of a picture travel once, afterwards only its parameters."""

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from casekit.views.bundle import bundle

Spec = dict[str, Any]


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
    """

    _css = """
    .casekit-vega { position: relative; width: 100%; min-height: 40px; }
    .casekit-vega[data-problem]::before { content: attr(data-problem); color: #7a1f00; font: 15px Arial, sans-serif; }
    .casekit-chart { position: relative; width: 100%; overflow: hidden; touch-action: pan-y; }
    .casekit-chart[hidden] { display: none; }
    .casekit-chart.casekit-dragging, .casekit-chart.casekit-dragging * { cursor: grabbing !important; user-select: none; }
    .casekit-chart svg { display: block; }
    .casekit-zoom { position: absolute; top: 0; right: 4px; display: flex; gap: 4px; }
    .casekit-zoom button { width: 26px; height: 24px; border: 1px solid #b8c0c8; border-radius: 4px; background: #fff;
      color: #22303c; font: 15px/1 Arial, sans-serif; cursor: pointer; padding: 0; }
    .casekit-zoom button:hover { background: #eef2f5; }
    .casekit-zoom button:focus-visible { outline: 2px solid #16324f; outline-offset: 1px; }
    #vg-tooltip-element { font: 13px/1.4 "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif !important; max-width: 340px; }
    @media print { .casekit-zoom { display: none; } }
    """

    spec = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    key = traitlets.Unicode("").tag(sync=True)
    params = traitlets.Dict().tag(sync=True)
    picked = traitlets.Dict().tag(sync=True)

    def __init__(self, make: Callable[[str], Spec], params: dict[str, Any] | None = None, **others: Any) -> None:  # noqa: ANN401
        super().__init__(_esm=bundle(), params=params or {}, **others)
        self._make = make
        self._sent: set[str] = set()
        self._on_reset: list[Callable[[], None]] = []
        self.on_msg(self._answer)

    def show(self, name: str, **params: Any) -> None:  # noqa: ANN401
        """Show the picture of that name with these parameters; its data travel only the first time."""
        with self.hold_sync():
            if name not in self._sent:
                self._send_spec(name)
            self.key = name
            self.params = {**self.params, **params}

    def set_params(self, **params: Any) -> None:  # noqa: ANN401
        """Change parameters of the picture on screen."""
        self.params = {**self.params, **params}

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Call back when the viewer asks for the time window as it was."""
        self._on_reset.append(callback)

    def _send_spec(self, name: str) -> None:
        """Put the specification of that picture on the wire."""
        self.spec = self._make(name)
        self._sent.add(name)

    def _answer(self, _widget: object, content: object, _buffers: object) -> None:
        """Answer what the picture asks: a specification it does not have, or the time window as it was."""
        if not isinstance(content, dict):
            return
        if content.get("need") == self.key and self.key:
            self._send_spec(self.key)
        if content.get("reset"):
            for callback in self._on_reset:
                callback()
