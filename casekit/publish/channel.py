"""What a browser and a kernel may tell each other: the widgets of a page, never code, and never what it prints."""

import json
import struct
import time
from typing import Any

from jupyter_server.services.kernels.connection.base import deserialize_binary_message, deserialize_msg_from_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

# tracebacks, printed text and source code; no page needs any of it
UNSENT = frozenset({"error", "stream", "execute_input", "execute_reply"})
# a page talks to its widgets, and asks which there are
ACCEPTED = frozenset({"comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request"})
SHELL = "shell"
PARTS = ("header", "parent_header", "metadata", "content")
STATES = "jupyter.widget.control"  # through which a page asks for its widgets
BINARY = "v1.kernel.websocket.jupyter.org"
MOST_PARTS = 64  # a message says how many parts it has; Jupyter would believe any number, and count for ever
# Messages; a page that opens sends about twenty. On a busy machine, where its kernel is silent for four seconds, it
# asks for each of its widgets, up to 250 and perhaps twice; without an answer it would never go on.
MOST_A_SECOND = 1000


class PublishedChannel(ZMQChannelsWebsocketConnection):
    """The connection between the kernel and the browser of one viewer."""

    _second, _told = 0, 0

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Take the message if a page may say it and does not flood its kernel; anything else is dropped."""
        try:
            accepted = self._is_in_time() and is_accepted(*_read(incoming_msg, self.subprotocol))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, struct.error):
            accepted = False
        if accepted:
            super().handle_incoming_message(incoming_msg)

    def _is_in_time(self) -> bool:
        """Return whether this second has room for one more message."""
        second = int(time.monotonic())
        self._second, self._told = second, self._told + 1 if second == self._second else 1
        return self._told <= MOST_A_SECOND

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


def is_accepted(channel: str, header: dict[str, Any], content: dict[str, Any]) -> bool:
    """Return whether a page may send such a message: nothing that runs code, ends the kernel or makes new widgets.

    Examples
    --------
    >>> is_accepted("shell", {"msg_type": "comm_msg"}, {}), is_accepted("shell", {"msg_type": "execute_request"}, {})
    (True, False)
    >>> is_accepted("shell", {"msg_type": "comm_open"}, {"target_name": "jupyter.widget"})
    False
    """
    kind = header["msg_type"]
    if channel != SHELL or kind not in ACCEPTED:
        return False
    return kind != "comm_open" or content.get("target_name") == STATES


def _read(message: Any, protocol: str | None) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return channel, header and content of a message as the browser sent it."""
    if isinstance(message, bytes):
        parts = int.from_bytes(message[:8], "little") if protocol == BINARY else int.from_bytes(message[:4], "big")
        if parts > MOST_PARTS:
            raise ValueError(parts)
    if protocol == BINARY:
        channel, told = deserialize_msg_from_ws_v1(message)
        return channel, json.loads(told[0]), json.loads(told[3])
    whole = deserialize_binary_message(message) if isinstance(message, bytes) else json.loads(message)
    if not all(isinstance(whole[part], dict) for part in PARTS):
        raise ValueError(PARTS)  # Jupyter would fail later, and write down whom it was talking to
    return whole.get("channel"), whole["header"], whole["content"]
