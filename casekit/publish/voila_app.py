"""Voilà reduced to what a viewer needs: a landing page and the published notebooks."""

from typing import Any

from tornado.web import RequestHandler
from voila.app import Voila
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler

from casekit.publish.published import Page

# Listing folders, reading them as JSON and downloading files: nothing of this is needed to look at a page.
CLOSED = (TornadoVoilaTreeHandler, VoilaContentsHandler, AllowListFileHandler)


class Landing(RequestHandler):
    """The list of the published pages, ready before any kernel starts."""

    def initialize(self, html: str) -> None:
        """Keep the finished page."""
        self.html = html

    def set_default_headers(self) -> None:
        """Send the same headers as Voilà's own pages."""
        for name, value in self.settings.get("headers", {}).items():
            self.set_header(name, value)

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
