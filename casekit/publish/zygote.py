"""The process that loads everything once and forks: a kernel for a viewer then starts at once and shares its memory.

It has one thread, no socket of ZeroMQ, no event loop and no JavaScript engine, so that a fork is safe.
"""

import gc
import json
import os
import random
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

LENGTH = 4  # bytes that say how long an order is
# No viewer runs code, so there is no history to keep; faults reach the log of the server by themselves.
KERNEL_WORDS = ("--HistoryManager.enabled=False", "--log-level=CRITICAL")

Order = dict[str, Any]


def serve_orders(control: socket.socket) -> None:
    """Load all that a page needs, then fork for every order until the server is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children leave nothing behind
    for _ in _prepared():
        gc.collect()
        gc.freeze()  # the collector of a child leaves these objects alone, so their memory stays shared
        while select.select([control], [], [], 0)[0]:
            _fork(control)
    while True:
        _fork(control)


def _prepared() -> Iterator[str]:
    """Yield what is ready; what cannot be computed is a fault of the page, which every kernel then shows by itself."""
    from casekit.publish.prepared import prepared
    from casekit.views.safe import log

    try:
        yield from prepared()
    except Exception:
        log.exception("the pages could not be prepared; they open more slowly")


def _fork(control: socket.socket) -> None:
    """Wait for an order and fork a child that obeys it; end when the server is gone."""
    received = _receive(control)
    if received is None:
        sys.exit(0)
    order, tie = received
    if os.fork() == 0:
        control.close()
        _obey(order, tie)
    tie.close()


def _receive(control: socket.socket) -> tuple[Order, socket.socket] | None:
    """Return the next order and the line to the server that its child holds, or None when the server is gone."""
    head, descriptors, *_ = socket.recv_fds(control, LENGTH, 1)
    if not descriptors:
        return None
    length, text = int.from_bytes(head, "big"), b""
    while len(text) < length:
        if not (more := control.recv(length - len(text))):
            return None
        text += more
    return json.loads(text), socket.socket(fileno=descriptors[0])


def _obey(order: Order, tie: socket.socket) -> NoReturn:
    """Do in this child what was ordered, and end with it."""
    try:
        os.setsid()  # a group of its own: signals meant for the server do not reach it
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(order["env"])
        os.chdir(order["folder"])
        _mute()
        _reseed()
        tie.sendall(os.getpid().to_bytes(LENGTH, "big"))
        WORK[order["work"]](order, tie)
    except Exception:
        from casekit.views.safe import log

        log.exception("a forked process failed: %s", order["work"])
    finally:
        os._exit(0)


def _mute() -> None:
    """Let go of what the server prints to; faults have a line of their own to its log."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _reseed() -> None:
    """Give this child random numbers of its own."""
    import numpy as np

    random.seed()
    np.random.seed()  # noqa: NPY002  (the shared state is what a fork would copy)


def _kernel(order: Order, tie: socket.socket) -> None:
    """Be the kernel of one viewer until it is shut down or the server is gone."""
    import ipywidgets
    from ipykernel.kernelapp import IPKernelApp

    threading.Thread(target=_end_with_the_server, args=(tie,), daemon=True).start()
    app = IPKernelApp.instance()
    app.initialize(["-f", order["connection_file"], *KERNEL_WORDS])
    ipywidgets.register_comm_target()  # done at its import where there is a kernel; here there was none yet
    app.start()
    app.close()


def _end_with_the_server(tie: socket.socket) -> None:
    """End this process when the server has ended, however it ended."""
    tie.recv(1)
    os._exit(0)


def _pictures(order: Order, tie: socket.socket) -> None:
    """Draw the first pictures of the pages and send each as a line."""
    from casekit.publish.first_pictures import draw

    with suppress(BrokenPipeError), tie.makefile("w", encoding="utf-8") as lines:  # the server may be gone
        for drawn in draw(Path(order["folder"])):
            print(json.dumps(drawn), file=lines, flush=True)


WORK: dict[str, Callable[[Order, socket.socket], None]] = {"kernel": _kernel, "pictures": _pictures}


if __name__ == "__main__":
    serve_orders(socket.socket(fileno=int(sys.argv[1])))
