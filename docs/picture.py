"""Draws the picture of the README from the shipped series, in the browser of the tests: python docs/picture.py."""

import sys
from pathlib import Path

import casekit as ck
from casekit import charts

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "setup"))


def draw(file: Path) -> None:
    """Write the timeline of one synthetic patient as PNG."""
    import find_browser
    from playwright.sync_api import sync_playwright

    chart = charts.timeline(charts.timeline_frames(ck.example()), "SLE-01")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser.find(), args=find_browser.FLAGS)
        page = browser.new_page(viewport={"width": 1300, "height": 1200}, device_scale_factor=1.5)
        page.set_content(chart.to_html(inline=True, embed_options={"renderer": "svg", "actions": False}))
        page.locator("svg.marks").screenshot(path=file)
        browser.close()


if __name__ == "__main__":
    draw(HERE / "patient.png")
