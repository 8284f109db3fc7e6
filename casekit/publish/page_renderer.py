"""One published notebook as HTML: its head, which needs no kernel, and the rest, which the viewer's kernel computes."""

import asyncio
import copy
from collections.abc import AsyncIterator
from contextlib import suppress
from queue import Empty
from typing import Any

import nbformat
from jupyter_core.utils import ensure_async
from voila.execute import VoilaExecutor
from voila.notebook_renderer import NotebookRenderer

from casekit.errors import CaseKitError
from casekit.publish.server_log import log, reference

ASK_AGAIN = 0.3  # seconds
PICTURE, KERNEL = "<!-- first picture -->", "<!-- kernel -->"  # both stand in the template
FAULT = (
    "This page could not be built. Please reload it; if it happens again, tell the person who runs it the number {}."
)


async def heard(client: Any, kernel: Any) -> None:
    """Return as soon as a kernel answers and is heard; the library would wait until it has been silent for a while.

    What a kernel tells everybody is lost until the connection stands, so it is asked again until its answer comes.
    """
    while await ensure_async(kernel.is_alive()):
        asked = client.kernel_info()
        with suppress(TimeoutError, Empty):
            async with asyncio.timeout(ASK_AGAIN):
                while not _is_idle_after(asked, await ensure_async(client.get_iopub_msg(timeout=ASK_AGAIN))):
                    pass
                return
    raise CaseKitError("page: found a kernel that ended before it answered; expected one that runs. See the log.")


def _is_idle_after(asked: str, told: dict[str, Any]) -> bool:
    """Return whether a kernel says that it has done what was asked."""
    asking, state = told["parent_header"].get("msg_id"), told["content"].get("execution_state")
    return bool(asking == asked and state == "idle")


class PageRenderer(NotebookRenderer):
    """A notebook that is read and prepared once, and then rendered for every viewer."""

    def for_viewer(self, kernel_id: str) -> "PageRenderer":
        """Return the same notebook for one viewer, whose page is told the name of its kernel."""
        own = copy.copy(self)
        own.notebook, own.resources = copy.deepcopy(self.notebook), copy.deepcopy(self.resources)
        own.page_config = {**self.page_config, "kernelId": kernel_id}
        own.kernel_started = False
        return own

    async def head(self, kernel_id: str) -> tuple[str, str]:
        """Return the HTML before and after the place of the first picture, until the kernel is needed."""
        text = ""
        pieces = self.for_viewer(kernel_id).generate_content_generator()
        async for piece, _ in pieces:
            text += piece
            if KERNEL in text:
                break
        await pieces.aclose()
        before, after = text.partition(KERNEL)[0].split(PICTURE)
        return before, after

    async def rest(self, kernel_id: str, kernel: Any) -> AsyncIterator[str]:
        """Yield the HTML after the head, piece by piece as the kernel computes it."""
        skipped, started = "", False
        async for piece, _ in self.for_viewer(kernel_id).generate_content_generator(kernel_id, kernel):
            if started:
                yield piece
            else:
                skipped += piece
                started = KERNEL in skipped
                if started:
                    yield skipped.partition(KERNEL)[2]

    async def _jinja_kernel_start(self, nb: Any, kernel_id: str, kernel_future: Any) -> str:
        """Connect to the kernel and return its id."""
        self.executor = VoilaExecutor(nb, km=await ensure_async(kernel_future), config=self.traitlet_config)
        self.executor.kc = self.executor.km.client()
        self.executor.kc.start_channels()
        await heard(self.executor.kc, self.executor.km)
        self.executor.kc.allow_stdin = False
        self.kernel_started = True
        return kernel_id

    async def _jinja_cell_generator(self, nb: Any, kernel_id: str) -> AsyncIterator[Any]:
        """Yield the cells as the kernel executes them; instead of a cell that fails, a sentence with a number."""
        try:
            for place, cell in enumerate(nb.cells):
                yield await self.executor.execute_cell(cell, None, place, store_history=False)
        except Exception:
            number = reference()
            log.exception("fault %s while a page was built, kernel %s", number, kernel_id)
            yield nbformat.v4.new_markdown_cell(FAULT.format(number))
        finally:
            await self._cleanup_resources()
