"""Hostile requests end in 4xx, and leave every state as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from echospan.server import make_app
from server.asgi import Asker
from server.conftest import hub_of
from server.hostile import CASES, answered, table

PAGE = Path(__file__).parents[2] / "docs" / "serve.md"


@pytest.fixture(scope="module")
def impatient(store_folder, ids):
    """A server that waits a tenth of a second for a body."""
    hub = hub_of(store_folder, ids[:1], patience=0.1)
    yield Asker(make_app(hub))
    hub.close()


def test_each_ends_in_a_sentence_and_changes_nothing(impatient, ids):
    session = impatient.open(ids[0])
    impatient.post(f"/sessions/{session}/step", {"value": 3})
    for case in CASES:
        answer = answered(impatient, ids[0], session, case)
        assert 400 <= answer.status < 500, (case.name, answer)
        assert answer.headers["content-type"] == "application/json"
        assert set(answer.json) == {"error", "sentence"}, case.name
        # Nothing that a terminal or a page obeys comes back.
        assert answer.json["sentence"].isprintable(), case.name
        assert len(answer.body) < 2_000, case.name
    assert impatient.get(f"/sessions/{session}").json["step"] == 1
    assert impatient.post(f"/sessions/{session}/step", {"value": 1}).json["step"] == 2


def test_the_page_shows_the_table_as_it_came_out(impatient, ids):
    session = impatient.open(ids[0])
    assert table(impatient, ids[0], session) in PAGE.read_text("utf-8")


def test_a_fault_of_the_server_is_500_without_details(asker, ids, monkeypatch, capsys):
    def broken(*arguments):
        raise KeyError("secret")

    monkeypatch.setattr("echospan.server.hub.Hub.entry", broken)
    assert "secret" not in asker.refused(500, "fault", "GET", f"/runs/{ids[0]}")
    assert "KeyError" in capsys.readouterr().err


def test_a_client_that_leaves_gets_no_answer(asker, ids):
    assert asker("POST", f"/runs/{ids[0]}/sessions", parts=()) is None


def test_a_full_disk_is_503(asker, ids, monkeypatch):
    from echospan.errors import StoreError

    def full(*arguments):
        raise StoreError("The disk is full.")

    session = asker.open(ids[0])
    monkeypatch.setattr("echospan.server.saved.write_arrays", full)
    asker.refused(503, "store", "POST", f"/sessions/{session}/save", {})
    assert asker.post(f"/sessions/{session}/step", {"value": 1}).status == 200
