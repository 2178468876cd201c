"""Requests to an ASGI application without a server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

HOST = ("host", "127.0.0.1:8765")


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask(app, method, path, body=None, headers=(), *, parts=None, client="127.0.0.1"):
    """Send one request.

    Args:
        app: The application.
        method: Of HTTP.
        path: Of the URL, decoded.
        body: Bytes as they are; anything else as JSON.
        headers: Pairs of texts; a Host of its own replaces the usual one.
        parts: The body in pieces, in place of `body`.
        client: Address of the client.
    """
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    given = [(name.lower(), value) for name, value in headers]
    names = {name for name, _ in given}
    if "host" not in names:
        given.append(HOST)
    if body is not None and "content-type" not in names:
        given.append(("content-type", "application/json"))
    pieces = list(parts if parts is not None else [body or b""])
    sent: list[Any] = []

    async def receive():
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        if piece is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "root_path": "", "client": (client, 1),
        "headers": [(n.encode("latin-1"), v.encode("latin-1")) for n, v in given],
    }  # fmt: skip
    await app(scope, receive, send)
    if not sent:
        return None
    start = sent[0]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], found, b"".join(m.get("body", b"") for m in sent[1:]))


class Asker:
    """Sends requests one after another, each in a loop of its own."""

    def __init__(self, app):
        self.app = app

    def __call__(self, method, path, body=None, headers=(), **more):
        return asyncio.run(ask(self.app, method, path, body, headers, **more))

    def get(self, path, **more):
        return self("GET", path, **more)

    def post(self, path, body=None, **more):
        return self("POST", path, {} if body is None else body, **more)

    def open(self, run):
        """A new session's id."""
        answer = self.post(f"/runs/{run}/sessions")
        assert answer.status == 201, answer
        return answer.json["session"]

    def refused(self, status, code, method, path, body=None, headers=(), **more):
        """The sentence of a refusal, after checks that it is one."""
        answer = self(method, path, body, headers, **more)
        assert (answer.status, answer.json["error"]) == (status, code), answer
        assert answer.headers["content-type"] == "application/json"
        sentence = answer.json["sentence"]
        # Or it ends in a line to type.
        assert sentence.endswith(".") or "echospan run" in sentence, sentence
        return sentence
