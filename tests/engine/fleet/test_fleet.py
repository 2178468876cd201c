"""What every fleet keeps: a run is the same alone and among others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.fleet import (
    Fleet,
    Member,
    ThreadedFleet,
    Validation,
    VectorisedFleet,
    best_fleet,
)
from echospan.engine.trainer import Program, Progress, Trainer
from echospan.engine.values import TrainState, copy
from echospan.experiment import Experiment
from echospan.random import stream
from echospan.recipe import find
from runner.helpers import TINY

FLEETS = {
    "one-thread": ThreadedFleet(workers=1),
    "threads": ThreadedFleet(workers=3),
    "together": VectorisedFleet(),
}
EPOCHS = 30

fleets = pytest.mark.parametrize("fleet", FLEETS.values(), ids=list(FLEETS))


@cache
def compiled() -> CompiledExperiment:
    return CompiledExperiment(experiment(0))


def experiment(seed: int, rate: float = 0.01) -> Experiment:
    settings = {**TINY, "seed": seed, "training.learning_rate": rate}
    return find("stream").settle(settings)


@cache
def start(seed: int, rate: float) -> TrainState:
    return compiled().start(experiment(seed, rate))


def member(seed: int, rate: float = 0.01, **settings: Any) -> Member:
    return Member(
        compiled().trainer,
        copy(start(seed, rate)),
        stream(seed, "data"),
        **{"epochs": EPOCHS, "epochs_per_call": 5, **settings},
    )


@cache
def alone(seed: int, rate: float = 0.01, epochs: int = EPOCHS) -> TrainState:
    made = member(seed, rate)
    return compiled().trainer.run(made.values, made.key, epochs=epochs)


def assert_alike(fleet: Fleet, values: TrainState | None, expected: TrainState) -> None:
    assert values is not None
    found, wanted = jax.tree.leaves(values), jax.tree.leaves(expected)
    for one, other in zip(found, wanted, strict=True):
        if isinstance(fleet, ThreadedFleet):
            np.testing.assert_array_equal(one, other)
        else:
            # Another order of summation moves the last bits; thirty updates spread them a little.
            np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-5)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each program that was asked for has, in order."""
    asked: list[int] = []
    compile_many = Trainer.compile_many

    def noted(self: Trainer, values: TrainState, keys: jax.Array, first: np.ndarray) -> Program:
        asked.append(len(first))
        return compile_many(self, values, keys, first)

    monkeypatch.setattr(Trainer, "compile_many", noted)
    return asked


def until(epoch: int) -> Callable[[Progress], bool]:
    return lambda progress: progress.epoch >= epoch


@fleets
def test_a_run_is_the_same_alone_and_among_others(fleet):
    ladder = [(0, 0.01), (1, 0.01), (2, 0.1), (2, 0.001), (3, 0.01)]
    found = {ended.index: ended for ended in fleet.run([member(*each) for each in ladder])}
    assert sorted(found) == [0, 1, 2, 3, 4]
    for index, (seed, rate) in enumerate(ladder):
        assert_alike(fleet, found[index].result(), alone(seed, rate))
    # The comparison can fail: these two share their seed, not their rate.
    with pytest.raises(AssertionError):
        assert_alike(fleet, found[2].values, alone(2, 0.001))


@pytest.mark.slow
@fleets
def test_one_that_stops_early_leaves_the_others_as_they_are(fleet):
    stops = [30, 5, 15, 10, 30]
    members = [member(seed, on_progress=until(stop)) for seed, stop in enumerate(stops)]
    found = {ended.index: ended.values for ended in fleet.run(members)}
    for seed, stop in enumerate(stops):
        assert_alike(fleet, found[seed], alone(seed, epochs=stop))


@fleets
def test_reports_are_those_of_a_single_run(fleet):
    seen: dict[int, list[Any]] = {0: [], 1: [], 2: []}

    def note(seed: int) -> Callable[[Progress], None]:
        def on_progress(progress: Progress) -> None:
            values = [np.array(leaf) for leaf in jax.tree.leaves(progress.values)]
            seen[seed].append((progress.epoch, dict(progress.logs), values))

        return on_progress

    list(fleet.run([member(seed, on_progress=note(seed)) for seed in seen]))
    for seed, reports in seen.items():
        assert [epoch for epoch, _, _ in reports] == [5, 10, 15, 20, 25, 30]
        single: list[Progress] = []
        made = member(seed)
        compiled().trainer.run(
            made.values, made.key, epochs=EPOCHS, epochs_per_call=5, on_progress=single.append
        )
        for (_, logs, _), expected in zip(reports, single, strict=True):
            assert logs.keys() == expected.logs.keys()
            for name, log in logs.items():
                assert log.shape == (5,)
                np.testing.assert_allclose(log, expected.logs[name], rtol=1e-3, atol=1e-4)
        last = jax.tree.unflatten(jax.tree.structure(start(0, 0.01)), reports[-1][2])
        assert_alike(fleet, last, alone(seed))


