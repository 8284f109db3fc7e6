"""The recipe for many viewers, run on this machine: who may see, who may run, and who gets nothing."""

import asyncio
import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from real_clients import closed, run
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from casekit.errors import CaseKitError
from casekit.publish.access import behind_hub
from casekit.publish.published import DASHBOARDS

pytest.importorskip("jupyterhub", reason="the recipe for many viewers needs JupyterHub")
ONE_WORKER = True  # what the tests of this file share takes seconds to start
PROXY = Path(sys.executable).with_name("configurable-http-proxy")
KERNEL = re.compile(r'"kernelId":\s*"([^"]+)"')
CASES = "/services/cases"
PASSWORDS = {"viewer": "a password of the viewer", "analyst": "a password of the analyst"}
CONFIG = """
from jupyterhub.auth import Authenticator
load_subconfig("jupyterhub_config.py", {recipe!r})
c = get_config()

class TestAccounts(Authenticator):
    async def authenticate(self, handler, data):
        known = {passwords!r}
        return data["username"] if known.get(data["username"]) == data["password"] else None

c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub}
c.JupyterHub.authenticator_class = TestAccounts
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {home!r}
c.Spawner.args = ["--allow-root"]
c.JupyterHub.db_url = "sqlite://"
c.JupyterHub.cookie_secret_file = {home!r} + "/cookie"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.pid_file = {home!r} + "/proxy.pid"
"""


