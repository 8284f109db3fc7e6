"""The kernels of the viewers: each belongs to one viewer, there are only so many, and none outlives its page."""

import time
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import PeriodicCallback
from traitlets import Int

from casekit.publish.server_log import log

MOST_VIEWERS = 40
SHARE_OF_ONE, LEAST_OF_ONE = 4, 3  # one browser may take a quarter of the places, and three at least
LOOK_EVERY_MS = 5_000
# Seconds a kernel is kept for a page that is still loading, and for one whose connection broke and may come back.
LOADING, BROKEN = 60.0, 180.0


class ViewerKernels(AsyncMappingKernelManager):
    """Starts one kernel per page that is open, and ends it when nobody looks any more."""

    most = Int(MOST_VIEWERS, config=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.owners: dict[str, str] = {}
        self._until: dict[str, float] = {}
        self._look = PeriodicCallback(self.end_deserted, LOOK_EVERY_MS)
        self._look.start()

    @property
    def is_full(self) -> bool:
        """Whether there is no place for another viewer now."""
        return len(self.owners) >= self.most

    def has_many(self, viewer: str) -> bool:
        """Whether this viewer has so many pages open that one more would take the place of others."""
        return [*self.owners.values()].count(viewer) >= max(LEAST_OF_ONE, self.most // SHARE_OF_ONE)

    def reserve(self, kernel_id: str, viewer: str) -> None:
        """Keep a place for the kernel of this viewer; it is free again when the kernel is gone."""
        self.owners[kernel_id] = viewer
        self._until[kernel_id] = float("inf")

    def sent(self, kernel_id: str) -> None:
        """Expect the page, which has been sent completely, to connect soon."""
        if not self._kernel_connections.get(kernel_id):
            self._until[kernel_id] = time.monotonic() + LOADING

    def notify_connect(self, kernel_id: str) -> None:
        """Keep the kernel while its page is connected."""
        super().notify_connect(kernel_id)
        self._until.pop(kernel_id, None)

    def notify_disconnect(self, kernel_id: str) -> None:
        """Keep the kernel for a while for a page that may come back."""
        super().notify_disconnect(kernel_id)
        if kernel_id in self.owners and self._kernel_connections.get(kernel_id, 0) <= 0:
            self._until[kernel_id] = time.monotonic() + BROKEN

    async def end_deserted(self) -> None:
        """End the kernels whose page has not connected, or has been gone for too long."""
        now = time.monotonic()
        for kernel_id in [name for name, until in self._until.items() if until < now]:
            await self.end(kernel_id)

    async def end(self, kernel_id: str) -> None:
        """End a kernel, if it is there, and free its place."""
        try:
            if kernel_id in self:
                await ensure_async(self.shutdown_kernel(kernel_id, now=True))
        except Exception:
            log.exception("a kernel could not be ended")
        finally:
            self.forget(kernel_id)

    def forget(self, kernel_id: str) -> None:
        """Free the place of a kernel."""
        self.owners.pop(kernel_id, None)
        self._until.pop(kernel_id, None)

    def remove_kernel(self, kernel_id: str) -> Any:
        """Free the place of a kernel that has ended in whatever way."""
        self.forget(kernel_id)
        return super().remove_kernel(kernel_id)
