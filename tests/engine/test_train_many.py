"""The loop over a fleet: runs with their ends, errors of one run, one program for many sources."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from echospan.engine.fleet import Member, ThreadedFleet
from echospan.engine.source import Arrays
from echospan.engine.train_many import train_many, trainers_for
from echospan.engine.update import Batch
from echospan.engine.values import read
from echospan.random import stream

EPOCHS = 3


@pytest.fixture(scope="module")
def model():
    import keras

    inputs = keras.Input((4,))
    made = keras.Model(inputs, keras.layers.Dense(1)(inputs))
    made.compile("sgd", "mse")
    made._symbolic_build(data_batch=(np.zeros((2, 4), "f"), np.zeros((2, 1), "f")))
    return made


@pytest.fixture(scope="module")
def trainers(model):
    draws = np.random.default_rng(0)
    data = {
        seed: Batch(draws.normal(size=(8, 4)).astype("f"), draws.normal(size=(8, 1)).astype("f"))
        for seed in range(3)
    }
    return trainers_for(model, {seed: Arrays(own, 4, shuffle=True) for seed, own in data.items()})


def test_sources_of_one_shape_share_a_program(model, trainers):
    assert len({id(trainer.program) for trainer in trainers.values()}) == 1
    assert [trainer.compile_seconds > 0 for trainer in trainers.values()] == [True, False, False]
    more = trainers_for(model, {"new": trainers[0].source}, like=trainers.values())
    assert more["new"].program is trainers[0].program


def test_each_run_comes_with_its_own_end(model, trainers):
    def member(seed: int) -> Member:
        return Member(trainers[seed], read(model), stream(seed, "data"), epochs=EPOCHS)

    ends = dict(train_many(trainers, member, ThreadedFleet(workers=2)))
    assert sorted(ends) == [0, 1, 2]
    for seed, finished in ends.items():
        alone = trainers[seed].run(read(model), stream(seed, "data"), epochs=EPOCHS)
        for one, other in zip(
            jax.tree.leaves(finished.result()), jax.tree.leaves(alone), strict=True
        ):
            np.testing.assert_array_equal(one, other)
        assert finished.index == seed
    first, second = (ends[seed].result().trainable[0] for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_a_run_without_a_member_costs_no_other(model, trainers):
    def member(seed: int) -> Member:
        if seed == 1:
            raise OSError("no space left")
        return Member(trainers[seed], read(model), stream(seed, "data"), epochs=EPOCHS)

    ends = list(train_many(trainers, member, ThreadedFleet(workers=1)))
    assert [run for run, _ in ends] == [0, 2, 1]
    assert [finished.index for _, finished in ends] == [0, 2, 1]
    assert [finished.error is None for _, finished in ends] == [True, True, False]
    with pytest.raises(OSError, match="no space left"):
        ends[-1][1].result()


def test_a_loop_that_is_left_makes_no_more_runs(model, trainers):
    made = []

    def member(seed: int) -> Member:
        made.append(seed)
        return Member(trainers[seed], read(model), stream(seed, "data"), epochs=EPOCHS)

    trained = train_many(trainers, member, ThreadedFleet(workers=1))
    assert next(trained)[0] == 0
    trained.close()
    assert made == [0]
