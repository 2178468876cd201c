"""Requests of other sites' pages are refused, websockets too."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from echospan.lab.guard import Guard


def scope(kind: str = "http", method: str = "GET", **headers: str) -> dict[str, Any]:
    given = {"host": "127.0.0.1:8642", **{k.replace("_", "-"): v for k, v in headers.items()}}
    encoded = [(name.encode(), value.encode()) for name, value in given.items()]
    return {"type": kind, "method": method, "headers": encoded}


def answered(asked: dict[str, Any]) -> list[Any]:
    """What was sent; ["passed"] where the application itself was asked."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append("passed")

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    asyncio.run(Guard(app)(asked, receive, send))
    return sent


@pytest.mark.parametrize(
    "asked",
    [
        scope(),
        scope(host="localhost:8642"),
        scope(host="[::1]:8642"),
        scope(origin="http://127.0.0.1:8642"),
        scope("websocket", origin="http://127.0.0.1:8642", sec_fetch_site="same-origin"),
        # A link on another page leads here.
        scope(sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="document"),
    ],
)
def test_own_pages_and_programs_are_answered(asked):
    assert answered(asked) == ["passed"]


@pytest.mark.parametrize(
    "asked",
    [
        scope(host="evil.example"),
        scope(host="evil.example:8642"),
        scope(host="127.0.0.1.evil.example"),
        scope(host="[not an address"),
        scope(host=""),
        scope(origin="http://evil.example"),
        scope(origin="null"),
        scope(origin="http://[x"),
        scope(origin="https://127.0.0.1:8642"),
        # In a frame of another page.
        scope(sec_fetch_site="cross-site", sec_fetch_mode="navigate", sec_fetch_dest="iframe"),
        # Another program of this machine, on another port.
        scope(origin="http://127.0.0.1:9999"),
        scope(sec_fetch_site="cross-site", sec_fetch_mode="no-cors"),
        scope(method="POST", sec_fetch_site="cross-site", sec_fetch_mode="navigate"),
    ],
)
def test_other_sites_are_refused(asked):
    sent = answered(asked)
    assert sent[0]["status"] == 403
    assert "passed" not in sent


def test_a_websocket_of_another_site_is_closed():
    asked = scope("websocket", origin="http://evil.example")
    assert answered(asked) == [{"type": "websocket.close", "code": 1008}]


def test_two_hosts_are_refused():
    asked = scope()
    asked["headers"].append((b"host", b"evil.example"))
    assert answered(asked)[0]["status"] == 403


def test_no_page_can_be_framed():
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(Guard(app)(scope(), None, send))  # type: ignore[arg-type]
    headers = dict(sent[0]["headers"])
    assert headers[b"a"] == b"b"
    assert headers[b"x-frame-options"] == b"DENY"
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
