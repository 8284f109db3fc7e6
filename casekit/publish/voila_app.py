"""Voilà reduced to what a viewer needs: a landing page and the published notebooks."""

import re
from typing import Any

from jinja2 import ChoiceLoader
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import HTTPError, RequestHandler
from voila.app import Voila
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler

from casekit.publish.channel import PublishedChannel
from casekit.publish.published import Page

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
HTTP_PORT = re.compile(r":\d+$")

# Listing folders, reading them as JSON and downloading files: nothing of this is needed to look at a page.
CLOSED = (TornadoVoilaTreeHandler, VoilaContentsHandler, AllowListFileHandler)


class Plain(RequestHandler):
    """A page that needs no kernel, with the same headers and the same sentence on failure as all others."""

    def set_default_headers(self) -> None:
        """Send the same headers as Voilà's own pages."""
        for name, value in self.settings.get("headers", {}).items():
            self.set_header(name, value)

    def write_error(self, status_code: int, **_others: Any) -> None:
        """Say in one sentence what is wrong."""
        self.finish(self.settings["voila_jinja2_env"].get_template("error.html").render(status_code=status_code))


class Refused(Plain):
    """The answer to whatever is not here, or is asked for under a foreign name."""

    def initialize(self, status: int) -> None:
        """Keep the status."""
        self.status = status

    def prepare(self) -> None:
        """Refuse, whatever the method."""
        raise HTTPError(self.status)


class ForeignHost(Matcher):
    """Requests under a name that is not this machine's own: a page elsewhere may have its name point here."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return no parameters for a foreign name, None for our own."""
        return None if HTTP_PORT.sub("", request.host.lower()) in OWN_NAMES else {}


class Landing(Plain):
    """The list of the published pages, ready before any kernel starts."""

    def initialize(self, html: str) -> None:
        """Keep the finished page."""
        self.html = html

    def get(self) -> None:
        """Send the finished page."""
        self.write(self.html)


class PublishedPage(TornadoVoilaHandler):
    """One published notebook under its short address; any other name does not exist."""

    def initialize(self, names: dict[str, str], **others: Any) -> None:
        """Keep the notebook behind every address."""
        super().initialize(**others)
        self.names = names

    async def get(self, path: str | None = None) -> None:
        """Show the notebook, or say that there is no such page."""
        if path not in self.names:
            self.send_error(404)
            return
        self.xsrf_form_html()  # sets the cookie without which a page that is left cannot end its kernel
        await super().get(self.names[path])


class CasekitVoila(Voila):
    """Standalone Voilà, which refuses to run viewers' code, with our landing page and only the declared notebooks."""

    pages: tuple[Page, ...] = ()
    landing_html: str = ""

    def init_settings(self) -> dict[str, Any]:
        """Return the settings: our page for every error, and kernels that tell browsers no code."""
        settings: dict[str, Any] = super().init_settings()
        pages = settings["voila_jinja2_env"].loader
        settings["jinja2_env"].loader = ChoiceLoader([pages, settings["jinja2_env"].loader])
        return settings | {
            "default_handler_class": Refused,
            "default_handler_args": {"status": 404},
            "kernel_websocket_connection_class": PublishedChannel,
        }

    def listen(self) -> None:
        """Listen; on loopback only requests under this machine's own names are answered."""
        if self.ip in OWN_NAMES:
            self.app.default_router.rules.insert(0, Rule(ForeignHost(), Refused, {"status": 403}))
        super().listen()

    def init_handlers(self) -> list[Any]:
        """Return the addresses: the landing page, the published pages and what a page loads."""
        names = {f"{page.name}.ipynb": f"{page.name}.ipynb" for page in self.pages}
        names |= {page.name: f"{page.name}.ipynb" for page in self.pages}
        settings = {
            "names": names,
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }
        kept = [rule for rule in super().init_handlers() if not issubclass(rule[1], (*CLOSED, TornadoVoilaHandler))]
        return [
            (self.server_url, Landing, {"html": self.landing_html}),
            *kept,
            (rf"{self.server_url}voila/render/(.*)", PublishedPage, settings),
            (rf"{self.server_url}([\w-]+)", PublishedPage, settings),
        ]
