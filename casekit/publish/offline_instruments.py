"""The page of the instruments as a file: the card of each of them, without the calculator, which needs Python."""

from casekit import catalogue
from casekit.publish.offline_page import OfflinePage
from casekit.publish.provenance import Provenance
from casekit.views import instrument_card
from casekit.views.html import safe

WITHOUT = "This file has no calculator: it computes in Python, on the served pages and in JupyterLab."


def instruments_page(made_of: Provenance, words: str, title: str) -> OfflinePage:
    """Return every instrument of the catalogue, folded below its name.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.publish.provenance import provenance
    >>> "SLEDAI-2K" in instruments_page(provenance(ck.example()), "<h1>How?</h1>", "The instruments").body
    True
    """
    known = map(str, catalogue.instruments().index)
    names = sorted(known, key=lambda name: str(catalogue.instrument(name)["name"]).casefold())
    cards = [
        f"<details><summary>{safe(catalogue.instrument(name)['name'])}</summary>{instrument_card(name)}</details>"
        for name in names
    ]
    return OfflinePage(title, f'{words}<p class="ck ck-hint">{WITHOUT}</p>{"".join(cards)}', made_of)
