"""How fast the served pages are and what a viewer costs, beside stock Voilà with the same notebook in the same run.

python benchmarks/serving.py            medians of a few runs
python benchmarks/serving.py --soak 30  thirty minutes of viewers who come, look and leave; memory at start, middle, end

The memory of a viewer is the proportional set size of her kernel, from /proc/PID/smaps_rollup: what is hers alone, and
her share of what kernels have in common. Server, loaded process and kernels add up to what the machine needs.
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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "setup"))

import find_browser  # noqa: E402

RUNS, VIEWERS, SWITCHES, CROWD = 5, 10, 3, 5
SOAKED = ("patient", "cohort", "sle", "safety", "b-cells", "claims")
OURS = [sys.executable, "-c", "from casekit.publish import serve; serve(0)"]
STOCK = [sys.executable, "-m", "voila", "--no-browser", str(ROOT / "notebooks" / "02-patient.ipynb")]
FEWEST = 3  # rounds of viewers: a slope in the second half needs two points
PATIENCE = 600_000  # milliseconds; a soak gives way to all other work of the machine
FIRST, LIVE = "#casekit-first img", ".casekit-chart svg"
ZYGOTE = "casekit.publish.zygote"


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
    page.locator(selector).first.wait_for(state="visible", timeout=PATIENCE)
    seconds = time.perf_counter() - started
    leave(page)
    return seconds


@dataclass(frozen=True)
class Memory:
    """What the processes of a server need, in MB of proportional set size; shared parts are counted once in the sum."""

    server: float
    loaded: float
    kernels: tuple[float, ...]

    @property
    def whole(self) -> float:
        """All of it."""
        return self.server + self.loaded + sum(self.kernels)


def memory(server: int) -> Memory:
    """Return the memory of a server, of the process that forks, and of every kernel it has forked."""
    loaded = [child for child in children(server) if ZYGOTE in child.cmdline()]
    kernels = sorted((kernel for fork in loaded for kernel in children(fork.pid)), key=lambda one: one.create_time())
    return Memory(pss(psutil.Process(server)), sum(map(pss, loaded)), tuple(map(pss, kernels)))


def children(process: int) -> list[psutil.Process]:
    """Return the processes that a process has started itself; none once it has ended."""
    with suppress(psutil.NoSuchProcess):
        return list(psutil.Process(process).children())
    return []


def pss(process: psutil.Process) -> float:
    """Return the proportional set size of a process in MB; nothing of one that has just ended."""
    with suppress(psutil.NoSuchProcess):
        return float(process.memory_full_info().pss) / 2**20
    return 0.0


def switch(page: Page, patient: str) -> float:
    """Return the seconds from choosing a patient until the picture shows it."""
    started = time.perf_counter()
    page.get_by_label("Patient", exact=True).select_option(patient)
    page.locator(f"{LIVE} >> text={patient}").first.wait_for(timeout=PATIENCE)
    return time.perf_counter() - started


def together(browser: Browser, address: str, server: int) -> tuple[list[float], Memory]:
    """Return the seconds of patients switched by ten viewers with open pages, and the memory they need."""
    pages = []
    for _ in range(VIEWERS):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(address, wait_until="commit")
        page.locator(LIVE).first.wait_for(state="visible", timeout=PATIENCE)
        pages.append(page)
    needed = memory(server)
    seconds = [switch(page, f"SLE-0{turn + 2}") for turn in range(SWITCHES) for page in pages]
    for page in pages:
        leave(page)
    return seconds, needed


def leave(page: Page) -> None:
    """Leave a page as a browser does that is closed: the page says farewell to its kernel."""
    page.goto("about:blank")
    page.context.close()


def drained(browser: Browser, address: str) -> float:
    """Return the seconds until the first picture while the kernels of five other viewers are starting."""
    with ExitStack() as crowd:
        for _ in range(CROWD):
            page = browser.new_context().new_page()
            crowd.callback(leave, page)
            page.goto(address, wait_until="commit")
        return seen(browser, address, FIRST)


def measure(browser: Browser) -> None:
    """Print all medians."""
    with serving(OURS) as (address, server):
        cold = seen(browser, address + "patient", LIVE)
        print(f"live chart, first viewer right after the start {cold:6.2f} s")
        wait_for_pictures(browser, address)
        for name, selector in (("first picture", FIRST), ("live chart", LIVE)):
            say(name, [seen(browser, address + "patient", selector) for _ in range(RUNS)])
        say(f"first picture, {CROWD} kernels starting", [drained(browser, address + "patient") for _ in range(RUNS)])
        seconds, needed = together(browser, address + "patient", server)
        say(f"patient switched, {VIEWERS} pages open", seconds)
        say(f"memory of one of {VIEWERS} kernels", needed.kernels, "MB")
        print(f"memory of the server {needed.server:.0f} MB, of the loaded process {needed.loaded:.0f} MB")
    with serving([*STOCK, f"--port={free_port()}"]) as (address, _):
        say("stock Voilà, the same notebook: live chart", [seen(browser, address, LIVE) for _ in range(RUNS)])


def say(what: str, values: Sequence[float], unit: str = "s") -> None:
    """Print the median of some values with their range."""
    digits = 0 if unit == "MB" else 2
    middle, low, high = (f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    print(f"{what:<46} {middle:>6} {unit}  (n={len(values)}, {low} to {high})", flush=True)


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
    """Print the memory while viewers come, look and leave, and one stays the whole time and goes on looking."""
    with serving(OURS) as (address, server):
        wait_for_pictures(browser, address)
        stays = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        stays.goto(address + "patient", wait_until="commit")
        stays.locator(LIVE).first.wait_for(state="visible", timeout=PATIENCE)
        started, seen_at = time.monotonic(), []
        for number, name in enumerate(cycle(SOAKED), start=1):
            seen(browser, address + name, LIVE)
            switch(stays, f"SLE-0{2 + number % 6}")
            now = (time.monotonic() - started) / 60
            if number % len(SOAKED) == 0:
                seen_at.append((now, number, memory(server)))
                tell(*seen_at[-1])
                if now > minutes and len(seen_at) > FEWEST:
                    break
        print("start, middle and end:")
        for at in (0, len(seen_at) // 2, -1):
            tell(*seen_at[at])
        slopes(seen_at)


def tell(now: float, number: int, needed: Memory) -> None:
    """Print the memory after so many minutes and viewers; the kernel that stays is the oldest, and is named first."""
    kernels = ", ".join(f"{one:.0f}" for one in needed.kernels)
    print(
        f"{now:5.1f} min {number:4d} viewers: server {needed.server:.0f} MB, loaded process {needed.loaded:.0f} MB, "
        f"kernels {kernels} MB, together {needed.whole:.0f} MB",
        flush=True,
    )


def slopes(seen_at: Sequence[tuple[float, int, Memory]]) -> None:
    """Print how fast each part grows in the second half, when all caches are filled."""
    later = seen_at[len(seen_at) // 2 :]
    minutes = [now for now, _, _ in later]
    parts = {
        "server": [needed.server for _, _, needed in later],
        "loaded process": [needed.loaded for _, _, needed in later],
        "kernel that stays": [needed.kernels[0] for _, _, needed in later],
    }
    for name, values in parts.items():
        slope = statistics.linear_regression(minutes, values).slope * 60
        print(f"{name}: {slope:+.1f} MB an hour (second half, n={len(later)})")


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
