"""Exported files in a real browser, from file:// and without a network, and the same numbers wherever they are read."""

import re

import pytest
from hostile_series import SCRIPT, hostile
from playwright.sync_api import expect
from pypdf import PdfReader

import casekit as ck
from casekit.publish.export import export, export_report
from casekit.publish.offline_blocks import blocks_page
from casekit.publish.offline_notebook import notebook_blocks
from casekit.publish.offline_page import offline_html
from casekit.publish.offline_patient import patient_page
from casekit.publish.provenance import provenance
from casekit.publish.published import published
from casekit.views.blocks import Words
from casekit.views.prepared import frames_of
from casekit.views.story import story

PATIENCE = 90_000
SIZES = [(1440, 900), (390, 844)]
PAIR = ["SLE-03", "SSc-01"]


@pytest.fixture(scope="module")
def series():
    return ck.example().select(patient_id=PAIR)


@pytest.fixture(scope="module")
def file(series, tmp_path_factory):
    """The page of two patients as one file."""
    place = tmp_path_factory.mktemp("offline") / "patient.html"
    place.write_text(offline_html(patient_page(series, provenance(series, "patient"))), encoding="utf-8")
    return place


@pytest.fixture
def offline(browser):
    """A page without a network; whatever it asks for outside its file, says on its console, or fails at, is kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.complaints = []
    local = re.compile("(file|data|blob):")
    page.on("request", lambda ask: None if local.match(ask.url) else page.complaints.append(ask.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
    page.on("console", lambda line: page.complaints.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert page.complaints == []


def opened(page, place, query=""):
    page.goto(f"{place.as_uri()}{query}")
    expect(page.locator(".casekit-chart svg").first).to_be_visible(timeout=PATIENCE)
    return page


def test_a_patient_is_chosen_without_server_and_network(offline, file):
    opened(offline, file)
    expect(offline.get_by_text("Synthetic data: no real person").first).to_be_in_viewport()
    offline.get_by_label("Next patient").click()
    picture = offline.locator(".casekit-chart:not([hidden]) svg")
    expect(picture.get_by_text("SSc-01", exact=True).first).to_be_visible()
    expect(offline.locator(".ck-card")).to_contain_text("Systemic sclerosis")
    assert offline.url.endswith("#patient=SSc-01")
    offline.locator("#casekit-window").select_option("month")
    expect(picture.get_by_text(re.compile("days since")).first).to_be_visible()
    assert "window=month" in offline.url


def test_a_click_on_a_verdict_explains_it(offline, file):
    opened(offline, file, "#patient=SLE-03")
    card = offline.locator("#casekit-explanation")
    expect(card).not_to_contain_text("day 268")
    offline.locator(".casekit-chart:not([hidden]) svg").get_by_text("?", exact=True).first.click()
    expect(card).to_contain_text("DORIS remission (2021) · SLE-03, day 268")
    expect(offline.locator("#casekit-visit")).to_have_value("268")
    offline.get_by_text(re.compile(r"Laboratory \(\d+ rows\)")).click()
    expect(offline.locator("#casekit-tables td").first).to_be_visible()


def test_a_link_opens_that_view_and_a_wrong_one_says_so(offline, file):
    opened(offline, file, "?patient=SSc-01&window=quarter")
    expect(offline.locator("#casekit-patient")).to_have_value("SSc-01")
    expect(offline.locator("#casekit-window")).to_have_value("quarter")
    offline.goto("about:blank")
    opened(offline, file, "#patient=%3Cimg src=x onerror=window.attacked=1%3E")
    expect(offline.locator("#casekit-problem")).to_contain_text("which is not in this file")
    assert offline.evaluate("window.attacked") is None


def test_day_zero_comparison_axis_and_lanes_are_in_the_file_too(offline, file):
    opened(offline, file, "#patient=SLE-03&with=SSc-01&day0=b_cell_return&axis=broken&lanes=drugs,cells")
    pictures = offline.locator(".casekit-chart:not([hidden]) svg")
    expect(pictures).to_have_count(2)
    for place, who in enumerate(PAIR):
        expect(pictures.nth(place).get_by_text(who, exact=True).first).to_be_visible()
        expect(
            pictures.nth(place).get_by_text("days since the return of B cells, after day 30 months").first
        ).to_be_visible()
        expect(pictures.nth(place).get_by_text("SLEDAI-2K")).not_to_be_visible()
    expect(offline.locator("#casekit-counted")).to_contain_text("are counted from the infusion")
    expect(offline.locator("#casekit-problem")).to_be_empty()
    offline.get_by_label("Compare with").select_option("")
    expect(pictures.nth(1)).to_be_hidden()
    offline.locator("#casekit-day-zero").select_option("infusion")
    expect(offline.locator("#casekit-counted")).to_be_empty()
    assert offline.url.endswith("#patient=SLE-03&axis=broken&lanes=drugs%2Ccells")


def test_what_a_link_asks_for_and_the_file_has_not_is_said(offline, file):
    opened(offline, file, "#patient=SLE-03&with=SLE-99&day0=birth&lanes=none&days=9,1&later=yes")
    problem = offline.locator("#casekit-problem")
    for words in ("with “SLE-99”", "day0 “birth”", "lanes “none”", "days “9,1”", "“later”"):
        expect(problem).to_contain_text(words)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_page_fits(offline, file, width, height):
    offline.set_viewport_size({"width": width, "height": height})
    opened(offline, file)
    assert offline.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_first_patient_is_there(browser, file):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    expect(page.get_by_text("No script runs here")).to_be_visible()
    expect(page.locator(".ck-still img")).to_be_visible()
    expect(page.locator(".ck-card")).to_contain_text("Systemic lupus erythematosus")
    context.close()


def test_nothing_hostile_runs_and_all_of_it_is_shown(offline, tmp_path):
    series = hostile()
    for who, name in (("=1+1", "one"), ("<b>B</b>", "other")):
        (place,) = export(who, tmp_path / f"{name}.html", "html", series=series)
        opened(offline, place)
        for details in offline.locator("details").all():
            details.locator("summary").first.click()
        offline.wait_for_timeout(200)
        assert offline.evaluate("window.attacked") is None
        assert offline.locator("main img[src='x'], main b:text-is('B')").count() == 0
    expect(offline.get_by_text(SCRIPT).first).to_be_attached()
    (report,) = export_report("=1+1", tmp_path / "report.html", "html", series=series)
    offline.goto(report.as_uri())
    assert offline.evaluate("window.attacked") is None
    expect(offline.get_by_text(SCRIPT).first).to_be_attached()


def test_the_report_prints_on_one_sheet(offline, series, tmp_path):
    (place,) = export_report("SLE-03", tmp_path / "report.html", "html", series=series)
    offline.goto(place.as_uri())
    offline.pdf(path=tmp_path / "printed.pdf", prefer_css_page_size=True)
    assert len(PdfReader(tmp_path / "printed.pdf").pages) == 1


def words(text):
    """The text without the white space between its words."""
    return " ".join(text.split())


def test_notebook_served_page_and_file_say_the_same(page, offline, address, tmp_path):
    """The course, the explained score and the counted sentences: run here, read in Voilà, and read from the file."""
    whole = ck.example()
    (sle,) = [one for one in published().pages if one.name == "sle"]
    blocks = [block for block in notebook_blocks(sle.notebook) if isinstance(block, Words)]
    (place,) = export("SLE-03", tmp_path / "SLE-03.html", "html", series=whole)
    group = tmp_path / "sle.html"
    group.write_text(offline_html(blocks_page(blocks, sle.title, provenance(whole))), encoding="utf-8")

    opened(offline, place)
    read = {"course": words(offline.locator(".ck-story").inner_text())}
    read["why"] = words(offline.locator("#casekit-explanation .result").inner_text())
    offline.goto(group.as_uri())
    read["counted"] = [words(text) for text in offline.locator(".ck-said").all_inner_texts()]

    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}patient?patient=SLE-03")
    assert words(page.locator(".ck-story").first.inner_text()) == read["course"]
    assert words(page.locator(".ck-why .result").first.inner_text()) == read["why"]
    page.goto(f"{address}sle")
    expect(page.locator(".ck-said").last).to_be_visible(timeout=PATIENCE)
    assert set(read["counted"]) <= {words(text) for text in page.locator(".ck-said").all_inner_texts()}

    assert read["course"] == words(" ".join(story(frames_of(whole), "SLE-03")))
    score = ck.score(whole, "sledai_2k").query("patient_id == 'SLE-03'").sort_values("day")
    assert f"SLEDAI-2K {score['value'].iloc[1]:g} on day" in read["course"]
    verdict = ck.judge(whole, "doris_2021").query("patient_id == 'SLE-03'").sort_values("day")["verdict"].iloc[-1]
    assert read["why"].startswith(f"{verdict}:")
    assert read["counted"]


def rows_of(page):
    """What stands in the rows of a table of published figures, wherever it is shown."""
    expect(page.locator("table tbody tr").filter(has_text="Patients with").first).to_be_visible(timeout=PATIENCE)
    return [words(text) for text in page.locator("table tbody tr").all_inner_texts()]


def test_claims_and_kaplan_meier_are_the_same_in_notebook_served_page_and_file(page, offline, address, tmp_path):
    """The published figures beside the computed ones, and the sentence with the median of a Kaplan-Meier curve."""
    pages = {one.name: one for one in published().pages}
    curve = next(
        block for block in notebook_blocks(pages["b-cells"].notebook) if getattr(block, "name", "") == "b_cell_return"
    )
    (claims,) = export("claims", tmp_path / "claims.html", "html")
    cells = tmp_path / "b-cells.html"
    cells.write_text(offline_html(blocks_page([curve], "B cells", provenance(ck.example()))), encoding="utf-8")

    offline.goto(claims.as_uri())
    read = [row for row in rows_of(offline) if "agrees" in row or "differs" in row or "conflict" in row]
    opened(offline, cells)
    told = offline.locator("[aria-label*='by Kaplan-Meier']").first.get_attribute("aria-label")

    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}claims")
    assert set(read) <= set(rows_of(page))
    page.goto(f"{address}b-cells")
    mark = page.locator("[aria-label*='by Kaplan-Meier']").first
    expect(mark).to_be_attached(timeout=PATIENCE)
    assert mark.get_attribute("aria-label") == told

    computed = ck.claims(ck.example())
    assert len(read) == len(computed)
    for statement, verdict in zip(computed["statement"], computed["verdict"], strict=True):
        (row,) = [row for row in read if row.startswith(f"{words(statement)} ")]
        assert verdict in row
    assert told == curve.spec["description"]
