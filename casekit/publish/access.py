"""Who may ask: under which names, with which token, and for whose kernel."""

import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher
from tornado.web import create_signed_value, decode_signed_value

from casekit.errors import CaseKitError

OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
LOOPBACK = "127.0.0.1"
HTTP_PORT = re.compile(r":\d+$")
SHORTEST_TOKEN = 16
LOGIN, VIEWER = "casekit-login", "casekit-viewer"
LOGIN_DAYS = 1


@dataclass(frozen=True)
class Access:
    """Who may look at the pages.

    Attributes
    ----------
    ip : str
        The address on which the server listens.
    names : frozenset of str
        The names under which it answers; empty answers to every name, which is safe where a token is asked for.
    token : str
        What a viewer must know; empty where nobody is asked.
    behind_proxy : bool
        Whether a reverse proxy stands in front and asks for the login.
    hub_token : str
        With which this server asks a JupyterHub who somebody is; empty where there is no hub.
    base : str
        The part of every address before our own, such as ``/services/cases/``.
    secret : bytes
        Signs the cookies of this run of the server.
    """

    ip: str = LOOPBACK
    names: frozenset[str] = OWN_NAMES
    token: str = field(default="", repr=False)
    behind_proxy: bool = False
    hub_token: str = field(default="", repr=False)
    base: str = "/"
    secret: bytes = field(default_factory=lambda: os.urandom(32), repr=False)


def access(
    ip: str = LOOPBACK, *, token_file: Path | None = None, behind_proxy: bool = False, hosts: tuple[str, ...] = ()
) -> Access:
    """Return who may look, or refuse to open the pages to a network without a login.

    Parameters
    ----------
    ip : str
        The address on which the server listens.
    token_file : Path, optional
        File with the token that viewers must know; made with a new token when it does not exist.
    behind_proxy : bool
        Whether a reverse proxy stands in front and asks for the login.
    hosts : tuple of str
        The names under which viewers know the server.

    Raises
    ------
    CaseKitError
        When the address is not of this machine only and there is neither token nor proxy.
    """
    here = ip in OWN_NAMES or ip == "::1"
    if not here and not token_file and not behind_proxy:
        raise CaseKitError(
            f"serve: found the address {ip}, which others can reach, and no login; expected one. Give --token-file "
            "FILE, or --behind-proxy --host NAME when a reverse proxy with a login stands in front."
        )
    if behind_proxy and not hosts:
        raise CaseKitError(
            "serve: found --behind-proxy without --host; expected the name under which viewers know the pages. "
            "Give --host NAME."
        )
    token = _token(token_file) if token_file else ""
    own = frozenset() if token and not hosts and not here else OWN_NAMES
    return Access(ip, own | {host.lower() for host in hosts}, token, behind_proxy)


def _token(file: Path) -> str:
    """Return the token in the file, which only its owner may read; a new one where there is no such file."""
    try:
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
                new.write(secrets.token_urlsafe(32) + "\n")
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", "") or "no text"
        raise CaseKitError(
            f"{file}: cannot be read or made ({why}); expected a file with a token. Name a file in an existing folder."
        ) from None
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise CaseKitError(
            f"{file.name}: found a token that others on this machine can read; expected it to be its owner's only. "
            f"Run chmod 600 {file.name}."
        )
    if len(token) < SHORTEST_TOKEN:
        raise CaseKitError(
            f"{file.name}: found a token of {len(token)} characters; expected at least {SHORTEST_TOKEN}. "
            "Delete the file, and a new one is made."
        )
    return token


def behind_hub(hosts: tuple[str, ...]) -> Access:
    """Return that a JupyterHub, which has started this server as its service, says who may look.

    Its token is taken out of the environment, so that no kernel gets it.

    Parameters
    ----------
    hosts : tuple of str
        The names under which viewers know the hub.

    Raises
    ------
    CaseKitError
        When there is no name, or no hub has started this server.
    """
    prefix, token = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", ""), os.environ.pop("JUPYTERHUB_API_TOKEN", "")
    if not hosts or not prefix or not token:
        raise CaseKitError(
            "serve: found --hub without a JupyterHub that started this server, or without --host; expected both. "
            "See docs/publishing.md."
        )
    names = OWN_NAMES | {host.lower() for host in hosts}
    nobody_knows = secrets.token_urlsafe(32)
    return Access(LOOPBACK, names, nobody_knows, behind_proxy=True, hub_token=token, base=prefix)


