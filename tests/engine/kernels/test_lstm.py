"""The fused LSTM against Keras's own path, finite differences and a plain product."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras.src import backend

from echospan.engine.kernels import fused, mark_one_hot
from echospan.engine.kernels.lstm import gather_rows, lstm

SIZES = st.integers(1, 5)


def reference(projected, recurrent, h, c):
    """The equations, step by step, differentiated by JAX."""
    outputs = []
    for z in projected:
        i, f, g, o = jnp.split(z + h @ recurrent, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        outputs.append(h)
    return jnp.stack(outputs), c


def arguments(steps, batch, units, seed):
    draw = np.random.default_rng(seed)
    shapes = [(steps, batch, 4 * units), (units, 4 * units), (batch, units), (batch, units)]
    return [jnp.asarray(draw.normal(size=shape), "float64") for shape in shapes]


def loss(function, weights):
    """A scalar that depends on every output and on the last cell state."""

    def value(*args):
        outputs, cell = function(*args)
        return jnp.sum(weights[0] * outputs) + jnp.sum(weights[1] * cell)

    return value


@pytest.mark.parametrize(("steps", "batch", "units"), [(1, 1, 1), (4, 2, 3)])
def test_gradients_equal_those_of_the_differentiated_loop(steps, batch, units):
    check_gradients(steps, batch, units, 0)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(steps=SIZES, batch=SIZES, units=SIZES, seed=st.integers(0, 2**16))
def test_gradients_at_any_size(steps, batch, units, seed):
    check_gradients(steps, batch, units, seed)


def check_gradients(steps, batch, units, seed):
    with jax.enable_x64(True):
        args = arguments(steps, batch, units, seed)
        draw = np.random.default_rng(seed + 1)
        weights = draw.normal(size=(steps, batch, units)), draw.normal(size=(batch, units))
        for got, want in zip(lstm(*args), reference(*args), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
        every = (0, 1, 2, 3)
        got = jax.grad(loss(lstm, weights), every)(*args)
        want = jax.grad(loss(reference, weights), every)(*args)
        for one, other in zip(got, want, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_gradients_equal_finite_differences():
    with jax.enable_x64(True):
        args = arguments(4, 2, 3, 0)
        value = loss(lstm, (1.0, 0.5))
        gradients = jax.grad(value, (0, 1, 2, 3))(*args)
        draw = np.random.default_rng(1)
        for position, gradient in enumerate(gradients):
            direction = draw.normal(size=gradient.shape)
            moved = [list(args), list(args)]
            for sign, changed in zip((1, -1), moved, strict=True):
                changed[position] = args[position] + sign * 1e-6 * direction
            slope = (value(*moved[0]) - value(*moved[1])) / 2e-6
            assert float(jnp.sum(gradient * direction)) == pytest.approx(float(slope), rel=1e-7)


@given(
    symbols=st.lists(st.integers(0, 6), min_size=1, max_size=12),
    features=SIZES,
    seed=st.integers(0, 99),
)
@settings(max_examples=5, deadline=None)
def test_gathering_is_exactly_the_one_hot_product(symbols, features, seed):
    kernel = jnp.asarray(np.random.default_rng(seed).normal(size=(7, features)), "float32")
    one_hot = jax.nn.one_hot(jnp.asarray(symbols), 7)
    np.testing.assert_array_equal(gather_rows(kernel, jnp.asarray(symbols)), one_hot @ kernel)

    def through(product):
        return jax.grad(lambda kernel: jnp.sum(product(kernel) ** 2))(kernel)

    np.testing.assert_allclose(
        through(lambda k: gather_rows(k, jnp.asarray(symbols))),
        through(lambda k: one_hot @ k),
        rtol=1e-5,
        atol=1e-6,
    )


def calls(monkeypatch):
    """Counts how often Keras's layer finds the fused kernel and does not get a refusal."""
    from echospan.engine import kernels

    done = []
    original = kernels._lstm

    def counted(*args, **kwargs):
        result = original(*args, **kwargs)
        done.append(True)
        return result

    monkeypatch.setattr(kernels, "_lstm", counted)
    return done


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("use_bias", [False, True])
def test_a_keras_layer_gives_the_same_with_and_without(
    monkeypatch, return_sequences, go_backwards, use_bias
):
    done = calls(monkeypatch)
    layer = keras.layers.LSTM(
        4,
        return_sequences=return_sequences,
        go_backwards=go_backwards,
        use_bias=use_bias,
        return_state=True,
    )
    x = np.random.default_rng(0).normal(size=(3, 6, 5)).astype("float32")
    start = [np.full((3, 4), 0.3, "float32"), np.full((3, 4), -0.2, "float32")]
    want = layer(x, initial_state=start)
    assert not done
    with fused():
        got = layer(x, initial_state=start)
    assert done
    for one, other in zip(got, want, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    "settings_",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"recurrent_dropout": 0.3},
        {"dtype": "mixed_bfloat16"},
    ],
)
def test_what_the_kernel_does_not_cover_takes_kerass_path(monkeypatch, settings_):
    done = calls(monkeypatch)
    layer = keras.layers.LSTM(4, **settings_)
    x = np.random.default_rng(0).normal(size=(3, 6, 5)).astype("float32")
    want = layer(x)
    with fused():
        got = layer(x)
    assert not done
    np.testing.assert_array_equal(np.asarray(got, "float32"), np.asarray(want, "float32"))


def test_a_mask_takes_kerass_path(monkeypatch):
    done = calls(monkeypatch)
    x = np.random.default_rng(0).normal(size=(3, 6, 5)).astype("float32")
    mask = np.array([[True] * 6, [False, False] + [True] * 4, [True, False] * 3])
    layer = keras.layers.LSTM(4)
    want = layer(x, mask=mask)
    with fused():
        got = layer(x, mask=mask)
    assert not done
    np.testing.assert_array_equal(got, want)


def test_marked_one_hot_vectors_are_gathered_and_unmarked_ones_multiplied():
    layer = keras.layers.LSTM(4)
    symbols = jnp.asarray([[0, 3, 1], [2, 2, 4]])
    vectors = jax.nn.one_hot(symbols, 5)
    want = layer(vectors)

    def products(function, x):
        return str(jax.make_jaxpr(function)(x)).count("dot_general")

    def marked(symbols):
        with fused():
            return layer(mark_one_hot(jax.nn.one_hot(symbols, 5), symbols))

    def unmarked(symbols):
        with fused():
            return layer(jax.nn.one_hot(symbols, 5))

    np.testing.assert_allclose(marked(symbols), want, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(unmarked(symbols), want, rtol=1e-5, atol=1e-6)
    assert products(marked, symbols) == products(unmarked, symbols) - 1


def test_keras_is_left_as_it_was_after_an_error():
    before = backend.lstm

    def fail():
        with fused():
            assert backend.lstm is not before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert backend.lstm is before
