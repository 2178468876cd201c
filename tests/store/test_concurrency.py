from __future__ import annotations

import multiprocessing
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from echospan.store import Store

from . import workers
from .helpers import begin

SPAWN = multiprocessing.get_context("spawn")
COUNT = 12


def test_four_writers_and_one_killed_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "runs"  # not there yet: they also race to create it
    logs = [tmp_path / f"{worker}.log" for worker in range(4)]
    barrier = SPAWN.Barrier(4)
    processes = [
        SPAWN.Process(
            target=workers.write,
            args=(path, logs[worker], worker, COUNT, 5 if worker == 0 else -1, barrier),
        )
        for worker in range(4)
    ]
    for process in processes:
        process.start()
    deadline = time.monotonic() + 120
    while "waiting" not in (logs[0].read_text() if logs[0].exists() else ""):
        assert time.monotonic() < deadline
        assert processes[0].is_alive()
        time.sleep(0.01)
    processes[0].kill()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes[1:]] == [0, 0, 0]

    finished = dict(
        line.split() for log in logs for line in log.read_text().splitlines() if line != "waiting"
    )
    assert len(finished) == 5 + 3 * COUNT
    with Store(path) as store:
        listed = {item.run_id: item for item in store.list()}
        assert set(finished) < set(listed)
        (left,) = set(listed) - set(finished)
        assert listed[left].state == "interrupted"
        for run_id, seed in finished.items():
            run = store.get(run_id)
            assert run.state == "finished"
            assert run.seed == run.load_result()["seed"] == run.config["seed"] == int(seed)
            np.testing.assert_array_equal(run.load_weights()["a"], np.full(100, float(seed)))
        rows = [(item.run_id, item.state) for item in store.list()]
        assert store.rebuild_index().indexed == len(listed)
        assert [(item.run_id, item.state) for item in store.list()] == rows
    with closing(sqlite3.connect(path / "index.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_processes_that_rebuild_at_once_all_see_every_run(tmp_path: Path) -> None:
    with Store(tmp_path / "runs") as store:
        wanted = {begin(store).id for _ in range(20)}
    (tmp_path / "runs" / "index.sqlite").unlink()
    barrier = SPAWN.Barrier(3)
    logs = [tmp_path / f"{number}.log" for number in range(3)]
    processes = [
        SPAWN.Process(target=workers.open_at_once, args=(tmp_path / "runs", log, barrier))
        for log in logs
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [set(log.read_text().split()) for log in logs] == [wanted] * 3
