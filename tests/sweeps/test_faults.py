"""What a sweep must survive, each really done to it. After each: nothing lost, nothing doubled."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from echospan.store import Store
from sweeps.helpers import (
    ROOT,
    Toll,
    check_store,
    driver,
    ends,
    naps,
    swept,
    table,
    until,
    workers_of,
)
from sweeps.nap import NAME

pytestmark = pytest.mark.slow

UNITS = 12
NAP = 0.3


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Content of a sweep, and its table where nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed")
    log = folder / "log"
    return table(swept(naps(UNITS, log, seconds=NAP), folder / "store"))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "store", tmp_path / "log"


def some_done(log: Path, least: int = 3) -> int:
    return until(lambda: len(ends(log)) >= least and len(ends(log)))


@pytest.fixture
def toll(request, record_property):
    """What the fault of the test costs; told to `make sweep-faults`."""
    counted = Toll()
    yield counted
    record_property("fault", FAULTS[request.node.originalname])
    record_property("lost", counted.lost)
    record_property("doubled", counted.doubled)


FAULTS = {
    "test_kill_of_a_worker": "kill -9 of a worker",
    "test_kill_of_the_driver": "kill -9 of the driver",
    "test_kill_of_driver_and_workers": "kill -9 of the driver and its workers",
    "test_a_unit_that_crashes_its_worker": "a unit that always crashes its worker",
    "test_a_unit_that_hangs": "a unit that hangs, with a time limit",
    "test_a_unit_that_runs_out_of_memory": "out of memory in one unit",
    "test_a_disk_that_is_full": "a full disk",
    "test_ctrl_c_once_and_twice": "Ctrl-C once, then twice",
    "test_two_sweeps_of_one_file": "two sweeps of one file at once",
    "test_the_second_of_two_sweeps_takes_over_from_the_first": (
        "two sweeps of one file, kill -9 of the first"
    ),
    "test_a_clock_that_is_set_back": "the driver's clock set back by two hours",
    "test_a_store_that_is_gone_for_a_while": "a store that is gone for two seconds",
}
"""What the table in docs/reliability.md calls each."""


def test_the_table_names_each_fault():
    tests = {name for name in globals() if name.startswith("test_")}
    assert tests - {"test_the_table_names_each_fault"} == set(FAULTS)


def recovered(place, undisturbed, done: int, record_property, toll) -> None:
    """Sweep again; look that nothing is lost or doubled, and that the table is as it should be."""
    store, log = place
    check_store(store, log, done, toll)
    began = time.monotonic()
    result = swept(naps(UNITS, log, seconds=NAP), store)
    record_property("seconds", round(time.monotonic() - began, 1))
    assert result.left == result.failed == 0
    assert [row[:2] + row[3:] for row in table(result)] == [
        row[:2] + row[3:] for row in undisturbed
    ]
    check_store(store, log, UNITS, toll)


def killed(process: subprocess.Popen, *others: int) -> None:
    for pid in (process.pid, *others):
        os.kill(pid, signal.SIGKILL)
    process.communicate()


def test_kill_of_a_worker(place, undisturbed, record_property, toll):
    store, log = place
    process = driver(naps(UNITS, log, seconds=NAP), store)
    done = some_done(log)
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert f"{UNITS} of {UNITS} units finished" in out
    recovered(place, undisturbed, done, record_property, toll)


def test_kill_of_the_driver(place, undisturbed, record_property, toll):
    store, log = place
    process = driver(naps(UNITS, log, seconds=NAP), store)
    done = some_done(log)
    workers = workers_of(process.pid)
    killed(process)
    # Without a driver they end, too.
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    recovered(place, undisturbed, done, record_property, toll)


def test_kill_of_driver_and_workers(place, undisturbed, record_property, toll):
    store, log = place
    process = driver(naps(UNITS, log, seconds=NAP), store)
    done = some_done(log)
    killed(process, *workers_of(process.pid))
    recovered(place, undisturbed, done, record_property, toll)


def bad_unit(place, action, said, record_property, toll, limit=None) -> None:
    """One bad unit among good ones: it is recorded as failed, and the others are done."""
    store, log = place
    actions = ["ok"] * 6
    actions[2] = action
    content = {**naps(0, log), "sweep": {"zip": {"number": list(range(6)), "action": actions}}}
    began = time.monotonic()
    result = swept(content, store, time_limit=limit)
    record_property("seconds", round(time.monotonic() - began, 1))
    assert [row.state for row in result.rows] == [
        "failed" if action == word else "finished" for word in actions
    ]
    assert said in result.rows[2].error
    check_store(store, log, 5, toll)
    assert swept(content, store).done == 0


def test_a_unit_that_crashes_its_worker(place, record_property, toll):
    bad_unit(place, "crash", "ended by SIGKILL", record_property, toll)


def test_a_unit_that_hangs(place, record_property, toll):
    bad_unit(place, "hang", "took longer than the limit of 1 s", record_property, toll, 1.0)


def test_a_unit_that_runs_out_of_memory(place, record_property, toll):
    bad_unit(place, "hog", "MemoryError", record_property, toll)


def test_a_disk_that_is_full(undisturbed, record_property, toll, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "sweep-test", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        store, log = disk / "store", tmp_path / "log"
        with Store(store):
            pass
        filler = disk / "filler"
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
        filler.write_bytes(b"." * (free - 160_000))
        process = driver(naps(UNITS, log, seconds=NAP), store)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 1, out
        assert "StoreError" in out
        done = len(ends(log))
        assert done < UNITS
        filler.unlink()
        recovered((store, log), undisturbed, done, record_property, toll)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_ctrl_c_once_and_twice(place, undisturbed, record_property, toll, tmp_path):
    store, log = place
    file = tmp_path / "naps.toml"
    numbers = list(range(UNITS))
    file.write_text(
        f'verb = "{NAME}"\nlog = "{log}"\nseconds = {NAP}\n[sweep]\nnumber = {numbers}\n'
    )
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    command = [sys.executable, "-m", "echospan", "sweep", str(file), "--store", str(store)]

    def start():
        return subprocess.Popen(
            [*command, "--trust", "--workers", "2"],
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    process = start()
    done = some_done(log)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    assert "The same command goes on." in out
    check_store(store, log, done, toll)
    process = start()
    done = some_done(log, len(ends(log)) + 2)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out
    recovered(place, undisturbed, done, record_property, toll)


def test_two_sweeps_of_one_file(place, undisturbed, record_property, toll):
    store, log = place
    both = [driver(naps(UNITS, log, seconds=NAP), store, workers=1) for _ in range(2)]
    for process in both:
        out, _ = process.communicate(timeout=90)
        assert f"{UNITS} of {UNITS} units finished" in out
    recovered(place, undisturbed, UNITS, record_property, toll)


def test_the_second_of_two_sweeps_takes_over_from_the_first(
    place, undisturbed, record_property, toll
):
    store, log = place
    first = driver(naps(UNITS, log, seconds=NAP), store)
    done = some_done(log)
    second = driver(naps(UNITS, log, seconds=NAP), store)
    time.sleep(1.0)
    killed(first)
    out, _ = second.communicate(timeout=90)
    assert f"{UNITS} of {UNITS} units finished" in out
    recovered(place, undisturbed, done, record_property, toll)


def test_a_clock_that_is_set_back(place, undisturbed, record_property, toll, monkeypatch):
    store, log = place
    real = time.time
    back = [0.0]
    monkeypatch.setattr("time.time", lambda: real() - back[0])

    def stop():
        back[0] = 7200.0 if len(ends(log)) >= 3 else 0.0
        return False

    result = swept(naps(UNITS, log, seconds=NAP), store, stop=stop, time_limit=30.0)
    assert back[0]
    assert result.done == UNITS
    assert all((row.seconds or 0.0) >= 0 for row in result.rows)
    recovered(place, undisturbed, UNITS, record_property, toll)


def test_a_store_that_is_gone_for_a_while(place, undisturbed, record_property, toll):
    store, log = place
    process = driver(naps(UNITS, log, seconds=NAP), store)
    done = some_done(log)
    store.rename(store.with_name("elsewhere"))
    time.sleep(2.0)
    store.with_name("elsewhere").rename(store)
    out, _ = process.communicate(timeout=90)
    assert f"{UNITS} of {UNITS} units finished" in out
    recovered(place, undisturbed, done, record_property, toll)
