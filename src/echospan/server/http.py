"""Requests and replies over ASGI: a body read within limits, JSON that is always ASCII."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from echospan.foreign import one_line
from echospan.server.errors import Refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
M = TypeVar("M", bound=BaseModel)

JSON, TEXT = "application/json", "text/plain; version=0.0.4; charset=utf-8"


class Gone(Exception):
    """The client closed the connection."""


@dataclass(slots=True)
class Reply:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def reply(content: Any, status: int = 200) -> Reply:
    """A reply of JSON. What is no ASCII is escaped, so that no text of a client can break it."""
    return Reply(status, json.dumps(content, separators=(",", ":")).encode("ascii"))


def refusal(refused: Refused) -> Reply:
    """A refusal as JSON: a code and a sentence."""
    found = reply({"error": refused.code, "sentence": one_line(refused.sentence)}, refused.status)
    wait = () if refused.retry_after is None else (("retry-after", str(refused.retry_after)),)
    found.headers = (*refused.headers, *wait)
    return found


@dataclass(slots=True)
class Request:
    """One request.

    Attributes:
        method: GET, POST or DELETE.
        headers: By lower-case name; of a name that stands there twice, the first.
        path: Parts of the path.
        receive: Gives the body.
        most: Bytes that the body may have.
        patience: Seconds in which it must be there.
    """

    method: str
    headers: dict[str, str]
    path: list[str]
    receive: Receive
    most: int
    patience: float
    arguments: dict[str, str] = field(default_factory=dict)

    async def body(self) -> bytes:
        """The body.

        Raises:
            Refused: It is too large or too slow.
            Gone: The client left.
        """
        length = self.headers.get("content-length", "")
        if length and not (length.isascii() and length.isdigit() and len(length) < 20):
            raise Refused(400, "bad-request", "The header Content-Length must be a number.")
        if length and int(length) > self.most:
            raise self._too_large()
        try:
            async with asyncio.timeout(self.patience):
                return await self._received()
        except TimeoutError:
            raise Refused(
                408,
                "too-slow",
                f"The body did not arrive within {self.patience:g} s.",
                headers=(("connection", "close"),),
            ) from None

    async def _received(self) -> bytes:
        parts, size = [], 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Gone
            part = message.get("body", b"")
            size += len(part)
            if size > self.most:
                raise self._too_large()
            parts.append(part)
            if not message.get("more_body"):
                return b"".join(parts)

    def _too_large(self) -> Refused:
        return Refused(
            413,
            "too-large",
            f"A body may have at most {self.most:,} bytes.",
            headers=(("connection", "close"),),
        )

    async def read(self, model: type[M]) -> M:
        """The body as JSON of a known form.

        Raises:
            Refused: It is no JSON, or has another form.
        """
        content = await self.body()
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content and kind != JSON:
            raise Refused(415, "no-json", f"The header Content-Type must be {JSON}.")
        try:
            return model.model_validate_json(content or b"{}")
        except ValidationError as error:
            raise _wrong(error) from None


def _wrong(error: ValidationError) -> Refused:
    """The first thing that is wrong, without what the client sent."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    message = f"is refused: {one_line(first['msg'])[:200]}"
    if first["type"] == "json_invalid":
        return Refused(400, "no-json", f"The body {message}.")
    places = [str(part) for part in first["loc"]]
    if len(places) > 1 and places[-1].startswith(_KINDS):
        places, message = places[:-1], VALUE_IS
    place = ".".join(places)
    return Refused(422, "wrong-form", f"{one_line(place)[:100] or 'The body'} {message}.")


_KINDS = ("str", "int", "float", "constrained-", "finite-")
"""What pydantic adds to the place of a value that may have several types."""

VALUE_IS = "must be a text of at most 1,000 characters, a finite number, or null if it is missing"


async def send(reply: Reply, to: Send, *, head: bool = False) -> None:
    """Send a reply."""
    headers = [
        (b"content-length", str(len(reply.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *((name.encode(), value.encode()) for name, value in reply.headers),
    ]
    if reply.status != 204:
        headers.insert(0, (b"content-type", reply.kind.encode()))
    else:
        headers.pop(0)
    await to({"type": "http.response.start", "status": reply.status, "headers": headers})
    await to({"type": "http.response.body", "body": b"" if head else reply.body})
