"""Voilà reduced to what a viewer needs: a landing page and the published notebooks."""

import re
from collections.abc import Callable
from typing import Any

from jinja2 import ChoiceLoader
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.routing import Rule
from tornado.web import RequestHandler
from voila import __version__
from voila.app import Voila
from voila.static_file_handler import AllowListFileHandler
from voila.tornado.contentshandler import VoilaContentsHandler
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.treehandler import TornadoVoilaTreeHandler
from voila.utils import get_page_config

from casekit.publish.access import Access, Crooked, ForeignHost, ForeignKernel, Stranger
from casekit.publish.channel import ACCEPTED, PublishedChannel
from casekit.publish.first_pictures import FirstPictures
from casekit.publish.page_renderer import PageRenderer
from casekit.publish.pages import Engine, KernelState, Landing, Login, Logout, PublishedPage, Refused
from casekit.publish.published import Page
from casekit.publish.server_log import view_line
from casekit.publish.surroundings import inherited
from casekit.views.bundle import engine_place
from casekit.views.vega_engine import PAGE_HAS_IT

# Listing folders, reading them as JSON, downloading files, running any notebook: nothing of this is needed to look.
CLOSED = (TornadoVoilaTreeHandler, VoilaContentsHandler, AllowListFileHandler, TornadoVoilaHandler, KernelHandler)
LARGEST_BODY, LARGEST_HEAD = 64_000, 16_000  # bytes of a request: a token or a farewell, and an address with cookies
SLOWEST_BODY, IDLE = 10, 30  # seconds; a connection that says nothing, or not all of its head, is closed


class CasekitVoila(Voila):
    """Standalone Voilà, which refuses to run viewers' code, with our landing page and only the declared notebooks."""

    pages: tuple[Page, ...] = ()
    landing_html: str = ""
    access: Access = Access()
    pictures: FirstPictures
    greet: Callable[[], None] = staticmethod(lambda: None)

    def init_settings(self) -> dict[str, Any]:
        """Return the settings: our page for every error, and kernels that take and give only what widgets need."""
        settings: dict[str, Any] = super().init_settings()
        pages = settings["voila_jinja2_env"].loader
        settings["jinja2_env"].loader = ChoiceLoader([pages, settings["jinja2_env"].loader])
        self.kernel_manager.allowed_message_types = sorted(ACCEPTED)
        return settings | {
            "default_handler_class": Refused,
            "default_handler_args": {"status": 404},
            "kernel_websocket_connection_class": PublishedChannel,
            "kernel_environment": {
                **inherited(),
                PAGE_HAS_IT: engine_place(),
                "SERVER_SOFTWARE": f"voila/{__version__}",
            },
            "log_function": view_line,
        }

    def init_handlers(self) -> list[Any]:
        """Return the addresses: the landing page, the published pages and what a page loads."""
        settings = {
            "kernels": self.kernel_manager,
            "renderers": self._renderers(),
            "pictures": self.pictures,
            "allowed": self.access,
        }
        every = super().init_handlers()
        kernel = next(rule[0] for rule in every if rule[1] is KernelHandler)
        return [
            (self.server_url, Landing, {"html": self.landing_html}),
            (kernel, KernelState),
            (rf"{self.server_url}logout", Logout),
            (rf"{self.server_url}{re.escape(engine_place())}\.js", Engine),
            *[rule for rule in every if not issubclass(rule[1], CLOSED)],
            (rf"{self.server_url}voila/render/(.*)", PublishedPage, settings),
            (rf"{self.server_url}([\w-]+)", PublishedPage, settings),
        ]

    def listen(self) -> None:
        """Listen until interrupted; strangers, foreign names and other viewers' kernels are refused before all else."""
        guards = [
            Rule(ForeignHost(self.access), Refused, {"status": 403}),
            Rule(Stranger(self.access), self._login(), {"allowed": self.access}),
            Rule(Crooked(), Refused, {"status": 404}),
            Rule(ForeignKernel(self.access, self.server_url, self.kernel_manager.owners), Refused, {"status": 404}),
        ]
        self.app.default_router.rules[:0] = guards
        server = HTTPServer(
            self.app,
            xheaders=self.access.behind_proxy,
            max_body_size=LARGEST_BODY,
            max_header_size=LARGEST_HEAD,
            body_timeout=SLOWEST_BODY,
            idle_connection_timeout=IDLE,
        )
        server.listen(self.port, self.ip)
        self.ioloop = IOLoop.current()
        self.greet()
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            self.stop()

    def _login(self) -> type[RequestHandler]:
        """Return who answers strangers: our own page that asks for the token, or the hub."""
        if not self.access.hub_token:
            return Login
        from casekit.publish.hub_login import HubLogin

        return HubLogin

    def _renderers(self) -> dict[str, PageRenderer]:
        """Return the published notebooks, each read once."""
        return {page.name: self._renderer(page) for page in self.pages}

    def _renderer(self, page: Page) -> PageRenderer:
        """Return one notebook, ready to be rendered for viewers."""
        known = {
            "base_url": self.base_url,
            "settings": self.app.settings,
            "log": self.log,
            "voila_configuration": self.voila_configuration,
        }
        renderer = PageRenderer(
            voila_configuration=self.voila_configuration,
            traitlet_config=self.config,
            notebook_path=f"{page.name}.ipynb",
            template_paths=self.template_paths,
            config_manager=self.config_manager,
            contents_manager=self.contents_manager,
            base_url=self.base_url,
            kernel_spec_manager=self.kernel_spec_manager,
            page_config=get_page_config(**known),
        )
        IOLoop.current().run_sync(renderer.initialize)
        return renderer
