"""The pages of groups in a real browser, each at three sizes, and what a click, a filter and a drag do."""

import csv
import re

import pytest
from playwright.sync_api import expect
from words_on_screen import SIZES, resize, sideways, troubles

from casekit.publish.published import published

PATIENCE = 90_000
# widget packages of JupyterLab announce newer versions than Voilà carries; nothing on the page depends on it
HARMLESS = re.compile(r"atisf(ied|ying) version")
# the pages of a patient and of the instruments have tests of their own
PAGES = [page.name for page in published().pages if page.name not in {"patient", "instruments"}]


@pytest.fixture(autouse=True)
def patience(page):
    """Give a page time to open beside other tests on a small machine; nothing waits longer than it must."""
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def complaints(page):
    """What the page wrote to the browser's console as an error or a warning."""
    found = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda line: found.append(line.text) if line.type in {"error", "warning"} else None)
    yield found
    assert [line for line in found if not HARMLESS.search(line)] == []


def drawn(page, place=0):
    """The picture in that place of the page, once it is drawn."""
    picture = page.locator(".ck-panel").nth(place).locator(".casekit-chart:not([hidden]) svg")
    expect(picture).to_be_visible()
    return picture


def left(page):
    return page.locator(".ck-left")


@pytest.mark.usefixtures("complaints")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_group_at_every_size(page, address, name):
    page.goto(f"{address}{name}")
    expect(page.locator("#rendered_cells h1")).to_be_visible()
    panels = page.locator(".ck-panel:has(.casekit-vega)")
    expect(page.locator("#rendered_cells").locator(".ck-panel, table").first).to_be_visible()
    for place in range(panels.count()):
        panels.nth(place).scroll_into_view_if_needed()
        expect(panels.nth(place).locator("svg").first).to_be_visible()
    found = {}
    for size in SIZES:
        resize(page, *size)
        found[size] = [*troubles(page), *(["wider than the window"] if sideways(page) else [])]
    assert found == {size: [] for size in SIZES}


@pytest.mark.usefixtures("complaints")
def test_filter_patient_day_zero_and_file(page, address, tmp_path):
    page.goto(f"{address}sle")
    expect(drawn(page)).to_be_visible()
    page.get_by_label("Show patients with").select_option("B cells back before day")
    page.get_by_label("Limit").first.select_option("90")
    expect(left(page)).to_contain_text("2 of 8 patients")
    expect(left(page)).to_contain_text("SLE-07 (B cells back between day 85 and day 98)")
    expect(drawn(page)).to_contain_text("SLE, n = 2")
    panel = page.locator(".ck-panel").first
    panel.locator("summary").click()
    panel.get_by_role("button", name="SLE-03").first.click()
    expect(drawn(page)).to_contain_text("SLE, n = 2 · SLE-03")
    expect(page.get_by_role("link", name="Open SLE-03")).to_be_in_viewport()
    heading = panel.get_by_role("columnheader", name="Day")
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    page.get_by_label("Day 0", exact=True).select_option("Return of B cells")
    expect(drawn(page)).to_contain_text("months since the return of B cells")
    query = r"what=B\+cells\+back\+before\+day\+90&day0=b_cell_return&patient=SLE-03$"
    expect(page).to_have_url(re.compile(query))
    with page.expect_download() as download:
        panel.get_by_role("button", name="CSV").click()
    download.value.save_as(tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_text(encoding="utf-8-sig")
    assert "# synthetic data: no real patient" in text
    assert {row[0] for row in csv.reader(text.splitlines()) if row[0].startswith("SLE-")} == {"SLE-03", "SLE-06"}
    with page.expect_download() as download:
        panel.get_by_role("button", name="SVG").click()
    download.value.save_as(tmp_path / "picture.svg")
    assert "synthetic data: no real patient" in (tmp_path / "picture.svg").read_text(encoding="utf-8")
    page.get_by_role("link", name="Open SLE-03").click()
    expect(page).to_have_url(re.compile(r"/patient\?patient=SLE-03"))


def test_a_link_opens_the_view_it_names_and_a_wrong_one_says_so(page, address):
    page.goto(f"{address}ssc?patient=SSc-01&what=nonsense")
    expect(page.get_by_role("alert")).to_contain_text("“nonsense”, which does not exist here")
    page.mouse.move(5, 500)  # in the margin
    page.mouse.wheel(0, 2000)
    expect(page.locator("#rendered_cells h1")).not_to_be_in_viewport()
    expect(page.get_by_role("link", name="Open SSc-01")).to_be_in_viewport()  # at the foot, wherever one reads
    expect(page.get_by_role("link", name="All pages")).to_be_in_viewport()


def test_a_zoom_in_one_picture_moves_the_others_and_a_reset_brings_them_back(page, address):
    page.goto(f"{address}sle?unit=days")
    other = page.locator(".ck-panel:has(.casekit-vega)").nth(3)  # remission at every visit
    other.scroll_into_view_if_needed()
    ticks = other.locator(".casekit-chart:not([hidden]) svg")
    expect(ticks).to_contain_text("days since the infusion")
    before = ticks.text_content()
    page.locator(".ck-panel").first.get_by_title("Zoom in").click()
    expect(page).to_have_url(re.compile(r"days="))
    expect(ticks).not_to_have_text(before)
    page.locator(".ck-panel").first.get_by_title("Reset the time window").click()
    expect(page).not_to_have_url(re.compile(r"days="))


# The first mark of the picture of which the browser knows this, and nothing lies above.
MARK = """(panel, scored) => [...panel.querySelectorAll("svg path")].find(node => {
  const { mark, datum } = node.__data__ ?? {};
  if (mark?.marktype !== "symbol" || !datum?.patient_id || ("instrument" in datum) !== scored) return false;
  const box = node.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === node; })"""


def test_a_click_on_a_score_explains_it_and_one_on_a_measured_value_picks_the_patient(page, address):
    page.goto(f"{address}iim")
    expect(drawn(page)).to_be_visible()
    panel = page.locator(".ck-panel").first
    for scored in (True, False):
        page.evaluate("scrollTo(0, 0)")  # back from the explanation
        page.wait_for_timeout(500)  # the picture has been redrawn for the patient who was clicked
        mark = panel.element_handle().evaluate_handle(MARK, scored).as_element()
        datum = mark.evaluate("node => node.__data__.datum")
        box = mark.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.get_by_role("link", name=f"Open {datum['patient_id']}")).to_be_visible()
        expect(panel.locator(".ck-why")).to_have_count(1 if scored else 0)
        if scored:
            expect(panel.locator(".ck-why")).to_contain_text(datum["patient_id"])
            expect(panel.locator(".ck-why")).to_be_in_viewport(ratio=0.9)  # though the picture fills the window


def test_a_wide_picture_keeps_no_room_for_lines_its_key_does_not_need(page, address):
    page.goto(f"{address}cohort")
    expect(drawn(page)).to_be_visible()
    for width in (1440, 390):
        resize(page, width, 900)
        heads = drawn(page).evaluate("""svg => Math.min(...[...svg.querySelectorAll('text')]
          .filter(one => one.textContent.includes('synthetic data'))
          .map(one => one.getBoundingClientRect().top - svg.getBoundingClientRect().top))""")
        # 21 px above the key hold the line of the head and the zoom buttons; nothing more
        assert 0 <= heads <= 40, (width, heads)
