"""The published pages in a real browser that cannot leave the machine, as a viewer meets them."""

import json
import re
import uuid
from io import BytesIO

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader
from real_clients import closed, run
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect
from words_on_screen import SIZES, resize, sideways, troubles

PATIENCE = 90_000
# widget packages of JupyterLab announce newer versions than Voilà carries; nothing on the page depends on it
HARMLESS = re.compile(r"atisf(ied|ying) version")


@pytest.fixture(autouse=True)
def patient_waiting(page):
    """Give a page time to open beside other tests on a small machine; nothing waits longer than it must."""
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=30_000)
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


def open_patient(page, address, query=""):
    """Open the patient page and wait until the picture is drawn."""
    page.goto(f"{address}patient{query}")
    expect(page.locator(".casekit-chart svg").first).to_be_visible(timeout=PATIENCE)
    expect(shown(page, "Drugs")).to_be_visible(timeout=PATIENCE)


def shown(page, words):
    """The text of the visible picture that reads exactly so."""
    return page.locator(".casekit-chart:not([hidden]) svg").get_by_text(words, exact=True).first


def patients(page):
    return page.get_by_label("Patient", exact=True)


@pytest.mark.usefixtures("complaints")
def test_from_the_landing_page_to_another_patient(page, address):
    page.goto(address)
    expect(page.get_by_text("Synthetic data.")).to_be_visible()
    page.get_by_role("link", name="One patient").click()
    expect(shown(page, "SLE-01")).to_be_in_viewport(timeout=PATIENCE)
    expect(shown(page, "CAR T infusion")).to_be_in_viewport()
    expect(shown(page, "synthetic data")).to_be_in_viewport()
    before = marks(page)
    patients(page).select_option("SLE-03")
    expect(shown(page, "SLE-03")).to_be_in_viewport()
    assert marks(page) != before
    expect(page.get_by_text("woman, 19 years")).to_be_visible()
    page.get_by_title("Previous patient").click()
    expect(shown(page, "SLE-02")).to_be_visible()
    patients(page).select_option("SSc-01")
    expect(shown(page, "EUSTAR index")).to_be_visible(timeout=PATIENCE)


def marks(page):
    """All that is drawn, as one text."""
    return page.locator(".casekit-chart:not([hidden]) svg").inner_html()


@pytest.mark.usefixtures("complaints")
def test_time_window_unit_and_lanes_follow_the_controls(page, address):
    open_patient(page, address)
    expect(shown(page, "months since the CAR T infusion")).to_be_visible()
    page.get_by_role("button", name="days").click()
    expect(shown(page, "days since the CAR T infusion")).to_be_visible()
    page.get_by_label("Time", exact=True).select_option("First month")
    expect(shown(page, "14")).to_be_visible()
    page.get_by_role("checkbox", name="Laboratory").uncheck()
    expect(page.locator(".casekit-chart:not([hidden]) svg").get_by_text("Anti-dsDNA")).not_to_be_visible()
    page.get_by_title("Zoom in").locator("visible=true").click()
    expect(page.get_by_label("Time", exact=True)).to_have_value("As zoomed")
    page.get_by_title("Reset the time window").locator("visible=true").click()
    expect(page.get_by_label("Time", exact=True)).to_have_value("Whole course")


def test_dragging_moves_all_lanes_and_the_plain_wheel_does_not_zoom(page, address):
    open_patient(page, address, "?window=month&unit=days")
    first = shown(page, "CAR T infusion").bounding_box()
    page.mouse.move(800, first["y"] + 40)
    page.mouse.wheel(0, 10)
    expect(page.get_by_label("Time", exact=True)).to_have_value("First month")
    page.mouse.down()
    page.mouse.move(900, first["y"] + 40, steps=5)
    page.mouse.up()
    expect(page.get_by_label("Time", exact=True)).to_have_value("As zoomed")
    assert shown(page, "CAR T infusion").bounding_box()["x"] == pytest.approx(first["x"] + 100, abs=3)


def test_hover_gives_value_unit_day_and_range(page, address):
    open_patient(page, address)
    page.locator('.casekit-chart [aria-label*=", high, day"]').first.hover()
    told = page.locator("#vg-tooltip-element")
    expect(told).to_contain_text("IU/mL")
    expect(told).to_contain_text("day −")
    expect(told).to_contain_text("up to 30")
    expect(told).to_contain_text("synthetic")


def test_a_click_on_a_tile_explains_the_verdict(page, address):
    open_patient(page, address)
    page.locator('.casekit-chart [aria-label*="DORIS remission, not met"]').first.click(force=True)
    expect(page.get_by_role("heading", name=re.compile(r"DORIS remission .*SLE-01, day [-−]\d+"))).to_be_visible()
    expect(page.locator(".ck-why .result")).to_contain_text("not met")
    expect(page.locator(".ck-why .result")).to_be_in_viewport()
    expect(page.get_by_role("cell", name="✕ not met").first).to_be_visible()


@pytest.mark.usefixtures("complaints")
def test_the_keyboard_leads_to_patients_and_into_the_picture(page, address):
    open_patient(page, address)
    page.keyboard.press("ArrowRight")
    expect(shown(page, "SLE-02")).to_be_visible()
    expect(page).to_have_url(re.compile("patient=SLE-02"))
    page.get_by_label("Time", exact=True).focus()
    page.keyboard.press("ArrowLeft")  # belongs to the list that has the focus
    expect(patients(page)).to_have_value("SLE-02")
    mark = page.locator('.casekit-chart:not([hidden]) svg path[tabindex="0"]')
    mark.focus()
    page.keyboard.press("ArrowRight")
    spoken = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    day = re.search(r"day −?\d+", spoken).group().replace("−", "[-−]")
    expect(page.locator(".ck-why")).to_contain_text(re.compile(f"SLE-02, {day}"))


