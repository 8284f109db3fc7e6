"""Attacks on the running server by real clients: nothing gets in, nothing leaks, and the server stays up."""

# Each refusal was taken out in a copy, one at a time, and a test failed: our layer of the channel and with it Voilà's,
# comm_open, withheld kinds, parts and size of a message, kernel ids, methods, origin, token, its file, cookie, crooked
# addresses, closed handlers, sizes of a request, places, deserted kernels, the log, escaping.
import asyncio
import json
import os
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import StringIO
from pathlib import Path

import httpx
import pandas as pd
import pytest
from published_pages import pages_of, served
from real_clients import (
    KERNEL,
    answers,
    closed,
    connect,
    handshake,
    left,
    loaded,
    log_text,
    message,
    opened,
    program,
    run,
)
from small_series import EVENTS, MEASUREMENTS, PATIENTS, TREATMENTS, small

from casekit import records
from casekit.errors import CaseKitError
from casekit.publish.access import access
from casekit.publish.channel import is_accepted

ONE_WORKER = True  # what the tests of this file share takes seconds to start
HOSTILE = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
FORMULA = "=cmd|'/c calc'!A1"


FREE = {
    "patients": ["subtype", "organs", "autoantibodies"],
    "treatments": ["reason", "origin"],
    "measurements": ["specimen", "origin"],
    "events": ["relatedness", "outcome", "origin"],
}


