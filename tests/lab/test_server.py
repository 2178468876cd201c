"""The port: the one that was asked for, or the next that is free."""

from __future__ import annotations

import socket

import pytest

from echospan.errors import EchospanError
from echospan.lab import server


def test_a_port_in_use_gives_the_next():
    with socket.socket() as used:
        used.bind((server.HOST, 0))
        used.listen()
        port = used.getsockname()[1]
        found = server.free_socket(port)
        assert port < found.getsockname()[1] < port + server.TRIED
        found.close()


def test_no_free_port_is_one_sentence(monkeypatch):
    monkeypatch.setattr(server, "TRIED", 1)
    with socket.socket() as used:
        used.bind((server.HOST, 0))
        used.listen()
        with pytest.raises(EchospanError, match="--port must be free"):
            server.free_socket(used.getsockname()[1])
