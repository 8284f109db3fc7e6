"""Vega for a whole page: it travels once, however many pictures the page shows."""

import os
from functools import cache

import anywidget
import traitlets

from casekit.views.bundle import bundle, engine_place

PAGE_HAS_IT = "CASEKIT_ENGINE"  # tells a kernel which script the head of its page has loaded already


class VegaEngine(anywidget.AnyWidget):
    """The script that draws; it has no picture of its own and puts itself where the views of the page find it."""

    place = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(_esm=bundle(), place=engine_place())


def start_engine() -> None:
    """Send the script to the page, unless the page has it already."""
    if os.environ.get(PAGE_HAS_IT) == engine_place():
        return
    if _engine().comm is None:  # closed with all other widgets
        _engine.cache_clear()
        _engine()


@cache
def _engine() -> VegaEngine:
    """Return the one engine of this kernel."""
    return VegaEngine()
