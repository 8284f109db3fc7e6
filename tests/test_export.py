"""What is exported: at the size a journal wants, saying where it comes from, the same bytes twice, and harmless."""

import getpass
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET

import nbformat
import openpyxl
import pandas as pd
import pytest
from hostile_series import FORMULA, SCRIPT, hostile
from pypdf import PdfReader
from small_series import small

import casekit as ck
from casekit import records
from casekit.charts import swimmer, swimmer_frames, timeline, timeline_frames
from casekit.cli import main
from casekit.errors import CaseKitError, UnknownName
from casekit.publish.export import export, export_report
from casekit.publish.export_site import export_site
from casekit.publish.figures import figure
from casekit.publish.offline_blocks import blocks_page
from casekit.publish.offline_notebook import notebook_blocks
from casekit.publish.offline_page import OfflinePage, offline_html
from casekit.publish.provenance import data_hash, provenance
from casekit.publish.published import PROJECT
from casekit.publish.workbook import Sheet, series_sheets, workbook
from casekit.views.blocks import Table, Words

ONE_WORKER = True  # what the tests of this file share takes seconds to start
KINDS = ("html", "svg", "png", "pdf", "xlsx")
MM = 72 / 25.4  # points per millimetre
A4 = (210 * MM, 297 * MM)


PATIENT = "A"


ELSEWHERE = (
    "import pathlib, sys, test_export; test_export.write_all(test_export.cut_series(), pathlib.Path(sys.argv[1]))"
)


def cut_series():
    """The small series: what holds for a small patient holds for a long course, in a fraction of the time."""
    known = small()
    return replace(known, metadata=replace(known.metadata, data_cut="spring"))


def write_all(series, folder):
    """Write one patient in every format, and on one page for the case conference."""
    for kind in KINDS:
        export(PATIENT, folder / f"A.{kind}", kind, series=series)
    for kind in ("html", "pdf"):
        export_report(PATIENT, folder / f"report.{kind}", kind, series=series)


@pytest.fixture(scope="module")
def series():
    return cut_series()


@pytest.fixture(scope="module")
def exported(series, tmp_path_factory):
    """All the files about one patient."""
    folder = tmp_path_factory.mktemp("exported")
    write_all(series, folder)
    return folder


@pytest.fixture(scope="module")
def lupus():
    """A patient with lupus whose visits were scored, one of them without the physician's global assessment."""
    return ck.example().patient("SLE-03")


@pytest.fixture(scope="module")
def conference(lupus, tmp_path_factory):
    """The page about that patient."""
    folder = tmp_path_factory.mktemp("conference")
    for kind in ("html", "pdf"):
        export_report("SLE-03", folder / f"report.{kind}", kind, series=lupus)
    return folder


@pytest.fixture(scope="module")
def course():
    """The timeline of a small patient."""
    return timeline(timeline_frames(small()), "A").to_dict(validate=False)


# --- where it comes from


def test_the_hash_is_that_of_the_data_not_of_their_order_or_day_zero():
    known = small()
    turned = replace(known, **{name: table.iloc[::-1, ::-1] for name, table in known.tables.items()})
    assert data_hash(turned) == data_hash(known)
    assert data_hash(known.align("infusion")) == data_hash(known)


@pytest.mark.parametrize("value", ["31", ""])
def test_one_other_cell_is_another_hash(value):
    text = "patient_id,disease,sex,age_years,last_known_day\nA,SLE,female,{},200"
    infused = "patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0"
    one, other = (ck.records.from_text(patients=text.format(age), treatments=infused) for age in ("30", value))
    assert data_hash(one) != data_hash(other)


def test_the_view_is_the_address_of_the_page(series):
    shown = provenance(series, "patient", {"patient": "SLE-03", "window": "month"})
    assert shown.view == "patient?patient=SLE-03&window=month"


def test_synthetic_is_said_only_of_synthetic_data():
    assert "Synthetic" in provenance(small()).sentence
    assert "ynthetic" not in provenance(small(synthetic=False)).sentence


def told_by(file):
    """The text of a file, whatever its format."""
    if file.suffix == ".xlsx":
        book = openpyxl.load_workbook(file)
        return " ".join(str(cell) for row in book["About"].iter_rows(values_only=True) for cell in row)
    if file.suffix == ".pdf":
        reader = PdfReader(file)
        return " ".join([*map(str, reader.metadata.values()), *[page.extract_text() for page in reader.pages]])
    return file.read_bytes().decode("utf-8", errors="replace")


@pytest.mark.parametrize("name", [*(f"A.{kind}" for kind in KINDS), "report.html", "report.pdf"])
def test_every_file_says_where_it_comes_from(exported, series, name):
    told = told_by(exported / name)
    wanted = [
        str(series.metadata.title),
        str(series.metadata.data_cut),
        data_hash(series),
        "casekit 0.1.0",
        "patient?patient=A",
    ]
    assert [words for words in [*wanted, "ynthetic data"] if words not in told] == []


