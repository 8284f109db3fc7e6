"""A real picture at the top of every page before any kernel answers; drawn at server start, in a process of its own."""

import ast
import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from casekit.publish.forked_kernels import Zygote
from casekit.publish.published import Page, published
from casekit.publish.server_log import log
from casekit.publish.surroundings import inherited

LONGEST_LINE = 16_000_000  # bytes of one picture
SOON = "Controls and details follow in a moment."
WAITING = "The page is being made ready: the picture follows in a few seconds, by itself."
PAGE = 1340.0  # width of a page on a usual screen without its margins; the picture grows and shrinks with the page
Drawn = dict[str, str]


@dataclass
class FirstPictures:
    """The pictures that have been drawn: one per page, and one per patient where the page shows one patient."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def html(self, page: str, query: str) -> str:
        """Return the picture of what this address asks for, or a sentence where that has not been drawn.

        Examples
        --------
        >>> FirstPictures({("patient", ""): "<img>"}).html("patient", "patient=SLE-02") == f"<p>{WAITING}</p>"
        True
        """
        picture = self.known.get((page, query))
        return f"<p>{SOON}</p>{picture}" if picture else f"<p>{WAITING}</p>"

    async def collect(self, zygote: Zygote | None, folder: Path) -> None:
        """Have the pictures drawn and keep them as they come."""
        try:
            lines, _open = await _lines(zygote, folder)
            while line := await lines.readline():
                drawn = json.loads(line)
                self.known[drawn["page"], drawn["query"]] = drawn["picture"]
        except (OSError, ValueError):
            log.exception("the first pictures could not all be drawn; other pages start with a sentence instead")


async def _lines(zygote: Zygote | None, folder: Path) -> tuple[asyncio.StreamReader, object]:
    """Return the lines of the process that draws, and what must be held while they are read."""
    forked = await zygote.fork("pictures", env=inherited(), folder=folder) if zygote else None
    if forked:
        return await asyncio.open_connection(sock=forked.tie, limit=LONGEST_LINE)
    words = [sys.executable, "-P", "-m", __name__, str(folder)]
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE, env=inherited()
    )
    return process.stdout or asyncio.StreamReader(), process


def draw(folder: Path) -> Iterator[Drawn]:
    """Yield the first picture of every published page, then those of single patients.

    Parameters
    ----------
    folder : Path
        Folder with ``published.toml``.

    Yields
    ------
    dict
        ``page``, ``query`` (what the address asks for) and ``picture`` (an HTML image with its description).
    """
    from casekit import records

    declared = published(folder)
    usual: dict[Page, str] = {}
    for page in declared.pages:
        if picture := _picture(page, ""):
            usual[page] = picture
            yield {"page": page.name, "query": "", "picture": picture}
    if os.name == "posix":
        os.nice(10)  # viewers come before the pictures of other viewers
    first, *others = [urlencode({"patient": who}) for who in records.shown_series().patients["patient_id"]]
    for page, shown in usual.items():
        for query in (*others[:1], first, *others[1:]):
            picture = _picture(page, query)
            if not picture or (query in others[:1] and picture == shown):
                break  # this page shows no single patient
            yield {"page": page.name, "query": query, "picture": picture}


def _picture(page: Page, query: str) -> str:
    """Return the first picture of a page under this address as an HTML image, or nothing where it has none."""
    from casekit.publish.figures import still
    from casekit.views.vega_view import VegaView

    os.environ |= {"QUERY_STRING": query, "VOILA_BASE_URL": "/"}
    view = next((part for part in _parts(_shown(page)) if isinstance(part, VegaView)), None)
    if view is None or not view.spec:
        return ""
    return str(still(view.spec, view.params, PAGE))


def _shown(page: Page) -> Any:
    """Return what the last cell of the notebook shows."""
    cells = json.loads(page.notebook.read_text(encoding="utf-8"))["cells"]
    code = ast.parse("\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"))
    last = code.body.pop()
    names: dict[str, Any] = {}
    exec(compile(code, page.name, "exec"), names)  # noqa: S102  (our own notebooks, as in every kernel)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), page.name, "eval"), names)  # noqa: S307


def _parts(widget: Any) -> Iterator[Any]:
    """Yield a widget and all that it holds, in the order in which it is shown."""
    yield widget
    for part in getattr(widget, "children", ()):
        yield from _parts(part)


if __name__ == "__main__":
    for picture in draw(Path(sys.argv[1])):
        sys.stdout.write(json.dumps(picture) + "\n")
        sys.stdout.flush()
