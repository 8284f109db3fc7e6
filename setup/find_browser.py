"""Finds the browser the tests drive, and installs one when there is none.

    python setup/find_browser.py             prints the path of the browser, or what to do
    python setup/find_browser.py --install   the same, after installing one if need be

Looked for in this order: the path in CASEKIT_BROWSER; Chromium, Chrome or Edge on this machine;
Debian's package (as root); Playwright's own download. Needs nothing but Python.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge", "chrome"]
PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    "C:/Program Files/Microsoft/Edge/Application/msedge.exe",
]
WHAT_TO_DO = (
    "casekit: no browser was found and none could be installed, so the browser tests will fail.\n"
    "Install Chromium or Chrome (Debian, as root: apt-get install chromium), or give its path in CASEKIT_BROWSER."
)
WHAT_TO_DO_FOR_DRIVER = (
    "casekit: Playwright, which drives the browser, does not start, so the browser tests will fail.\n"
    "A small Debian lacks the library libatomic1 (as root: apt-get install libatomic1). It says:\n"
)
# Headless, in a container as well as on a desk, and without the browser's own calls home.
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def run(words: list[str], seconds: int = 600, **environment: str) -> subprocess.CompletedProcess[str] | None:
    """The finished command with what it printed; None when it cannot be started or takes too long."""
    try:
        return subprocess.run(
            words,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def starts(path: str) -> bool:
    """Whether the program is a browser and not the empty shell some systems put in its place."""
    if os.name == "nt":  # there --version opens a window
        return Path(path).is_file()
    answer = run([path, "--version"], seconds=30)
    return answer is not None and answer.returncode == 0


def playwright_browser() -> str | None:
    """The path of the browser Playwright downloaded earlier, if it did."""
    question = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    answer = run([sys.executable, "-c", question], seconds=60)
    path = answer.stdout.strip() if answer and answer.returncode == 0 else ""
    return path if path and Path(path).is_file() else None


def find() -> str | None:
    """The path of a browser on this machine, or None."""
    named = os.environ.get("CASEKIT_BROWSER")
    if named:
        return shutil.which(named)
    on_path = [path for path in map(shutil.which, NAMES) if path]
    placed = [place for place in PLACES if Path(place).is_file()]
    return next(filter(starts, on_path + placed), None) or playwright_browser()


def install_packages(*packages: str) -> None:
    """Install Debian packages; nothing happens where that is not possible."""
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    say(f"installing {packages[0]} for the browser tests with apt-get (about 1 minute) …")
    options = ["-qq", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
    run(["apt-get", "update", "-qq"])
    run(["apt-get", "install", *options, *packages], DEBIAN_FRONTEND="noninteractive")


def install_from_debian() -> str | None:
    """The browser from Debian's packages; None where that is not possible."""
    install_packages("chromium", "fonts-dejavu-core", "libatomic1")
    return find()


def install_with_playwright() -> str | None:
    """The browser Playwright downloads; None where the download is refused."""
    say("downloading a browser for the tests with Playwright (about 1 minute) …")
    run([sys.executable, "-m", "playwright", "install", "chromium"], seconds=300)
    return playwright_browser()


def say(text: str) -> None:
    """Tell the person waiting; standard output is kept for the path."""
    print(f"casekit: {text}", file=sys.stderr, flush=True)


def driver_fault() -> str:
    """What Playwright says when it cannot start; empty when it can."""
    answer = run([sys.executable, "-m", "playwright", "--version"], seconds=60)
    return "" if answer and answer.returncode == 0 else (answer.stderr.strip() if answer else "it cannot be run")


def prepare() -> bool:
    """Whether a browser and what drives it are there, after installing what was missing."""
    there = find() or (not os.environ.get("CASEKIT_BROWSER") and (install_from_debian() or install_with_playwright()))
    fault = driver_fault()
    if fault:
        install_packages("libatomic1")
        fault = driver_fault()
    if fault:
        print(WHAT_TO_DO_FOR_DRIVER + fault, file=sys.stderr)
    return bool(there) and not fault


def main(words: list[str]) -> int:
    """0 and the path on standard output, or 1 and what to do."""
    ready = prepare() if "--install" in words else True
    path = find()
    print(path or WHAT_TO_DO, file=sys.stdout if path else sys.stderr)
    return 0 if path and ready else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