@fleets
def test_an_error_in_one_ends_that_one_alone(fleet):
    def fail(progress: Progress) -> None:
        raise RuntimeError("the disk is full")

    members = [member(0), member(1, on_progress=fail), member(2)]
    found = {ended.index: ended for ended in fleet.run(members)}
    assert_alike(fleet, found[0].values, alone(0))
    assert_alike(fleet, found[2].values, alone(2))
    assert found[1].values is None
    with pytest.raises(RuntimeError, match="the disk is full"):
        found[1].result()


@pytest.mark.slow
@fleets
def test_runs_go_on_from_different_epochs(fleet):
    members = [
        Member(
            compiled().trainer,
            copy(alone(seed, epochs=first)) if first else copy(start(seed, 0.01)),
            stream(seed, "data"),
            epochs=EPOCHS,
            first_epoch=first,
        )
        for seed, first in enumerate([0, 10, 30, 5])
    ]
    found = {ended.index: ended.values for ended in fleet.run(members)}
    for seed in range(4):
        assert_alike(fleet, found[seed], alone(seed))


@fleets
def test_validation_judges_each_run_on_its_own_sequences(fleet):
    answers: dict[int, list[Any]] = {0: [], 1: [], 2: []}

    def member_with(seed: int) -> Member:
        return member(
            seed,
            epochs=10,
            validation=Validation(compiled().evaluator, stream(seed, "validation")),
            on_progress=lambda progress: answers[seed].append(progress.answers),
        )

    list(fleet.run([member_with(seed) for seed in answers]))
    for seed, found in answers.items():
        expected = compiled().judge(alone(seed, epochs=10), seed, "validation")
        assert len(found) == 2
        np.testing.assert_array_equal(found[-1].values, expected.values)
        np.testing.assert_array_equal(found[-1].expected, expected.expected)
        np.testing.assert_allclose(found[-1].loss, expected.loss, rtol=1e-4)


@fleets
def test_judging_many_is_judging_each(fleet):
    seeds = [3, 4, 5]
    values = [alone(seed) for seed in seeds]
    keys = [stream(seed, "evaluation") for seed in seeds]
    found = fleet.judge(compiled().evaluator, values, keys)
    for seed, answers in zip(seeds, found, strict=True):
        expected = compiled().judge(alone(seed), seed)
        np.testing.assert_array_equal(answers.values, expected.values)
        assert np.mean(answers.predicted == expected.predicted) > 0.99
        np.testing.assert_allclose(answers.loss, expected.loss, rtol=1e-3)
    assert fleet.judge(compiled().evaluator, [], []) == []


@fleets
def test_a_consumer_that_goes_away_ends_the_training(fleet):
    reports: list[int] = []

    def note(progress: Progress) -> None:
        reports.append(progress.epoch)

    endless = 10_000_000
    members = [member(0, epochs=5), member(1, epochs=endless, on_progress=note), member(2)]
    running = fleet.run(members)
    # Which of the short runs ends first is the threads' own affair.
    assert next(running).index != 1
    running.close()
    assert len(reports) < endless // 5
    names = [thread.name for thread in threading.enumerate()]
    assert not any(name.startswith("echospan-run") for name in names)


@fleets
def test_no_members_no_work(fleet):
    assert list(fleet.run([])) == []


def test_on_a_cpu_one_program_a_core_is_best():
    assert isinstance(best_fleet(), ThreadedFleet)


@pytest.mark.slow
def test_no_more_rows_at_once_than_asked(rows):
    fleet = VectorisedFleet(rows=2)
    found = {ended.index: ended.values for ended in fleet.run([member(seed) for seed in range(3)])}
    for seed in range(3):
        assert_alike(fleet, found[seed], alone(seed))
    assert max(rows) == 2


def test_fewer_rows_as_runs_end(rows):
    members = [
        member(seed, epochs=20, epochs_per_call=2, on_progress=until(stop))
        for seed, stop in enumerate([2, 4, 20, 2, 6])
    ]
    order = [ended.index for ended in VectorisedFleet().run(members)]
    assert order == [0, 3, 1, 4, 2]
    # Five runs fill eight rows; three left move into four, two into two, one into one.
    assert rows == [8, 4, 2, *[1] * 7]
