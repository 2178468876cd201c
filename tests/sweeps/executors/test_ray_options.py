"""What a sweep may ask Ray for, and what is said where there is no Ray."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from echospan.errors import ConfigError, EchospanError
from echospan.sweeps.executors import ray_options
from echospan.sweeps.executors.ray_options import RayOptions, require_ray_at, split_address

HERE = {"address": "10.0.0.1:6379"}


def test_text_of_the_command_line_and_values_of_a_file_say_the_same() -> None:
    typed = RayOptions.read({**HERE, "cpus_per_task": "2", "gpus_per_task": "0.25"})
    assert typed == RayOptions.read({**HERE, "cpus_per_task": 2, "gpus_per_task": 0.25})


def test_the_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.2:6379")
    assert RayOptions.read({}).address == "10.0.0.2:6379"
    assert RayOptions.read(HERE).address == "10.0.0.1:6379"
    monkeypatch.delenv("RAY_ADDRESS")
    with pytest.raises(ConfigError, match="ray start --head"):
        RayOptions.read({})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"adress": "a:1"}, "Did you mean 'address'"),
        ({"gpus_per_task": 1.5}, "a whole one above 1"),
        ({"gpus_per_task": -1}, "at least 0"),
        ({"cpus_per_task": "many"}, "at least 0"),
        ({"cpus_per_task": 0}, "above 0 where no GPU is asked for"),
        ({"resources": 3}, "a table of names and numbers"),
        ({"retries": 0.5}, "an integer from 0 to 100"),
        ({"address": "ray://a:10001"}, "HOST:PORT"),
        ({"address": "auto"}, "HOST:PORT"),
    ],
)
def test_others_are_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        RayOptions.read({**HERE, **options})


def test_addresses() -> None:
    assert split_address("head:6379") == ("head", 6379)
    assert split_address("[::1]:6379") == ("::1", 6379)
    for wrong in ("head", "head:", "head:0", "head:70000", ":6379", "http://head:8265"):
        with pytest.raises(ConfigError):
            split_address(wrong)


@pytest.fixture
def served() -> Iterator[Callable[[bytes], str]]:
    """Starts a server that answers everyone with these bytes; gives its address."""
    listeners: list[socket.socket] = []

    def start(answer: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for listener in listeners:
        listener.close()


def test_no_one_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(EchospanError, match=rf"No Ray at 127\.0\.0\.1:{port} .*ray start --head"):
        require_ray_at(f"127.0.0.1:{port}")


def test_something_else_answers(served: Callable[[bytes], str]) -> None:
    with pytest.raises(EchospanError, match="is no Ray"):
        require_ray_at(served(b"HTTP/1.1 400 Bad Request\r\n\r\n"))


def test_one_that_says_nothing(
    served: Callable[[bytes], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_options, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(EchospanError, match=f"No Ray at {address} .timed out"):
            require_ray_at(address)


def test_a_server_of_its_protocol_is_let_pass(served: Callable[[bytes], str]) -> None:
    require_ray_at(served(bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])))
