"""What attacks need: a server of any pages, clients that speak to it as a browser does, and the processes it starts."""

import asyncio
import json
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import psutil
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

SERVE = """
from pathlib import Path
from casekit.publish import access, channel, serve, serving, viewer_kernels
channel.MOST_A_SECOND = 300
viewer_kernels.LOADING, viewer_kernels.LOOK_EVERY_MS = 3, 500
serving.UNUSED, serving.LOOK_FOR_UNUSED = {unused}, 1
serve(0, folder=Path({folder!r}), allowed=access.access({access}), most_viewers={most})
"""
KERNEL = re.compile(r'"kernelId":\s*"([^"]+)"')


def program(folder, access="", most=4, unused=3600):
    """The program that serves these pages."""
    return SERVE.format(folder=str(folder), access=access, most=most, unused=unused)


def opened(client, page="patient"):
    """The kernel of a page that this client opens; whoever comes when all places are taken asks again."""
    for _ in range(60):
        answer = client.get(f"/{page}")
        if answer.status_code != 503:
            return KERNEL.search(answer.text).group(1)
        time.sleep(0.5)
    raise AssertionError("no place became free")


def left(client, kernel):
    """The answer to the farewell of a page, as the browser sends it."""
    return client.post(f"/voila/api/shutdown/{kernel}", data={"_xsrf": client.cookies.get("_xsrf")}).status_code


def log_text(log):
    """All that the server has written down."""
    return "\n".join(path.read_text("utf-8") for path in log.rglob("*.log"))


def run(coroutine):
    """The result of a coroutine; in a worker that ran a browser, this thread has a loop already."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, coroutine).result(120)


def handshake(client, kernel, **headers):
    """The answer to the wish for a connection."""
    wish = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    wish |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **headers}
    return client.get(f"/api/kernels/{kernel}/channels?session_id=s", headers=wish).status_code


def message(kind, content, channel="shell", **metadata):
    """A message as a browser sends it."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "s", "username": "", "version": "5.3"}
    return {"header": header, "parent_header": {}, "metadata": metadata, "content": content, "channel": channel}


def binary(told):
    """The same message in the binary protocol: the number of offsets, the offsets, the channel and the parts."""
    parts = [told["channel"].encode()]
    parts += [json.dumps(told[name]).encode() for name in ("header", "parent_header", "metadata", "content")]
    offsets = [8 * (len(parts) + 2)]
    for part in parts:
        offsets.append(offsets[-1] + len(part))
    numbers = [len(offsets), *offsets]
    return b"".join([number.to_bytes(8, "little") for number in numbers]) + b"".join(parts)


async def connect(client, kernel, protocol=None):
    """A connection to a kernel with the cookies of this client."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    url = str(client.base_url).replace("http", "ws", 1) + f"api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}"
    request = HTTPRequest(url, headers={"Cookie": cookies}, connect_timeout=30, request_timeout=60)
    return await websocket_connect(request, subprotocols=[protocol] if protocol else None)


async def answers(client, kernel, *told, protocol=None, seconds=60):
    """All messages that come back until the kernel has answered a last, harmless question."""
    browser = await connect(client, kernel, protocol)
    last = message("comm_info_request", {})
    for question in (*told, last):
        if protocol:
            await browser.write_message(binary(question), binary=True)
        else:
            await browser.write_message(json.dumps(question))
    got, waited = [], {b"comm_info_reply", b'"idle"'}  # the reply, and the end of what the kernel tells everybody
    while waited:
        text = await asyncio.wait_for(browser.read_message(), seconds)
        assert text is not None, "the connection was closed"
        got.append(text if isinstance(text, bytes) else text.encode())
        if last["header"]["msg_id"].encode() in got[-1]:
            waited -= {word for word in waited if word in got[-1]}
    await closed(browser)
    return sorted(got, key=lambda text: b"comm_info_reply" in text)


async def closed(browser):
    """Close a connection and wait until it is closed, so that nothing is left behind."""
    browser.close()
    while await asyncio.wait_for(browser.read_message(), 30) is not None:
        pass


def processes(word, *more):
    """The processes on whose command line these words stand."""
    lines = {one.pid: " ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])}
    return sorted(pid for pid, line in lines.items() if all(part in line for part in (word, *more)))


def started_by(process, *, with_theirs=False):
    """The processes that a process has started itself, or with those that they have started; none once it has ended."""
    try:
        return sorted(child.pid for child in psutil.Process(process).children(recursive=with_theirs))
    except psutil.NoSuchProcess:
        return []


def loaded(folder):
    """The process that forks for the server of these pages, and what it has forked; nothing where it has ended."""
    (server,) = processes(str(folder), "serve(0")
    forks = [process for process in started_by(server) if process in processes("casekit.publish.zygote")]
    return [process for one in forks for process in (one, *started_by(one))]
