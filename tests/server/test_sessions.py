"""Sessions keep their state, whatever happens around them."""

from __future__ import annotations

import asyncio
import shutil
import time

import numpy as np
import pytest

from echospan.serve import load
from echospan.serve.stepper import answers
from echospan.server import make_app
from echospan.store import Store
from server.asgi import Asker, ask
from server.conftest import hub_of


@pytest.fixture(scope="module")
def offline(store_folder, ids):
    """The answers of a run to a sequence, as texts."""
    with Store(store_folder) as store:
        loaded = {run: load(store.get(run)) for run in ids}

    def answered(run, symbols):
        found = answers(loaded[run], np.asarray(symbols, "int32"))
        return [None if symbol is None else str(symbol) for symbol in found]

    return answered


@pytest.mark.parametrize("which", [0, 1])
def test_steps_are_those_of_the_offline_computation(asker, ids, offline, which):
    values = np.random.default_rng(which).integers(0, 5, 12).tolist()
    session = asker.open(ids[which])
    said = [asker.post(f"/sessions/{session}/step", {"value": v}).json for v in values]
    assert [each["step"] for each in said] == list(range(1, 13))
    assert [each["echo"] for each in said] == offline(ids[which], values)
    assert all((each["echo"] is None) == (each["confidence"] is None) for each in said)
    # All at once, the same.
    session = asker.open(ids[which])
    together = asker.post(f"/sessions/{session}/steps", {"values": values}).json
    assert together["echoes"] == [each["echo"] for each in said]
    assert together["step"] == 12


def test_sessions_of_different_ages_are_stepped_in_one_call_and_not_mixed(hub, ids, offline):
    app = make_app(hub)
    generator = np.random.default_rng(7)
    # On both models, and with pauses, so that calls hold sessions of all ages.
    given = [generator.integers(0, 5, 6).tolist() for _ in range(60)]
    before = hub.metrics._batches

    async def one(place):
        run = ids[place % 2]
        session = (await ask(app, "POST", f"/runs/{run}/sessions", {})).json["session"]
        said = []
        for number, value in enumerate(given[place]):
            await asyncio.sleep(0.001 * (place % 5))
            body = {"value": value, "step": number + 1}
            said.append((await ask(app, "POST", f"/sessions/{session}/step", body)).json["echo"])
        await ask(app, "DELETE", f"/sessions/{session}")
        return said

    async def everyone():
        return await asyncio.gather(*(one(place) for place in range(len(given))))

    said = asyncio.run(everyone())
    assert said == [offline(ids[place % 2], values) for place, values in enumerate(given)]
    assert hub.metrics._batches - before < 60 * 6


def test_two_clients_of_one_session_take_turns(hub, ids, offline):
    app = make_app(hub)

    async def both():
        session = (await ask(app, "POST", f"/runs/{ids[0]}/sessions", {})).json["session"]
        path = f"/sessions/{session}/step"
        return await asyncio.gather(
            *(ask(app, "POST", path, {"value": place % 5}) for place in range(30))
        )

    said = sorted((answer.json for answer in asyncio.run(both())), key=lambda each: each["step"])
    assert [each["step"] for each in said] == list(range(1, 31))
    # In the order in which they were sent; each echoes the value before.
    assert [each["echo"] for each in said] == offline(ids[0], [place % 5 for place in range(30)])


def test_a_value_that_the_model_does_not_know_changes_nothing(asker, ids, offline):
    session = asker.open(ids[0])
    path = f"/sessions/{session}/step"
    asker.post(path, {"value": 3})
    for value in (5, -1, "seven", 1.5, None, "", "²", "9" * 900, 2**62):
        told = asker.refused(422, "unknown-value", "POST", path, {"value": value})
        assert "0 to 4" in told or "missing" in told
    told = asker.refused(
        422, "unknown-value", "POST", f"/sessions/{session}/steps", {"values": [1, 2, 9]}
    )
    assert "'9'" in told
    assert asker.get(f"/sessions/{session}").json["step"] == 1
    assert asker.post(path, {"value": "1"}).json["echo"] == offline(ids[0], [3, 1])[1]


def test_a_step_with_another_number_is_refused_and_may_be_repeated(asker, ids):
    session = asker.open(ids[0])
    path = f"/sessions/{session}/step"
    assert asker.post(path, {"value": 1, "step": 1}).status == 200
    told = asker.refused(409, "other-step", "POST", path, {"value": 1, "step": 1})
    assert "step of this session is 2" in told
    several = {"values": [1, 2], "step": 5}
    asker.refused(409, "other-step", "POST", f"/sessions/{session}/steps", several)
    assert asker.post(path, {"value": 1, "step": 2}).json["step"] == 2


