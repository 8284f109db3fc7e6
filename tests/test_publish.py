"""What is published, and how: only the declared pages, on this machine only, nothing loaded from elsewhere."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
import uuid
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from published_pages import served
from real_clients import run
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from casekit.errors import CaseKitError, DataError, DefinitionError
from casekit.publish import server_log, serving
from casekit.publish.access import Access
from casekit.publish.channel import PublishedChannel
from casekit.publish.published import DASHBOARDS, Published, copy_notebooks, published
from casekit.publish.server_log import log_file
from casekit.publish.serving import headers, landing, note, serve
from casekit.views.vega_view import VegaView

ONE_WORKER = True  # what the tests of this file share takes seconds to start
ROOT = Path(__file__).parent.parent
ELSEWHERE = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?\s*(?:https?:)?//""")


@pytest.fixture(scope="module")
def address():
    """Where the pages are served, for as long as the tests of this file run."""
    with served() as where:
        yield where


def test_every_page_has_a_notebook_a_title_and_a_sentence():
    pages = published().pages
    assert [page.name for page in pages] == list(
        tomllib.loads((DASHBOARDS / "published.toml").read_text("utf-8"))["page"]
    )
    assert all(page.title and page.sentence.endswith(".") for page in pages)


def test_only_declared_notebooks_are_copied(tmp_path):
    copy_notebooks(published().pages[:2], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cohort.ipynb", "patient.ipynb"]


def test_a_declared_notebook_that_is_missing_is_named(tmp_path):
    (tmp_path / "published.toml").write_text(
        'series = "."\n[page.x]\nnotebook = "gone.ipynb"\ntitle = "X"\nsentence = "X."\n', encoding="utf-8"
    )
    with pytest.raises(DefinitionError, match=r"gone\.ipynb"):
        published(tmp_path)


def test_a_folder_without_declaration_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match=r"published\.toml: found no such file"):
        published(tmp_path)


def test_a_folder_that_is_no_series_is_named_with_what_it_lacks(tmp_path):
    with pytest.raises(DataError, match=r"patients\.csv: found no such file") as refusal:
        published(series=tmp_path)
    assert "full copy" not in str(refusal.value)


def test_the_landing_page_lists_the_pages_and_says_synthetic():
    html = landing(published())
    for page in published().pages:
        assert f'href="{page.name}"' in html
        assert page.sentence in html
    assert "Synthetic data." in html
    assert "Read-only" in html


@pytest.mark.parametrize("file", sorted(DASHBOARDS.rglob("*.j2")), ids=lambda file: file.name)
def test_templates_load_nothing_from_elsewhere(file):
    assert ELSEWHERE.findall(file.read_text(encoding="utf-8")) == []


def test_the_policy_names_no_other_host():
    policy = headers()["Content-Security-Policy"]
    assert "http" not in policy
    assert "*" not in policy
    assert "default-src 'self'" in policy


def test_a_taken_port_is_said():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CaseKitError, match="in use"):
            serve(other.getsockname()[1])


def test_a_series_with_broken_tables_is_not_served(monkeypatch, tmp_path):
    monkeypatch.setattr(serving, "_run", lambda *_: pytest.fail("it was served"))
    (tmp_path / "series.toml").write_text('title = "Mine"\nsynthetic = true\n', encoding="utf-8")
    (tmp_path / "patients.csv").write_text("patient_id,disease,sex,last_known_day\nA,SLE,femal,90\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"patients\.csv row 2, column sex"):
        serve(0, series=tmp_path)


def test_it_listens_on_this_machine_only(monkeypatch):
    seen = {}
    monkeypatch.setattr(serving, "_run", lambda config, *_others: seen.update(config=config))
    assert serve(0) == 0
    config = seen["config"]
    assert config.Voila.ip == "127.0.0.1"
    assert config.VoilaConfiguration.allow_template_override == "NO"
    assert config.VoilaConfiguration.strip_sources is True


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "voila/render/nothing.ipynb",
        "voila/render/../../README.md",
        "voila/files/patient.ipynb",
        "voila/tree",
        "voila/api/contents",
        "api/contents",
        "api/kernels",
        "api/sessions",
        "api/terminals",
    ],
)
def test_nothing_else_can_be_opened(address, path):
    assert httpx.get(address + path).status_code in {403, 404}


def test_every_answer_carries_the_headers(address):
    sent = httpx.get(address).headers
    assert {name: sent.get(name) for name in headers()} == headers()


# ---- what the data call themselves


@pytest.mark.parametrize("said", [{}, {"synthetic": False}, {"synthetic": "no"}])
def test_only_a_series_that_says_so_is_called_synthetic(said, tmp_path):
    pages = Published(published().pages, {"title": "T", **said})
    assert "Synthetic" not in landing(pages)
    copy_notebooks(pages.pages, tmp_path, note(pages))
    heads = [json.loads(path.read_text("utf-8"))["metadata"]["casekit_note"] for path in tmp_path.iterdir()]
    assert set(heads) == {"Read-only"}


def test_the_head_of_every_page_says_synthetic_when_the_series_does(address):
    assert published().synthetic is True
    assert "<span>Synthetic patients · read-only</span>" in httpx.get(address + "instruments", timeout=120).text
    assert note(replace(published(), series={"synthetic": True})) == "Synthetic patients · read-only"


# ---- who may ask, and what is answered to what is not here


