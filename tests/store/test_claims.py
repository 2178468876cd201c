from dataclasses import replace

import numpy as np
import pytest

from echospan.errors import StoreError
from echospan.store import LostRun, Store, names
from echospan.store.claims import Claims, Wanted
from echospan.store.detached import DetachedRun
from echospan.store.files import sync_disk, synced_later, write_json
from echospan.store.record import read_record, write_record
from store.helpers import CONFIG, begin, orphan, set_record


def wanted(name="cafe", **given):
    return Wanted(name, "window", CONFIG, **given)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store") as opened:
        yield opened


@pytest.fixture
def claims(store):
    return Claims(store, "run")


def detached(store, claim):
    return DetachedRun(store.path / names.RUNS / claim.run_id, claim.token)


def test_new_runs_are_taken_at_once_and_run(store, claims):
    one, two = claims.claim([wanted("a"), wanted("b", seed=5)])
    assert (one.standing, two.standing) == ("mine", "mine")
    assert [(run.state, run.fingerprint) for run in store.list()] == [
        ("running", "b"),
        ("running", "a"),
    ]
    assert store.get(two.run_id).config == CONFIG
    assert store.get(two.run_id).seed == 5


def test_what_is_running_is_held_and_what_is_finished_is_found(store, claims):
    (mine,) = claims.claim([wanted()])
    assert claims.claim([wanted()])[0].standing == "held"
    run = detached(store, mine)
    run.begin()
    run.finish({"accuracy": 0.5})
    assert store.list()[0].state == "running"
    claims.enter([claims.look(mine.run_id)])
    assert store.list()[0].accuracy == 0.5
    again = claims.claim([wanted()])[0]
    assert (again.standing, again.run_id) == ("finished", mine.run_id)
    assert len(store.list()) == 1


def test_a_run_that_was_made_in_another_way_is_found(store, claims):
    run = begin(store, fingerprint="cafe")
    run.finish({})
    assert claims.claim([wanted()])[0].run_id == run.id


def test_the_run_of_a_variant_is_another_one(store, claims):
    parent = begin(store)
    begin(store, fingerprint="cafe", parent=parent.id).finish({})
    assert claims.claim([wanted()])[0].standing == "mine"


def test_an_interrupted_run_is_gone_on_with(store, claims):
    run = begin(store, fingerprint="cafe")
    run.save_checkpoint({"x": np.ones(2)}, {"step": 3})
    run.interrupt()
    (claim,) = claims.claim([wanted()])
    assert (claim.standing, claim.run_id) == ("mine", run.id)
    assert detached(store, claim).load_checkpoint()[1] == {"step": 3}


def test_a_failed_run_is_taken_only_when_asked(store, claims):
    begin(store, fingerprint="cafe").fail(ValueError("no"))
    assert claims.claim([wanted()])[0].standing == "failed"
    assert claims.claim([wanted()], retry=True)[0].standing == "mine"


def test_the_run_of_a_dead_process_is_taken_over(store, claims):
    run = begin(store, fingerprint="cafe")
    orphan(store, run)
    assert claims.claim([wanted()])[0].run_id == run.id


def test_what_a_worker_finished_for_a_dead_process_is_entered_at_the_next_opening(store, claims):
    (claim,) = claims.claim([wanted()])
    run = detached(store, claim)
    run.begin()
    run.finish({"accuracy": 0.25})
    row = store._index.read(claim.run_id)
    store._index.put(replace(row, started="an-earlier-boot:1"))
    with Store(store.path) as other:
        assert [(one.state, one.accuracy) for one in other.list()] == [("finished", 0.25)]


def test_a_run_whose_files_are_damaged_is_made_anew(store, claims):
    run = begin(store, fingerprint="cafe")
    run.interrupt()
    (run.path / names.CONFIG).write_text("")
    (claim,) = claims.claim([wanted()])
    assert (claim.standing, claim.run_id != run.id) == ("mine", True)


def test_a_worker_whose_run_was_taken_over_writes_nothing_more(store, claims):
    (claim,) = claims.claim([wanted()])
    run = detached(store, claim)
    run.begin()
    set_record(store, store.get(claim.run_id), token="another")
    before = run.files()
    for write in (
        lambda: run.save_json("note", 1),
        lambda: run.finish({}),
        lambda: run.fail(ValueError()),
        run.interrupt,
        run.resume,
    ):
        with pytest.raises(LostRun):
            write()
    assert run.files() == before
    with pytest.raises(LostRun):
        detached(store, claim).resume()


@pytest.mark.parametrize("state", ["finished", "running", "interrupted"])
def test_what_an_earlier_worker_wrote_at_the_moment_of_the_claim(store, claims, state):
    run = begin(store, fingerprint="cafe")
    before = read_record(run.path)
    orphan(store, run)
    (claim,) = claims.claim([wanted()])
    write_record(run.path, replace(before, state=state))
    record = claims.look_again(claim)
    assert (record.token, record.state) == (
        claim.token,
        "finished" if state == "finished" else "running",
    )
    if state == "finished":
        claims.enter([record])
        assert store.list()[0].state == "finished"
    else:
        assert claims.look(claim.run_id) == record


def test_a_run_that_another_process_owns_is_lost(store, claims):
    (claim,) = claims.claim([wanted()])
    set_record(store, store.get(claim.run_id), token="another")
    assert claims.look_again(claim) is None


def test_beginning_shows_in_the_record(store, claims):
    (claim,) = claims.claim([wanted()])
    detached(store, claim).begin()
    assert claims.look(claim.run_id).since != claim.since


def test_time_is_counted_from_the_beginning_of_the_work(store, claims):
    (claim,) = claims.claim([wanted()])
    set_record(store, store.get(claim.run_id), since=1.0)
    run = detached(store, claim)
    run.begin()
    run.finish({})
    assert claims.look(claim.run_id).seconds < 1000


def test_nothing_is_taken_where_the_disk_refuses(store, claims, monkeypatch):
    def refuse(*arguments, **named):
        raise StoreError("the disk is full")

    monkeypatch.setattr("echospan.store.claims.sync_disk", refuse)
    with pytest.raises(StoreError, match="full"):
        claims.claim([wanted()])
    assert store.list() == []
    assert not list((store.path / names.STAGING).iterdir())


def test_files_are_synced_together(tmp_path, monkeypatch):
    waited = []
    real = __import__("os").fsync
    monkeypatch.setattr("os.fsync", lambda handle: waited.append(real(handle)))
    with synced_later():
        write_json(tmp_path / "a.json", 1)
    assert not waited
    sync_disk(tmp_path)
    write_json(tmp_path / "b.json", 1)
    assert len(waited) == 2
