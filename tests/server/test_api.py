"""Paths, methods, the description and the metrics."""

from __future__ import annotations

import asyncio
import re

from echospan.server.routes import ROUTES


def test_every_route_is_described_and_every_reference_leads_somewhere(asker):
    told = asker.get("/openapi.json").json
    assert told["openapi"] == "3.1.0"
    assert {(path, method.upper()) for path, each in told["paths"].items() for method in each} == {
        (route.template, route.method) for route in ROUTES
    }
    text = asker.get("/openapi.json").body.decode()
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in told["components"]["schemas"]


def test_runs_are_described(asker, ids):
    runs = asker.get("/runs").json["runs"]
    assert [each["run"] for each in runs] == list(ids)
    assert runs[0] == asker.get(f"/runs/{ids[0]}").json
    assert runs[0]["values"] == ["0", "1", "2", "3", "4"]
    assert (runs[0]["first_answer"], runs[1]["first_answer"]) == (2, 3)


def test_other_methods_and_paths(asker):
    answer = asker("PUT", "/runs")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert asker("POST", "/openapi.json").status == 405
    assert asker.get("/").status == 404
    head = asker("HEAD", "/health")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) > 0


def test_metrics_count(asker, ids):
    session = asker.open(ids[0])
    asker.post(f"/sessions/{session}/step", {"value": 1})
    asker("BREW", "/runs")
    text = asker.get("/metrics").body.decode()
    assert re.search(r'echospan_requests_total{route="/sessions/{session}/step".*"200"} \d', text)
    assert 'method="other"' in text
    assert f'echospan_sessions{{run="{ids[0]}"}}' in text
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+({[^}]+?(}[^}]*)*})? [\d.e+-]+", line), line


def test_it_can_be_mounted_below_a_path(asker):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/api/health", "root_path": "/api",
        "headers": [(b"host", b"localhost")], "client": None,
    }  # fmt: skip
    asyncio.run(asker.app(scope, None, send))
    assert sent[0]["status"] == 200


def test_websockets_are_refused(asker):
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(asker.app({"type": "websocket"}, None, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
