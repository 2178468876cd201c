"""Whole, in chunks and step by step are one and the same; what cannot be is refused by name."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from echospan.backend import keras_on_jax
from echospan.engine.streaming import StreamingModel, state_size
from echospan.errors import ConfigError
from echospan.layers import Noise, Streaming

keras = keras_on_jax()


class Sum(Streaming):
    """The running sum of each feature: by hand, what every step must be."""

    def build_weights(self, features):
        pass

    def start(self, batch_size, features):
        return [jnp.zeros((batch_size, features))]

    def advance(self, x, state):
        y = jnp.cumsum(x, axis=1) + state[0][:, None]
        return y, [y[:, -1]]


def functional(*layers, rows=None):
    start = keras.Input(batch_shape=(rows, None, 3))
    x = start
    for layer in layers:
        x = layer(x)
    return keras.Model(start, x)


def draw(rows=2, steps=7):
    return np.random.default_rng(0).normal(size=(rows, steps, 3)).astype("float32")


def test_a_running_sum_by_hand():
    model = functional(Sum())
    x = draw()
    np.testing.assert_allclose(model(x), np.cumsum(x, axis=1), rtol=1e-5, atol=1e-6)
    streaming = StreamingModel(model)
    first, state = streaming(x[:, :3], streaming.initial(2))
    second, state = streaming(x[:, 3:], state)
    together = np.concatenate([first, second], axis=1)
    np.testing.assert_allclose(together, np.cumsum(x, axis=1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(state.carried[0], x.sum(axis=1), rtol=1e-5, atol=1e-6)
    assert streaming.state_size == 3


def test_a_stateful_streaming_layer_carries_as_keras_layers_do():
    layer = Sum(stateful=True)
    model = functional(layer, rows=2)
    x = draw()
    first, second = np.asarray(model(x)), np.asarray(model(x))
    np.testing.assert_allclose(second - first, np.broadcast_to(x.sum(1)[:, None], x.shape), 1e-4)
    assert not model.weights
    layer.reset_state()
    np.testing.assert_array_equal(model(x), first)


def test_a_stateful_layer_wants_a_batch_size():
    with pytest.raises(ValueError, match="needs a batch size"):
        functional(Sum(stateful=True))


def test_settings_survive_a_round_trip():
    layer = Sum(stateful=True, name="mine")
    again = Sum.from_config(layer.get_config())
    assert (again.stateful, again.name) == (True, "mine")


@pytest.fixture(scope="module")
def mixed():
    """Layers of every kind that can stream, Keras's own recurrent ones among them."""
    return functional(
        keras.layers.Dense(4),
        keras.layers.LSTM(5, return_sequences=True),
        keras.layers.LayerNormalization(),
        Sum(),
        keras.layers.TimeDistributed(keras.layers.Dense(4)),
        keras.layers.GRU(3, return_sequences=True),
        keras.layers.Dropout(0.5),
    )


@pytest.mark.slow
def test_chunks_of_uneven_length_agree(mixed):
    x = draw(steps=9)
    whole = np.asarray(mixed(x))
    streaming = StreamingModel(mixed)
    state, parts = streaming.initial(2), []
    for cut in (slice(0, 1), slice(1, 6), slice(6, 9)):
        part, state = streaming(x[:, cut], state)
        parts.append(part)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-5)
    assert streaming.state_size == 2 * 5 + 5 + 3 == state_size(mixed)


@pytest.mark.slow
def test_it_goes_through_scan_and_leaves_the_model_alone(mixed):
    x = draw(steps=6)
    whole = np.asarray(mixed(x))
    before = [np.asarray(v) for v in mixed.variables]
    streaming = StreamingModel(mixed)

    def step(state, now):
        y, state = streaming(now[:, None], state)
        return state, y[:, 0]

    _, outputs = jax.jit(lambda x: jax.lax.scan(step, streaming.initial(2), jnp.swapaxes(x, 0, 1)))(
        x
    )
    np.testing.assert_allclose(np.swapaxes(outputs, 0, 1), whole, atol=1e-5)
    assert not any(getattr(layer, "stateful", False) for layer in mixed._flatten_layers())
    for old, new in zip(before, mixed.variables, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
def test_it_goes_through_vmap_and_grad(mixed):
    streaming = StreamingModel(mixed)

    def last(x):
        return streaming(x, streaming.initial(2))[0][:, -1].sum()

    many = np.stack([draw(steps=3), 2 * draw(steps=3)])
    gradients = jax.vmap(jax.grad(last))(jnp.asarray(many))
    for x, gradient in zip(many, gradients, strict=True):
        np.testing.assert_allclose(jax.grad(last)(jnp.asarray(x)), gradient, atol=1e-5)


def test_other_values_than_the_models_own(mixed):
    from echospan.engine.values import read

    values = read(mixed)
    zeros = values._replace(trainable=[jnp.zeros_like(v) for v in values.trainable])
    streaming = StreamingModel(mixed)
    outputs, _ = streaming(draw(), streaming.initial(2), zeros)
    np.testing.assert_array_equal(outputs, 0)


def test_noise_goes_on_from_step_to_step():
    streaming = StreamingModel(functional(Noise(seed=1)))
    first, state = streaming(draw(), streaming.initial(2))
    second, _ = streaming(draw(), state)
    assert np.abs(np.asarray(first) - np.asarray(second)).min() > 0


class Backwards(keras.layers.Layer):
    def call(self, x):
        return x[:, ::-1]


class Pointwise(keras.layers.Layer):
    def call(self, x):
        return keras.ops.sin(x)


def attention():
    start = keras.Input((None, 3))
    return keras.Model(start, keras.layers.MultiHeadAttention(1, 2, name="mine")(start, start))


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        lambda: functional(keras.layers.Bidirectional(keras.layers.LSTM(2), name="mine")),
        lambda: functional(keras.layers.LSTM(2, go_backwards=True, name="mine")),
        lambda: functional(keras.layers.Conv1D(2, 3, padding="causal", name="mine")),
        lambda: functional(keras.layers.GlobalAveragePooling1D(name="mine")),
        lambda: functional(keras.layers.Softmax(axis=1, name="mine")),
        lambda: functional(Backwards(name="mine")),
        lambda: keras.Sequential([keras.Input((5, 3)), keras.layers.Flatten(name="mine")]),
        attention,
    ],
)
def test_what_needs_the_whole_sequence_is_refused_by_name(model):
    with pytest.raises(ConfigError, match=r"model must be made of layers that .*layer 'mine' \("):
        StreamingModel(model())


def test_layers_that_treat_each_step_alone_are_not():
    model = functional(
        keras.layers.Conv1D(2, 1), Pointwise(), keras.layers.BatchNormalization(), Sum()
    )
    x = draw(steps=1)
    streaming = StreamingModel(model)
    outputs, _ = streaming(x, streaming.initial(2))
    np.testing.assert_allclose(outputs, model(x), atol=1e-6)
