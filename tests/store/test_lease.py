"""Who owns a run: leases that run out, and processes that wake up too late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from echospan.errors import StoreError
from echospan.store import LostRun, Run, Store, heartbeat, lease
from echospan.store.liveness import this_process

from .helpers import begin, python, said, set_record
from .kills import in_memory


@pytest.fixture
def store() -> Iterator[Store]:
    with in_memory() as path, Store(path / "runs") as opened:
        yield opened


SAME_BOOT = {"machine": this_process().machine + "-another-container", "host": "container-2"}
OTHER_BOOT = {"machine": "another-boot/pid:[1]", "host": "another-machine"}
LONG = lease.LEASE_SECONDS + 1


def up() -> float:
    seconds = heartbeat.uptime()
    assert seconds is not None
    return seconds


@pytest.mark.parametrize("where", [SAME_BOOT, OTHER_BOOT])
@pytest.mark.parametrize("same_name", [True, False])
def test_elsewhere_a_lease_runs_out(store: Store, where: dict[str, Any], same_name: bool) -> None:
    """A container that was restarted, with another host name or the same, and ids used again."""
    where = {**where, "host": this_process().host} if same_name else where
    run = begin(store)
    set_record(store, run, **where)
    assert store.get(run.id).state == "running"
    with pytest.raises(StoreError, match=r"last sign of life is \d s old; after 60 s .*--force"):
        store.get(run.id).resume()
    with pytest.raises(StoreError, match=r"last sign of life is \d s old.*--force"):
        store.remove(run.id)
    set_record(store, run, renewed=time.time() - LONG, uptime=max(up() - LONG, 0))
    assert store.list()[0].state == "interrupted"
    store.get(run.id).resume()
    store.get(run.id).finish({})


def test_a_clock_that_was_set_does_not_count_on_one_machine(store: Store) -> None:
    run = begin(store)
    # The clock went a day forward, and a day back, since the last sign of life.
    for jump in (-86400, 86400):
        set_record(store, run, **SAME_BOOT, renewed=time.time() + jump, uptime=up())
        assert store.list()[0].state == "running"
    set_record(store, run, **SAME_BOOT, renewed=time.time() + 86400, uptime=max(up() - LONG, 0))
    assert store.list()[0].state == "interrupted"


@pytest.mark.parametrize("renewing", [True, False])
@pytest.mark.parametrize("verb", ["resume", "remove"])
def test_a_sign_from_the_future_is_watched(
    store: Store, monkeypatch: pytest.MonkeyPatch, renewing: bool, verb: str
) -> None:
    monkeypatch.setattr(lease, "WATCH_SECONDS", 0.1)
    run = begin(store)
    set_record(store, run, **OTHER_BOOT, renewed=time.time() + 86400, uptime=1.0)
    assert store.list()[0].state == "running"
    if renewing:
        real = lease.time.sleep

        def other_process(seconds: float) -> None:
            record = store._index.read(run.id)
            assert record is not None
            store._index.renew({run.id: record.token}, time.time() + 86410, 2.0)
            real(seconds)

        monkeypatch.setattr(lease.time, "sleep", other_process)
    act = store.get(run.id).resume if verb == "resume" else lambda: store.remove(run.id)
    if renewing:
        with pytest.raises(StoreError, match="still lives cannot be told from here"):
            act()
    else:
        act()


def test_an_older_run_without_a_lease_needs_force(store: Store) -> None:
    run = begin(store)
    old = {"machine": "", "token": "", "renewed": None, "uptime": None}
    set_record(store, run, **old, host="another-machine")
    with pytest.raises(StoreError, match=r"cannot be told from here.*--force"):
        store.get(run.id).resume()
    set_record(store, run, **old, host=this_process().host, started="an-earlier-boot:1")
    assert store.list()[0].state == "interrupted"


def test_the_lease_is_renewed_while_the_run_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.01)
    run = begin(store)
    first = store._index.read(run.id)
    deadline = time.monotonic() + 30
    while store._index.read(run.id) == first:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    run.finish({})
    ended = store._index.read(run.id)
    store._index.heartbeat.renew()
    assert store._index.read(run.id) == ended


def test_a_lease_is_renewed_through_a_store_that_was_opened_again(tmp_path: Path) -> None:
    with Store(tmp_path / "runs") as first:
        run_id = begin(first).id
    with Store(tmp_path / "runs") as second:
        run = second.get(run_id)
        run.save_json("a", 1)
        before = second._index.read(run_id)
        second._index.heartbeat.renew()
        assert second._index.read(run_id) != before
        run.finish({})


WRITES: dict[str, Callable[[Run], object]] = {
    "save_checkpoint": lambda run: run.save_checkpoint({"a": np.ones(3)}, {}),
    "save_part": lambda run: run.save_part("one", {"a": np.ones(3)}, {}),
    "save_weights": lambda run: run.save_weights({"a": np.ones(3)}),
    "save_history": lambda run: run.save_history({"epoch": np.ones(3)}),
    "save_artifact": lambda run: run.save_artifact("hidden", {"a": np.ones(3)}),
    "save_json": lambda run: run.save_json("a", 1),
    "save_environment": lambda run: run.save_environment({}),
    "save_result": lambda run: run.save_result({}),
    "finish": lambda run: run.finish({"accuracy": 1.0}),
    "fail": lambda run: run.fail(ValueError("x")),
    "interrupt": lambda run: run.interrupt(),
}


def test_all_that_writes_is_here() -> None:
    given = {name for name in dir(Run) if name.startswith("save_")}
    assert set(WRITES) == given | {"finish", "fail", "interrupt"}


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("state", ["running", "finished", "interrupted", "failed", "removed"])
def test_who_lost_a_run_writes_nothing_to_it(store: Store, name: str, state: str) -> None:
    run = begin(store)
    if state == "removed":
        store.remove(run.id, force=True)
    elif state == "running":
        set_record(store, run, token="another", pid=os.getpid() + 1)
    else:
        set_record(store, run, token="another", state=state)
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    if {"finished": "", "failed": "fail", "interrupted": "interrupt"}.get(state) == name:
        WRITES[name](run)  # It is what it was to become.
    else:
        with pytest.raises(StoreError) as caught:
            WRITES[name](run)
        assert isinstance(caught.value, LostRun) or state == "removed"
        assert "\n" not in str(caught.value)
    assert before == {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["save_weights", "save_json"])
def test_a_finished_run_may_be_added_to(store: Store, name: str) -> None:
    run = begin(store)
    run.finish({})
    WRITES[name](store.get(run.id))


PAUSING = """
import os, sys, time
import numpy as np
from echospan.store import Store