@pytest.mark.parametrize("name", ["A.svg", "A.pdf"])
def test_the_origin_is_printed_below_the_figure(exported, name):
    file = exported / name
    printed = PdfReader(file).pages[0].extract_text() if name.endswith("pdf") else svg_words(file.read_text("utf-8"))
    assert "Synthetic data · Small · data cut: spring" in printed


def test_no_file_names_this_machine(exported):
    for file in exported.iterdir():
        content = file.read_bytes()
        if file.suffix == ".xlsx":
            with zipfile.ZipFile(file) as parts:
                content = b"".join(parts.read(name) for name in parts.namelist())
        named = [str(PROJECT), str(Path.home()), tempfile.gettempdir(), f"{getpass.getuser()}@"]
        assert [name for name in named if name.encode() in content] == [], file.name


def test_exported_by_another_process_it_is_the_same_bytes(exported, tmp_path):
    # another process orders sets by other hashes
    known = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": f"{Path(__file__).parent}{os.pathsep}{PROJECT}"}
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(tmp_path)], env=known, check=True)
    names = sorted(file.name for file in exported.iterdir())
    assert sorted(file.name for file in tmp_path.iterdir()) == names
    assert [name for name in names if (tmp_path / name).read_bytes() != (exported / name).read_bytes()] == []


# --- figures


def parsed(svg):
    return ET.fromstring(svg)  # noqa: S314  (what the test has just written)


def svg_words(svg):
    return " ".join(text for text in parsed(svg).itertext() if text.strip())


@pytest.mark.parametrize(("column", "millimetres"), [("single", 85), ("double", 175)])
def test_a_figure_is_as_wide_as_the_column_and_no_letter_is_below_six_points(course, column, millimetres):
    svg = figure(course, provenance(small()), "svg", column, {"patient": "A"}).decode()
    root = parsed(svg)
    assert root.get("width") == f"{millimetres}mm"
    units = float(root.get("viewBox").split()[2])
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)(?:px)?"', svg)]
    assert min(sizes) * millimetres * MM / units >= 5.999
    assert "synthetic data" in svg_words(svg)


def test_a_picture_of_pixels_has_300_dots_per_inch(exported):
    head = (exported / "A.png").read_bytes()
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    # 175 mm / 25.4 mm per inch * 300 = 2066.9
    assert int.from_bytes(head[16:20], "big") in {2066, 2067}
    place = head.index(b"pHYs") + 4
    # 300 per inch / 0.0254 m per inch = 11811 per metre
    assert head[place : place + 9] == (11811).to_bytes(4, "big") * 2 + b"\x01"


def test_a_pdf_figure_is_one_page_of_the_columns_width(exported):
    (page,) = PdfReader(exported / "A.pdf").pages
    assert float(page.mediabox.width) == pytest.approx(175 * MM, abs=0.1)
    assert "synthetic data" in page.extract_text()


def test_a_picture_that_does_not_fit_is_refused():
    spec = swimmer(swimmer_frames(small())).to_dict(validate=False)
    wide = {**spec, "usermeta": {**spec["usermeta"], "layout": {**spec["usermeta"]["layout"], "minimum": 600}}}
    with pytest.raises(CaseKitError, match="--column double"):
        figure(wide, provenance(small()), "svg", "single")


# --- the report


def test_the_report_is_one_sheet_of_a4_with_all_that_the_conference_asks(conference):
    (page,) = PdfReader(conference / "report.pdf").pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(A4, abs=0.1)
    said = " ".join(page.extract_text().split())
    for words in ("SLE-03", "Systemic lupus erythematosus", "Criteria at each visit", "What is open", "Data cut"):
        assert words in said


def test_the_report_asks_what_is_not_known_and_says_what_would_settle_it(conference, lupus):
    verdicts = ck.judge(lupus, "doris_2021").query("patient_id == 'SLE-03' and verdict == 'unknown'")
    assert len(verdicts) == 1  # the physician's global assessment of one visit is missing
    for name in ("report.html", "report.pdf"):
        said = " ".join(told_by(conference / name).split())
        assert f"DORIS remission, day {verdicts['day'].iloc[0]}: Physician global below 0.5" in said
        assert "met if PGA below 0.5, not met if PGA 0.5 or more" in said


def test_a_patient_without_visits_has_a_report_too(tmp_path):
    (file,) = export_report("C", tmp_path / "C.pdf", "pdf", series=small())
    assert "No criterion was assessed." in told_by(file)


# --- the same numbers


def test_the_workbook_holds_the_scores_of_the_package(lupus, tmp_path):
    (file,) = export("SLE-03", tmp_path / "SLE-03.xlsx", "xlsx", series=lupus)
    rows = pd.read_excel(file, sheet_name="sledai_2k")
    computed = ck.score(lupus, "sledai_2k").query("patient_id == 'SLE-03'")
    assert rows[["day", "low", "high"]].to_numpy().tolist() == computed[["day", "low", "high"]].to_numpy().tolist()


