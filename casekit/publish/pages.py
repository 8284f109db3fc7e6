"""What a viewer's browser asks for: the landing page, the published pages, the login, and what is refused."""

import asyncio
import uuid
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, RequestHandler

from casekit.publish.access import (
    LOGIN,
    VIEWER,
    Access,
    is_token,
    set_signed,
    shown_token,
    viewer_of,
    without_token,
)
from casekit.publish.first_pictures import FirstPictures
from casekit.publish.page_renderer import FAULT, PageRenderer
from casekit.publish.server_log import log, reference
from casekit.publish.viewer_kernels import ViewerKernels
from casekit.views.bundle import bundle

BUSY, TOO_MANY, SERVER_FAULT, NOT_LOGGED_IN = 503, 429, 500, 401
WAIT = 20  # seconds after which a browser that was sent away asks again
LONGEST_BUILD = 120  # seconds


class Plain(RequestHandler):
    """A page that needs no kernel, with the same headers and the same sentence on failure as all others."""

    page_name = ""

    def set_default_headers(self) -> None:
        """Send the same headers as Voilà's own pages."""
        for name, value in self.settings.get("headers", {}).items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **_others: Any) -> None:
        """Say in one sentence what is wrong; what happened stays in the log, under the number on the page."""
        if status_code == BUSY:
            self.set_header("Retry-After", str(WAIT))
        number = self.reference if status_code == SERVER_FAULT else ""
        self.show("error.html", status_code=status_code, reference=number)

    def log_exception(self, *fault: Any) -> None:
        """Write a fault down under a number."""
        if not isinstance(fault[1], HTTPError):
            self.reference = reference()
            log.error("fault %s", self.reference, exc_info=fault)

    def show(self, template: str, **words: Any) -> None:
        """Send one of our own small pages."""
        environment = self.settings["voila_jinja2_env"]
        self.finish(environment.get_template(template).render(base_url=self.settings["base_url"], **words))


class Refused(Plain):
    """The answer to whatever is not here, or is asked for under a foreign name."""

    def initialize(self, status: int) -> None:
        """Keep the status."""
        self.status = status

    def prepare(self) -> None:
        """Refuse, whatever the method."""
        raise HTTPError(self.status)


class Login(Plain):
    """The answer to a stranger, whatever was asked for: the token becomes a cookie and leaves the address."""

    def initialize(self, allowed: Access) -> None:
        """Keep the token."""
        self.allowed = allowed

    def prepare(self) -> None:
        """Let in who knows the token; ask everybody else for it."""
        shown = shown_token(self.request)
        if shown and is_token(self.allowed, shown):
            set_signed(self, LOGIN, "in", self.allowed.secret)
            self.redirect(without_token(self.request), status=303)
        else:
            self.set_status(NOT_LOGGED_IN)
            self.show("login.html", wrong=bool(shown))


class Logout(Plain):
    """Takes back what the login gave; the landing page then asks for the login again, where there is one."""

    def get(self) -> None:
        """Forget who this browser was."""
        for name in (LOGIN, VIEWER):
            self.clear_cookie(name, path="/")
        self.redirect(self.settings["base_url"], status=303)


class Landing(Plain):
    """The list of the published pages, ready before any kernel starts."""

    page_name = "landing"

    def initialize(self, html: str) -> None:
        """Keep the finished page."""
        self.html = html

    def get(self) -> None:
        """Send the finished page."""
        self.write(self.html)


class Engine(Plain):
    """The script that draws the pictures; a browser asks for it once, for another version has another name."""

    def get(self) -> None:
        """Send the script."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.write(bundle())


class KernelState(KernelHandler):
    """Whether the kernel of a page still lives; a viewer may ask, and nothing else."""

    SUPPORTED_METHODS = ("GET",)


class PublishedPage(Plain):
    """One published notebook under its short address; any other name does not exist."""

    def initialize(
        self, kernels: ViewerKernels, renderers: dict[str, PageRenderer], pictures: FirstPictures, allowed: Access
    ) -> None:
        """Keep what a page is made of."""
        self.kernels, self.renderers, self.pictures, self.allowed = kernels, renderers, pictures, allowed
        self.building: asyncio.Task[None] | None = None

    async def get(self, address: str) -> None:
        """Show the page at once with its first picture, then with its kernel; or say that there is no place."""
        name = address.removesuffix(".ipynb")
        if name not in self.renderers:
            raise HTTPError(404)
        self.page_name = name
        if self.kernels.is_full:
            raise HTTPError(BUSY)
        viewer = viewer_of(self, self.allowed.secret)
        if self.kernels.has_many(viewer):
            raise HTTPError(TOO_MANY)
        kernel_id = str(uuid.uuid4())
        self.kernels.reserve(kernel_id, viewer)
        self.building = asyncio.ensure_future(self._build(name, kernel_id))
        try:
            await asyncio.wait_for(self.building, LONGEST_BUILD)
        except (asyncio.CancelledError, StreamClosedError):  # the viewer has left
            await self.kernels.end(kernel_id)
        except Exception:
            number = reference()
            log.exception("fault %s while the page %s was built", number, name)
            await self.kernels.end(kernel_id)
            self.finish(f'<p class="casekit-fault" role="alert">{FAULT.format(number)}</p>')
        else:
            self.kernels.sent(kernel_id)

    def on_connection_close(self) -> None:
        """Stop building a page that nobody waits for."""
        if self.building:
            self.building.cancel()

    async def _build(self, name: str, kernel_id: str) -> None:
        """Send the head with the first picture, then what the kernel computes."""
        renderer = self.renderers[name]
        self.xsrf_token  # noqa: B018  (sets the cookie without which a page that is left cannot end its kernel)
        self.set_header("Cache-Control", "no-store")
        before, after = await renderer.head(kernel_id)
        self.write(before + self.pictures.html(name, self.request.query) + after)
        await self.flush()
        await self._start(kernel_id, renderer.notebook.metadata.kernelspec.name)
        async for piece in renderer.rest(kernel_id, ensure_async(self.kernels.get_kernel(kernel_id))):
            self.write(piece)
            await self.flush()

    async def _start(self, kernel_id: str, name: str) -> None:
        """Start the kernel; who leaves meanwhile waits for its start, for only a started kernel can be ended."""
        start = self.kernels.start_kernel(kernel_id=kernel_id, kernel_name=name, env=self._environment())
        starting = asyncio.ensure_future(start)
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            raise

    def _environment(self) -> dict[str, str]:
        """Return what the kernel is told: the query of its own viewer's address, and where the pages are."""
        return {
            **self.settings["kernel_environment"],
            "QUERY_STRING": self.request.query,
            "VOILA_BASE_URL": self.settings["base_url"],
        }
