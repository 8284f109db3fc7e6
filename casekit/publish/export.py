"""A page, a patient or the series as a file: one call for the command line, one place where files are written."""

from collections.abc import Callable
from pathlib import Path

from casekit.charts import timeline
from casekit.errors import CaseKitError, UnknownName
from casekit.publish.disclosure import Cleared, cleared
from casekit.publish.figures import figure
from casekit.publish.offline_blocks import blocks_page
from casekit.publish.offline_instruments import instruments_page
from casekit.publish.offline_notebook import first_words, notebook_blocks
from casekit.publish.offline_page import OfflinePage, offline_html
from casekit.publish.offline_patient import patient_page
from casekit.publish.provenance import Provenance, provenance
from casekit.publish.published import Page, published, published_series
from casekit.publish.report import report, report_html, report_pdf
from casekit.publish.workbook import block_sheets, series_sheets, workbook
from casekit.records import CaseSeries
from casekit.views.blocks import Block, Drawn
from casekit.views.prepared import frames_of

FORMATS = ("html", "pdf", "png", "svg", "xlsx")
FIGURES = ("pdf", "png", "svg")
PATIENT, INSTRUMENTS, WHOLE = "patient", "instruments", "series"


def export(
    what: str, place: Path, kind: str, *, series: CaseSeries | None = None, column: str = "double"
) -> list[Path]:
    """Write a page, a patient or the whole series into a file and return what was written.

    Parameters
    ----------
    what : str
        A published page, such as ``cohort``; a patient, such as ``SLE-03``; or ``series`` for the workbook of all.
    place : Path
        The file; for the figures of a page the folder.
    kind : {"html", "pdf", "png", "svg", "xlsx"}
        HTML is interactive and needs no server; PDF, PNG and SVG are figures at journal size; XLSX are the tables.
    series : CaseSeries, optional
        The series of ``published.toml`` when not given.
    column : {"single", "double"}
        Width of a figure: 85 mm or 175 mm.

    Returns
    -------
    list of Path
        Every file written.

    Raises
    ------
    UnknownName
        When there is no such page, patient or format.
    CaseKitError
        When this cannot be shown in that format, the place cannot be written, or the file would reveal of real
        patients what ``policy.toml`` does not accept.
    """
    if kind not in FORMATS:
        raise UnknownName("format", kind, FORMATS)
    data = series or published_series()
    patients = [str(name) for name in data.patients["patient_id"]]
    if what == WHOLE and kind == "xlsx":
        return [written(place, cleared(data, WHOLE).passed(workbook(series_sheets(data), provenance(data))))]
    if what in patients:
        return [written(place, cleared(data, _view(kind)).passed(_patient(data, what, kind, column)))]
    pages = {page.name: page for page in published().pages}
    if what not in pages:
        raise UnknownName("page or patient to export", what, [*pages, *patients, WHOLE])
    may = cleared(data, what, [pages[what]])
    if kind in FIGURES:
        return _figures(pages[what], may, place, kind, column)
    return [written(place, may.passed(_page(pages[what], data, kind)))]


def export_report(patient_id: str, place: Path, kind: str, *, series: CaseSeries | None = None) -> list[Path]:
    """Write the page of one patient for the case conference, as HTML or as one sheet of A4, and return the file."""
    makers: dict[str, Callable[..., str | bytes]] = {"html": report_html, "pdf": report_pdf}
    if kind not in makers:
        raise UnknownName("format of a report", kind, makers)
    data = series or published_series()
    made_of = provenance(data, PATIENT, {"patient": patient_id})
    return [written(place, cleared(data, PATIENT).passed(makers[kind](report(data, patient_id), made_of)))]


def offline_page(page: Page, series: CaseSeries, links: str = "") -> OfflinePage:
    """Return a published page as it is exported; on the page of one patient all of them can be chosen."""
    made_of = provenance(series, page.name)
    if page.name == PATIENT:
        return patient_page(series, made_of, words=first_words(page.notebook), title=page.title)
    if page.name == INSTRUMENTS:
        return instruments_page(made_of, first_words(page.notebook), page.title)
    return blocks_page(notebook_blocks(page.notebook, series, links), page.title, made_of)


def written(place: Path, content: str | bytes) -> Path:
    """Write a file in one piece and return its place, or say why that is not possible."""
    data = content.encode() if isinstance(content, str) else content
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CaseKitError(f"{place}: cannot be written: {reason}. Choose another place.") from error
    return place


def _patient(series: CaseSeries, patient_id: str, kind: str, column: str) -> str | bytes:
    """Return one patient as page, figure or workbook."""
    made_of = provenance(series, PATIENT, {"patient": patient_id})
    if kind == "html":
        return offline_html(patient_page(series, made_of, only=patient_id, title=patient_id))
    if kind == "xlsx":
        return workbook(series_sheets(series.patient(patient_id), claims=False), made_of)
    spec = timeline(frames_of(series).patient(patient_id), patient_id).to_dict(validate=False)
    return figure(spec, made_of, kind, column, {"patient": patient_id})


def _page(page: Page, series: CaseSeries, kind: str) -> str | bytes:
    """Return a published page as page or workbook."""
    if kind == "html":
        return offline_html(offline_page(page, series))
    if page.name == PATIENT:
        raise _choose(kind)
    sheets = block_sheets(notebook_blocks(page.notebook, series))
    return workbook(sheets, provenance(series, page.name))


def _view(kind: str) -> str:
    """Return what the policy calls a file of one patient: the page, or the workbook, which holds every column."""
    return WHOLE if kind == "xlsx" else PATIENT


def _figures(page: Page, may: Cleared, folder: Path, kind: str, column: str) -> list[Path]:
    """Write every picture of a page into a folder, one file each."""
    if page.name == PATIENT:
        raise _choose(kind)
    made_of: Provenance = provenance(may.series, page.name)
    blocks: list[Block] = notebook_blocks(page.notebook, may.series)
    pictures = [block for block in blocks if isinstance(block, Drawn)]
    if not pictures:
        raise CaseKitError(f"{page.name}: found no picture on this page; expected one. Choose --format html.")
    drawn = {one.name: may.passed(figure(one.spec, made_of, kind, column)) for one in pictures}
    return [written(folder / f"{name}.{kind}", content) for name, content in drawn.items()]


def _choose(kind: str) -> CaseKitError:
    """Return that a picture or workbook shows one patient."""
    return CaseKitError(
        f"patient: found no patient to write as {kind}; expected one. Name the patient, such as: casekit export SLE-03."
    )
