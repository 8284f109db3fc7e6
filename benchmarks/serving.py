"""How fast the served pages are and what a viewer costs, beside stock Voilà with the same notebook in the same run.

python benchmarks/serving.py            medians of a few runs
python benchmarks/serving.py --soak 30  thirty minutes of viewers who come, look and leave; memory at start and end
"""

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "setup"))

import find_browser  # noqa: E402

RUNS, VIEWERS, SWITCHES = 5, 10, 3
OURS = [sys.executable, "-c", "from casekit.publish import serve; serve(0)"]
STOCK = [sys.executable, "-m", "voila", "--no-browser", str(ROOT / "notebooks" / "02-patient.ipynb")]
FIRST, LIVE = "#casekit-first img", ".casekit-chart svg"
PSS = re.compile(r"^Pss:\s+(\d+)", re.MULTILINE)


@contextmanager
def serving(words: list[str]) -> Iterator[tuple[str, int]]:
    """Yield the address of a server and its process number, for as long as it is needed."""
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, text=True)
        try:
            yield _address(log), server.pid
        finally:
            server.terminate()
            server.wait(30)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _address(log: Any) -> str:
    """Return the address a server has said."""
    while True:
        log.seek(0)
        if found := re.search(r"http://(?:127\.0\.0\.1|localhost):\d+/", log.read()):
            return found.group()
        time.sleep(0.1)


def seen(browser: Browser, address: str, selector: str) -> float:
    """Return the seconds until a part of the page is laid out, in a browser with nothing kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(selector).first.wait_for(state="visible", timeout=120_000)
    seconds = time.perf_counter() - started
    context.close()
    return seconds


def memory(server: int) -> float:
    """Return the memory of a server and all that it started, in MB, shared parts counted once."""
    total = 0
    for process in family(server):
        try:
            total += int(PSS.search(Path(f"/proc/{process}/smaps_rollup").read_text())[1])  # type: ignore[index]
        except (OSError, TypeError):
            continue
    return total / 1024


def family(server: int) -> set[int]:
    """Return a process and its descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {server}
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def switch(page: Page, patient: str) -> float:
    """Return the seconds from choosing a patient until the picture shows it."""
    started = time.perf_counter()
    page.get_by_label("Patient", exact=True).select_option(patient)
    page.locator(f"{LIVE} >> text={patient}").first.wait_for(timeout=60_000)
    return time.perf_counter() - started


def together(browser: Browser, address: str, server: int) -> tuple[list[float], float]:
    """Return the seconds of patients switched by ten viewers with open pages, and the memory of one more viewer."""
    pages, before = [], 0.0
    for number in range(VIEWERS):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(address, wait_until="commit")
        page.locator(LIVE).first.wait_for(state="visible", timeout=120_000)
        pages.append(page)
        if not number:
            before = memory(server)
    each = (memory(server) - before) / (VIEWERS - 1)
    seconds = [switch(page, f"SLE-0{turn + 2}") for turn in range(SWITCHES) for page in pages]
    for page in pages:
        page.context.close()
    return seconds, each


def measure(browser: Browser) -> None:
    """Print all medians."""
    with serving(OURS) as (address, server):
        cold = seen(browser, address + "patient", LIVE)
        print(f"live chart, first viewer right after the start {cold:6.2f} s")
        wait_for_pictures(browser, address)
        for name, selector in (("first picture", FIRST), ("live chart", LIVE)):
            values = [seen(browser, address + "patient", selector) for _ in range(RUNS)]
            print(f"{name:<46} {statistics.median(values):6.2f} s  (n={RUNS}, {min(values):.2f} to {max(values):.2f})")
        seconds, each = together(browser, address + "patient", server)
        print(f"patient switched, {VIEWERS} pages open {statistics.median(seconds):22.2f} s  (n={len(seconds)})")
        print(f"memory of one more viewer {each:26.0f} MB")
    with serving([*STOCK, f"--port={free_port()}"]) as (address, _):
        values = [seen(browser, address, LIVE) for _ in range(RUNS)]
        print(f"stock Voilà, the same notebook: live chart {statistics.median(values):10.2f} s  (n={RUNS})")


def wait_for_pictures(browser: Browser, address: str) -> None:
    """Wait until the server has drawn its first pictures."""
    while True:
        try:
            page = browser.new_page()
            page.goto(address + "patient", wait_until="commit")
            page.locator(FIRST).wait_for(timeout=2_000)
        except Exception:  # noqa: BLE001, S110  (not yet)
            pass
        else:
            return
        finally:
            page.close()


def soak(browser: Browser, minutes: float) -> None:
    """Print the memory while viewers come, look at two patients and leave."""
    with serving(OURS) as (address, server):
        wait_for_pictures(browser, address)
        ends, number = time.monotonic() + 60 * minutes, 0
        while time.monotonic() < ends:
            page = browser.new_context().new_page()
            page.goto(address + "patient", wait_until="commit")
            page.locator(LIVE).first.wait_for(state="visible", timeout=120_000)
            switch(page, "SLE-02")
            page.close(run_before_unload=True)
            page.context.close()
            number += 1
            if number % 5 == 0:
                print(f"{number:5d} viewers {memory(server):8.0f} MB, {len(family(server))} processes", flush=True)


def main() -> None:
    """Measure, or soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soak", type=float, metavar="MINUTES")
    minutes = parser.parse_args().soak
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser.find(), args=find_browser.FLAGS)
        soak(browser, minutes) if minutes else measure(browser)
        browser.close()


if __name__ == "__main__":
    if os.name != "posix":
        sys.exit("memory is read from /proc, which is there on Linux only")
    main()
