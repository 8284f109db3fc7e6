"""How long the page of a patient takes from choosing another patient to the repainted picture, in a real browser.

Beside it, in the same run: the same chart shown the usual way, by replacing the chart of an alt.JupyterChart.
Prints the median of 20 changes each, and how long the pages take to open.
"""

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "setup")]

import find_browser  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402

CHANGES, WARM_UP = 20, 2
USUAL = """\
import casekit as ck, ipywidgets as widgets
from casekit import charts
import altair as alt
alt.JupyterChart.enable_offline()
series = ck.example()
frames = charts.timeline_frames(series)
chooser = widgets.Dropdown(options=[name for name in frames.patients["patient_id"]], description="Patient")
picture = alt.JupyterChart(charts.timeline(frames, "SLE-01"), embed_options={"renderer": "svg", "actions": False})
def change(event): picture.chart = charts.timeline(frames, event["new"])
chooser.observe(change, "value")
widgets.VBox([chooser, picture])"""
# From choosing a patient to the first frame that shows that patient's name in the picture.
SWITCH = """name => new Promise((done) => {
  const chooser = [...document.querySelectorAll("select")].find(s => [...s.options].some(o => o.value === name));
  const drawn = () => [...document.querySelectorAll("svg text")].some(
    text => text.textContent === name && text.getBoundingClientRect().width > 0);
  const start = performance.now();
  chooser.value = name;
  chooser.dispatchEvent(new Event("change", { bubbles: true }));
  const look = () => requestAnimationFrame(drawn() ? () => done(performance.now() - start) : look);
  look();
})"""
# From clicking the check box of the laboratory lanes to the first frame in which the picture has another height.
LANE = """() => new Promise((done) => {
  const picture = document.querySelector(".casekit-chart:not([hidden]) svg");
  const box = [...document.querySelectorAll("label")].find(label => label.textContent.trim() === "Laboratory");
  const [before, start] = [picture.getBoundingClientRect().height, performance.now()];
  box.querySelector("input").click();
  const changed = () => picture.getBoundingClientRect().height !== before;
  const look = () => requestAnimationFrame(changed() ? () => setTimeout(done, 150, performance.now() - start) : look);
  look();
})"""
SAME = ["SLE-02", "SLE-03", "SLE-04", "SLE-05", "SLE-06", "SLE-07", "SLE-08", "SLE-01"]
MIXED = ["IIM-01", "SLE-02", "SSc-01", "IIM-02", "SSc-02", "SLE-03"]


def main() -> None:
    """Serve both pages, measure, print."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        prepare(Path(folder))
        server = serve(Path(folder))
        browser = playwright.chromium.launch(executable_path=find_browser.find(), args=find_browser.FLAGS)
        try:
            report(browser.new_page(viewport={"width": 1440, "height": 900}), server)
        finally:
            browser.close()
            server.terminate()
            server.wait(30)


def prepare(folder: Path) -> None:
    """Make a folder of dashboards with our page and the usual one."""
    shutil.copytree(ROOT / "dashboards", folder, dirs_exist_ok=True)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(USUAL)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "usual.ipynb")
    pages = {"patient": ROOT / "notebooks/02-patient.ipynb", "usual": folder / "usual.ipynb"}
    entries = [f'[page.{name}]\nnotebook = "{path}"\ntitle = "-"\nsentence = "-"\n' for name, path in pages.items()]
    text = f'series = "{ROOT / "data/cd19-car-t"}"\n' + "".join(entries)
    (folder / "published.toml").write_text(text, encoding="utf-8")


def serve(folder: Path) -> subprocess.Popen[str]:
    """Serve that folder without warm kernels."""
    code = f"from pathlib import Path; from casekit.publish import serve; serve(0, folder=Path({str(folder)!r}))"
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def report(page: Page, server: subprocess.Popen[str]) -> None:
    """Measure both pages and print one line for each figure."""
    found = re.search(r"http://127\.0\.0\.1:\d+/", server.stdout.readline() if server.stdout else "")
    address = found.group() if found else sys.exit("the server did not start")
    print(f"patient page, cold kernel, to the drawn picture: {opened(page, address + 'patient'):.2f} s")
    line("our page, lane shown or hidden", lanes(page))
    ours = measured(page, SAME)
    line("our page, next patient of the same disease", ours)
    line("our page, patients of changing diseases", measured(page, MIXED))
    opened(page, address + "usual")
    line("the same chart in alt.JupyterChart, replaced", usual := measured(page, SAME))
    print(f"ratio of the medians, usual to ours: {statistics.median(usual) / statistics.median(ours):.1f}")


def lanes(page: Page) -> list[float]:
    """Return the milliseconds from clicking a check box to the picture with or without that lane."""
    page.wait_for_timeout(3000)
    return [page.evaluate(LANE) for _ in range(WARM_UP + CHANGES)][WARM_UP:]


def opened(page: Page, address: str) -> float:
    """Return the seconds until the picture is drawn."""
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_function(
        "[...document.querySelectorAll('svg text')].some(t => t.textContent === 'SLE-01')", timeout=120_000
    )
    return time.perf_counter() - start


def measured(page: Page, names: list[str]) -> list[float]:
    """Return the milliseconds of every change, after a warm-up."""
    order = [names[i % len(names)] for i in range(max(WARM_UP, len(names)) + CHANGES)]
    times = []
    for name in order:
        times.append(page.evaluate(SWITCH, name))
        page.wait_for_timeout(150)
    return times[-CHANGES:]


def line(what: str, times: list[float]) -> None:
    """Print median and 95th percentile."""
    print(f"{what}: median {statistics.median(times):.0f} ms, 95 % below {sorted(times)[-2]:.0f} ms (n = {len(times)})")


if __name__ == "__main__":
    main()
