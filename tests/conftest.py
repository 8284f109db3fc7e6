"""For all tests: repeatable examples, and a real browser that cannot reach anything but this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import find_browser
import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Route, WebSocketRoute

LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
LOCAL_SCHEMES = {"data", "blob", "about"}

# The same examples at every run, and no clock: a busy machine must not fail a rule.
hypothesis.settings.register_profile("casekit", deadline=None, derandomize=True)
hypothesis.settings.load_profile("casekit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one worker when they share a browser or a server."""
    for item in items:
        in_browser = "browser" in getattr(item, "fixturenames", ())
        if in_browser:
            item.add_marker(pytest.mark.browser)
        if in_browser or getattr(getattr(item, "module", None), "ONE_WORKER", False):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


def is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in LOCAL_SCHEMES or parts.hostname in LOCAL_HOSTS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all browser tests."""
    from playwright.sync_api import sync_playwright

    path = find_browser.find()
    if path is None:
        pytest.fail(find_browser.WHAT_TO_DO)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=find_browser.FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the shipped pages are served, for all browser tests that do not change the server."""
    from published_pages import served

    with served() as where:
        yield where


@pytest.fixture
def outside_requests() -> list[str]:
    """Every address outside this machine that the page of this test has asked for."""
    return []


@pytest.fixture
def page(browser: Browser, outside_requests: list[str]) -> Iterator[Page]:
    """A page of 1440 by 900; a request that would leave the machine gets no answer, is kept, and fails the test.

    No answer, rather than a refusal, is what a hospital's firewall gives: a page that waits for it stays blank.
    """

    def guard(route: Route) -> None:
        if is_local(route.request.url):
            route.continue_()
        else:
            outside_requests.append(route.request.url)

    def guard_socket(socket: WebSocketRoute) -> None:
        outside_requests.append(socket.url)

    context = browser.new_context(viewport={"width": 1440, "height": 900}, service_workers="block")
    context.route("**/*", guard)
    context.route_web_socket(lambda url: not is_local(url), guard_socket)
    yield context.new_page()
    context.close()
    assert outside_requests == [], "the page asked for addresses outside this machine"