class ForeignHost(Matcher):
    """Requests under a name that is not this server's own: a page elsewhere may have its name point here."""

    def __init__(self, allowed: Access) -> None:
        self._names = allowed.names

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return no parameters for a foreign name, None for our own."""
        return {} if self._names and HTTP_PORT.sub("", request.host.lower()) not in self._names else None


class Stranger(Matcher):
    """Requests of somebody who has not shown the token, whatever they ask for."""

    def __init__(self, allowed: Access) -> None:
        self._access = allowed

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return no parameters for a stranger, None for a viewer."""
        return {} if self._access.token and not _signed(request, LOGIN, self._access.secret) else None


class Crooked(Matcher):
    """Addresses that try to leave the folder they name, or that name a template that is not ours."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return no parameters for such an address, None for a straight one."""
        path = unquote(unquote(request.path)).replace("\\", "/")
        foreign = "/voila/templates/" in path and "/voila/templates/casekit/" not in path
        return {} if foreign or ".." in path or "//" in path or "\0" in path else None


class ForeignKernel(Matcher):
    """Requests for a kernel that belongs to another viewer, or to nobody: both look the same."""

    def __init__(self, allowed: Access, base: str, owners: Mapping[str, str]) -> None:
        self._secret, self._owners = allowed.secret, owners
        self._path = re.compile(rf"{re.escape(base)}(?:api/kernels|voila/api/shutdown)(?:/+([^/]*))?")

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        """Return no parameters for another's kernel, None for the viewer's own and for other addresses."""
        found = self._path.match(request.path)
        if not found:
            return None
        owner = self._owners.get(found[1] or "")
        return None if owner and owner == _signed(request, VIEWER, self._secret) else {}


def _signed(request: HTTPServerRequest, name: str, secret: bytes) -> str:
    """Return what our cookie of that name says, or nothing when it is missing, forged or old."""
    cookie = request.cookies.get(name)
    value = decode_signed_value(secret, name, cookie.value, max_age_days=LOGIN_DAYS) if cookie else None
    return value.decode() if value else ""


def viewer_of(handler: Any, secret: bytes) -> str:
    """Return who asks; a new viewer gets a cookie, which is needed to reach the kernel of the page."""
    known = _signed(handler.request, VIEWER, secret)
    viewer = known or secrets.token_hex(16)
    if not known:
        set_signed(handler, VIEWER, viewer, secret)
    return viewer


def set_signed(handler: Any, name: str, value: str, secret: bytes) -> None:
    """Give the browser a signed cookie that no script can read and that other sites cannot send along."""
    signed = create_signed_value(secret, name, value).decode()
    safe = handler.request.protocol == "https"
    handler.set_cookie(name, signed, httponly=True, samesite="Lax", secure=safe, path="/")


def is_token(allowed: Access, shown: str) -> bool:
    """Return whether this is the token, in the same time for every wrong one."""
    return hmac.compare_digest(shown.encode(), allowed.token.encode())


def shown_token(request: HTTPServerRequest) -> str:
    """Return the token in the query or in the form that was sent, or nothing."""
    form = parse_qs(request.body.decode("utf-8", "replace"), max_num_fields=4) if request.method == "POST" else {}
    return (form.get("token") or parse_qs(request.query, max_num_fields=30).get("token") or [""])[0]


def without_token(request: HTTPServerRequest) -> str:
    """Return the address that was asked for, on this server and without the token."""
    kept = urlencode([pair for pair in parse_qsl(request.query) if pair[0] != "token"])
    path = "/" + request.path.lstrip("/\\")  # two slashes would name another server
    return f"{path}?{kept}" if kept else path
