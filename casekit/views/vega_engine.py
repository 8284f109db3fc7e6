"""Vega for a whole page: it travels once, however many pictures the page shows."""

from functools import cache

import anywidget
import traitlets

from casekit.views.bundle import bundle, digest


class VegaEngine(anywidget.AnyWidget):
    """The script that draws; it has no picture of its own and puts itself where the views of the page find it."""

    place = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(_esm=bundle(), place=engine_place())


def engine_place() -> str:
    """Return the name under which the views of a page find the script; another version has another name."""
    return f"casekit-vega-{digest()}"


def start_engine() -> None:
    """Send the script to the page, unless this kernel has sent it already."""
    if _engine().comm is None:  # closed with all other widgets
        _engine.cache_clear()
        _engine()


@cache
def _engine() -> VegaEngine:
    """Return the one engine of this kernel."""
    return VegaEngine()
