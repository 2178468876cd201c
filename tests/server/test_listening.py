"""The server's process: ports, connections, signals, a kill."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from echospan.client import Client, ServerError

pytest.importorskip("uvicorn")
pytest.importorskip("httptools")

from echospan.errors import ConfigError, EchospanError
from echospan.server import Hub, Limits, make_app
from echospan.server.listening import address_of, bind, listen
from without import without

# The suite that has the extra runs slow tests alone.
pytestmark = pytest.mark.slow

LATE = 120


@contextmanager
def listening(hub, **limits):
    """A server in this process; its address."""
    made, ended = bind("127.0.0.1", 0), threading.Event()
    given = Limits(**limits)
    arguments = (make_app(hub), made, given, ended.is_set)
    thread = threading.Thread(target=listen, args=arguments)
    thread.start()
    try:
        yield made.getsockname()
    finally:
        ended.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def empty():
    hub = Hub()
    yield hub
    hub.close()


def received(connection):
    """All that comes until the connection ends."""
    connection.settimeout(LATE)
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def test_a_port_in_use_is_passed_over_and_hosts_of_others_are_refused():
    first = bind("127.0.0.1", 0)
    port = first.getsockname()[1]
    second = bind("127.0.0.1", port)
    assert second.getsockname()[1] > port
    assert address_of(second, "127.0.0.1") == f"http://127.0.0.1:{second.getsockname()[1]}"
    assert address_of(second, "::1").startswith("http://[::1]:")
    first.close()
    second.close()
    for host in ("192.0.2.1", "no.such.host.invalid", "a" * 300, "é\ud800"):
        with pytest.raises(ConfigError, match="host"):
            bind(host, 0)


def test_all_ports_in_use(monkeypatch):
    monkeypatch.setattr("echospan.server.listening.NEXT_PORTS", 0)
    first = bind("127.0.0.1", 0)
    with pytest.raises(EchospanError, match="Give another --port"):
        bind("127.0.0.1", first.getsockname()[1])
    first.close()


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Sl"])
def test_a_client_that_sends_nothing_or_half_a_head_is_cut_off(empty, sent):
    with listening(empty, patience=0.3) as address, socket.create_connection(address) as slow:
        slow.sendall(sent)
        assert received(slow) == b""


def test_a_head_that_comes_byte_by_byte_on_a_used_connection_is_cut_off(empty):
    with listening(empty, patience=0.3) as address, socket.create_connection(address) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(65_536).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < LATE:
                slow.sendall(b"G")
                time.sleep(0.1)
        except OSError:
            pass
        assert time.monotonic() - begun < LATE


def test_a_head_without_end_is_refused(empty):
    with listening(empty) as address, socket.create_connection(address) as wide:
        try:
            wide.sendall(b"GET /health HTTP/1.1\r\n" + b"X-A: " + b"a" * 1_000_000)
            told = received(wide)
        except OSError:
            return
        assert told.startswith(b"HTTP/1.1 431")


def test_more_connections_than_allowed_are_told_so(empty):
    with listening(empty, connections=5) as address:
        held = [socket.create_connection(address) for _ in range(5)]
        time.sleep(0.3)
        with socket.create_connection(address) as surplus:
            told = received(surplus)
        assert told.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in told
        head, _, body = told.partition(b"\r\n\r\n")
        assert json.loads(body)["error"] == "overloaded"
        assert f"content-length: {len(body)}".encode() in head
        for each in held:
            each.close()
        time.sleep(0.3)
        host, port = address
        with Client(f"http://{host}:{port}") as client:
            assert client.runs() == []


@pytest.mark.parametrize(
    "sent",
    [b"\x00\xff" * 50, b"GET\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"GET ?x HTTP/1.1\r\n\r\n",
     b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"\x16\x03\x01\x02\x00"],
    ids=["noise", "no path", "no ASCII", "no slash", "no chunk", "TLS"],
)  # fmt: skip
def test_what_is_no_http_is_400(empty, sent):
    with listening(empty) as address, socket.create_connection(address) as odd:
        odd.sendall(sent)
        odd.shutdown(socket.SHUT_WR)
        told = received(odd)
        assert told.startswith(b"HTTP/1.1 4"), told


@contextmanager
def process(store, *arguments):
    """`echospan serve` in a process of its own, and what it says first."""
    started = subprocess.Popen(
        [sys.executable, "-m", "echospan", "serve", *arguments, "--json"],
        env={**os.environ, "ECHOSPAN_STORE": str(store), "ECHOSPAN_TOKEN": ""},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        line = started.stdout.readline()
        assert line, started.communicate()[1]
        yield started, json.loads(line)
    finally:
        started.kill()
        started.wait()
        started.stdout.close()
        started.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_its_sessions_saved(own_store, number):
    with process(own_store, "latest:stream", "--port", "0") as (server, told):
        with Client(told["url"]) as client:
            session = client.open()
            session.steps([1, 2, 3])
        os.killpg(server.pid, number) if number == signal.SIGINT else server.send_signal(number)
        _, errors = server.communicate(timeout=LATE)
    assert server.returncode == 130
    assert errors.splitlines() == ["Saved 1 open session.", "Stopped."]
    with (
        process(own_store, "latest:stream", "--port", "0") as (_, told),
        Client(told["url"]) as client,
    ):
        again = client.restore(session.id)
        assert again.processed == 3
        assert again.step(0).echo is not None


def test_a_kill_leaves_saved_sessions_whole(own_store):
    """While sessions are saved again and again: the last state that was confirmed, or a later."""
    with process(own_store, "latest:stream", "--port", "0") as (server, told):
        confirmed, ids = {}, []

        def drive():
            try:
                with Client(told["url"]) as client:
                    session = client.open()
                    ids.append(session.id)
                    while True:
                        session.steps([1, 2, 3])
                        confirmed[session.id] = session.save()
            except ServerError:
                pass

        threads = [threading.Thread(target=drive) for _ in range(4)]
        for thread in threads:
            thread.start()
        until = time.monotonic() + LATE
        while len(confirmed) < 4 or min(confirmed.values()) < 30:
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(server.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(LATE)
    assert len(confirmed) == 4
    with (
        process(own_store, "latest:stream", "--port", "0") as (_, told),
        Client(told["url"]) as client,
    ):
        for each, steps in confirmed.items():
            session = client.restore(each)
            assert session.processed in (steps, steps + 3)
            # Whatever it was, 3 came last, and the recipe echoes the value before.
            assert session.step(0).echo == "3"


def test_a_port_in_use_and_a_run_removed_while_it_is_served(own_store):
    taken = bind("127.0.0.1", 0)
    port = taken.getsockname()[1]
    with process(own_store, "latest:stream", "--port", str(port)) as (server, told):
        assert told["port"] > port
        with Client(told["url"]) as client:
            session = client.open()
            shutil.rmtree(own_store / "runs" / told["runs"][0])
            time.sleep(1.2)
            with pytest.raises(ServerError, match="removed from the store") as caught:
                session.step(1)
            assert caught.value.status == 410
        server.terminate()
        _, errors = server.communicate(timeout=LATE)
    assert f"Port {port} is in use" in errors
    taken.close()


def test_what_is_missing_is_named(tmp_path):
    code = "from echospan.server.listening import require_server\nrequire_server()"
    done = without(("uvicorn",), code, tmp_path)
    assert "pip install 'echospan[serve]'" in done.stderr