@pytest.mark.parametrize("path", ["", "patient", "voila/static/main.js", "voila/query/x", "nothing/at/all"])
@pytest.mark.parametrize(
    "name", ["attacker.example", "attacker.example:8866", "127.0.0.1.attacker.example", "10.0.0.1"]
)
def test_a_foreign_name_that_points_here_is_refused(address, path, name):
    assert httpx.get(address + path, headers={"Host": name}).status_code == 403


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8866"])
def test_the_own_names_are_answered(address, name):
    assert httpx.get(address, headers={"Host": name}).status_code == 200


@pytest.mark.parametrize(
    "path", ["nothing", "nothing/at/all", "voila/render/nothing.ipynb", "voila/labextensions/no.js"]
)
def test_what_is_not_here_is_said_in_one_sentence(address, path):
    answer = httpx.get(address + path)
    assert answer.status_code == 404
    assert "There is no such page here." in answer.text
    assert not re.search(r"https?://|<script|Traceback|Voil", answer.text)
    assert answer.headers["Content-Security-Policy"] == headers()["Content-Security-Policy"]


def test_pages_connect_to_their_own_server_only():
    assert serving.POLICY["connect-src"].split() == ["'self'", "blob:", "data:"]


def test_a_page_left_open_keeps_its_connection():
    settings = serving._config(1, ROOT, Access(), 1).Voila.tornado_settings
    assert settings["ws_ping_timeout"] > 2 * settings["ws_ping_interval"]  # one late answer closes nothing


# ---- nothing of our code leaves the server

FAULT = "from casekit.views.safe import guarded; guarded(lambda _: None)(lambda: 1 / 0)()"


def fault(**variables):
    """What a fault in a callback writes to standard output and standard error."""
    words, known = [sys.executable, "-c", FAULT], {**os.environ, **variables}
    ran = subprocess.run(words, env=known, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_a_served_kernel_writes_faults_to_the_file_only(tmp_path):
    assert fault(CASEKIT_LOG=str(tmp_path / "log")) == ""
    assert "ZeroDivisionError" in (tmp_path / "log").read_text("utf-8")
    assert fault(CASEKIT_LOG=str(tmp_path / "no" / "folder")) == ""
    assert "ZeroDivisionError" in fault(CASEKIT_LOG="")


def test_the_log_is_kept_until_it_is_large_and_is_its_owners_only(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(server_log, "LARGEST_LOG", 10)
    log_file(1).write_text("a fault", encoding="utf-8")
    assert log_file(1).read_text("utf-8") == "a fault"
    log_file(1).write_text("a fault, and another", encoding="utf-8")
    assert log_file(1).read_text("utf-8") == ""
    if os.name == "posix":
        assert log_file(1).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", ["error", "stream", "execute_input", "execute_reply", "comm_msg", "status"])
def test_messages_that_hold_code_are_not_sent(kind, monkeypatch):
    sent = []
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "handle_outgoing_message", lambda *values: sent.append(values))
    session = Session(key=b"k")
    channel = PublishedChannel.__new__(PublishedChannel)
    channel.session = session
    channel.handle_outgoing_message("iopub", session.serialize(session.msg(kind, {}), ident=b"topic"))
    assert bool(sent) is (kind in {"comm_msg", "status"})


def request(kind, content):
    """A message as the browser sends it."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
    return {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}


async def forge(address):
    """Send values of a wrong type to every widget of a page and return all the messages that come back."""
    page = await asyncio.to_thread(httpx.get, address + "instruments", timeout=120)
    kernel = re.search(r'"kernelId":\s*"([^"]+)"', page.text).group(1)
    cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in page.cookies.items())}
    channels = f"ws{address[4:]}api/kernels/{kernel}/channels?session_id=s"
    browser = await websocket_connect(HTTPRequest(channels, headers=cookies))

    async def ask(kind, content):
        """Send one message and return the messages until the kernel is idle again."""
        question, got = request(kind, content), []
        await browser.write_message(json.dumps(question))
        while True:
            got.append(json.loads(await asyncio.wait_for(browser.read_message(), 60)))
            mine = got[-1]["parent_header"].get("msg_id") == question["header"]["msg_id"]
            if mine and got[-1]["content"].get("execution_state") == "idle":
                return got

    known = await ask("comm_info_request", {"target_name": "jupyter.widget"})
    comms = next(message["content"]["comms"] for message in known if message["msg_type"] == "comm_info_reply")
    state = {"description": 5, "value": {"a": 1}, "layout": 7}
    data = {"method": "update", "state": state, "buffer_paths": []}
    answers = [await ask("comm_msg", {"comm_id": comm, "data": data}) for comm in list(comms)[:20]]
    answers.append(await ask("comm_info_request", {}))  # whatever was printed has been flushed by now
    browser.close()
    while await asyncio.wait_for(browser.read_message(), 30) is not None:
        pass  # the socket is closed once nothing more comes
    return [message for answer in answers for message in answer]


def test_a_forged_message_brings_no_traceback_back(address):
    got = run(forge(address))
    assert len(got) > 20
    assert {message["msg_type"] for message in got}.isdisjoint({"error", "stream", "execute_input"})
    assert "Traceback" not in json.dumps(got)


def test_a_forged_key_asks_for_nothing():
    view = VegaView(lambda name: {"good": {}}[name])
    view.show("good")
    view.set_state({"key": "x"})
    assert view.key == "good"
    view._make = lambda _name: 1 / 0
    view.specs.made.clear()
    view._answer(view, {"need": "good", "reset": True}, [])
    view.on_reset(lambda: 1 / 0)
    view._answer(view, {"reset": True}, [])
