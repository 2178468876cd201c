"""The seed decides everything, and nothing else does."""

from __future__ import annotations

import pytest

from echospan.engine import compiled_experiment
from echospan.engine.trainer import Trainer
from echospan.recipe import find
from echospan.runner import Session, run_recipe
from echospan.store import Store
from runner.helpers import TINY, assert_same, stored

SETTINGS = {**TINY, "training.epochs": 40}


@pytest.fixture
def compiled(monkeypatch):
    """Each training program that is really compiled, by its shape."""
    found = []
    real = Trainer.compile

    def compile(self, values, stop=None):
        before = self.program
        real(self, values, stop)
        if self.program is not before:
            found.append(self)

    monkeypatch.setattr(Trainer, "compile", compile)
    # Another test of this process may have run the same shape.
    compiled_experiment._kept.experiments.clear()
    return found


def _of(store, results):
    return [stored(store.path, result["run_id"]) for result in results]


def test_seeds_that_share_a_program_are_as_alone(tmp_path, compiled):
    with Store(tmp_path / "together") as store:
        results = run_recipe(Session(store), find("stream"), SETTINGS, seeds=3)
        together = _of(store, results)
    assert len(compiled) == 1
    for seed, (weights, history) in enumerate(together):
        if seed == 1:
            continue
        with Store(tmp_path / f"alone-{seed}") as store:
            alone = run_recipe(Session(store), find("stream"), {**SETTINGS, "seed": seed})
            ((own_weights, own_history),) = _of(store, alone)
        assert_same(weights, own_weights)
        assert_same(history, own_history)
        for key in ("accuracy", "inputs", "predicted", "loss", "accuracy_by_position"):
            assert results[seed][key] == alone[0][key]
    # Another seed has other weights, other data, other new sequences.
    first, second = results[0], results[1]
    assert first["inputs"] != second["inputs"]
    assert first["loss"] != second["loss"]
    assert not (together[0][1]["loss"] == together[1][1]["loss"]).any()
    name = "trainable.000.kernel"
    assert (together[0][0][name] != together[1][0][name]).mean() > 0.9


@pytest.mark.slow
def test_another_learning_rate_or_number_of_epochs_compiles_nothing(store, compiled):
    session = Session(store)
    first, *others = (
        run_recipe(session, find("stream"), {**SETTINGS, **change})[0]
        for change in (
            {},
            {"seed": 7},
            {"training.learning_rate": 0.2},
            {"training.epochs": 60},
        )
    )
    assert len(compiled) == 1
    assert first["seconds"]["compile"] > 0
    assert all(result["seconds"]["compile"] == 0 for result in others)
    assert others[1]["loss"] != first["loss"]
    assert others[2]["epochs"] == 60
    # A setting that changes the program does compile another.
    run_recipe(session, find("stream"), {**SETTINGS, "model.units": 5})
    assert len(compiled) == 2


def test_a_learning_rate_is_used_though_the_program_was_compiled_for_another(tmp_path):
    fast = {**SETTINGS, "training.learning_rate": 0.2}
    with Store(tmp_path / "shared") as store:
        session = Session(store)
        run_recipe(session, find("stream"), SETTINGS)
        (shared,) = _of(store, run_recipe(session, find("stream"), fast))
    with Store(tmp_path / "own") as store:
        (own,) = _of(store, run_recipe(Session(store), find("stream"), fast))
    assert_same(shared[0], own[0])
    assert_same(shared[1], own[1])
