"""A client of `echospan serve`, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from echospan.arguments import (
    Refusal,
    Rule,
    each,
    number,
    optional,
    plain,
    text,
    validated,
    whole,
)
from echospan.errors import ConfigError, EchospanError

Value = str | int | float | None
"""A value as a user writes it; None where it is missing."""


IDLE_SECONDS = 20.0
"""A connection that was not used for so long is opened anew."""


class ServerError(EchospanError):
    """A server refused a request, or could not be reached.

    Attributes:
        status: Of HTTP; 0 where no answer came.
        code: A short code, such as ``unknown-value``.
        retry_after: Seconds after which it may work; None where nothing is said.

    Example:
        >>> try:
        ...     echospan.Client("http://127.0.0.1:9", timeout=2).runs()
        ... except echospan.ServerError as error:
        ...     print(error.status)
        0
    """

    def __init__(
        self, sentence: str, status: int = 0, code: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.status, self.code, self.retry_after = status, code, retry_after


@dataclass(frozen=True)
class Echo:
    """The answer to one value.

    Attributes:
        step: Values that the session has processed.
        echo: The answer; None where there is none yet.
        confidence: Its probability; None where there is none.
    """

    step: int
    echo: str | None
    confidence: float | None


@dataclass(frozen=True)
class Predicted:
    """The answers to one sequence, one a step.

    Attributes:
        echoes: The answers; None where there is none yet.
        confidences: Their probabilities.
    """

    echoes: tuple[str | None, ...]
    confidences: tuple[float | None, ...]


def _value(value: Any) -> Value:
    found = plain(value)
    if isinstance(found, bool) or not isinstance(found, str | int | float | None):
        raise Refusal(value)
    return found


VALUE = Rule("a text, a number, or None where it is missing", _value)
VALUES = each(VALUE, "texts or numbers", most=1_000_000, empty="at least one value")
SEQUENCES = each(VALUES, "sequences of texts or numbers", empty="at least one sequence")


class Client:
    """Asks a server of `echospan serve`. It may be used from several threads.

    Args:
        url: Where the server listens, such as ``http://127.0.0.1:8765``.
        token: The server's token; left out, that of the environment variable ECHOSPAN_TOKEN.
        timeout: Seconds to wait for an answer.

    Raises:
        ConfigError: The URL is none of a server, or the token holds what no header may.

    Example:
        >>> client = echospan.Client("http://127.0.0.1:8765")
        >>> client.url
        'http://127.0.0.1:8765'
    """

    @validated(url=text, token=optional(text), timeout=number(least=0.001, most=86_400))
    def __init__(
        self, url: str = "http://127.0.0.1:8765", token: str | None = None, timeout: float = 30.0
    ) -> None:
        self.url, self.timeout = url.rstrip("/"), timeout
        try:
            parts = urlsplit(self.url)
            self._host, self._port = parts.hostname or "", parts.port
        except ValueError:
            parts, self._host, self._port = urlsplit(""), "", None
        if parts.scheme not in ("http", "https") or not self._host:
            raise ConfigError("url", "such as http://127.0.0.1:8765", url)
        self._secure, self._base = parts.scheme == "https", parts.path
        given = os.environ.get("ECHOSPAN_TOKEN", "") if token is None else token
        if not (given.isascii() and given.isprintable()):
            raise ConfigError("token", "ASCII letters, digits and signs", "***")
        self._headers = {"Authorization": f"Bearer {given}"} if given else {}
        self._own = threading.local()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close this thread's connection; the next request opens another one."""
        if getattr(self._own, "connection", None) is not None:
            self._drop(self._own.connection)

    def runs(self) -> list[dict[str, Any]]:
        """The runs that are served: id, recipe, values that the model knows, and more."""
        found: list[dict[str, Any]] = self._ask("GET", "/runs")["runs"]
        return found

    @validated(sequences=SEQUENCES, run=text)
    def predict(self, sequences: Iterable[Sequence[Value]], run: str = "") -> list[Predicted]:
        """Predict at each value of sequences, each from its start.

        Args:
            sequences: Values, the oldest first.
            run: The run's id; may be left out if only one is served.

        Raises:
            ServerError: A value that the model does not know, or the server can't be reached.
        """
        body = {"sequences": [list(values) for values in sequences]}
        told = self._ask("POST", f"/runs/{quote(run or self._only_run(), safe='')}/predict", body)
        return [
            Predicted(tuple(each["echoes"]), tuple(each["confidences"]))
            for each in told["predictions"]
        ]

    @validated(run=text)
    def open(self, run: str = "") -> Session:
        """Open a session: a stream of values whose state the server keeps.

        Args:
            run: The run's id; may be left out if only one is served.

        Raises:
            ServerError: Too many are open, or the model needs whole sequences.
        """
        told = self._ask("POST", f"/runs/{quote(run or self._only_run(), safe='')}/sessions", {})
        return Session(self, told["session"])

    @validated(session=text)
    def restore(self, session: str) -> Session:
        """Open a session that was saved, in the state that it had then.

        Args:
            session: Its id.

        Raises:
            ServerError: None of that id is saved.
        """
        self._ask("POST", f"/sessions/{quote(session, safe='')}/restore", {})
        return Session(self, session)

    def _only_run(self) -> str:
        runs = self.runs()
        if len(runs) != 1:
            names = ", ".join(each["run"] for each in runs) or "none"
            raise ConfigError("run", f"given where several runs are served ({names})", None)
        name: str = runs[0]["run"]
        return name

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        try:
            content = None if body is None else json.dumps(body, allow_nan=False).encode()
        except ValueError:
            raise ConfigError("values", "finite numbers", body) from None
        headers = {"Content-Type": "application/json", **self._headers}
        connection = getattr(self._own, "connection", None)
        if connection is not None and time.monotonic() - self._own.used > IDLE_SECONDS:
            # The server may have closed it meanwhile.
            self._drop(connection)
            connection = None
        self._own.used = time.monotonic()
        reused = connection is not None
        if connection is None:
            connection = self._own.connection = self._connection()
        try:
            connection.request(method, self._base + path, content, headers)
            answer = connection.getresponse()
            told = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._drop(connection)
            # What changes nothing may be asked again; a step may have been processed.
            if reused and method == "GET":
                return self._ask(method, path, body)
            why = str(error) or type(error).__name__
            raise ServerError(f"{self.url} did not answer: {why}.") from None
        return _read(answer, told)

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self.timeout)

    def _drop(self, connection: http.client.HTTPConnection) -> None:
        connection.close()
        self._own.connection = None


