"""The client, against the application behind a server of the standard library."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from echospan.client import Client, ServerError
from echospan.errors import ConfigError
from echospan.server import make_app
from server.asgi import Asker

TOKEN = "a-token-of-the-tests"


@pytest.fixture(scope="module")
def url(hub):
    asker = Asker(make_app(hub, token=TOKEN, hosts=["127.0.0.1"]))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            told = asker(self.command, self.path, body, list(self.headers.items()))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(url):
    made = Client(url, TOKEN)
    yield made
    made.close()


def test_predict_and_runs(client, ids):
    runs = client.runs()
    assert [each["run"] for each in runs] == list(ids)
    (said,) = client.predict([np.array([1, 2, 3])], run=ids[0])
    assert said.echoes[0] is None
    assert len(said.echoes) == len(said.confidences) == 3
    with pytest.raises(ConfigError, match="several runs are served"):
        client.predict([[1]])


def test_a_session_from_its_start_to_its_end(client, ids):
    with client.open(ids[0]) as session:
        assert session.step(3).echo is None
        second = session.step("1", step=2)
        assert (second.step, second.echo is not None) == (2, True)
        assert session.save() == 2
        told = session.steps([4, np.int64(2)])
        assert session.processed == 4
        again = client.restore(session.id)
        assert again.processed == 2
        assert again.steps([4, 2]) == told
        session.reset()
        assert session.processed == 0
    with pytest.raises(ServerError, match="No session") as caught:
        session.step(1)
    assert (caught.value.status, caught.value.code) == (404, "no-session")


def test_refusals_say_why(client, url, ids):
    with client.open(ids[0]) as session:
        with pytest.raises(ServerError, match="0 to 4") as caught:
            session.step(7)
        assert (caught.value.status, caught.value.code) == (422, "unknown-value")
        with pytest.raises(ConfigError, match="finite"):
            session.step(float("nan"))
        with pytest.raises(ConfigError, match="value"):
            session.step([1])
    with Client(url, "wrong") as other, pytest.raises(ServerError, match="Bearer") as caught:
        other.runs()
    assert caught.value.status == 401
    with pytest.raises(ServerError) as caught:
        client.restore("../../etc/passwd")
    assert caught.value.status == 404


def test_the_token_of_the_environment(url, monkeypatch):
    monkeypatch.setenv("ECHOSPAN_TOKEN", TOKEN)
    with Client(url) as client:
        assert client.runs()


def test_nobody_answers():
    with pytest.raises(ServerError, match="did not answer") as caught:
        Client("http://127.0.0.1:9", timeout=2).runs()
    assert caught.value.status == 0


@pytest.mark.parametrize("wrong", ["ftp://a", "nothing", "http://", "http://a:99999", ""])
def test_what_is_no_url(wrong):
    with pytest.raises(ConfigError, match="url"):
        Client(wrong)


def test_a_token_that_no_header_may_hold():
    with pytest.raises(ConfigError, match="token"):
        Client(token="a\r\nHost: b")


def test_a_connection_that_idled_is_opened_anew(client, monkeypatch, ids):
    client.runs()
    first = client._own.connection
    monkeypatch.setattr("echospan.client.IDLE_SECONDS", -1.0)
    client.runs()
    assert client._own.connection is not first


def test_overload_tells_how_long_to_wait():
    class Busy(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(503)
            self.send_header("Retry-After", "7")
            self.end_headers()
            self.wfile.write(b"<html>busy")

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.handle_request, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    with Client(url) as client, pytest.raises(ServerError, match="503") as caught:
        client.runs()
    assert caught.value.retry_after == 7.0
    server.server_close()
