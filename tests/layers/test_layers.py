"""Every layer of the zoo keeps the streaming contract, from any start and for any chunks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.layers import (
    LMU,
    LRU,
    S4D,
    CausalAttention,
    CausalConv,
    IndRNN,
    MinGRU,
    MinLSTM,
    Reservoir,
    SelectiveSSM,
    SinusoidalPositions,
    Taps,
)

keras = keras_on_jax()

FEATURES = 4
LAYERS = {
    "taps": lambda: Taps(3),
    "conv": lambda: CausalConv(5, 3, 2, seed=1),
    "conv-each": lambda: CausalConv(FEATURES, 3, each=True, seed=1),
    "ind-rnn": lambda: IndRNN(5, seed=1),
    "min-gru": lambda: MinGRU(5, seed=1),
    "min-lstm": lambda: MinLSTM(5, seed=1),
    "lru": lambda: LRU(5, seed=1),
    "s4d": lambda: S4D(6, shortest=0.1, longest=1.0, seed=1),
    "selective": lambda: SelectiveSSM(3, seed=1),
    "attention": lambda: CausalAttention(2, 3, seed=1),
    "attention-plain": lambda: CausalAttention(1, 9, "none", seed=1),
    "positions": lambda: SinusoidalPositions(),
    "lmu": lambda: LMU(5, 2, 4, 6.0, seed=1),
    "reservoir": lambda: Reservoir(6, seed=1),
    "es2n": lambda: Reservoir(6, "ring", mixing=0.3, activation="linear", seed=1),
}


def draw(steps=8):
    return np.random.default_rng(0).normal(size=(2, steps, FEATURES)).astype("float32")


@pytest.fixture(scope="module", params=list(LAYERS))
def layer(request):
    made = LAYERS[request.param]()
    made.build((None, None, FEATURES))
    return made


@pytest.mark.slow
def test_whole_chunks_and_steps_agree(layer):
    x = draw()
    whole = np.asarray(jax.jit(layer.call)(x))
    advance = jax.jit(layer.advance)
    state, parts = layer.get_initial_state(2), []
    for part in np.split(x, [1, 2, 7], axis=1):
        y, state = advance(part, state)
        parts.append(y)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-5, rtol=1e-4)


def test_shapes_and_types_are_as_promised(layer):
    x = draw()
    start = layer.get_initial_state(2)
    whole, after = jax.eval_shape(layer.advance, x, start)
    assert whole.shape == layer.compute_output_shape(x.shape)
    assert all(float(jnp.abs(part).max()) == 0 for part in start if part.size)
    assert [(s.shape, s.dtype) for s in start] == [(s.shape, s.dtype) for s in after]


def test_settings_survive_and_the_seed_makes_the_weights(layer):
    again = type(layer).from_config(layer.get_config())
    again.build((None, None, FEATURES))
    for one, other in zip(layer.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    if layer.weights:
        other = type(layer).from_config({**layer.get_config(), "seed": 2})
        other.build((None, None, FEATURES))
        changed = [
            np.any(np.asarray(a) != np.asarray(b))
            for a, b in zip(layer.weights, other.weights, strict=True)
        ]
        assert any(changed)
