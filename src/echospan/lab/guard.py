"""Refuses requests that another site's page makes, and names that are not this machine's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """Lets a request through only if it names this machine, and comes from no other site's page.

    A page of another site can send requests to 127.0.0.1, or point a name of its own at it. The
    browser says so in ``Host``, ``Origin`` and ``Sec-Fetch-Site``, for websockets too.

    Args:
        app: What answers.
        hosts: Names under which it may be called.
    """

    def __init__(self, app: Any, hosts: frozenset[str] = LOOPBACK) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or self.allows(scope):
            await self._app(scope, receive, _unframed(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = b'{"detail":"This address is for pages of this lab only."}'
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    def allows(self, scope: Scope) -> bool:
        """Whether a request is of this lab's own pages, or of a program on this machine."""
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        host = headers.get("host", [])
        if len(host) != 1 or _name(f"//{host[0]}") not in self._hosts:
            return False
        origins = headers.get("origin", [])
        # A page's own address: the same host and the same port.
        if any(origin != f"http://{host[0]}" for origin in origins):
            return False
        site = headers.get("sec-fetch-site", ["none"])[0]
        if site in ("same-origin", "none"):
            return True
        # A link on another page may lead here; a frame in another page would lend it the buttons.
        mode, place = (headers.get(f"sec-fetch-{of}", [""])[0] for of in ("mode", "dest"))
        return (mode, place, scope.get("method")) == ("navigate", "document", "GET")


def _unframed(send: Send) -> Send:
    """Send answers that no other page may show inside itself."""

    async def sends(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), *UNFRAMED]
            message = {**message, "headers": headers}
        await send(message)

    return sends


UNFRAMED = (
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
)


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