def hostile_series():
    """The small series with markup or a formula in every cell that may hold any text, the names of patients too."""
    texts = {"patients": PATIENTS, "treatments": TREATMENTS, "measurements": MEASUREMENTS, "events": EVENTS}
    tables = {name: pd.read_csv(StringIO(text), dtype=str, keep_default_na=False) for name, text in texts.items()}
    for name, frame in tables.items():
        frame["patient_id"] += HOSTILE
        for place, column in enumerate(FREE[name]):
            frame[column] = (FORMULA if place == 2 else HOSTILE) + column
    written = {name: frame.to_csv(index=False) for name, frame in tables.items()}
    return records.from_text({"synthetic": True, "title": HOSTILE}, **written)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """The folder in which the server of these tests keeps its log."""
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the pages of a hostile series."""
    return pages_of(hostile_series(), tmp_path_factory.mktemp("pages") / "dashboards")


@pytest.fixture(scope="module")
def address(folder, log):
    """Where the pages of a hostile series are served, to four viewers at most."""
    with served(program(folder), XDG_STATE_HOME=str(log)) as where:
        yield where


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """The same with a token; the token and the address."""
    place = tmp_path_factory.mktemp("guarded")
    folder = pages_of(small(), place / "dashboards")
    words = f"'127.0.0.1', token_file=Path({str(place / 'token')!r})"
    with served(program(folder, words), XDG_STATE_HOME=str(place)) as where:
        yield where, (place / "token").read_text("utf-8").strip()


@pytest.fixture
def viewer(address):
    """A viewer with a page of her own, and the id of its kernel; the kernel is ended afterwards."""
    with httpx.Client(base_url=address, timeout=120) as client:
        kernel = opened(client)
        yield client, kernel
        left(client, kernel)


# ---- messages over the channel


EVIL = "open({!r}, 'w').write('in')"
KINDS = ["execute_request", "complete_request", "inspect_request", "history_request", "is_complete_request"]
KINDS += ["debug_request", "interrupt_request", "input_reply", "shutdown_request", "usage_request", "create_subshell"]


BINARY = "v1.kernel.websocket.jupyter.org"
WAYS = [("shell", None), ("shell", BINARY), ("control", None), ("control", BINARY), ("stdin", None)]


@pytest.mark.parametrize(("channel", "protocol"), WAYS)
def test_no_message_runs_code_or_ends_the_kernel(viewer, channel, protocol, tmp_path):
    file = tmp_path / "written"
    content = {"code": EVIL.format(str(file)), "silent": False, "restart": False, "value": "x", "command": "evaluate"}
    told = [message(kind, content, channel) for kind in KINDS]
    got = b"".join(run(answers(*viewer, *told, protocol=protocol)))
    assert not file.exists()
    for kind in ("execute_reply", "complete_reply", "inspect_reply", "history_reply", "shutdown_reply", "debug_reply"):
        assert kind.encode() not in got
    assert viewer[0].get(f"/api/kernels/{viewer[1]}").status_code == 200


@pytest.mark.parametrize("kind", [*KINDS, "comm_msg", "kernel_info_request"])
@pytest.mark.parametrize("channel", ["shell", "control", "stdin", "iopub", ""])
def test_our_own_layer_alone_lets_only_widgets_pass(kind, channel):
    passed = (channel, kind) in {("shell", "comm_msg"), ("shell", "kernel_info_request")}
    assert is_accepted(channel, {"msg_type": kind}, {}) is passed


@pytest.mark.parametrize("protocol", [None, BINARY])
def test_what_is_no_message_is_dropped(viewer, protocol):
    async def send():
        browser = await connect(*viewer, protocol)
        for text in ("", "[]", "null", "{", '{"header": 1}', '{"header": {"msg_type": []}, "content": 0}'):
            await browser.write_message(text)
        for data in (b"", b"\xff" * 64, (2**62).to_bytes(8, "little") * 4):
            await browser.write_message(data, binary=True)
        await closed(browser)

    run(send())
    assert b"comm_info_reply" in run(answers(*viewer))[-1]


def test_no_widget_is_made_from_outside(viewer):
    module = {"_module": "@jupyter-widgets/controls", "_module_version": "2.0.0"}
    state = {f"_{kind}{name}": text for kind in ("model", "view") for name, text in module.items()}
    state |= {"_model_name": "TextModel", "_view_name": "TextView", "value": "from outside"}
    content = {"comm_id": "mine", "target_name": "jupyter.widget", "data": {"state": state}, "metadata": {}}
    comms = run(answers(*viewer, message("comm_open", content, version="2.1.0")))[-1]
    assert b'"comms"' in comms
    assert b"mine" not in comms


def states(client, kernel):
    """All that the widgets of a kernel give away."""
    opening = {"comm_id": "control", "target_name": "jupyter.widget.control", "data": {}, "metadata": {}}
    asking = {"comm_id": "control", "data": {"method": "request_states"}}
    got = b"".join(
        run(answers(client, kernel, message("comm_open", opening, version="1.0.0"), message("comm_msg", asking)))
    )
    assert b"update_states" in got
    return got.decode("utf-8", "replace")


SHOWN = {"Layout", "HTML", "HTMLStyle", "VBox", "Box", "Checkbox", "CheckboxStyle", "Dropdown", "DescriptionStyle"}
SHOWN |= {"Button", "ButtonStyle", "ToggleButton", "ToggleButtonStyle", "ToggleButtons", "ToggleButtonsStyle", "Any"}
PICTURE = {"engine", "key", "label", "page", "params", "picked", "spec"}


def test_widgets_tell_nothing_but_the_page(viewer):
    told = states(*viewer)
    assert "Patient" in told
    for secret in ("specimen", "Traceback", "import casekit", str(Path.home()), "casekit-viewer", viewer[1]):
        assert secret not in told


def test_every_widget_stands_on_the_page(address):
    with httpx.Client(base_url=address, timeout=120) as client:
        html = client.get("/patient").text
        kernel = KERNEL.search(html).group(1)
        text = states(client, kernel)
        left(client, kernel)
    start = text.rindex('{"header"', 0, text.index('"update_states"'))
    answer = json.JSONDecoder().raw_decode(text[start:])[0]
    known = answer["content"]["data"]["states"]
    reached, waiting = set(), re.findall(r'"model_id":\s*"([0-9a-f]+)"', html)
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += re.findall("IPY_MODEL_([0-9a-f]+)", json.dumps(known[one]["state"]))
    assert set(known) == reached
    assert {model["model_name"].removesuffix("Model") for model in known.values()} <= SHOWN
    pictures = [model["state"] for model in known.values() if "spec" in model["state"]]
    traits = {name for state in pictures for name in state if not name.startswith("_")}
    assert traits - {"layout", "tabbable", "tooltip"} == PICTURE
    sent = [state["spec"] for state in pictures if state["spec"]]
    assert len(sent) == 1  # one disease, that of the patient on screen
    here = {row["patient_id"] for row in sent[0]["datasets"]["patients"]}
    assert here == {name + HOSTILE for name in small().patients.query("disease == 'SLE'")["patient_id"]}


def test_a_forged_state_brings_no_traceback_back(viewer):
    comms = json.loads(run(answers(*viewer))[-1])["content"]["comms"]
    state = {"description": 5, "value": {"a": 1}, "index": 99, "options": HOSTILE, "layout": 7, "params": "x"}
    data = {"method": "update", "state": state, "buffer_paths": []}
    forged = [message("comm_msg", {"comm_id": comm, "data": data}) for comm in comms]
    got = b"".join(run(answers(*viewer, *forged)))
    assert len(forged) > 10
    assert not any(word in got for word in (b"Traceback", b'"error"', b'"stream"', b"TraitError"))


def test_a_message_that_is_too_large_ends_the_connection(viewer):
    async def send():
        browser = await connect(*viewer)
        await browser.write_message("x" * 300_000)
        while await asyncio.wait_for(browser.read_message(), 30) is not None:
            pass
        browser.close()
        return browser.close_code

    assert run(send()) == 1009


# ---- other viewers' kernels


def test_a_kernel_answers_to_its_own_viewer_only(viewer, address):
    _, kernel = viewer
    with httpx.Client(base_url=address, timeout=120) as other:
        own = opened(other)
        assert other.get(f"/api/kernels/{own}").status_code == 200
        for path in (f"/api/kernels/{kernel}", f"/api/kernels/{uuid.uuid4()}", "/api/kernels", "/api/kernels/"):
            assert other.get(path).status_code == 404
        assert handshake(other, kernel) == 404
        assert left(other, kernel) == 404
        assert left(other, own) == 204
    assert viewer[0].get(f"/api/kernels/{kernel}").status_code == 200


@pytest.mark.parametrize("cookie", ["", "casekit-viewer=x", 'casekit-viewer="2|1:0|10:1|14:casekit-viewer|4:YQ==|00"'])
def test_a_missing_or_forged_cookie_reaches_no_kernel(viewer, address, cookie):
    assert httpx.get(f"{address}api/kernels/{viewer[1]}", headers={"Cookie": cookie}).status_code == 404


def test_a_foreign_page_cannot_connect(viewer):
    assert handshake(*viewer, Origin="https://attacker.example") == 403


def test_a_foreign_page_cannot_end_a_kernel(viewer):
    client, kernel = viewer
    assert client.post(f"/voila/api/shutdown/{kernel}").status_code == 403  # without the word only our page can read
    word = {"X-XSRFToken": client.cookies["_xsrf"]}  # what our own page could send
    for method in ("DELETE", "POST", "PUT", "PATCH"):
        assert client.request(method, f"/api/kernels/{kernel}").status_code in {403, 405}
        assert (
            client.request(method, f"/api/kernels/{kernel}", headers=word).status_code == 405
        )  # not even our page can
    assert client.get(f"/api/kernels/{kernel}").status_code == 200


def test_a_kernel_is_told_the_address_of_its_own_viewer_only(address):
    told = []
    for who in ("first", "second"):
        with httpx.Client(base_url=address, timeout=120) as client:
            kernel = opened(client, f"told?who={who}")
            told.append(re.search(r"\['who=(\w+)'\] (0\.\d+)", states(client, kernel)).groups())
            left(client, kernel)
    assert [who for who, _ in told] == ["first", "second"]  # once each: in no other variable stands another's address
    assert told[0][1] != told[1][1]  # forked processes draw different random numbers


# ---- addresses


PATHS = ["api", "api/contents", "api/contents/patient.ipynb", "api/sessions", "api/terminals", "api/kernelspecs"]
PATHS += [
    "api/config/x",
    "api/status",
    "api/me",
    "api/events/subscribe",
    "metrics",
    "files/patient.ipynb",
    "lab",
    "tree",
]
PATHS += ["nbconvert/html/patient.ipynb", "voila/files/patient.ipynb", "voila/files/series/patients.csv", "voila/tree"]
PATHS += [
    "voila/api/contents",
    "voila/query/x",
    "voila/execution/x",
    "voila/render/other.ipynb",
    "terminals/1",
    "edit/x",
]
PATHS += [
    "voila/templates/..%2f..%2fpublished.toml",
    "voila/static/..%2f..%2f..%2fetc/passwd",
    "..%2f..%2fetc%2fpasswd",
]
PATHS += [
    "voila/static/%2e%2e/%2e%2e/app.py",
    "voila/labextensions/..%2f..%2f..%2fetc/passwd",
    "voila/render/..%2fx.ipynb",
]
PATHS += [
    "voila/templates/casekit/%2fetc/passwd",
    "voila/api/themes/..%2f..%2f..%2fetc/passwd",
    "voila/files//etc/passwd",
]


@pytest.mark.parametrize("path", PATHS)
def test_no_other_address_opens(address, path):
    answer = httpx.get(address + path)
    assert answer.status_code in {403, 404}
    assert not re.search("root:|Traceback|patient_id|import ", answer.text)


@pytest.mark.parametrize("query", ["template=reveal", "theme=dark", "template=../../x", "voila-template=base"])
def test_the_address_changes_no_template(address, query):
    with httpx.Client(base_url=address, timeout=120) as client:
        answer = client.get(f"/broken?{query}")
        assert answer.status_code == 200
        assert 'id="casekit-first"' in answer.text
        assert "reveal" not in answer.text
        assert 'data-jp-theme-light="true"' in answer.text
        left(client, KERNEL.search(answer.text).group(1))


@pytest.mark.parametrize(
    ("method", "path", "body"), [("GET", "patient?x=" + "a" * 20_000, b""), ("POST", "patient", b"x" * 100_000)]
)
def test_requests_that_are_too_large_are_cut_off(address, method, path, body):
    hung_up = suppress(httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
    status = 0
    with hung_up:
        status = httpx.request(method, address + path, content=body).status_code
    assert status in {0, 400}


# ---- faults, and what is written down


def test_a_page_that_fails_says_a_number_and_nothing_else(address, log):
    with httpx.Client(base_url=address, timeout=120) as client:
        html = client.get("/broken?patient=SLE-01").text
        left(client, KERNEL.search(html).group(1))
    number = re.search(r"the number ([0-9a-f]{8})", html).group(1)
    assert not re.search("Traceback|ValueError|a value of", html)
    assert re.search(rf"fault {number}.*ValueError: .*a value of SLE-01", log_text(log), re.DOTALL)


def test_views_are_written_down_without_what_they_ask_for(viewer, log, address):
    client, _ = viewer
    httpx.get(address + "nothing?patient=SECRET-1")
    client.get("/voila/static/none.js?patient=SECRET-2")
    assert re.search(r"view page=patient status=200 seconds=\d", log_text(log))
    assert re.search(r"refused GET path='/nothing' status=404", log_text(log))
    assert "SECRET" not in log_text(log)


# ---- many


def test_when_all_places_are_taken_the_next_is_asked_to_wait(address):
    with ThreadPoolExecutor(12) as many:
        got = list(many.map(lambda _: httpx.get(address + "told", timeout=120), range(12)))
    refused = [answer for answer in got if answer.status_code == 503]
    assert len(got) - len(refused) in range(5)  # four places, fewer where a page of another test is still open
    assert all(int(answer.headers["Retry-After"]) > 0 and "All places are taken" in answer.text for answer in refused)
    with httpx.Client(base_url=address, timeout=120) as client:
        left(client, opened(client, "told"))  # a place becomes free


def test_one_browser_does_not_take_every_place(address):
    """Of four places three at most; the others are for other viewers."""
    with httpx.Client(base_url=address, timeout=120) as greedy, httpx.Client(base_url=address, timeout=120) as other:
        kernels = [opened(greedy, "told") for _ in range(3)]
        refused = greedy.get("/told")
        assert refused.status_code == 429
        assert "has many pages open here" in refused.text
        left(other, opened(other, "told"))
        left(greedy, kernels.pop())
        kernels.append(opened(greedy, "told"))
        for kernel in kernels:
            left(greedy, kernel)


def test_two_hundred_who_open_and_leave(address, log, folder):
    async def leave():
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(address).port)
        writer.write(b"GET /broken HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        await writer.drain()
        await reader.read(100)
        writer.close()

    async def all_of_them():
        for _ in range(20):
            await asyncio.gather(*[leave() for _ in range(10)])

    run(all_of_them())
    with httpx.Client(base_url=address, timeout=120) as client:
        left(client, opened(client))  # the places are free again, and the server lives
    for _ in range(240):  # a page that was sent completely before its viewer left is given a few seconds to connect
        if len(forked := loaded(folder)) == 1:
            break
        time.sleep(0.25)
    assert len(forked) == 1  # the process that forks, and no kernel
    assert "a kernel could not be ended" not in log_text(log)


def test_a_message_of_another_shape_and_a_viewer_who_leaves_write_nothing_down(viewer, log):
    """Jupyter would fail on the first two and write down, with a traceback, whom it was talking to."""
    client, kernel = viewer
    whole = message("comm_info_request", {})
    shapes = [json.dumps({**whole, part: None}) for part in ("header", "parent_header", "metadata", "content")]
    shapes += [json.dumps({name: whole[name] for name in ("header", "content", "channel")}), "[" * 100_000]

    async def tell():
        browser = await connect(client, kernel)
        for shape in shapes:
            await browser.write_message(shape)
        for _ in range(300):
            await browser.write_message(json.dumps(message("comm_info_request", {})))
        await closed(browser)  # while the kernel is still answering

    run(tell())
    assert run(answers(client, kernel))
    written = log_text(log)
    assert "parent_header" not in written
    assert "WebSocketClosedError" not in written
    assert "RecursionError" not in written


def test_a_page_that_never_connects_loses_its_kernel(address):
    with httpx.Client(base_url=address, timeout=120) as client:
        kernel = opened(client, "broken")
        for _ in range(120):
            if client.get(f"/api/kernels/{kernel}").status_code == 404:
                return
            time.sleep(0.25)
    raise AssertionError("the kernel is still there")


# ---- login


STATIC = [
    "voila/static/voila.js",
    "voila/templates/casekit/static/index.css",
    "api/kernels/x",
    "nothing",
    "patient",
    "",
]


@pytest.mark.parametrize("path", STATIC)
@pytest.mark.parametrize("shown", ["", "?token=wrong", "?token="])
def test_a_stranger_gets_the_login_only(guarded, path, shown):
    address, token = guarded
    for method in ("GET", "POST", "HEAD", "DELETE"):
        answer = httpx.request(method, address + path + shown)
        assert answer.status_code == 401
        assert not re.search("synthetic|Small|patient", answer.text)
        assert token not in answer.text


def test_the_token_becomes_a_cookie_and_leaves_the_address(guarded):
    address, token = guarded
    with httpx.Client(base_url=address) as client:
        answer = client.get(f"/?token={token}&unit=days")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/?unit=days")
        assert "HttpOnly" in answer.headers["Set-Cookie"]
        assert token not in str(answer.headers)
        assert client.get("/").status_code == 200
        assert client.get("/voila/static/voila.js").status_code != 401
    with httpx.Client(base_url=address) as client:
        assert client.post("/patient", data={"token": token}).headers["Location"] == "/patient"
        assert client.get("/").status_code == 200
    assert httpx.get(address, headers={"Cookie": "casekit-login=in"}).status_code == 401
    sent = httpx.get(f"{address}/attacker.example?token={token}").headers["Location"]
    assert sent == "/attacker.example"  # not //attacker.example, which would be another server


def test_who_logs_out_is_a_stranger_again(guarded):
    address, token = guarded
    with httpx.Client(base_url=address) as client:
        client.get(f"/?token={token}")
        assert client.get("/").status_code == 200
        client.get("/logout")
        assert client.get("/").status_code == 401


def test_the_token_is_in_no_list_of_processes(guarded):
    _, token = guarded
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK)]
    assert not any(token.encode() in line for line in lines)


def test_a_network_needs_a_login(tmp_path):
    for ip in ("0.0.0.0", "::", "192.0.2.1"):  # noqa: S104
        with pytest.raises(CaseKitError, match=r"no login; expected one\. Give --token-file"):
            access(ip)
    with pytest.raises(CaseKitError, match="without --host"):
        access(behind_proxy=True)
    assert access("0.0.0.0", behind_proxy=True, hosts=("Cases.example",)).names >= {"cases.example"}  # noqa: S104
    made = access("0.0.0.0", token_file=tmp_path / "token")  # noqa: S104
    assert len(made.token) > 40
    assert made.token not in repr(made)
    with pytest.raises(CaseKitError, match=r"cannot be read or made .*existing folder"):
        access(token_file=tmp_path / "no" / "token")
    assert access("0.0.0.0", token_file=tmp_path / "token").token == made.token  # noqa: S104
    (tmp_path / "token").write_text("short", encoding="utf-8")
    with pytest.raises(CaseKitError, match="found a token of 5 characters"):
        access(token_file=tmp_path / "token")


@pytest.mark.skipif(os.name != "posix", reason="file modes are of POSIX")
def test_a_token_that_others_can_read_is_refused(tmp_path):
    access(token_file=tmp_path / "token")
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0
    (tmp_path / "token").chmod(0o644)
    with pytest.raises(CaseKitError, match="others on this machine can read"):
        access(token_file=tmp_path / "token")


# ---- a hostile series and a hostile address, in a real browser


@pytest.mark.parametrize("path", ["patient", "cohort", "patient?patient={}&unit={}&window={}&lanes={}&compare={}&x={}"])
def test_hostile_text_is_shown_as_text(address, page, path):
    with_script = path.replace("{}", HOSTILE.replace(" ", "%20"))
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.goto(address + with_script)
    page.wait_for_selector("#casekit-first", state="detached", timeout=60_000)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src='x']").count() == 0
    assert dialogs == []
    assert "onerror" in page.content()  # it is there, as text