def test_reset_save_restore_and_delete(asker, ids, offline):
    session = asker.open(ids[1])
    at = f"/sessions/{session}"
    asker.post(f"{at}/steps", {"values": [1, 2, 3, 4]})
    assert asker.post(f"{at}/save").json["saved"] is True
    after = asker.post(f"{at}/steps", {"values": [0, 1]}).json["echoes"]
    assert asker.post(f"{at}/reset").json["step"] == 0
    assert asker.post(f"{at}/steps", {"values": [1, 2, 3]}).json["echoes"] == offline(
        ids[1], [1, 2, 3]
    )
    assert asker.post(f"{at}/restore").json["step"] == 4
    assert asker.post(f"{at}/steps", {"values": [0, 1]}).json["echoes"] == after
    assert asker("DELETE", at).status == 204
    for verb in ("step", "reset", "save", "restore"):
        body = {"value": 1} if verb == "step" else {}
        asker.refused(404, "no-session", "POST", f"{at}/{verb}", body)
    asker.refused(404, "no-session", "DELETE", at)


def test_a_saved_session_goes_on_in_another_process_and_an_open_one_is_saved_at_the_end(
    own_store, ids
):
    first = hub_of(own_store, ids)
    asker = Asker(make_app(first))
    saved, open_ = asker.open(ids[0]), asker.open(ids[1])
    asker.post(f"/sessions/{saved}/steps", {"values": [1, 2, 3]})
    asker.post(f"/sessions/{saved}/save")
    asker("DELETE", f"/sessions/{asker.open(ids[0])}")
    asker.post(f"/sessions/{open_}/steps", {"values": [1, 2, 3, 4, 0]})
    goes_on = asker.post(f"/sessions/{saved}/step", {"value": 4}).json["echo"]
    # Killed: nothing of `first` is closed. What was saved is there.
    second = hub_of(own_store, ids[:1])
    again = Asker(make_app(second))
    told = again.refused(404, "no-session", "POST", f"/sessions/{saved}/step", {"value": 4})
    assert "restore it first" in told
    assert again.post(f"/sessions/{saved}/restore").json["step"] == 3
    assert again.post(f"/sessions/{saved}/step", {"value": 4}).json["echo"] == goes_on
    second.close()
    assert first.close() == 2
    third = hub_of(own_store, ids)
    last = Asker(make_app(third))
    assert last.post(f"/sessions/{open_}/restore").json["step"] == 5
    third.close()


def test_idle_sessions_end_and_their_rows_are_used_again(own_store, ids):
    hub = hub_of(own_store, ids[:1], idle=0.2, sessions=3)
    asker = Asker(make_app(hub))
    sessions = [asker.open(ids[0]) for _ in range(3)]
    answer = asker.post(f"/runs/{ids[0]}/sessions")
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    until = time.monotonic() + 20
    while hub.sessions and time.monotonic() < until:
        time.sleep(0.05)
    asker.refused(404, "no-session", "POST", f"/sessions/{sessions[0]}/step", {"value": 1})
    assert hub.metrics.expired == 3
    new = asker.open(ids[0])
    assert asker.post(f"/sessions/{new}/step", {"value": 1}).json["echo"] is None
    hub.close()


def test_a_run_that_is_removed_meanwhile(own_store, ids):
    hub = hub_of(own_store, ids)
    asker = Asker(make_app(hub))
    session = asker.open(ids[0])
    shutil.rmtree(own_store / "runs" / ids[0])
    for entry in hub.runs.values():
        entry._looked = 0.0
    for path in (f"/runs/{ids[0]}/sessions", f"/sessions/{session}/step"):
        told = asker.refused(410, "run-removed", "POST", path, {})
        assert ids[0] in told
    assert asker.get(f"/runs/{ids[1]}").status == 200
    assert hub.close() == 0
    assert not (own_store / "runs" / ids[0]).exists()


def test_damaged_and_foreign_files_are_no_sessions(own_store, ids):
    hub = hub_of(own_store, ids)
    asker = Asker(make_app(hub))
    sessions = [asker.open(run) for run in ids]
    for session in sessions:
        asker.post(f"/sessions/{session}/step", {"value": 1})
        asker.post(f"/sessions/{session}/save")
    files = [
        own_store / "runs" / run / "sessions" / f"{session}.safetensors"
        for run, session in zip(ids, sessions, strict=True)
    ]
    whole = files[0].read_bytes()
    for damaged in (b"", whole[:40], whole[:-1] + b"\x7f", files[1].read_bytes(), b"{}" * 99):
        files[0].write_bytes(damaged)
        asker.refused(409, "damaged", "POST", f"/sessions/{sessions[0]}/restore", {})
    # Under another name it would be another session.
    other = "0" * 32
    files[0].with_name(f"{other}.safetensors").write_bytes(whole)
    asker.refused(409, "damaged", "POST", f"/sessions/{other}/restore", {})
    files[0].write_bytes(whole)
    assert asker.post(f"/sessions/{sessions[0]}/restore").status == 200
    hub.close()


def test_no_more_than_so_many_are_saved(own_store, ids):
    hub = hub_of(own_store, ids[:1], saved=1)
    asker = Asker(make_app(hub))
    one, two = asker.open(ids[0]), asker.open(ids[0])
    assert asker.post(f"/sessions/{one}/save").status == 200
    assert asker.post(f"/sessions/{one}/save").status == 200
    asker.refused(429, "too-many-saved", "POST", f"/sessions/{two}/save", {})
    asker("DELETE", f"/sessions/{one}")
    assert asker.post(f"/sessions/{two}/save").status == 200
    hub.close()
