"""One HTML file that needs nothing else: pictures with their engine, tables, words, and where it all comes from."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from casekit.errors import CaseKitError
from casekit.publish.provenance import SYNTHETIC, Provenance
from casekit.views import html
from casekit.views.bundle import bundle

HERE = Path(__file__).parent
VIEWS = Path(html.__file__).parent
EXPORTED = re.compile(r"export\s*\{\s*([\w$]+) as default\s*\};?\s*$")
UNSAFE = ("</script", "<!--")
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class OfflinePage:
    """What one file shows.

    Attributes
    ----------
    title : str
        Name of the page, for the window and the heading of a browser's tab.
    body : str
        HTML in which every value is escaped.
    made_of : Provenance
        Where it comes from.
    data : mapping
        What the scripts of the page need: specifications of pictures, choices, explanations.
    links : tuple of (address, words)
        Other pages of the same site; none for a file that stands alone.
    """

    title: str
    body: str
    made_of: Provenance
    data: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    links: tuple[tuple[str, str], ...] = ()


def offline_html(page: OfflinePage) -> str:
    """Return the page as one HTML text that opens without server and network and asks for nothing outside.

    Only the scripts written here may run: the page names their hashes, so that text in the data never becomes code.
    """
    from jinja2 import Environment, FileSystemLoader

    scripts = [_engine(), _script()] if page.data else []
    template = Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("offline.html.j2")
    return template.render(
        page=page,
        mark=SYNTHETIC if page.made_of.synthetic else "",
        entries=page.made_of.entries,
        policy=_policy(scripts),
        body=page.body,
        data=_json(page.data),
        scripts=scripts,
        styles=[_style("page.css"), _style("vega_view.css"), (HERE / "offline.css").read_text(encoding="utf-8")],
    )


def _policy(scripts: list[str]) -> str:
    """Return the policy: nothing is loaded, nothing is sent, and only these scripts run."""
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests)
    allowed = f"{hashes} 'unsafe-eval'" if scripts else "'none'"  # Vega compiles its expressions in the browser
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _engine() -> str:
    """Return the script that draws, put where the script of the page finds it instead of being exported."""
    text, found = EXPORTED.subn(r"globalThis.casekitVega=\1;", bundle().strip())
    if found != 1 or any(word in text for word in UNSAFE):
        raise CaseKitError(
            "export: found a chart script in an unknown form; expected one that ends with its export. "
            "Install the versions that requirements.txt names."
        )
    return text


@cache
def _script() -> str:
    """Return the script of offline pages."""
    return (HERE / "offline.js").read_text(encoding="utf-8")


def _style(name: str) -> str:
    """Return a style sheet of the served pages."""
    return (VIEWS / name).read_text(encoding="utf-8")


def _json(data: Mapping[str, Any]) -> str:
    """Return the data as JSON that cannot end the element it stands in."""
    text = json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
