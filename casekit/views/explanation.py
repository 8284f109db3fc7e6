"""The place where the reasons for a score or verdict are told, which the browser brings into view after a click."""

from pathlib import Path

import anywidget
import traitlets

from casekit.views import html

WAITING = html.Markup('<div class="ck"><p>Looking up why …</p></div>')


class Explanation(anywidget.AnyWidget):
    """The explanation of what was clicked.

    Attributes
    ----------
    card : str
        The explanation as HTML in which every value is escaped; empty for none.
    """

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    card = traitlets.Unicode("").tag(sync=True)

    def show(self, card: str) -> None:
        """Show an explanation that was asked for by a click, and bring it into view."""
        self.card = card
        self.see()

    def see(self) -> None:
        """Bring the explanation into view."""
        self.send({"see": True})
