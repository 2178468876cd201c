"""The server's process: a port, a loop, and an end that saves the sessions."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from echospan.errors import ConfigError, EchospanError
from echospan.extras import TRAINING, is_installed, needs
from echospan.server.limits import Limits
from echospan.server.protocol import limited_protocol

PORT = 8765
NEXT_PORTS = 100
"""Ports that are tried after one that is in use."""

LAST_PORT = 65_535
GRACE_SECONDS = 5
KEEP_ALIVE_SECONDS = 60
BACKLOG = 2048


def require_server() -> None:
    """Refuse where what serves is not installed.

    Raises:
        MissingExtra: Names the line that installs it.
    """
    needs("echospan serve", *TRAINING, "uvicorn", "httptools")


def bind(host: str, port: int) -> socket.socket:
    """A socket on the port, or on the next free one.

    Raises:
        ConfigError: The host is no address of this machine.
        EchospanError: No port is free.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError):
        raise ConfigError("host", "a name or an address of this machine", host) from None
    for number in range(port, min(port + NEXT_PORTS, LAST_PORT) + 1):
        made = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((address[0], number, *address[2:]))
            # Two processes may bind a port, but only one can listen on it.
            made.listen(BACKLOG)
        except OSError as error:
            made.close()
            if error.errno == errno.EADDRINUSE:
                continue
            if error.errno in (errno.EACCES, errno.EPERM):
                raise ConfigError("port", "one that you may use (above 1023)", number) from None
            raise ConfigError("host", "an address of this machine", host) from None
        return made
    last = min(port + NEXT_PORTS, LAST_PORT)
    raise EchospanError(f"All ports from {port} to {last} are in use. Give another --port.")


def address_of(made: socket.socket, host: str) -> str:
    """The URL of a bound socket."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{made.getsockname()[1]}"


def listen(app: Any, made: socket.socket, limits: Limits, stop: Callable[[], bool]) -> None:
    """Answer requests until `stop` says so; requests that came before it are answered.

    Args:
        app: An ASGI application.
        made: A socket that listens.
        limits: Of connections, and how long a client may take.
        stop: Is asked ten times a second.
    """
    require_server()
    import uvicorn

    class Server(uvicorn.Server):  # type: ignore[misc]
        async def on_tick(self, counter: int) -> bool:
            return await super().on_tick(counter) or stop()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            # Ctrl-C and SIGTERM are the command's: `stop` tells of them.
            yield

    config = uvicorn.Config(
        app,
        http=limited_protocol(limits.connections, limits.patience),
        ws="none",
        loop="uvloop" if is_installed("uvloop") else "asyncio",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="critical",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    Server(config).run(sockets=[made])
