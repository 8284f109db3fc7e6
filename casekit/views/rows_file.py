"""The rows beside a picture as a file: CSV, XLSX or text for the clipboard, each saying where it comes from."""

import csv
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import Any

import pandas as pd

from casekit.charts.picture import About
from casekit.records.formulas import harmless

WIDEST = 60


def origin_lines(title: str, about: About, version: str) -> list[str]:
    """Return what every file says first: title, series, data cut, version, day 0, whether the data were made up."""
    made = ["synthetic data: no real patient"] if about.synthetic else []
    cut = [f"data cut: {about.data_cut}"] if about.data_cut else []
    return [title, about.title, *cut, f"day 0: {about.index_event}", f"casekit {version}", *made]


def cells(rows: pd.DataFrame, columns: Mapping[str, str]) -> list[list[Any]]:
    """Return headings and rows, every cell harmless."""
    body = rows[list(columns)].itertuples(index=False, name=None)
    return [[harmless(head) for head in columns.values()], *[[harmless(cell) for cell in row] for row in body]]


def csv_file(lines: list[str], table: list[list[Any]], separator: str = ",") -> bytes:
    """Return a CSV file in UTF-8 that Excel opens as such; comment lines with a hash come first."""
    text = StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    text.writelines(f"# {' '.join(line.split())}\r\n" for line in lines)
    writer.writerows(table)
    return text.getvalue().encode("utf-8-sig")


def clipboard_text(table: list[list[Any]]) -> str:
    """Return the rows for pasting into a spreadsheet."""
    return csv_file([], table, "\t").decode("utf-8-sig")


def xlsx_file(lines: list[str], table: list[list[Any]]) -> bytes:
    """Return a workbook with the rows on one sheet and their origin on another."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = "Rows"
    for row in table:
        sheet.append([None if cell == "" else cell for cell in row])
    for column in sheet.columns:
        longest = max(len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[column[0].column_letter].width = min(WIDEST, longest + 2)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    about = book.create_sheet("About")
    for line in lines:
        about.append([harmless(line)])
    content = BytesIO()
    book.save(content)
    return content.getvalue()