class Session:
    """A stream of values whose state a server keeps; a context manager that ends it.

    `Client.open` and `Client.restore` make it.

    Args:
        client: Asks the server.
        id: The session's id, for `Client.restore`.
    """

    def __init__(self, client: Client, id: str) -> None:
        self._client, self.id = client, id

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.delete()

    @validated(value=VALUE, step=optional(whole(1)))
    def step(self, value: Value, step: int | None = None) -> Echo:
        """Process one value.

        Args:
            value: The value.
            step: The number that this step must have; any other is refused, and the state stays.

        Raises:
            ServerError: The model does not know the value; the state is unchanged.
        """
        told = self._ask("step", {"value": value, "step": step})
        return Echo(told["step"], told["echo"], told["confidence"])

    @validated(values=VALUES, step=optional(whole(1)))
    def steps(self, values: Iterable[Value], step: int | None = None) -> Predicted:
        """Process several values, the oldest first.

        Args:
            values: The values; the state is unchanged if the model does not know one of them.
            step: The number that the first step must have.
        """
        told = self._ask("steps", {"values": list(values), "step": step})
        return Predicted(tuple(told["echoes"]), tuple(told["confidences"]))

    def reset(self) -> None:
        """Go back to the start of a sequence."""
        self._ask("reset", {})

    def save(self) -> int:
        """Write the state to the server's disk; how many values it has processed."""
        done: int = self._ask("save", {})["step"]
        return done

    @property
    def processed(self) -> int:
        """How many values it has processed."""
        done: int = self._client._ask("GET", f"/sessions/{self.id}")["step"]
        return done

    def delete(self) -> None:
        """End it, and delete what is saved of it."""
        self._client._ask("DELETE", f"/sessions/{self.id}")

    def _ask(self, verb: str, body: object) -> Any:
        return self._client._ask("POST", f"/sessions/{self.id}/{verb}", body)


def _read(answer: http.client.HTTPResponse, content: bytes) -> Any:
    told: Any = None
    with suppress(ValueError):
        told = json.loads(content) if content else None
    if answer.status < 300 and (told is not None or answer.status == 204):
        return told
    told = told if isinstance(told, dict) else {}
    wait = answer.headers.get("Retry-After") or ""
    raise ServerError(
        str(told.get("sentence") or f"The server answered {answer.status} {answer.reason}."),
        answer.status,
        str(told.get("error") or ""),
        float(wait) if wait.isascii() and wait.isdigit() else None,
    )