@pytest.mark.usefixtures("complaints")
def test_two_patients_stand_below_each_other_and_move_together(page, address):
    open_patient(page, address, "?patient=SLE-01&with=IIM-01&others=yes&day0=leukapheresis&axis=broken")
    pictures = page.locator(".casekit-chart:not([hidden]) svg")
    expect(pictures).to_have_count(2)
    for place, who in enumerate(("SLE-01", "IIM-01")):
        expect(pictures.nth(place).get_by_text(who, exact=True)).to_be_visible()
        expect(
            pictures.nth(place).get_by_text("days since the leukapheresis, after day 30 months").first
        ).to_be_visible()
    page.get_by_title("Zoom in").locator("visible=true").first.click()
    expect(page).to_have_url(re.compile("days="))
    ticks = [pictures.nth(place).locator(".role-axis-label").first.text_content() for place in range(2)]
    assert ticks[0] == ticks[1]
    for who, sheet in zip(("SLE-01", "IIM-01"), printed(page), strict=True):
        assert f"{who}: the timeline in words" in sheet


def test_a_printed_patient_is_one_page_that_says_who_and_what(page, address):
    open_patient(page, address, "?patient=SLE-01")
    for who in ("SLE-01", "IIM-01", "SSc-02"):
        patients(page).select_option(who)
        expect(shown(page, who)).to_be_visible()
        (sheet,) = printed(page)
        assert re.search(
            rf"{who} · day 0: the CAR T infusion · synthetic data · casekit \S+ · printed \d+ \w+ \d{{4}}", sheet
        )
        assert f"{who}: the timeline in words" in sheet
        assert "Leukapheresis, day −13" in sheet
    page.emulate_media(media="print")
    expect(page.get_by_label("Time", exact=True)).not_to_be_visible()


def printed(page):
    """The words of each printed page."""
    sheets = PdfReader(BytesIO(page.pdf(format="A4", print_background=True))).pages
    return [" ".join(sheet.extract_text().split()) for sheet in sheets]


def test_a_link_opens_the_patient_it_names(page, address):
    open_patient(page, address, "?patient=IIM-02&unit=weeks")
    expect(shown(page, "IIM-02")).to_be_in_viewport()
    expect(shown(page, "weeks since the CAR T infusion")).to_be_visible()
    expect(patients(page)).to_have_value("IIM-02")


def test_a_wrong_link_says_so_and_shows_the_default(page, address):
    open_patient(page, address, "?patient=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(page.get_by_role("alert")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.get_by_role("alert")).to_contain_text("does not exist here; SLE-01 is shown instead")
    expect(shown(page, "SLE-01")).to_be_visible()


def test_no_words_of_any_timeline_overlap_or_are_cut_off_at_any_size(page, address):
    open_patient(page, address)
    everybody = [option.get_attribute("value") for option in patients(page).get_by_role("option").all()]
    found = {}
    for size in SIZES:
        resize(page, *size)
        for who in everybody:
            patients(page).select_option(who)
            expect(shown(page, who)).to_be_visible(timeout=PATIENCE)
            found[who, size] = troubles(page, at_least=60)
        assert not sideways(page), size
    assert {where: trouble for where, trouble in found.items() if trouble} == {}


def test_viewers_cannot_run_code_and_see_none(page, address, tmp_path):
    with page.expect_websocket(lambda socket: "/channels" in socket.url, timeout=PATIENCE) as opened:
        page.goto(f"{address}patient")
    expect(shown(page, "SLE-01")).to_be_visible(timeout=PATIENCE)
    proof = tmp_path / "written-by-a-viewer"
    run(send_code(opened.value.url, page.context.cookies(), f"open({str(proof)!r}, 'w').close()"))
    assert not proof.exists()
    source = page.request.get(f"{address}patient").text()
    assert "views.patient_page" not in source
    assert "import casekit" not in source


def test_leaving_the_page_ends_its_kernel(page, address):
    with page.expect_websocket(lambda socket: "/channels" in socket.url, timeout=PATIENCE) as opened:
        page.goto(f"{address}cohort")
    kernel = re.search(r"api/kernels/[\w-]+", opened.value.url).group()
    assert page.request.get(address + kernel).status == 200
    expect(shown(page, "SSc-04")).to_be_visible(timeout=PATIENCE)
    page.goto(address)
    for _ in range(100):
        if page.request.get(address + kernel).status == 404:
            return
        page.wait_for_timeout(100)
    pytest.fail("the kernel of a page that was left still runs")


async def send_code(url, cookies, code):
    """Ask the kernel of an open page to run code, as a viewer with tools could, and wait for what would come of it."""
    head = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": "x", "version": "5.3"}
    head["date"] = "2026-01-01T00:00:00Z"
    content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    request = {"header": head, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
    known = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in cookies)
    socket = await websocket_connect(HTTPRequest(url, headers={"Cookie": known}))
    await socket.write_message(json.dumps(request))
    ask = {**request, "header": {**head, "msg_id": "alive", "msg_type": "kernel_info_request"}, "content": {}}
    await socket.write_message(json.dumps(ask))
    answers = []
    while not any("kernel_info_reply" in answer for answer in answers):
        answers.append(str(await socket.read_message()))
    await closed(socket)
    assert not any("execute_reply" in answer for answer in answers)
