"""Login at a JupyterHub: a stranger is sent there and comes back with a code that only the hub can explain."""

from typing import Any

from jupyterhub.services.auth import HubOAuth, HubOAuthCallbackHandler

from casekit.publish.access import LOGIN, Access, set_signed
from casekit.publish.pages import NOT_LOGGED_IN, Plain


class ViewerOAuth(HubOAuth):
    """Keeps, after the hub has said who somebody is and may look, our own signed cookie and not the hub's token."""

    def set_cookie(self, handler: Any, access_token: str) -> None:  # noqa: ARG002  (the token ends here)
        """Let the viewer in."""
        set_signed(handler, LOGIN, "in", handler.allowed.secret)


class HubLogin(HubOAuthCallbackHandler, Plain):
    """The answer to a stranger, whatever was asked for; the hub asks for the name and whether it may look."""

    def initialize(self, allowed: Access) -> None:
        """Take the hub of this service."""
        if not ViewerOAuth.initialized():
            ViewerOAuth.instance(api_token=allowed.hub_token)
        self.allowed = allowed
        self.hub_auth = ViewerOAuth.instance()

    def check_xsrf_cookie(self) -> None:
        """Ask for no cookie of a stranger: all that is not a GET is refused below."""

    async def prepare(self) -> None:
        """Refuse what cannot be sent to a login page: commands, and the channel of a kernel."""
        if self.request.method != "GET" or "upgrade" in self.request.headers.get("Connection", "").lower():
            self.send_error(NOT_LOGGED_IN)

    async def get(self) -> None:
        """Send a stranger to the hub, and let in who comes back from there."""
        if self.request.path == f"{self.hub_auth.base_url}oauth_callback":
            await HubOAuthCallbackHandler.get(self)
        else:
            self.redirect(self.get_login_url())
