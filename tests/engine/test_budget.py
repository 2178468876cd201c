from __future__ import annotations

import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.engine.budget import size, with_parameters
from echospan.engine.streaming import state_size
from echospan.errors import ConfigError
from echospan.models import LSTM, MODELS, Signature
from echospan.models.init import Init

SIGNATURE = Signature(symbols=5, timesteps=6, outputs="every", target_steps=6, batch_size=2)
WITH_UNITS = [
    kind
    for kind, model in MODELS.items()
    if "units" in model.model_fields and kind != "encoder-decoder"
]


@pytest.mark.parametrize("kind", ["transformer", "esn", "delay-line", "chance"])
def test_counted_without_values_as_with_them(kind):
    model = MODELS[kind]()
    keras_on_jax()
    built = model.build(SIGNATURE, Init(0))
    trainable = sum(int(np.prod(v.shape)) for v in built.trainable_variables)
    assert size(model, SIGNATURE)[:3] == (
        trainable,
        built.count_params() - trainable,
        state_size(built),
    )


def test_an_absurd_model_is_counted_and_not_made():
    units = 100_000
    parameters = 4 * units * (units + 5 + 1) + 5 * (units + 1)
    assert size(LSTM(units=units, stateful=True), SIGNATURE)[:3] == (parameters, 0, 2 * units)


@pytest.mark.parametrize("kind", WITH_UNITS)
def test_the_width_nearest_to_a_budget(kind):
    """No other width comes nearer, and ten thousand is met within four percent."""
    model = with_parameters(MODELS[kind](), SIGNATURE, 10_000)
    found = size(model, SIGNATURE).parameters
    assert abs(found - 10_000) <= 400
    step = getattr(model, "granularity", 1)
    for units in (model.units - step, model.units + step):
        other = size(model.replace(units=units), SIGNATURE).parameters
        assert abs(other - 10_000) >= abs(found - 10_000)


@pytest.mark.parametrize(
    ("kind", "parameters", "match"),
    [
        ("delay-line", 10_000, "left out: a delay-line model has no width to choose"),
        ("lstm", 3, "that a lstm model can come near; with 1 units it has 38; got 3"),
        ("simple-rnn", 10**13, "can come near"),
    ],
)
def test_a_budget_that_cannot_be_met(kind, parameters, match):
    with pytest.raises(ConfigError, match=match):
        with_parameters(MODELS[kind](), SIGNATURE, parameters)
