"""Keras's dense layer inside `fused` is Keras's dense layer."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from echospan.engine.kernels import dense, fused, scores
from echospan.engine.kernels.marks import mark_places, places_of
from echospan.engine.kernels.native import library

compiled = pytest.mark.skipif(
    library.status().library is None, reason="the compiled kernels are not in use here"
)


@pytest.fixture
def products(monkeypatch):
    """The shapes that went into the compiled product."""
    seen, original = [], dense.native.dense

    def noting(x, kernel, bias):
        seen.append((x.shape, kernel.shape, bias is not None))
        return original(x, kernel, bias)

    monkeypatch.setattr(dense.native, "dense", noting)
    return seen


def values_and_gradients(layer, x):
    variables = [variable.value for variable in layer.trainable_variables]

    def scored(x, variables):
        with keras.StatelessScope(list(zip(layer.trainable_variables, variables, strict=True))):
            y = layer(x)
        return jnp.sum(jnp.cos(jnp.arange(y.size)).reshape(y.shape) * y), y

    return jax.jit(jax.value_and_grad(scored, (0, 1), has_aux=True))(x, variables)


@compiled
@pytest.mark.parametrize(
    ("shape", "settings", "adapted"),
    [
        ((4, 6), {"activation": "softmax"}, False),
        ((2, 3, 4, 6), {"use_bias": False, "activation": "relu"}, False),
        ((4, 6), {}, True),
    ],
    ids=["softmax", "four axes, no bias", "low-rank adapted"],
)
def test_values_and_gradients_are_kerass(products, shape, settings, adapted):
    keras.utils.set_random_seed(0)
    layer = keras.layers.Dense(5, **settings)
    layer.build(shape)
    if adapted:
        layer.enable_lora(2)
    x = jnp.asarray(np.random.default_rng(0).normal(size=shape), "float32")
    expected = values_and_gradients(layer, x)
    assert not products
    with fused():
        found = values_and_gradients(layer, x)
    assert set(products) == {((x.size // 6, 6), (6, 5), layer.use_bias)}
    for got, want in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", "mixed_bfloat16"])
def test_other_types_are_kerass(products, dtype):
    layer = keras.layers.Dense(5, dtype=dtype)
    x = np.ones((4, 6))
    with jax.enable_x64(dtype == "float64"):
        layer.build(x.shape)
        expected = layer(x)
        with fused():
            found = layer(x)
    assert not products
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(np.asarray(found, float), np.asarray(expected, float))


@compiled
@pytest.mark.parametrize(
    ("rows", "inputs", "outputs", "taken"),
    [(47, 1024, 1024, False), (48, 1024, 1024, True), (47, 1023, 1024, True)],
)
def test_a_large_kernel_for_few_rows_is_kerass(products, rows, inputs, outputs, taken):
    layer = keras.layers.Dense(outputs, kernel_initializer="zeros")
    x = jnp.zeros((rows, inputs), "float32")
    with fused():
        jax.eval_shape(layer, x)
    assert bool(products) is taken


@pytest.fixture
def network():
    keras.utils.set_random_seed(1)
    layers = [keras.layers.GRU(5, return_sequences=True), keras.layers.Dense(4)]
    network = keras.Sequential([keras.Input((7, 3)), *layers])
    network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return network


@pytest.mark.slow
@pytest.mark.parametrize("kernels", ["auto", "jax"])
def test_series_keep_their_order_in_memory_and_their_meaning(network, kernels, monkeypatch):
    """The readout takes (time, batch, ...) as the recurrent layer gives it; nobody sees that."""
    draw = np.random.default_rng(0)
    x = jnp.asarray(draw.normal(size=(6, 7, 3)), "float32")
    y = jnp.asarray(draw.integers(0, 4, (6, 7)))
    weight = jnp.asarray(draw.integers(0, 2, (6, 7)), "float32")
    variables = network.trainable_variables

    def scored(values):
        with keras.StatelessScope(list(zip(variables, values, strict=True))):
            outputs = network(x)
            loss = network.compute_loss(x, y, outputs, weight)
            right = keras.ops.argmax(outputs, axis=-1) == y
        return loss, (outputs, right)

    values = [variable.value for variable in variables]
    expected = jax.jit(jax.value_and_grad(scored, has_aux=True))(values)
    monkeypatch.setenv("ECHOSPAN_KERNELS", kernels)
    with fused():
        # Another function, or JAX would take the program that it has.
        found = jax.jit(jax.value_and_grad(lambda values: scored(values), has_aux=True))(values)
    for got, want in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=2e-6)


@compiled
def test_the_metric_takes_the_places_that_the_loss_found(monkeypatch):
    x = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), "float32")
    y = jnp.zeros(6, "int32")

    def right(x):
        keras.ops.sparse_categorical_crossentropy(y, x, from_logits=True)
        assert places_of(x) is not None
        return keras.ops.argmax(x, axis=-1), keras.ops.argmax(x, axis=1, keepdims=True)

    with fused():
        found, kept = jax.jit(right)(x)
    np.testing.assert_array_equal(found, np.argmax(x, axis=-1))
    np.testing.assert_array_equal(kept[:, 0], found)


def test_places_do_not_leave_the_trace_in_which_they_were_found():
    x = jnp.ones((6, 4))

    @jax.jit
    def outside(y):
        @jax.jit
        def inside(z):
            mark_places(x, z)
            assert places_of(x) is z
            return z

        inside(y)
        assert places_of(x) is None
        return scores.argmax(jnp.concatenate([x] * scores.MANY, axis=1), axis=-1)

    outside(jnp.arange(6))
    assert places_of(x) is None
