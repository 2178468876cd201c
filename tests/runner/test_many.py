"""Several seeds at once: each is the run that it is alone."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Mapping

import numpy as np
import pytest

from echospan.cli.progress import Bar
from echospan.engine.fleet import ThreadedFleet, VectorisedFleet
from echospan.observer import Observer
from echospan.recipe import find
from echospan.runner import Session, Stopped, resume_all, run_recipe
from echospan.runner.session import Job
from echospan.store import Store
from runner.helpers import TINY, Recorder, StopAfter, assert_same, stored

SETTINGS = {**TINY, "training.epochs": 400}
THREADS = ThreadedFleet(workers=3)


@pytest.mark.slow
def test_seeds_at_once_are_the_seeds_alone(tmp_path):
    with Store(tmp_path / "many") as store:
        many = run_recipe(Session(store, fleet=THREADS), find("stream"), SETTINGS, seeds=3)
    assert [result["seed"] for result in many] == [0, 1, 2]
    with Store(tmp_path / "single") as store:
        session = Session(store)
        singles = [
            run_recipe(session, find("stream"), {**SETTINGS, "seed": seed})[0] for seed in range(3)
        ]
    for one, other in zip(many, singles, strict=True):
        for name in ("accuracy", "accuracy_interval", "loss", "inputs", "predicted", "baselines"):
            assert one[name] == other[name], name
        weights, history = stored(tmp_path / "many", one["run_id"])
        alone, alone_history = stored(tmp_path / "single", other["run_id"])
        assert_same(weights, alone)
        assert_same(history, alone_history)


@pytest.mark.slow
def test_one_vectorised_program_gives_the_same_results(tmp_path):
    results = []
    for fleet in (THREADS, VectorisedFleet()):
        with Store(tmp_path / type(fleet).__name__) as store:
            results.append(
                run_recipe(Session(store, fleet=fleet), find("stream"), SETTINGS, seeds=3)
            )
    for one, other in zip(*results, strict=True):
        assert one["seed"] == other["seed"]
        assert one["inputs"] == other["inputs"]
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-2)


@pytest.mark.slow
def test_patience_ends_each_run_for_itself(tmp_path):
    settings = {
        **TINY,
        "training.epochs": 2000,
        "training.learning_rate": 1.0,
        "training.patience": 2,
        "training.validate_every": 20,
    }
    epochs: dict[type, list[int]] = {}
    for fleet in (THREADS, VectorisedFleet()):
        with Store(tmp_path / type(fleet).__name__) as store:
            results = run_recipe(Session(store, fleet=fleet), find("stream"), settings, seeds=2)
            for result in results:
                losses = store.get(result["run_id"]).load_history()["val_loss"]
                looked = losses[~np.isnan(losses)]
                assert len(looked) == result["epochs"] // 20
                assert min(looked[-2:]) >= min(looked[:-2])
        epochs[type(fleet)] = [result["epochs"] for result in results]
    assert len(set(epochs[ThreadedFleet])) > 1
    assert max(epochs[ThreadedFleet]) < 2000


class Failing(Observer):
    """Raises while one of the runs trains."""

    def __init__(self, label: str) -> None:
        self.failing = label
        self.label = ""

    def part(self, label: str, parts: int) -> Observer:
        assert parts == 3
        part = Failing(self.failing)
        part.label = label
        return part

    def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
        if self.label == self.failing:
            raise OSError("no space left")


@pytest.mark.parametrize("fleet", [THREADS, VectorisedFleet()], ids=["threads", "together"])
def test_an_error_in_one_loses_no_other(tmp_path, fleet):
    with Store(tmp_path) as store:
        session = Session(store, Failing("stream, seed 1"), fleet=fleet)
        with pytest.raises(OSError, match="no space left"):
            run_recipe(session, find("stream"), SETTINGS, seeds=3)
        states = {run.seed: run.state for run in store.list()}
        assert states == {0: "finished", 1: "failed", 2: "finished"}
        for summary in store.list(state="finished"):
            assert store.get(summary.run_id).load_result()["epochs"] == 400
        (failed,) = store.list(state="failed")
        assert "no space left" in str(store.get(failed.run_id).load_failure())


def test_a_run_that_could_not_begin_stays_failed_where_the_rest_is_given_up(tmp_path, monkeypatch):
    made = Session._training

    def training(self, job, jobs):
        if job.experiment.seed == 0:
            raise OSError("no space left")
        return made(self, job, jobs)

    monkeypatch.setattr(Session, "_training", training)
    with Store(tmp_path) as store:
        session = Session(store, fleet=ThreadedFleet(workers=1))
        experiments = [find("stream").settle({**TINY, "seed": seed}) for seed in range(3)]
        jobs = [
            Job(each, session.create(each, "stream", study={"recipe": None, "settings": {}}), "")
            for each in experiments
        ]
        measuring = session.measure(jobs)
        assert next(measuring)[0] is jobs[1]
        measuring.close()
        # The second is its consumer's to end.
        assert [job.run.state for job in jobs] == ["failed", "running", "interrupted"]


def test_stopped_together_and_resumed_together(tmp_path):
    settings = {**TINY, "training.epochs": 4000}
    with Store(tmp_path / "cut") as store:
        recorder = Recorder()
        session = Session(store, recorder, StopAfter(recorder, 5), THREADS)
        with pytest.raises(Stopped) as stopped:
            run_recipe(session, find("stream"), settings, seeds=3)
        ids = stopped.value.run_ids
        assert str(stopped.value).count("--resume") == len(ids) == 3
        assert {run.state for run in store.list()} == {"interrupted"}
        results = resume_all(Session(store, fleet=THREADS), [store.get(each) for each in ids])
        assert {run.state for run in store.list()} == {"finished"}
    with Store(tmp_path / "whole") as store:
        whole = run_recipe(Session(store, fleet=THREADS), find("stream"), settings, seeds=3)
    for one, other in zip(results, whole, strict=True):
        assert_same(
            stored(tmp_path / "cut", one["run_id"])[0],
            stored(tmp_path / "whole", other["run_id"])[0],
        )


@pytest.fixture
def interruptible():
    """Python's own answer to Ctrl-C, which the processes of pytest-xdist switch off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_a_second_interrupt_leaves_no_run_behind(tmp_path):
    main = threading.main_thread().ident
    assert main is not None

    once, under_way = threading.Lock(), set()

    class Impatient(Observer):
        def progress(self, epoch: int, logs: Mapping[str, float]) -> None:
            # As the second Ctrl-C does it: KeyboardInterrupt, in the main thread. Not before all
            # runs are under way and that thread only waits for their ends: it might be opening a
            # file, or starting a thread.
            under_way.add(threading.get_ident())
            if len(under_way) == 3 and once.acquire(blocking=False):
                while sys._current_frames()[main].f_code is not ThreadedFleet.run.__code__:
                    time.sleep(0.001)
                signal.pthread_kill(main, signal.SIGINT)

    with Store(tmp_path) as store:
        session = Session(store, Impatient(), fleet=THREADS)
        settings = {**TINY, "training.epochs": 9_000_000}
        with pytest.raises(KeyboardInterrupt):
            run_recipe(session, find("stream"), settings, seeds=3)
        assert [run.state for run in store.list()] == ["interrupted"] * 3
    assert not any(thread.name.startswith("echospan-run") for thread in threading.enumerate())


def test_the_bar_has_a_line_for_each_run_under_way():
    with Bar() as bar:
        parts = [bar.part(f"window, seed {seed}", 20) for seed in range(12)]
        for part in parts:
            part.begin("window, seed 0", 100)
            part.progress(50, {"loss": 0.5})
        lines = bar._progress.tasks
        assert len(lines) == 9
        assert (lines[0].completed, lines[0].total) == (0, 20)
        assert (lines[1].completed, lines[1].total) == (50, 100)
        for part in parts:
            part.end()
        assert [line.completed for line in bar._progress.tasks] == [12]
