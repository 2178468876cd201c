"""Requests that mean no good, and the table of what became of them.

``python -m server.hostile`` (in `tests`) prints the table of docs/serve.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hostile:
    """One request; `{run}` and `{session}` in the path stand for real ones."""

    name: str
    method: str = "POST"
    path: str = "/sessions/{session}/step"
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()
    parts: tuple[bytes | None, ...] | None = None


DEEP = 100_000

CASES = [
    Hostile("body of 2 MB", body=b'{"value": "' + b"a" * 2_000_000 + b'"}'),
    Hostile("body that grows without end", parts=(b'{"value": "', *[b"a" * 65_536] * 20, b'"}')),
    Hostile("Content-Length that lies", headers=(("Content-Length", "9" * 30),), body=b"{}"),
    Hostile("Content-Length that is no number", headers=(("Content-Length", "-5"),), body=b"{}"),
    Hostile("body that does not arrive", parts=(b'{"value"', None)),
    Hostile("100,000 brackets", body=b"[" * DEEP),
    Hostile("100,000 nested objects", body=b'{"value":' * DEEP + b"1" + b"}" * DEEP),
    Hostile("nested values", body=b'{"value": ' + b"[" * 500 + b"]" * 500 + b"}"),
    Hostile("NaN", body=b'{"value": NaN}'),
    Hostile("Infinity", body=b'{"value": Infinity}'),
    Hostile("-Infinity", body=b'{"value": -Infinity}'),
    Hostile("1e999", body=b'{"value": 1e999}'),
    Hostile("integer of 100,000 digits", body=b'{"value": ' + b"9" * 100_000 + b"}"),
    Hostile("integer of 64 bits", body=b'{"value": 18446744073709551616}'),
    Hostile("true", body=b'{"value": true}'),
    Hostile("list", body=b'{"value": [1]}'),
    Hostile("object", body=b'{"value": {"__class__": "os.system"}}'),
    Hostile("no value", body=b"{}"),
    Hostile("unknown key", body=b'{"value": 1, "__proto__": 1}'),
    Hostile("body is a list", body=b"[1]"),
    Hostile("body is a number", body=b"1"),
    Hostile("body is null", body=b"null"),
    Hostile("no JSON", body=b"value=1"),
    Hostile("cut JSON", body=b'{"value": 1'),
    Hostile("two JSONs", body=b'{"value": 1}{"value": 2}'),
    Hostile("pickle", body=b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94."),
    Hostile("zip of a Keras model", body=b"PK\x03\x04config.json"),
    Hostile("invalid UTF-8", body=b'{"value": "\xff\xfe"}'),
    Hostile("UTF-16", body='{"value": 1}'.encode("utf-16")),
    Hostile("lone surrogate", body=rb'{"value": "\ud800"}'),
    Hostile("lone surrogate as a key", body=rb'{"\udfff": 1, "value": 1}'),
    Hostile("zero byte", body=rb'{"value": "\u0000"}'),
    Hostile("right-to-left override", body='{"value": "\u202e1"}'.encode()),
    Hostile("emoji", body='{"value": "🧨"}'.encode()),
    Hostile("digits of another script", body='{"value": "٣٤٥"}'.encode()),
    Hostile("HTML", body=b'{"value": "<script>alert(1)</script>"}'),
    Hostile("format string", body=b'{"value": "{0.__class__} %s %n"}'),
    Hostile("step that is no number", body=b'{"value": 1, "step": "1; DROP TABLE runs"}'),
    Hostile("step below zero", body=b'{"value": 1, "step": -1}'),
    Hostile("another type of content", body=b"value=1",
            headers=(("Content-Type", "application/x-www-form-urlencoded"),)),
    Hostile("form of a page", body=b'{"value": 1}', headers=(("Content-Type", "text/plain"),)),
    Hostile("1,000 headers", headers=tuple((f"X-{n}", "a" * 50) for n in range(1000)), body=b"{}"),
    Hostile("page of another site", headers=(("Origin", "https://evil.example"),),
            body=b'{"value": 1}'),
    Hostile("name that was pointed here", headers=(("Host", "evil.example"),),
            body=b'{"value": 1}'),
    Hostile("id that leads out of the store", path="/sessions/../../../etc/passwd/restore"),
    Hostile("the same, encoded", path="/sessions/..\u2044..\u2044etc/restore"),
    Hostile("id with a slash inside", path="/sessions/a%2f..%2fb/restore"),
    Hostile("id of zero bytes", path="/sessions/" + "\0" * 32 + "/restore"),
    Hostile("id with a line break", path="/sessions/" + "a" * 32 + "\n/restore"),
    Hostile("run that leads out of the store", path="/runs/../predict",
            body=b'{"sequences": [[1]]}'),
    Hostile("path of 100,000 characters", method="GET", path="/" + "a" * 100_000),
    Hostile("path of 10,000 parts", method="GET", path="/a" * 10_000),
    Hostile("another method", method="PATCH", path="/runs"),
    Hostile("method of nobody", method="BREW", path="/runs"),
    Hostile("2,000 sequences", path="/runs/{run}/predict",
            body=b'{"sequences": [' + b"[1]," * 1999 + b"[1]]}"),
    Hostile("20,000 values", path="/sessions/{session}/steps",
            body=b'{"values": [' + b"1," * 19_999 + b"1]}"),
    Hostile("no values", path="/sessions/{session}/steps", body=b'{"values": []}'),
]  # fmt: skip


def answered(asker, run, session, case):
    """What the server says to a case."""
    # Not str.format: paths hold what they like.
    path = case.path.replace("{run}", run).replace("{session}", session)
    return asker(case.method, path, case.body, case.headers, parts=case.parts)


def table(asker, run, session):
    """All cases with their statuses and codes, in Markdown."""
    rows = ["| request | status | code |", "|---|---|---|"]
    for case in CASES:
        answer = answered(asker, run, session, case)
        rows.append(f"| {case.name} | {answer.status} | `{answer.json['error']}` |")
    return "\n".join(rows)
