"""What a kernel may tell a browser: the widgets of a page, never what it prints, raises or runs."""

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

# tracebacks, printed text and source code; no page needs any of it
UNSENT = frozenset({"error", "stream", "execute_input", "execute_reply"})


class PublishedChannel(ZMQChannelsWebsocketConnection):
    """The connection between the kernel and the browser of one viewer, without messages that hold code."""

    def handle_outgoing_message(self, stream: str, outgoing_msg: list[Any]) -> None:
        """Send the message on unless its kind is withheld, whichever protocol the browser asked for."""
        _, parts = self.session.feed_identities(outgoing_msg)
        if not is_withheld(self.session.unpack(parts[1])):
            super().handle_outgoing_message(stream, outgoing_msg)


def is_withheld(header: dict[str, Any]) -> bool:
    """Return whether messages with this header stay on the server.

    Examples
    --------
    >>> is_withheld({"msg_type": "stream"}), is_withheld({"msg_type": "comm_msg"})
    (True, False)
    """
    return header.get("msg_type") in UNSENT
