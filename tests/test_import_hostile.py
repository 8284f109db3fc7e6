"""Files made to mislead or to exhaust: a clear message, in bounded time and memory."""

import json
import tracemalloc
import zipfile

import openpyxl
import pytest

from casekit import importers, records
from casekit.errors import CaseKitError

PLENTY = 120_000_000  # bytes Python may take for a message


def refused(path):
    tracemalloc.start()
    try:
        with pytest.raises(CaseKitError) as refusal:
            importers.read(path)
        assert tracemalloc.get_traced_memory()[1] < PLENTY
    finally:
        tracemalloc.stop()
    return str(refusal.value)


@pytest.fixture
def book(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["id", "date", "CRP"])
    made.active.append(["A", "2024-01-01", 5])
    path = tmp_path / "book.xlsx"
    made.save(path)
    return path


def with_sheet(book, content):
    """The workbook with the XML of its sheet replaced."""
    path = book.with_name("changed.xlsx")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name.startswith("xl/worksheets/") else old.read(name))
    return path


def test_a_zip_bomb(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(200):
                sheet.write(b"0" * 1_000_000)
    assert path.stat().st_size < 1_000_000
    assert "200 MB when unpacked" in refused(path)
    assert "200 MB when unpacked" in str(records.check(path)[0])


def test_a_billion_laughs(book):
    entities = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>'
    spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{spreadsheet}"><sheetData>{cell}</sheetData></worksheet>'
    path = with_sheet(book, f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>{sheet}')
    assert "XML with entities" in refused(path)


def test_a_sheet_with_one_cell_far_away(tmp_path):
    made = openpyxl.Workbook()
    made.active["A1"], made.active["XFD1048576"] = "id", 1
    path = tmp_path / "far.xlsx"
    made.save(path)
    assert "17,179,869,184 cells" in refused(path)


def test_ten_million_cells_of_text(tmp_path):
    path = tmp_path / "many.csv"
    path.write_bytes(b"id" + b",x" * 99 + b"\n" + (b"1" + b",1" * 99 + b"\n") * 100_000)
    assert "cells; expected at most" in refused(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cut.csv", b'id,date,test,value\nA,2024-01-01,"CRP,5\n', "Is the file cut off?"),
        ("binary.csv", b"id,\x00\x01\x02", "bytes that are no text"),
        ("empty.csv", b"", "an empty file"),
        ("book.csv", b"PK\x03\x04rest", "zip archive or workbook"),
        ("old.csv", b"\xd0\xcf\x11\xe0", "old Excel workbook"),
        ("page.csv", b"<html>", "an XML or HTML file"),
        ("json.csv", b'{"a": 1}', "a JSON file"),
        ("parquet.csv", b"PAR1", "a Parquet file"),
        ("text.xlsx", b"id,value\n", "cut off or no workbook"),
        ("one-line.csv", b"a" * 300_000, "no table with patients"),
    ],
)
def test_what_is_not_what_its_name_says(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refused(path)


def test_a_workbook_that_is_cut_off(book):
    book.write_bytes(book.read_bytes()[:1500])
    assert "cut off" in refused(book)


def test_a_damaged_sheet(book):
    assert "a damaged workbook" in refused(with_sheet(book, "<worksheet><sheetData><row>"))


def test_formulas_and_impossible_numbers_are_words(tmp_path):
    path = tmp_path / "odd.csv"
    huge = "9" * 400
    path.write_text(
        f"id,date,test,value\nA,2024-01-01,CRP,=1+1\nA,2024-13-99,CRP,5\nA,2024-01-02,=cmd,{huge}\n", encoding="utf-8"
    )
    series, report = importers.read(path)
    assert series.measurements.empty
    assert series.unplaced["measurements"]["value_text"].tolist()[0] == "=1+1"
    assert sum(report.rows_read.values()) == sum(report.rows_kept.values()) + sum(report.rows_reported.values()) == 3


def test_a_sheet_of_four_hundred_columns(tmp_path):
    path = tmp_path / "wide.csv"
    header = "id,date," + ",".join(f"v{number}" for number in range(398))
    path.write_text(
        f"{header}\n" + "".join(f"P{row},2024-01-0{row},{',1' * 397}\n" for row in range(1, 4)), encoding="utf-8"
    )
    series, report = importers.read(path)
    # 397 of 398 cells are filled in each of three rows
    assert len(series.measurements) == 3 * 397
    assert report.rows_kept == {"wide.csv": 3}


@pytest.mark.parametrize("mark", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_ends_where_its_line_ends_and_nowhere_else(tmp_path, mark, quote):
    text = f"id,date,test,value,unit\r\nA,2024-01-01,Lipase{mark}P,5,U/L\r\nA,2024-01-02,Lipase,6,U/L\r\n"
    text += f"{quote}A{quote},2024-01-03,Lipase,7,U/L\r\n"
    (tmp_path / "labs.csv").write_text(text, encoding="utf-8", newline="")
    series, report = importers.read(tmp_path / "labs.csv")
    assert report.rows_read == report.rows_kept == {"labs.csv": 3}
    assert series.measurements["value"].tolist() == [5, 6, 7]


def test_a_document_of_a_line_ends_where_its_line_ends(tmp_path):
    who = {"resourceType": "Patient", "id": "p1", "gender": "female"}
    code = {"text": "Lip\u2028ase"}
    seen = {"resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p1"}, "code": code}
    lines = [who, {**seen, "effectiveDateTime": "2024-01-02", "valueQuantity": {"value": 5, "unit": "U/L"}}]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    (tmp_path / "all.ndjson").write_text(text, encoding="utf-8")
    series, report = importers.read(tmp_path / "all.ndjson")
    assert report.rows_kept == {"all.ndjson": 2}
    assert series.measurements["value"].tolist() == [5]
