"""The guard before anything is shown: what the published views would reveal of real patients, and what is accepted."""

import html
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from casekit import records
from casekit.errors import CaseKitError
from casekit.publish.disclosure_cells import Finding, cell_findings, cells_of, is_free, shown_columns
from casekit.publish.disclosure_groups import group_findings
from casekit.publish.disclosure_notebooks import carried_findings, count_findings, data_findings, word_findings
from casekit.publish.disclosure_policy import ACCEPTABLE, FILE, HIDDEN, Policy, View, policy
from casekit.publish.published import DASHBOARDS, Page, Published
from casekit.records import CaseSeries
from casekit.records.schema import TABLES

SHORTEST_PHRASE = 8  # letters; a shorter text, or a single word, is found in our own words too
SHOWN_FINDINGS = 30


@dataclass(frozen=True)
class Review:
    """What was found about a series and the views that show it.

    Attributes
    ----------
    title : str
        What the series calls itself.
    synthetic : bool
        Whether it says that its patients were made up.
    views : tuple of str
        The views that were looked at.
    findings : tuple of Finding
        What they reveal, accepted or not.
    """

    title: str
    synthetic: bool
    views: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What nobody accepted."""
        return tuple(one for one in self.findings if not one.accepted)

    def or_refuse(self) -> "Review":
        """Return the review, or refuse with everything that nobody accepted.

        Raises
        ------
        CaseKitError
            With field, view and remedy of each.
        """
        if self.refused:
            more = len(self.refused) - SHOWN_FINDINGS
            head = (
                f"{self.title}: found {len(self.refused)} things that the published views would reveal of patients; "
                f"expected none that {FILE} does not accept. `casekit publish-check` lists them all."
            )
            lines = [
                head,
                *map(str, self.refused[:SHOWN_FINDINGS]),
                *([f"… and {more} more."] if more > 0 else []),
            ]
            raise CaseKitError("\n".join(lines))
        return self


def review(
    series: CaseSeries, views: Iterable[str], pages: Iterable[Page] = (), *, folder: Path = DASHBOARDS
) -> Review:
    """Return what views would reveal of the patients of a series.

    Parameters
    ----------
    series : CaseSeries
        The series as it would be published.
    views : iterable of str
        Names of views in the policy file: published pages, or ``series`` for the workbook of all tables.
    pages : iterable of Page
        The published pages among them, whose notebooks are read too.
    folder : Path
        Folder with the policy file.

    Returns
    -------
    Review
        For a synthetic series only what the notebooks carry: its rows describe nobody.

    Examples
    --------
    >>> import casekit as ck
    >>> review(ck.example(), ["patient"]).refused
    ()
    """
    told, names, listed = series.metadata, tuple(views), tuple(pages)
    found = [finding for page in listed for finding in _carried(page)]
    if not told.synthetic:
        rules = policy(folder)
        found += [finding for page in listed for finding in word_findings(page)]
        found += [finding for page in listed for finding in _counted(page, rules)]
        found += [finding for name in names for finding in _of_view(series, name, rules)]
        found = [_judged(finding, rules, told.title) for finding in found]
    return Review(told.title, told.synthetic, names, tuple(found))


def published_review(pages: Published, *, folder: Path = DASHBOARDS) -> Review:
    """Return what the pages named in ``published.toml`` would reveal, and whether they read other data than it names.

    A series that says it is synthetic is not read, so that serving starts at once.
    """
    names = tuple(page.name for page in pages.pages)
    if pages.synthetic:
        carried = tuple(finding for page in pages.pages for finding in _carried(page))
        return Review(str(pages.series.get("title", "")), synthetic=True, views=names, findings=carried)
    return review(records.load(pages.folder), names, pages.pages, folder=folder)


@dataclass(frozen=True)
class Cleared:
    """A series that may be exported as a view; what is written is searched once more for columns not declared."""

    series: CaseSeries
    view: View | None = None

    def passed(self, content: str | bytes) -> str | bytes:
        """Return the content of a file, or refuse when it holds text of a column the policy does not name.

        The text of HTML, SVG and XLSX is searched; PDF and PNG are drawn from the same frames.
        """
        found = [*undeclared(content, self.series, self.view)] if self.view else []
        if found:
            raise CaseKitError("\n".join(map(str, found)))
        return content


def cleared(series: CaseSeries, view: str, pages: Iterable[Page] = (), *, folder: Path = DASHBOARDS) -> Cleared:
    """Return that a view of a series may be written, or refuse with all that it would reveal.

    Examples
    --------
    >>> import casekit as ck
    >>> cleared(ck.example(), "patient").passed("a file")
    'a file'
    """
    review(series, [view], pages, folder=folder).or_refuse()
    return Cleared(series, None if series.metadata.synthetic else policy(folder).views[view])


def undeclared(content: str | bytes, series: CaseSeries, view: View) -> Iterator[Finding]:
    """Yield the columns of free text that a file holds although the policy does not say that the view shows them."""
    text = _text(content)
    shown = set(shown_columns(series, view))
    known = {cell for field in shown for cell in cells_of(series, field)["cell"].unique()}
    for field in (f"{table}.{name}" for table in TABLES for name in series.tables[table].columns):
        if field in shown or not is_free(field):
            continue
        cells = [cell for cell in cells_of(series, field)["cell"].unique() if _is_phrase(cell) and cell not in known]
        if any(form in text for cell in cells for form in _forms(cell)):
            todo = f"Name the column in {FILE} under [view.{view.name}], and it is checked."
            yield Finding(HIDDEN, view.name, field, "its text in the file that was to be written", todo)


def _carried(page: Page) -> Iterator[Finding]:
    """Yield what a notebook carries or reads besides the series that is checked, which counts for invented data too."""
    yield from carried_findings(page)
    yield from data_findings(page)


def _of_view(series: CaseSeries, name: str, rules: Policy) -> Iterator[Finding]:
    """Yield what one view reveals; a view the policy does not describe reveals who knows what."""
    if name not in rules.views:
        todo = f"Say under [view.{name}] what the page shows of a patient."
        yield Finding(HIDDEN, name, "page", f"no description in {FILE}", todo)
        return
    yield from cell_findings(series, rules.views[name], rules.smallest)
    yield from group_findings(series, rules.views[name], rules.smallest)


def _counted(page: Page, rules: Policy) -> Iterator[Finding]:
    """Yield what a page shows beside the hidden counts that the policy speaks of."""
    if page.name in rules.views:
        yield from count_findings(page, rules.views[page.name], rules.smallest)


def _judged(finding: Finding, rules: Policy, title: str) -> Finding:
    """Return the finding with the reason why it is accepted, where the policy gives one that counts."""
    why = rules.reason(title, finding.rule, finding.view, finding.field) if finding.rule in ACCEPTABLE else ""
    return replace(finding, accepted=why)


def _is_phrase(cell: str) -> bool:
    """Return whether a text is unlikely to stand in a file by chance."""
    return len(cell) >= SHORTEST_PHRASE and any(not letter.isalpha() for letter in cell)


def _forms(cell: str) -> set[str]:
    """Return how a text is written in HTML, in JSON and plainly."""
    return {cell, html.escape(cell), json.dumps(cell)[1:-1], json.dumps(cell, ensure_ascii=False)[1:-1]}


def _text(content: str | bytes) -> str:
    """Return the text of a file; the sheets of a workbook; nothing of a picture."""
    if isinstance(content, str):
        return content
    if content[:2] != b"PK":
        return ""
    with zipfile.ZipFile(BytesIO(content)) as book:
        return "\n".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
