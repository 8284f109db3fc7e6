"""The notebook of one patient in JupyterLab, as an analyst opens it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).parents[1]
PATIENCE = 90_000
TABLE = """\
import altair as alt
alt.renderers.enable("jupyter", offline=True)
alt.Chart(series.patients).mark_bar().encode(x="count()", y="disease:N")"""


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab over a copy of the patient notebook with a plain chart of a table below."""
    shutil.copy(ROOT / "notebooks/02-patient.ipynb", tmp_path / "patient.ipynb")
    notebook = json.loads((tmp_path / "patient.ipynb").read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "id": "own", "metadata": {}, "outputs": [], "execution_count": None, "source": TABLE}
    notebook["cells"].append(cell)
    (tmp_path / "patient.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    place = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    settings = ["--no-browser", "--allow-root", "--IdentityProvider.token=", *place]
    command = [sys.executable, "-m", "jupyterlab", *settings, f"--ServerApp.root_dir={tmp_path}"]
    home = {name: str(tmp_path / ".jupyter") for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    log = tmp_path / "lab.log"
    with log.open("w") as said, subprocess.Popen(command, stderr=said, env={**os.environ, **home}) as server:
        wait_until_it_answers(f"http://127.0.0.1:{port}/api/status", server, log)
        yield f"http://127.0.0.1:{port}/", tmp_path / "patient.ipynb"
        server.terminate()


def wait_until_it_answers(address, server, log):
    """Wait for a server that takes a while to start, or tell what it wrote when it ended."""
    until = time.monotonic() + 120
    while True:
        assert server.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < until, log.read_text(encoding="utf-8")
        with suppress(httpx.TransportError):
            if httpx.get(address, timeout=5).is_success:
                return
        time.sleep(0.2)


def test_an_analyst_sees_the_page_and_the_code_draws_and_saves(page, lab):
    address, notebook = lab
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page.goto(f"{address}lab/tree/patient.ipynb?reset")
    expect(page.get_by_text("views.patient_page(series)").first).to_be_visible()
    expect(page.get_by_text("| Idle")).to_be_visible()
    page.get_by_text("import casekit as ck").click()
    for _ in range(3):  # import, read, page
        page.keyboard.press("Shift+Enter")
    drawn = page.locator(".casekit-chart:not([hidden]) svg")
    expect(drawn.get_by_text("SLE-01", exact=True).first).to_be_attached()
    before = page.url
    page.get_by_label("Patient", exact=True).select_option("SLE-03")
    expect(drawn.get_by_text("SLE-03", exact=True).first).to_be_attached()
    expect(page.locator("code", has_text='patient_page(series, "patient=SLE-03")')).to_be_attached()
    assert page.url == before
    page.get_by_text("alt.renderers.enable").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jp-OutputArea .vega-embed").last.locator("svg, canvas").first).to_be_attached()
    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    assert "patient_page" in notebook.read_text(encoding="utf-8")
    expect.set_options(timeout=5_000)
