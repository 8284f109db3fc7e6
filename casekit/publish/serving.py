"""Publish the declared notebooks with Voilà: read-only, code hidden, on this machine only."""

import logging
import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from casekit.errors import CaseKitError
from casekit.publish.published import DASHBOARDS, Published, copy_notebooks, published
from casekit.views.safe import LOG_VARIABLE

LOOPBACK = "127.0.0.1"
PING_MS = 30_000
LARGEST_LOG = 5_000_000  # bytes; a larger one is begun anew at the next start
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


def serve(port: int = 8866, *, folder: Path = DASHBOARDS, warm: int = 1) -> int:
    """Serve the published notebooks until interrupted and return 0.

    Parameters
    ----------
    port : int
        Where to listen on 127.0.0.1; 0 takes any free port.
    folder : Path
        Folder with ``published.toml``, the landing page and the Voilà template.
    warm : int
        Kernels kept ready for every page, so that it opens at once; 0 starts them on demand.
    """
    pages = published(folder)
    port = _free(port)
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), os.environ.get("JUPYTER_PATH")]))
    _build_script()
    with tempfile.TemporaryDirectory(prefix="casekit-") as served:
        copy_notebooks(pages.pages, Path(served), note(pages))
        _run(port, pages, Path(served), folder, warm)
    return 0


def _run(port: int, pages: Published, served: Path, folder: Path, warm: int) -> None:
    """Start Voilà on the served folder and stay until it ends."""
    from tornado.ioloop import IOLoop

    from casekit.publish.voila_app import CasekitVoila

    log = log_file(port)
    os.environ[LOG_VARIABLE] = str(log)
    app = CasekitVoila(config=_config(port, served, warm), log_level=logging.ERROR)
    app.pages, app.landing_html = pages.pages, landing(pages, folder)
    app.config_file_paths = []
    logging.getLogger("tornado.general").setLevel(logging.ERROR)  # it warns of Jupyter's own settings
    app.initialize([])
    IOLoop.current().add_callback(_say, f"casekit: read-only pages on http://{LOOPBACK}:{port}/  (stop with Ctrl+C)")
    IOLoop.current().add_callback(_say, f"casekit: faults are written to {log}")
    app.start()
    with suppress(OSError):
        if not log.stat().st_size:
            log.unlink()


def _say(sentence: str) -> None:
    """Tell the person at the terminal, once the server really answers."""
    print(sentence, flush=True)  # noqa: T201


def log_file(port: int) -> Path:
    """Return the file, readable by its owner only, to which the kernels of this server add their faults."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    folder = home / "casekit"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"serve-{port}.log"
        if path.is_file() and path.stat().st_size > LARGEST_LOG:
            path.unlink()
        path.touch(mode=0o600)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="casekit-log-")) / f"serve-{port}.log"
    return path


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
    }


def _config(port: int, served: Path, warm: int) -> Any:
    """Return Voilà's configuration: closed, quiet, on loopback."""
    from traitlets.config import Config

    return Config(
        Voila={
            "ip": LOOPBACK,
            "port": port,
            "port_retries": 0,
            "open_browser": False,
            "root_dir": str(served),
            "tornado_settings": {
                "headers": headers(),
                "websocket_max_message_size": 2_000_000,
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
            "preheat_kernel": warm > 0,
            "default_pool_size": warm,
        },
        KernelManager={"transport": "ipc" if os.name == "posix" else "tcp"},
        MappingKernelManager={"cull_idle_timeout": 1800, "cull_interval": 120, "cull_connected": False},
    )


def _free(port: int) -> int:
    """Return the port, or a free one for 0, or say that it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise CaseKitError(
                f"serve: found port {port} in use; expected a free port. Stop the other program or choose another port."
            ) from None
        return int(probe.getsockname()[1])


def _build_script() -> None:
    """Build the script of the charts before the first viewer needs it."""
    from casekit.views.bundle import bundle

    bundle()
