"""All published pages as a folder of files for any web server or a USB stick: nothing runs but the reader's browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from casekit.errors import CaseKitError
from casekit.publish.disclosure import cleared, review
from casekit.publish.export import offline_page, written
from casekit.publish.offline_page import OfflinePage, offline_html
from casekit.publish.provenance import SYNTHETIC, provenance
from casekit.publish.published import Page, published, published_series
from casekit.records import CaseSeries
from casekit.views.html import safe

LINKS = "casekit-site/"  # what the pages write before the address of a patient, until it is that of a file
TO_PATIENT = re.compile(re.escape(LINKS) + r"patient\?patient=")
START = "index.html"


def export_site(folder: Path, series: CaseSeries | None = None) -> Iterator[Path]:
    """Write every published page, and a first page that lists them, and return each file as it is written.

    Parameters
    ----------
    folder : Path
        A new or an empty folder.
    series : CaseSeries, optional
        The series of ``published.toml`` when not given.

    Raises
    ------
    CaseKitError
        When there is something in the folder, or a page would reveal what ``policy.toml`` does not accept.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise CaseKitError(f"{folder}: found something there; expected a new or an empty folder. Give another name.")
    data = series or published_series()
    pages = published().pages
    review(data, [page.name for page in pages], pages).or_refuse()
    yield written(folder / START, offline_html(_start(pages, data)))
    for page in pages:
        whole = replace(offline_page(page, data, LINKS), links=_links(pages))
        html = TO_PATIENT.sub("patient.html#patient=", offline_html(whole))
        yield written(folder / _file(page), cleared(data, page.name).passed(html))


def _start(pages: tuple[Page, ...], series: CaseSeries) -> OfflinePage:
    """Return the first page: what the series is, and a link to every page."""
    made_of = provenance(series)
    mark = f'<p class="ck-note">{safe(SYNTHETIC)}</p>' if made_of.synthetic else ""
    listed = "".join(
        f'<li><a href="{_file(page)}"><strong>{safe(page.title)}</strong> {safe(page.sentence)}</a></li>'
        for page in pages
    )
    words = "These files need no server and contact no other machine."
    body = f'<h1>{safe(made_of.title)}</h1>{mark}<ul class="ck-pages">{listed}</ul><p class="ck ck-hint">{words}</p>'
    return OfflinePage("casekit", body, made_of)


def _links(pages: tuple[Page, ...]) -> tuple[tuple[str, str], ...]:
    """Return the addresses of all pages, for the head of each."""
    return ((START, "All pages"), *[(_file(page), page.title) for page in pages])


def _file(page: Page) -> str:
    """Return the file of a page."""
    return f"{page.name}.html"
