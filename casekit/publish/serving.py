"""Publish the declared notebooks with Voilà: read-only, code hidden, on this machine unless there is a login."""

import logging
import os
import socket
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from casekit import records
from casekit.errors import CaseKitError
from casekit.publish.access import Access, access
from casekit.publish.disclosure import published_review
from casekit.publish.published import DASHBOARDS, Published, copy_notebooks, published
from casekit.publish.server_log import log_file, write_to
from casekit.publish.viewer_kernels import MOST_VIEWERS
from casekit.records.shown import VARIABLE
from casekit.views.safe import LOG_VARIABLE

PING_MS = 30_000
LARGEST_MESSAGE = 256_000  # bytes; what a page says to its kernel is a few hundred
UNUSED = 2 * 3600  # seconds after which an open page that nobody touches is put to rest
LOOK_FOR_UNUSED = 120  # seconds
# What JupyterLab extensions a page loads: those that show widgets.
EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget")
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",  # Vega compiles its expressions in the browser
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' blob: data:",
    "frame-ancestors": "'self'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "object-src": "'none'",
}


def serve(
    port: int = 8866,
    *,
    series: Path | None = None,
    folder: Path = DASHBOARDS,
    allowed: Access | None = None,
    most_viewers: int = MOST_VIEWERS,
) -> int:
    """Serve the published notebooks until interrupted and return 0.

    Parameters
    ----------
    port : int
        Where to listen; 0 takes any free port.
    series : Path, optional
        Folder or workbook of the series that the pages show; the one that ``published.toml`` names when not given.
    folder : Path
        Folder with ``published.toml``, the landing page and the Voilà template.
    allowed : Access, optional
        Who may look, from :func:`casekit.publish.access.access`; without it this machine only.
    most_viewers : int
        How many pages may be open at once; whoever comes then is asked to wait.

    Raises
    ------
    DataError
        When there is something wrong with that series.
    CaseKitError
        When the pages would reveal of real patients what ``policy.toml`` does not accept.
    """
    pages, allowed = published(folder, series), allowed or access()
    if series is not None:
        records.load(series)
    published_review(pages, folder=folder).or_refuse()
    port = _free(port, allowed.ip)
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("JUPYTER_PATH")]))
    os.environ[VARIABLE] = str(pages.folder)
    _build_script()
    with tempfile.TemporaryDirectory(prefix="casekit-") as served:
        copy_notebooks(pages.pages, Path(served), note(pages))
        _run(_config(port, Path(served), allowed, most_viewers), pages, folder, allowed)
    return 0


def _run(config: Any, pages: Published, folder: Path, allowed: Access) -> None:
    """Start Voilà on the served folder and stay until it ends."""
    from tornado.ioloop import IOLoop

    from casekit.publish.first_pictures import FirstPictures
    from casekit.publish.voila_app import CasekitVoila

    port = config.Voila.port
    log = log_file(port)
    os.environ[LOG_VARIABLE] = str(log)
    zygote = _zygote()
    try:
        app = CasekitVoila(config=config, log_level=logging.ERROR)
        write_to(log, app.log)
        app.pages, app.landing_html = pages.pages, landing(pages, folder)
        app.access, app.pictures = allowed, FirstPictures()
        app.config_file_paths = []
        app.greet = partial(_greet, allowed, port, log)
        app.initialize([])
        IOLoop.current().add_callback(app.pictures.collect, zygote, folder)
        app.start()
    finally:
        if zygote:
            zygote.stop()
    with suppress(OSError):
        if not log.stat().st_size:
            log.unlink()


def _zygote() -> Any:
    """Return the process that forks kernels, already loading; nothing where processes cannot be forked."""
    if os.name != "posix":
        return None
    from casekit.publish.forked_kernels import Zygote, register

    zygote = Zygote()
    register(zygote)
    return zygote


def _greet(allowed: Access, port: int, log: Path) -> None:
    """Tell the person at the terminal, now that the server answers, where the pages are and who can open them."""
    where = "for those who know the token  " if allowed.token else ""
    where = "for the reverse proxy, which must ask for the login  " if allowed.behind_proxy else where
    where = "for those who log in at the hub  " if allowed.hub_token else where
    print(f"casekit: read-only pages on http://{allowed.ip}:{port}{allowed.base}  {where}(stop with Ctrl+C)")  # noqa: T201
    print(f"casekit: views and faults are written to {log}", flush=True)  # noqa: T201


def note(pages: Published) -> str:
    """Return what stands above every page; it claims invented patients only where the series does."""
    return "Synthetic patients · read-only" if pages.synthetic else "Read-only"


def landing(pages: Published, folder: Path = DASHBOARDS) -> str:
    """Return the landing page, finished."""
    from jinja2 import Environment, FileSystemLoader

    template = Environment(loader=FileSystemLoader(folder), autoescape=True).get_template("landing.html.j2")
    return template.render(pages=pages.pages, series=pages.series, synthetic=pages.synthetic)


def headers() -> dict[str, str]:
    """Return the headers of every answer: nothing is loaded from, or embedded in, another host."""
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "X-Frame-Options": "SAMEORIGIN",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _config(port: int, served: Path, allowed: Access, most_viewers: int) -> Any:
    """Return Voilà's configuration: closed, quiet, with so many viewers at most."""
    from traitlets.config import Config

    return Config(
        Voila={
            "ip": allowed.ip,
            "port": port,
            "base_url": allowed.base,
            "open_browser": False,
            "root_dir": str(served),
            "token": "",  # the token is asked for before Voilà sees a request
            "tornado_settings": {
                "headers": headers(),
                "websocket_max_message_size": LARGEST_MESSAGE,
                "ws_ping_interval": PING_MS,
                "ws_ping_timeout": 4 * PING_MS,  # a busy machine may answer late; a closed socket loses the page
            },
        },
        VoilaConfiguration={
            "template": "casekit",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "file_allowlist": ["nothing is downloadable"],
            "show_tracebacks": False,
            "strip_sources": True,
            "preheat_kernel": False,
            "extension_allowlist": list(EXTENSIONS),
            "multi_kernel_manager_class": "casekit.publish.viewer_kernels.ViewerKernels",
        },
        KernelManager={"transport": "ipc" if os.name == "posix" else "tcp", "autorestart": False},
        ViewerKernels={
            "most": most_viewers,
            "cull_idle_timeout": UNUSED,
            "cull_interval": LOOK_FOR_UNUSED,
            "cull_connected": True,
        },
    )


def _free(port: int, ip: str) -> int:
    """Return the port, or a free one for 0, or say that it is taken."""
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError as error:
            raise CaseKitError(
                f"serve: found {ip} port {port} not open to this program ({error.strerror}); expected a free port on "
                "an address of this machine. Stop the other program or choose another port or address."
            ) from None
        return int(probe.getsockname()[1])


def _build_script() -> None:
    """Build the script of the charts before the first viewer needs it."""
    from casekit.views.bundle import bundle

    bundle()