def free_ports(number):
    """Ports that nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """The address of a hub with the recipe of the project, other accounts and other ports."""
    if not PROXY.exists():
        pytest.skip("the recipe for many viewers needs configurable-http-proxy")
    home = tmp_path_factory.mktemp("hub")
    port, inner, api, pages = free_ports(4)
    recipe = str(DASHBOARDS / "deploy")
    known = {"recipe": recipe, "passwords": PASSWORDS, "port": port, "hub": inner, "api": api, "home": str(home)}
    (home / "config.py").write_text(CONFIG.format(**known, proxy=str(PROXY)), encoding="utf-8")
    told = {"CASEKIT_HOST": "127.0.0.1", "CASEKIT_PORT": str(pages), "CASEKIT_ANALYSTS": "analyst"}
    environment = {**os.environ, **told, "XDG_STATE_HOME": str(home), "PATH": f"{PROXY.parent}:{os.environ['PATH']}"}
    with (home / "log").open("w") as log:
        words = [sys.executable, "-m", "jupyterhub", "--config", str(home / "config.py")]
        server = subprocess.Popen(words, cwd=home, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{address}{CASES}/") == 302, server, home / "log")
            yield address, f"http://127.0.0.1:{pages}"
        finally:
            server.terminate()
            server.wait(30)


def answers(address):
    """The status of an address; nothing while nobody listens."""
    try:
        return httpx.get(address, timeout=5).status_code
    except httpx.HTTPError:
        return None


def wait_until(holds, server, log):
    """Wait for a server that takes a while to start, or tell what it wrote when it ended."""
    until = time.monotonic() + 120
    while not holds():
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.3)


@contextmanager
def logged_in(address, name, password=None):
    """A client that has logged in at the hub, as a browser does, and where that led."""
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
        form = client.get("/hub/login")
        xsrf = re.search(r'name="_xsrf"\s+value="([^"]+)"', form.text).group(1)
        data = {"username": name, "password": password or PASSWORDS[name], "_xsrf": xsrf}
        yield client, client.post("/hub/login", data=data)


def ran(client, address, kernel, code):
    """What a kernel says within some seconds after it was asked to run code."""

    async def ask():
        cookies = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
        request = HTTPRequest(
            f"{address.replace('http', 'ws')}/api/kernels/{kernel}/channels",
            headers={"Cookie": cookies, "Origin": str(client.base_url).rstrip("/")},
        )
        channel = await websocket_connect(request)
        head = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": "s", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
        asked = {"channel": "shell", "header": head, "parent_header": {}, "metadata": {}, "content": content}
        await channel.write_message(json.dumps(asked))
        said = ""
        try:
            while "execute_reply" not in said:
                said += str(await asyncio.wait_for(channel.read_message(), 5))
        except TimeoutError:
            pass
        await closed(channel)
        return said

    return run(ask())


def test_a_stranger_gets_nothing(hub):
    address, pages = hub
    for path in ("/", "/patient", "/api/kernels", "/static/x.js", "/voila/static/voila.js", "/nothing"):
        for place in (f"{address}{CASES}{path}", f"{pages}{CASES}{path}"):
            answer = httpx.get(place, follow_redirects=False)
            assert answer.status_code == 302
            assert answer.headers["location"].startswith("/hub/api/oauth2/authorize")
            assert "SLE-01" not in answer.text
    assert httpx.post(f"{address}{CASES}/voila/api/shutdown/x").status_code == 401
    with logged_in(address, "viewer", "a guess") as (client, answer):
        assert answer.status_code == 403
        assert client.get(f"{CASES}/").url.path == "/hub/login"


def test_a_code_the_hub_did_not_give_lets_nobody_in(hub):
    address, _ = hub
    with httpx.Client(base_url=address) as client:
        client.get(f"{CASES}/")  # gets the cookie of a login that was begun
        cookie = next(value for name, value in client.cookies.items() if "oauth-state" in name)
        state = base64.b64decode(cookie.strip('"').split("|")[4].partition(":")[2]).decode()
        for query in ("code=guessed", "", "code=guessed&state=guessed", f"code=guessed&state={state}"):
            assert client.get(f"{CASES}/oauth_callback?{query}").status_code >= 400
        assert client.get(f"{CASES}/").status_code == 302


def test_a_viewer_sees_but_cannot_run(hub, tmp_path):
    address, _ = hub
    with logged_in(address, "viewer") as (viewer, answer):
        assert answer.url.path == f"{CASES}/"  # straight to the pages
        assert "One patient" in answer.text
        page = viewer.get(f"{CASES}/instruments")
        assert page.status_code == 200
        assert "All pages" in page.text
        kernel, proof = KERNEL.search(page.text).group(1), tmp_path / "ran"
        said = ran(viewer, f"{address}{CASES}", kernel, f"open({str(proof)!r}, 'w')")
        assert "execute_reply" not in said
        assert not proof.exists()
        assert viewer.get(f"{CASES}/api/contents").status_code == 404
        for path in ("/hub/spawn", "/user/viewer/lab", "/hub/admin", "/user/analyst/lab"):
            assert viewer.get(path).status_code in {403, 404}


def test_an_analyst_sees_the_pages_and_can_edit(hub):
    address, _ = hub
    with logged_in(address, "analyst") as (analyst, pages):
        assert "One patient" in pages.text
        assert analyst.get("/hub/spawn").status_code == 200  # which is refused to a viewer
        own = "/user/analyst"
        until = time.monotonic() + 60
        while (answer := analyst.get(f"{own}/lab")).status_code != 200 or not answer.url.path.startswith(own):
            assert time.monotonic() < until, answer.url
            time.sleep(0.5)
        assert analyst.get(f"{own}/api/contents/notebooks/02-patient.ipynb").json()["writable"]
        may = xsrf_of(analyst, own)
        kernel = analyst.post(f"{own}/api/kernels", json={"name": "python3"}, headers=may).json()["id"]
        assert "'42'" in ran(analyst, f"{address}{own}", kernel, "6 * 7").replace('"', "'").replace("\\", "")
        analyst.get("/hub/home")
        stopped = analyst.delete("/hub/api/users/analyst/server", headers=xsrf_of(analyst, "/hub"))
        assert stopped.status_code in {202, 204}


def xsrf_of(client, path):
    """The header without which the hub and a server of its users take no command."""
    return {"X-XSRFToken": next(one.value for one in client.cookies.jar if one.name == "_xsrf" and path in one.path)}


def test_without_a_hub_the_login_of_the_hub_is_refused(monkeypatch):
    monkeypatch.delenv("JUPYTERHUB_API_TOKEN", raising=False)
    with pytest.raises(CaseKitError, match="found --hub without a JupyterHub"):
        behind_hub(("hub.example.org",))


def test_the_token_of_the_service_reaches_no_kernel(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "a secret of the hub")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/services/cases/")
    allowed = behind_hub(("hub.example.org",))
    assert allowed.hub_token.startswith("a secret")
    assert "JUPYTERHUB_API_TOKEN" not in os.environ
    assert "a secret" not in repr(allowed)
