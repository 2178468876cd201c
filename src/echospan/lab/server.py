"""Runs a lab: a port that is free, and the server on it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from echospan.errors import EchospanError

HOST = "127.0.0.1"
FIRST_PORT = 8642
TRIED = 50
"""Ports after the first that are tried."""


def free_socket(port: int) -> socket.socket:
    """A socket that listens on a port, or on the next one that is free.

    Raises:
        EchospanError: None of the next ones is.
    """
    for number in range(port, min(port + TRIED, 65536)):
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, number))
            found.listen(128)
        except OSError:
            found.close()
            continue
        return found
    raise EchospanError(
        f"--port must be free; {port} and the {TRIED - 1} after it are in use. Name another one."
    )


def serve(store: Path, port: int, opened: Callable[[str], None]) -> None:
    """Serve a lab until the process is told to stop.

    Args:
        store: Folder of the store.
        port: The first port that is tried.
        opened: Called with the lab's address once it answers.
    """
    import uvicorn

    from echospan.lab.app import make_app

    with closing(free_socket(port)) as listening:
        address = f"http://{HOST}:{listening.getsockname()[1]}"
        _, guarded = make_app(store)
        config = uvicorn.Config(guarded, log_level="error", lifespan="on", ws_max_size=2**22)

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                opened(address)

        Server(config).run([listening])
