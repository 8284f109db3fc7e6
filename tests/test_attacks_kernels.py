"""What the server starts for its viewers: isolated, without secrets, ended in time, and not to be flooded."""

# Each refusal was taken out in a copy, one at a time, and a test failed: the list of variables, the muted streams,
# one thread, the flood, the tie to the server, the end of unused kernels, the awaited start, the login of a network.
import asyncio
import json
import os
import signal
import time
from pathlib import Path

import httpx
import pytest
from published_pages import pages_of, served
from real_clients import (
    answers,
    closed,
    connect,
    left,
    loaded,
    log_text,
    message,
    opened,
    processes,
    program,
    run,
    started_by,
)
from small_series import small

from casekit import cli, publish, records
from casekit.publish.pages import PublishedPage

ONE_WORKER = True  # what the tests of this file share takes seconds to start
SECRET = "what only the server knows"  # noqa: S105
CONNECTED_UNUSED = 4  # seconds
LINUX = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs the list of processes of Linux")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the pages."""
    return pages_of(small(), tmp_path_factory.mktemp("pages") / "dashboards")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the server keeps its log and the token."""
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="module")
def address(folder, place):
    """Where the pages are served, with a token and a secret in the environment of the server."""
    words = f"'127.0.0.1', token_file=Path({str(place / 'token')!r})"
    with served(program(folder, words), XDG_STATE_HOME=str(place), CASES_PASSWORD=SECRET) as where:
        yield where


@pytest.fixture
def viewer(address, place):
    """A viewer who is logged in and has a page, and the id of its kernel."""
    with httpx.Client(base_url=address, timeout=120) as client:
        client.get("/", params={"token": (place / "token").read_text("utf-8").strip()})
        kernel = opened(client, "told")
        yield client, kernel
        left(client, kernel)


def opened_files(process):
    """The files, pipes and sockets that a process has open."""
    links = {str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir()}
    return {link for link in links if not link.startswith("anon_inode")} - {"/dev/null"}


@LINUX
@pytest.mark.usefixtures("viewer")
def test_no_secret_and_no_socket_of_the_server_reaches_a_kernel(folder, place):
    server = processes(str(folder), "serve(0")[0]
    zygote, *forked = loaded(folder)
    assert forked
    token = (place / "token").read_text("utf-8").strip()
    for process in (zygote, *forked):
        told = Path(f"/proc/{process}/environ").read_bytes().decode("utf-8", "replace")
        assert SECRET not in told
        assert token not in told
        assert "PATH=" in told
    streams = opened_files(server)
    shared = [sorted(streams & opened_files(process)) for process in forked]
    assert len(streams) > 5
    log = str(next(place.rglob("serve-*.log")))
    assert [set(files) - {log} for files in shared] == [set()] * len(
        shared
    )  # a kernel adds its own faults to the log, by a line of its own


@LINUX
@pytest.mark.usefixtures("viewer")
def test_the_process_that_forks_has_one_thread(folder):
    zygote = loaded(folder)[0]
    assert "\nThreads:\t1\n" in Path(f"/proc/{zygote}/status").read_text()
    links = {str(link.readlink()) for link in Path(f"/proc/{zygote}/fd").iterdir()}
    assert not [link for link in links if "event" in link]  # no event loop and no context of ZeroMQ


def test_a_flood_of_messages_is_cut_off_and_hurts_nobody_else(viewer, address):
    got = []

    async def count():
        browser = await connect(*viewer)
        for _ in range(3000):
            await browser.write_message(json.dumps(message("comm_info_request", {})))
        try:
            while True:
                got.append(await asyncio.wait_for(browser.read_message(), 3))
        except TimeoutError:
            pass
        await closed(browser)

    run(count())
    replies = sum(b"comm_info_reply" in (text if isinstance(text, bytes) else text.encode()) for text in got)
    assert 0 < replies < 2900
    assert httpx.get(address).status_code == 401
    assert b"comm_info_reply" in run(answers(*viewer))[-1]


def test_who_leaves_while_a_kernel_starts_waits_until_it_can_be_ended():
    started = []

    class Slow:
        async def start_kernel(self, **_settings):
            await asyncio.sleep(0.05)
            started.append("kernel")

    async def leave():
        page = PublishedPage.__new__(PublishedPage)
        page.kernels, page._environment = Slow(), dict
        opening = asyncio.ensure_future(page._start("id", "python3"))
        await asyncio.sleep(0.01)
        opening.cancel()
        await asyncio.wait([opening])
        return opening.cancelled(), list(started)

    assert run(leave()) == (True, ["kernel"])


@LINUX
def test_no_process_outlives_a_server_that_is_killed(tmp_path):
    folder = pages_of(small(), tmp_path / "dashboards")
    with (
        served(program(folder), XDG_STATE_HOME=str(tmp_path)) as where,
        httpx.Client(base_url=where, timeout=120) as client,
    ):
        opened(client, "told")
        zygote, *forked = loaded(folder)
        assert forked
        os.kill(zygote, signal.SIGKILL)
        opened(client, "told")  # an ordinary kernel
        opened(client, "told")
        assert "it is started again" in log_text(tmp_path)
        (server,) = processes(str(folder), "serve(0")
        family = {server, *forked, *started_by(server, with_theirs=True)}
        assert len(family) > 2
        os.kill(server, signal.SIGKILL)
        for _ in range(100):
            if not (living := family & set(processes("python"))):
                break
            time.sleep(0.1)
        assert living == set()


def test_a_page_that_nobody_touches_loses_its_kernel_though_it_is_connected(tmp_path):
    folder = pages_of(small(), tmp_path / "dashboards")
    with (
        served(program(folder, unused=CONNECTED_UNUSED), XDG_STATE_HOME=str(tmp_path)) as where,
        httpx.Client(base_url=where, timeout=120) as client,
    ):
        kernel = opened(client, "told")

        async def wait():
            browser = await connect(client, kernel)
            for _ in range(120):
                answer = await asyncio.to_thread(client.get, f"/api/kernels/{kernel}")
                if answer.status_code == 404:
                    break
                await asyncio.sleep(0.25)
            await closed(browser)
            return answer.status_code

        assert run(wait()) == 404


# ---- the command line


@pytest.mark.parametrize("words", [["--ip", "::"], ["--ip", "192.0.2.7"], ["--behind-proxy"]])
def test_the_command_refuses_a_network_without_a_login(words, capsys, monkeypatch):
    monkeypatch.setattr(publish, "serve", lambda **_settings: 0)  # were it not refused
    assert cli.main(["serve", *words]) == 1
    said = capsys.readouterr().err
    assert "expected" in said
    assert "--token-file" in said or "--host NAME" in said


@pytest.mark.parametrize("port", ["70000", "-1", "x"])
def test_the_command_refuses_what_is_no_port(port, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["serve", "--port", port])
    assert ended.value.code == 2
    assert "expected" in capsys.readouterr().err


# ---- data that change while the pages are served


def test_a_series_is_read_again_when_a_file_of_it_changes(tmp_path):
    records.to_folder(small(), tmp_path / "series")
    first = records.load(tmp_path / "series")
    assert records.load(tmp_path / "series") is first
    file = tmp_path / "series" / "events.csv"
    file.write_text(file.read_text("utf-8").rpartition("\n")[0].rpartition("\n")[0] + "\n", encoding="utf-8")
    assert len(records.load(tmp_path / "series").events) == len(first.events) - 1
