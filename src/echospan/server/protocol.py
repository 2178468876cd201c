"""Connections: how many, how long a request's head may take, and how long it may be.

uvicorn has no limit of its own for a client that opens a connection and sends nothing, or a byte a
minute. This class adds them to its HTTP protocol.
"""

from __future__ import annotations

import json
from typing import Any

LONGEST_HEAD = 64 * 1024
"""Bytes of a request's first line and headers together."""


def _closing(status: str, code: str, sentence: str, more: str = "") -> bytes:
    body = json.dumps({"error": code, "sentence": sentence})
    head = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n{more}"
    return f"HTTP/1.1 {status}\r\n{head}connection: close\r\n\r\n{body}".encode("ascii")


_FULL = _closing(
    "503 Service Unavailable", "overloaded", "Too many connections are open.", "retry-after: 1\r\n"
)
_LONG = _closing(
    "431 Request Header Fields Too Large", "too-large", "The head of the request is too long."
)


def limited_protocol(connections: int, patience: float) -> type[Any]:
    """A class of protocol for `uvicorn.Config(http=...)`.

    Args:
        connections: Connections that may be open at once.
        patience: Seconds that a client has to send a request's head.
    """
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class Limited(HttpToolsProtocol):  # type: ignore[misc]
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._late: Any = None
            self._head, self._in_head = 0, True
            if len(self.connections) > connections:
                transport.write(_FULL)
                transport.close()
                return
            self._wait()

        def connection_lost(self, error: Exception | None) -> None:
            self._stop_waiting()
            super().connection_lost(error)

        def data_received(self, data: bytes) -> None:
            if self.transport.is_closing():
                return
            self._head += len(data)
            super().data_received(data)
            if self._in_head and self._head > LONGEST_HEAD and not self.transport.is_closing():
                self.transport.write(_LONG)
                self.transport.close()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._in_head, self._head = True, 0
            if self._late is None:
                self._wait()

        def on_headers_complete(self) -> None:
            self._in_head = False
            self._stop_waiting()
            super().on_headers_complete()

        def _wait(self) -> None:
            self._late = self.loop.call_later(patience, self._end)

        def _stop_waiting(self) -> None:
            if self._late is not None:
                self._late.cancel()
                self._late = None

        def _end(self) -> None:
            if not self.transport.is_closing():
                self.transport.close()

    return Limited