def writing(handle, real=os.fsync):
    real(handle)
    print("written", flush=True)
    time.sleep(1)

with Store(sys.argv[1]) as store:
    run = store.create(recipe="echo", config={}, fingerprint="", seed=0)
    run.save_checkpoint({"a": np.full(3, 1.0)}, {"k": 1})
    print(run.id, flush=True)
    os.fsync = writing
    try:
        run.save_checkpoint({"a": np.full(3, 2.0)}, {"k": 2})
    except Exception as error:
        print(type(error).__name__, error, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no SIGSTOP here")
def test_a_process_that_wakes_up_too_late_writes_nothing(store: Store) -> None:
    """Stopped between the last byte of a checkpoint and the moment at which it takes its name."""
    with python(PAUSING, store.path) as process:
        run_id = said(process)
        assert said(process) == "written"
        process.send_signal(signal.SIGSTOP)
        run = store.get(run_id)
        # Its process is there: it may be asked only by force.
        with pytest.raises(StoreError, match=f"is running in process {process.pid}"):
            run.resume()
        with pytest.warns(UserWarning, match="it ends at its next write"):
            run.resume(force=True)
        run.save_checkpoint({"a": np.full(3, 3.0)}, {"k": 3})
        process.send_signal(signal.SIGCONT)
        assert said(process).startswith(f"LostRun Cannot write to the run {run_id}: process ")
    loaded = run.load_checkpoint()
    assert loaded is not None
    assert loaded[1] == {"k": 3}
    assert not [name for name in run.files() if name.endswith(".tmp")]
    run.finish({})


@pytest.mark.slow
def test_of_many_that_resume_at_once_one_owns_the_run(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from echospan.store import Store\n"
        "from echospan.errors import StoreError\n"
        "with Store(sys.argv[1]) as store:\n"
        "    run = store.get(sys.argv[2])\n"
        "    print('ready', flush=True); sys.stdin.readline()\n"
        "    try:\n"
        "        run.resume(); print('mine', flush=True)\n"
        "    except StoreError as error:\n"
        "        print('not mine', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    with Store(tmp_path / "runs") as store:
        run = begin(store)
        run.interrupt()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "runs"), run.id],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    try:
        assert [said(each) for each in processes] == ["ready"] * 6
        for each in processes:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        assert sorted(said(each) for each in processes) == ["mine"] + ["not mine"] * 5
    finally:
        for each in processes:
            each.communicate("\n", timeout=60)