def test_the_workbook_of_the_series_has_tables_scores_verdicts_and_figures(tmp_path):
    export("series", tmp_path / "all.xlsx", "xlsx", series=small())
    names = openpyxl.load_workbook(tmp_path / "all.xlsx").sheetnames
    tables = ["patients", "treatments", "measurements", "assessments", "events"]
    assert names[:6] == ["About", *tables]
    assert {"sledai_2k", "doris_2021", "eustar_2017"} < set(names)


def test_the_workbook_of_the_series_keeps_rows_without_a_day(tmp_path):
    folder = records.to_folder(small(), tmp_path / "series")
    treatments = pd.read_csv(folder / "treatments.csv", dtype=str, keep_default_na=False)
    waiting = treatments.head(1).assign(start_day="", end_day="", day_range="unknown")
    pd.concat([treatments, waiting]).fillna("").to_csv(folder / "treatments.csv", index=False)
    export("series", tmp_path / "all.xlsx", "xlsx", series=records.load(folder))
    header, *rows = openpyxl.load_workbook(tmp_path / "all.xlsx")["treatments"].iter_rows(values_only=True)
    assert len(rows) == len(treatments) + 1
    last = dict(zip(header, rows[-1], strict=True))
    assert (last["day_range"], last["start_day"], last["drug"]) == ("unknown", None, treatments["drug"][0])


def test_a_notebook_may_be_shown_with_another_series(tmp_path):
    file = tmp_path / "one.ipynb"
    cell = nbformat.v4.new_code_cell("import casekit as ck\nck.series().patients")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), file)
    (shown,) = notebook_blocks(file, small())
    assert isinstance(shown, Table)
    assert shown.rows["patient_id"].tolist() == ["A", "B", "C"]


# --- harmless


def test_no_cell_of_a_workbook_is_a_formula():
    sheets = [*series_sheets(hostile()), Sheet("=1", "=1", pd.DataFrame({"=a": ["=1", "+1", "+A1"]}), {"=a": "=a"})]
    book = openpyxl.load_workbook(BytesIO(workbook(sheets, provenance(hostile()))))
    cells = [cell for tab in book for row in tab.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    texts = [str(cell.value) for cell in cells]
    assert [text for text in texts if text.startswith(("=", "+", "@"))] == ["+1"]  # a number with its sign
    assert any(FORMULA in text for text in texts)  # shown, not lost


def test_no_text_becomes_an_element_of_a_figure():
    told = provenance(hostile())
    spec = timeline(timeline_frames(hostile()), "=1+1").to_dict(validate=False)
    svg = figure(spec, told, "svg", params={"patient": "=1+1"}).decode()
    names = {element.tag.rpartition("}")[2] for element in parsed(svg).iter()}
    assert names & {"script", "img", "foreignObject", "image", "a"} == set()
    assert SCRIPT.partition(">")[0] in svg_words(svg)


def test_text_cannot_end_the_data_of_a_page():
    page = OfflinePage("A page", "", provenance(hostile()), {"pictures": {"x": {"words": "</script><script>"}}})
    data = offline_html(page).partition('id="casekit-data">')[2].partition("</script>")[0]
    assert "\\u003c/script>\\u003cscript>" in data


def test_only_named_scripts_may_run():
    page = blocks_page([Words("<p>words</p>")], "A page", provenance(small()))
    assert "script-src &#39;none&#39;" in offline_html(page)


# --- what is refused


@pytest.mark.parametrize(
    ("what", "kind", "error", "words"),
    [
        ("nobody", "html", UnknownName, "page or patient"),
        (PATIENT, "gif", UnknownName, "format"),
        ("patient", "svg", CaseKitError, "casekit export SLE-03"),
        ("patient", "xlsx", CaseKitError, "Name the patient"),
    ],
)
def test_what_cannot_be_exported_is_refused(series, tmp_path, what, kind, error, words):
    with pytest.raises(error, match=words):
        export(what, tmp_path / "x", kind, series=series)
    assert list(tmp_path.iterdir()) == []


def test_a_site_does_not_mix_with_what_is_there(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(CaseKitError, match="empty folder"):
        next(export_site(tmp_path))


def test_the_site_begins_with_a_page_that_lists_the_others(tmp_path):
    start = next(export_site(tmp_path / "site", small())).read_text("utf-8")
    assert re.findall(r'href="([\w-]+\.html)"', start)[0] == "patient.html"
    assert "http" not in re.sub(r"http-equiv|http://www.w3.org/\S+", "", start)


def test_the_command_writes_and_says_so(tmp_path, capsys):
    ck.records.to_folder(small(), tmp_path / "small")
    assert main(["export", "C", str(tmp_path / "small"), "--out", str(tmp_path / "C.svg")]) == 0
    assert "C.svg" in capsys.readouterr().out
    assert main(["export", "--out", str(tmp_path / "x.html")]) == 2
    assert main(["export", PATIENT, "--report", "--out", str(tmp_path / "x.svg")]) == 2
