"""Who may ask."""

from __future__ import annotations

import pytest

from echospan.errors import ConfigError
from echospan.server import Limits, make_app
from echospan.server.errors import Refused
from echospan.server.guard import is_loopback, require_token
from echospan.server.limits import Rate
from server.asgi import Asker


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8765", 200), ("localhost:1", 200), ("[::1]:8765", 200), ("LOCALHOST", 200),
        ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("", 403), ("10.0.0.7", 403),
        ("localhost.", 403), ("évil", 403),
    ],
)  # fmt: skip
def test_a_name_that_was_pointed_here_is_refused(asker, host, status):
    assert asker.get("/runs", headers=[("Host", host)]).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("Origin", "http://127.0.0.1:8765")], 200),
        ([("Origin", "http://127.0.0.1:9999")], 403),
        ([("Origin", "https://evil.example")], 403),
        ([("Origin", "null")], 403),
        ([("Sec-Fetch-Site", "cross-site")], 403),
        ([("Sec-Fetch-Site", "same-site")], 403),
        ([("Sec-Fetch-Site", "same-origin")], 200),
        ([("Sec-Fetch-Site", "none")], 200),
    ],
)
def test_pages_of_other_sites_are_refused(asker, headers, status):
    assert asker.get("/runs", headers=headers).status == status


def test_a_token_is_asked_for_everywhere_but_for_health(hub):
    asker = Asker(make_app(hub, token="s3cret-and-long-enough"))
    assert asker.get("/health").status == 200
    for path in ("/runs", "/metrics", "/openapi.json", "/nothing"):
        answer = asker.get(path)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    for given in ("Bearer wrong", "Basic s3cret-and-long-enough", "s3cret-and-long-enough", "é"):
        assert asker.get("/runs", headers=[("Authorization", given)]).status == 401
    right = [("Authorization", "bearer s3cret-and-long-enough")]
    assert asker.get("/runs", headers=right).status == 200
    described = asker.get("/openapi.json", headers=right).json
    assert described["paths"]["/runs"]["get"]["security"] == [{"token": []}]
    assert "security" not in described["paths"]["/health"]["get"]


def test_an_address_that_others_reach_is_called_by_it_or_by_a_given_name(hub):
    asker = Asker(make_app(hub, token="x" * 16, hosts=["0.0.0.0", "lab.example"]))
    right = ("Authorization", "Bearer " + "x" * 16)
    for host, status in (
        ("192.168.1.7:8765", 200), ("lab.example", 200), ("LAB.example:80", 200),
        ("[fe80::1]", 200), ("other.example", 403),
    ):  # fmt: skip
        assert asker.get("/runs", headers=[("Host", host), right]).status == status


def test_who_may_listen_without_a_token():
    assert all(map(is_loopback, ("127.0.0.1", "::1", "localhost", "127.8.9.1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "example.org", "")))
    require_token("127.0.0.1", "")
    require_token("0.0.0.0", "x" * 16)
    for host, token, match in (
        ("0.0.0.0", "", "ECHOSPAN_TOKEN"), ("::", "short", "16 characters"),
        ("127.0.0.1", "with space", "ASCII"), ("127.0.0.1", "ümlaut", "ASCII"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=match) as caught:
            require_token(host, token)
        assert not token or token not in str(caught.value)


def test_a_rate_for_each_address(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("echospan.server.limits.time.monotonic", lambda: now[0])
    rate = Rate(2.0)
    for _ in range(2):
        rate.take("a")
    with pytest.raises(Refused) as caught:
        rate.take("a")
    assert (caught.value.status, caught.value.retry_after) == (429, 1)
    rate.take("b")
    now[0] = 0.5
    rate.take("a")
    with pytest.raises(Refused):
        rate.take("a")
    for place in range(2 * rate.MOST_ADDRESSES):
        rate.take(str(place))
    assert len(rate._buckets) == rate.MOST_ADDRESSES


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), 10**30, True, "7"])
def test_limits_are_positive_numbers(wrong):
    for name in ("body", "sessions", "idle", "rate"):
        with pytest.raises(ConfigError, match=name):
            Limits(**{name: wrong})
    with pytest.raises(ConfigError, match="whole"):
        Limits(body=1.5)
