"""Kernels forked from one loaded process, instead of started anew for every viewer."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from casekit.publish.surroundings import inherited
from casekit.publish.zygote import LENGTH

NAME = "casekit-forked"
PATIENCE = 30  # seconds a viewer waits for the loaded process before an ordinary kernel is started
GONE = -1
# Libraries that would start threads when they are loaded; a process with threads cannot be forked safely.
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}

log = logging.getLogger("casekit.publish")


class Forked:
    """A process forked by the zygote, seen through the line that it holds: asked like one of ``subprocess``."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, tie: socket.socket) -> None:
        self.pid = pid
        self.tie = tie

    def poll(self) -> int | None:
        """Return None while the process lives."""
        try:
            return GONE if self.tie.recv(1, socket.MSG_PEEK) == b"" else None
        except BlockingIOError:
            return None
        except OSError:
            return GONE

    def wait(self) -> int:
        """Let go of the ended process."""
        self.tie.close()
        return GONE

    def send_signal(self, number: int) -> None:
        """Send a signal to the process while it lives, for its number may be another's afterwards."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """End the process."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once."""
        self.send_signal(signal.SIGKILL)


class Zygote:
    """The loaded process: started with the server, started again if it should end."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        """Start the process, with a line on which it takes orders."""
        self._control, theirs = socket.socketpair()
        words = [sys.executable, "-P", "-m", "casekit.publish.zygote", str(theirs.fileno())]
        env = {**inherited(), **ONE_THREAD}
        with theirs:
            self.process = subprocess.Popen(  # noqa: S603  (fixed words)
                words, pass_fds=[theirs.fileno()], env=env, stdin=subprocess.DEVNULL, start_new_session=True
            )

    async def fork(self, work: str, *, env: dict[str, str], folder: Path, **more: str) -> Forked | None:
        """Return a new process at work, or None when there is no answer; a loaded process that has ended is renewed."""
        ours, theirs = socket.socketpair()
        order = json.dumps({"work": work, "env": env, "folder": str(folder), **more}).encode()
        with theirs:
            sent = self._send(order, theirs)
        ours.setblocking(False)
        try:
            pid = await _first(ours) if sent else b""
        except BaseException:  # the viewer has left: a closed line ends what is started for it
            ours.close()
            raise
        if len(pid) == LENGTH:
            return Forked(int.from_bytes(pid, "big"), ours)
        ours.close()
        if self.process.poll() is not None:
            self._again()
        return None

    def _send(self, order: bytes, tie: socket.socket) -> bool:
        """Send an order and say whether that was possible."""
        try:
            socket.send_fds(self._control, [len(order).to_bytes(LENGTH, "big")], [tie.fileno()])
            self._control.sendall(order)
        except OSError:
            return False
        return True

    def _again(self) -> None:
        """Start the loaded process again and say so."""
        log.error("the process that starts kernels has ended; it is started again, until then pages open more slowly")
        self.stop()
        self._start()

    def stop(self) -> None:
        """End the loaded process; kernels it has forked live on, tied to the server."""
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()


class ForkedKernel(LocalProvisioner):
    """Starts a kernel by asking the loaded process to fork; as an ordinary process where there is none."""

    zygote: ClassVar[Zygote | None] = None
    process: Any = None

    async def launch_kernel(self, cmd: list[str], **settings: Any) -> Any:
        """Start the kernel and return how to reach it."""
        forked = self.zygote and await self.zygote.fork(
            "kernel",
            env=dict(settings["env"]),
            folder=Path(settings.get("cwd") or Path.cwd()),
            connection_file=cmd[cmd.index("-f") + 1],
        )
        if not forked:
            return await super().launch_kernel(cmd, **settings)
        self.process, self.pid, self.pgid = forked, forked.pid, forked.pid
        self.cwd = settings.get("cwd")
        return self.connection_info


def register(zygote: Zygote) -> None:
    """Let kernels be forked by this process from now on."""
    from importlib.metadata import EntryPoint

    from jupyter_client.provisioning.factory import KernelProvisionerFactory

    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:{ForkedKernel.__name__}", factory.GROUP_NAME)
    factory.default_provisioner_name = NAME
    ForkedKernel.zygote = zygote


async def _first(tie: socket.socket) -> bytes:
    """Return the number of the new process, or nothing when it does not come."""
    try:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(tie, LENGTH), PATIENCE)
    except (TimeoutError, OSError):
        return b""
