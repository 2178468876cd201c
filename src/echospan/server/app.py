"""The API as one ASGI application, without state of its own beside the hub's."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterable
from typing import Any

from echospan.arguments import each, instance, text, validated
from echospan.errors import EchospanError
from echospan.server.errors import Refused
from echospan.server.guard import Guard
from echospan.server.http import Gone, Receive, Reply, Request, Scope, Send, refusal, send
from echospan.server.hub import Hub
from echospan.server.openapi import describe
from echospan.server.routes import ROUTES, Route

LONGEST_PATH = 1_000


@validated(
    hub=instance("an echospan.server.Hub", "echospan.server.hub:Hub"),
    token=text,
    hosts=each(text, "names of hosts", most=1_000),
)
def make_app(hub: Hub, *, token: str = "", hosts: Iterable[str] = ("127.0.0.1",)) -> App:
    """The API of `echospan serve` as an ASGI application, to be run alone or mounted in another.

    Args:
        hub: The runs that are served, and their sessions. The caller closes it at the end.
        token: What clients must send as ``Authorization: Bearer TOKEN``; empty: nothing.
        hosts: The address that it is bound to, and other names that clients may call it by.

    Example:
        >>> from echospan.server import Hub, make_app
        >>> hub = Hub()
        >>> app = make_app(hub)
        >>> hub.close()
        0
    """
    return App(hub, Guard(token, tuple(hosts), hub.limits.rate), token=bool(token))


class App:
    """An ASGI application; `make_app` makes one.

    Args:
        hub: Runs and sessions.
        guard: Who may ask.
        token: Whether requests need one, for the description.
    """

    def __init__(self, hub: Hub, guard: Guard, *, token: bool) -> None:
        self._hub, self._guard = hub, guard
        self._described = json.dumps(describe(token=token)).encode("ascii")

    async def __call__(self, scope: Scope, receive: Receive, send_: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _live(receive, send_)
            return
        if scope["type"] != "http":
            await send_({"type": "websocket.close", "code": 1008})
            return
        begun = time.perf_counter()
        name, answer = await self._answer(scope, receive)
        if answer is None:
            return
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._hub.metrics.request(name, method, answer.status, time.perf_counter() - begun)
        await send(answer, send_, head=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[str, Reply | None]:
        name = "other"
        try:
            request = self._request(scope, receive)
            client = scope.get("client") or ("", 0)
            self._guard.check(request.headers, client[0])
            if request.path != ["health"]:
                self._guard.authorise(request.headers)
            if request.path == ["openapi.json"] and request.method == "GET":
                return "/openapi.json", Reply(200, self._described)
            route = _find(request)
            name = route.template
            return name, await route.handler(self._hub, request)
        except Refused as refused:
            return name, refusal(refused)
        except Gone:
            return name, None
        except asyncio.CancelledError:
            raise
        except EchospanError as error:
            # The store: a full disk, a run that was removed between two looks.
            return name, refusal(Refused(503, "store", str(error), retry_after=5))
        except Exception as error:
            print(f"echospan serve: {type(error).__name__}: {error!r:.300}", file=sys.stderr)
            return name, refusal(Refused(500, "fault", "The server has a fault; see its output."))

    def _request(self, scope: Scope, receive: Receive) -> Request:
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if len(path) > LONGEST_PATH:
            raise Refused(404, "no-path", "There is no such path.")
        limits = self._hub.limits
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        parts = path.removeprefix("/").split("/")
        return Request(method, headers, parts, receive, limits.body, limits.patience)


def _find(request: Request) -> Route:
    allowed: list[str] = []
    for route in ROUTES:
        if len(route.path) != len(request.path):
            continue
        pairs = list(zip(route.path, request.path, strict=True))
        if all(known == given or known.startswith("{") for known, given in pairs):
            if route.method == request.method:
                request.arguments = {k[1:-1]: given for k, given in pairs if k.startswith("{")}
                return route
            allowed.append(route.method)
    if request.path == ["openapi.json"]:
        allowed.append("GET")
    if allowed:
        names = ", ".join([*allowed, "HEAD"] if "GET" in allowed else allowed)
        raise Refused(405, "no-method", f"This path takes {names}.", headers=(("allow", names),))
    raise Refused(404, "no-path", "There is no such path. /openapi.json lists them.")


METHODS = ("GET", "POST", "DELETE", "HEAD")


async def _live(receive: Receive, send_: Any) -> None:
    while True:
        message = await receive()
        await send_({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
