"""Many sequences in one call, each row for itself."""

from __future__ import annotations

import numpy as np
import pytest

from echospan.engine.batched_step import SIZES, BatchedStep
from echospan.models import GRU, Init, LastValue, Model, Signature, Transformer
from echospan.models.baselines import Chance


def program(model: Model, timesteps=1, carries=True, outputs="every"):
    from echospan.engine.values import read

    signature = Signature(symbols=4, timesteps=timesteps, outputs=outputs, batch_size=1)
    built = model.build(signature, Init(0))
    return BatchedStep(
        built, read(built), model.input_for(signature), model.readout_for(signature), 4,
        timesteps=timesteps, carries=carries,
    )  # fmt: skip


@pytest.mark.parametrize(
    "model",
    [GRU(units=5), pytest.param(Transformer(units=8), marks=pytest.mark.slow)],
    ids=lambda model: model.kind,
)
def test_a_row_does_not_depend_on_the_others_or_on_their_number(model):
    step = program(model)
    generator = np.random.default_rng(0)
    states = [generator.normal(size=(40, *part.shape)).astype(part.dtype) for part in step.zero]
    inputs = generator.integers(-1, 4, (40, 1)).astype("int32")
    predicted, share, after = step(inputs, states)
    order = generator.permutation(40)
    again = step(inputs[order], [state[order] for state in states])
    np.testing.assert_array_equal(again[0], predicted[order])
    for rows in (1, 3):
        few = step(inputs[:rows], [state[:rows] for state in states])
        np.testing.assert_array_equal(few[0], predicted[:rows])
        np.testing.assert_allclose(few[1], share[:rows], atol=1e-6)
        for one, other in zip(few[2], after, strict=True):
            np.testing.assert_allclose(one, other[:rows], atol=1e-5)
    assert set(step._programs) <= set(SIZES)


def test_a_window_begins_from_zero_each_time():
    step = program(GRU(units=4, stateful=True), timesteps=3, carries=False, outputs="last")
    assert step.zero == []
    window = np.array([[1, 2, 3]], "int32")
    first, again = step(window, []), step(window, [])
    np.testing.assert_array_equal(first[1], again[1])
    assert first[2] == []


def test_a_model_without_a_state_and_one_that_draws():
    step = program(LastValue())
    predicted, _, after = step(np.array([[2], [0]], "int32"), step.zero)
    assert (predicted.ravel().tolist(), after) == ([2, 0], [])
    draws = program(Chance())
    inputs = np.zeros((100, 1), "int32")
    one, other = draws(inputs, [])[0], draws(inputs, [])[0]
    assert (one != other).any()
