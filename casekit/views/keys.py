"""The arrow keys of a page, and what a screen reader is told when the page changes."""

from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets


class Keys(anywidget.AnyWidget):
    """Left and right arrow on the page lead to the previous and next patient; nothing of it can be seen.

    Parameters
    ----------
    step : callable
        Takes −1 or 1.

    Attributes
    ----------
    said : str
        What a screen reader says of a change.
    """

    _esm = Path(__file__).with_name("keys.js").read_text(encoding="utf-8")

    said = traitlets.Unicode().tag(sync=True)

    def __init__(self, step: Callable[[int], None]) -> None:
        super().__init__()
        self._step = step
        self.on_msg(self._pressed)

    def _pressed(self, _widget: object, content: object, _buffers: object) -> None:
        """Take the step that was asked for."""
        if isinstance(content, dict) and content.get("step") in (-1, 1):
            self._step(int(content["step"]))
