"""The tables of a series, of a patient or of a page as one workbook; its sheet About says where they come from."""

import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pandas as pd

from casekit import catalogue, scores
from casekit.publish.provenance import Provenance
from casekit.records import CaseSeries
from casekit.records.formulas import harmless
from casekit.views.blocks import Block, Words
from casekit.views.rows_file import cells

LONGEST_NAME = 31  # of a sheet
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
WIDEST, NARROWEST = 60, 9
NO_HOUR = b"1980-01-01T00:00:00Z"  # the file says no hour, so that the same tables are the same bytes
HOUR = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet: its name, a title, its rows, and which columns are shown under which heading."""

    name: str
    title: str
    rows: pd.DataFrame
    columns: Mapping[str, str]


def workbook(sheets: Iterable[Sheet], made_of: Provenance) -> bytes:
    """Return an XLSX file; text that a spreadsheet would run as a formula is written as text.

    Parameters
    ----------
    sheets : iterable of Sheet
        In the order of the tabs; the same name twice is counted.
    made_of : Provenance
        Where the tables come from.

    Examples
    --------
    >>> import casekit as ck
    >>> from casekit.publish.provenance import provenance
    >>> workbook([], provenance(ck.example()))[:2]
    b'PK'
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    named = list(_named(sheets))
    about = book.active
    about.title = "About"
    lines = [*made_of.entries.items(), *[(f"Sheet {sheet.name}", sheet.title) for sheet in named]]
    for line in lines:
        about.append([harmless(text) for text in line])
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 26, 90
    for sheet in named:
        tab = book.create_sheet(sheet.name)
        _fill(tab, cells(sheet.rows, sheet.columns))
        for cell in tab[1]:
            cell.font = Font(bold=True)
        tab.freeze_panes = "A2"
    book.properties.title, book.properties.creator = made_of.title, f"casekit {made_of.version}"
    book.properties.description = made_of.sentence
    content = BytesIO()
    book.save(content)
    return _without_hour(content.getvalue())


def series_sheets(series: CaseSeries, *, claims: bool = True) -> list[Sheet]:
    """Return the five tables, every score and verdict of the diseases of the series, and the published figures."""
    tables = [_plain(name, f"Table {name}", rows) for name, rows in series.whole_tables.items()]
    computed = [_computed(series.select(disease=name), instrument) for name, instrument in _instruments(series)]
    checked = scores.claims(series) if claims else pd.DataFrame()
    figures = [] if checked.empty else [_plain("claims", "Published figures beside computed ones", checked)]
    return [*tables, *computed, *figures]


def block_sheets(blocks: Iterable[Block]) -> list[Sheet]:
    """Return the tables of a page and the rows behind its pictures."""
    return [
        Sheet(block.title, block.title, block.rows, block.columns) for block in blocks if not isinstance(block, Words)
    ]


def _instruments(series: CaseSeries) -> list[tuple[str, str]]:
    """Return disease and instrument for every score and criterion that the diseases of the series declare."""
    found = []
    for name in dict.fromkeys(series.patients["disease"]):
        disease = catalogue.disease(str(name))
        activity = [disease.activity] if disease.activity else []
        found += [(str(name), one) for one in dict.fromkeys([*activity, *disease.scores, *disease.responses])]
    return found


def _computed(series: CaseSeries, instrument: str) -> Sheet:
    """Return one instrument at every visit of these patients: verdicts for a criterion, intervals for a score."""
    declared = catalogue.instrument(instrument)
    judged = declared.get("combine") in {"all", "any"}
    rows = scores.judge(series, instrument) if judged else scores.score(series, instrument)
    return _plain(instrument, f"{declared['name']}, {'verdict' if judged else 'score'} at every visit", rows)


def _plain(name: str, title: str, rows: pd.DataFrame) -> Sheet:
    """Return a sheet of all columns under their own names."""
    return Sheet(name, title, rows, {str(column): str(column) for column in rows.columns})


def _named(sheets: Iterable[Sheet]) -> Iterable[Sheet]:
    """Return the sheets with names that a workbook allows, each only once."""
    used: set[str] = {"about"}
    for sheet in sheets:
        short = NOT_IN_A_NAME.sub(" ", sheet.name).strip()[:LONGEST_NAME] or "Rows"
        name, count = short, 1
        while name.casefold() in used:
            count += 1
            name = f"{short[: LONGEST_NAME - 3]} {count}"
        used.add(name.casefold())
        yield replace(sheet, name=name)


def _fill(tab: Any, table: list[list[Any]]) -> None:
    """Write the rows, every text as text, in columns as wide as what stands in them."""
    for row in table:
        tab.append([_cell(value) for value in row])
    for place, column in enumerate(zip(*table, strict=True), start=1):
        longest = max(len(str(value)) for value in column)
        tab.column_dimensions[tab.cell(1, place).column_letter].width = min(WIDEST, max(NARROWEST, longest + 2))


def _cell(value: Any) -> Any:
    """Return what a cell can hold: nothing for missing, lists as their words."""
    if isinstance(value, str):
        return value or None
    return value if isinstance(value, bool | int | float) else str(value)


def _without_hour(content: bytes) -> bytes:
    """Return the workbook without the hour of its making, in its properties and in its archive."""
    settled = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as made, zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            part = made.read(name)
            part = HOUR.sub(NO_HOUR, part) if name == "docProps/core.xml" else part
            kept.writestr(zipfile.ZipInfo(name, EPOCH), part, zipfile.ZIP_DEFLATED)
    return settled.getvalue()
