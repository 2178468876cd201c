"""An epoch in pieces is the epoch as a whole, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest

from echospan.engine import trainer as trainers
from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.evaluate import evaluate
from echospan.engine.fleet import Member, VectorisedFleet
from echospan.engine.predict import predict
from echospan.engine.source import Arrays
from echospan.engine.trainer import Progress, Trainer
from echospan.engine.update import Batch
from echospan.engine.values import TrainState, copy, read
from echospan.random import stream
from echospan.recipe import find

SMALL = {"model.units": 6, "task.length": 10, "training.sequences": 3, "training.batch_size": 5}
FOUR = {"training.sequences": 12, "training.batch_size": 4}
CUT = {
    "stateful": ("window", {"training.reset_state": "epoch"}),
    "windows": ("stateless", {}),
    "sequences": ("stream", FOUR),
    "shuffled": ("stream", {**FOUR, "training.shuffle": True}),
    "never reset": ("window", {"training.reset_state": "never"}),
    "numbers": ("regression", FOUR),
}


@cache
def compiled(case: str) -> CompiledExperiment:
    recipe, settings = CUT[case]
    settings = {**SMALL, "model.stateful": recipe == "window", **settings}
    return CompiledExperiment(find(recipe).settle(settings))


def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainers, "LONG_EPOCH", 1e9)


def pieces(monkeypatch: pytest.MonkeyPatch, each: int = 1) -> None:
    """Every epoch in calls of so many updates."""
    monkeypatch.setattr(trainers, "LONG_EPOCH", 0.0)
    monkeypatch.setattr(trainers, "SHORT_EPOCH", 0.0)
    monkeypatch.setattr("echospan.engine.pieces.SECONDS", 0.0)
    monkeypatch.setattr("echospan.engine.pieces.GROWTH", each)


def trained(
    made: Callable[[], Trainer], values: TrainState, epochs: int = 3, **settings: Any
) -> tuple[TrainState, list[Progress]]:
    seen: list[Progress] = []
    after = made().run(
        copy(values), stream(0, "data"), epochs=epochs, on_progress=seen.append, **settings
    )
    return after, seen


def assert_equal(first: Any, second: Any) -> None:
    one, other = jax.tree.leaves(first), jax.tree.leaves(second)
    assert len(one) == len(other) > 0
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


def logs(seen: list[Progress]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([each.logs[name] for each in seen]) for name in seen[0].logs}


@pytest.mark.parametrize(
    "case",
    ["stateful", *(pytest.param(case, marks=pytest.mark.slow) for case in list(CUT)[1:])],
)
def test_in_pieces_is_whole(case, monkeypatch):
    made = compiled(case)

    def new() -> Trainer:
        return Trainer(made.model, made.trainer.source, made.trainer.reset_state)

    values = made.start(made.experiment)
    whole(monkeypatch)
    expected, reported = trained(new, values)
    pieces(monkeypatch)
    pauses: list[tuple[int, int]] = []

    def paused(progress: Progress) -> None:
        pauses.append((progress.epoch, progress.update))

    found, seen = trained(new, values, on_pause=paused)
    assert_equal(found, expected)
    assert_equal(logs(seen), logs(reported))
    updates = made.updates_per_epoch
    assert updates > 1
    assert pauses == [(epoch, update) for epoch in range(3) for update in range(1, updates)]
    # The comparison can fail.
    with pytest.raises(AssertionError):
        assert_equal(found, trained(new, values, epochs=2)[0])


def test_a_run_stopped_inside_an_epoch_goes_on_there(monkeypatch):
    made = compiled("stateful")

    def new() -> Trainer:
        return Trainer(made.model, made.trainer.source, made.trainer.reset_state)

    values = made.start(made.experiment)
    pieces(monkeypatch)
    expected, reported = trained(new, values)
    held: list[TrainState] = []

    def stop_at(progress: Progress) -> bool:
        held.append(copy(progress.values))
        return (progress.epoch, progress.update) == (1, 2)

    stopped, before = trained(new, values, on_pause=stop_at)
    assert_equal(stopped, held[-1])
    assert [each.epoch for each in before] == [1]
    after, rest = trained(new, stopped, first_epoch=1, first_update=2)
    assert_equal(after, expected)
    assert_equal(logs([*before, *rest]), logs(reported))


def test_reports_come_at_multiples_whatever_the_pieces(monkeypatch):
    made = compiled("stateful")
    values = made.start(made.experiment)

    def new() -> Trainer:
        return Trainer(made.model, made.trainer.source, made.trainer.reset_state)

    whole(monkeypatch)
    expected, reported = trained(new, values, epochs=5, epochs_per_call=2)
    pieces(monkeypatch)
    found, seen = trained(new, values, epochs=5, epochs_per_call=2)
    assert_equal(found, expected)
    assert [each.epoch for each in seen] == [each.epoch for each in reported] == [2, 4, 5]
    for one, other in zip(seen, reported, strict=True):
        assert_equal(one.logs, other.logs)


@pytest.mark.slow
@pytest.mark.parametrize("shuffle", [False, True])
def test_samples_left_over_come_last(shuffle, monkeypatch):
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.LSTM(3), keras.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(11, 5, 2)).astype("float32")
    model.train_on_batch(x[:3], x[:3, 0, :1])
    source = Arrays(Batch(x, x[:, 0, :1]), 3, shuffle)
    whole(monkeypatch)
    expected, reported = trained(lambda: Trainer(model, source), read(model))
    pieces(monkeypatch)
    found, seen = trained(lambda: Trainer(model, source), read(model))
    assert_equal(found, expected)
    assert_equal(logs(seen), logs(reported))


@pytest.mark.slow
def test_many_side_by_side_in_pieces_are_each_alone(monkeypatch):
    made = compiled("stateful")
    values = made.start(made.experiment)
    whole(monkeypatch)
    alone = [
        Trainer(made.model, made.trainer.source).run(copy(values), stream(seed, "data"), epochs=3)
        for seed in range(3)
    ]
    monkeypatch.setattr(trainers, "LONG_EPOCH", -1.0)
    monkeypatch.setattr("echospan.engine.pieces.SECONDS", 0.0)
    stopping = [False]

    def members(starts: list[Member]) -> list[Member]:
        trainer = Trainer(made.model, made.trainer.source)
        return [replace(each, trainer=trainer) for each in starts]

    paused: dict[int, Progress] = {}

    def pause(seed: int) -> Callable[[Progress], bool]:
        def on_pause(progress: Progress) -> bool:
            kept = copy(progress.values)
            paused[seed] = replace(progress, take=lambda: kept)
            return stopping[0]

        return on_pause

    starts = [
        Member(
            made.trainer,
            copy(values),
            stream(seed, "data"),
            epochs=3,
            on_progress=lambda progress: stopping.__setitem__(0, True),
            on_pause=pause(seed),
        )
        for seed in range(3)
    ]
    list(VectorisedFleet().run(members(starts)))
    assert {(each.epoch, each.update) for each in paused.values()} == {(1, 1)}
    again = [
        replace(
            member,
            values=paused[seed].values,
            first_epoch=1,
            first_update=1,
            on_pause=lambda progress: False,
        )
        for seed, member in enumerate(starts)
    ]
    for ended in VectorisedFleet().run(members(again)):
        for one, other in zip(
            jax.tree.leaves(ended.result()), jax.tree.leaves(alone[ended.index]), strict=True
        ):
            np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("stateful", [False, True])
def test_predictions_and_scores_in_pieces_are_whole(stateful, monkeypatch):
    import keras

    rows, samples = 4, 24 if stateful else 27
    model = keras.Sequential(
        [
            keras.Input(batch_shape=(rows, 5, 2)) if stateful else keras.Input((5, 2)),
            keras.layers.LSTM(3, stateful=stateful),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(samples, 5, 2)).astype("float32")
    wanted = predict(model, x, batch_size=rows), evaluate(model, x, x[:, 0, :1], batch_size=rows)
    for module in ("predict", "scorer"):
        monkeypatch.setattr(f"echospan.engine.{module}.batches_at_once", lambda *given: 2)
    found = predict(model, x, batch_size=rows), evaluate(model, x, x[:, 0, :1], batch_size=rows)
    np.testing.assert_array_equal(found[0], wanted[0])
    assert found[1] == wanted[1]
