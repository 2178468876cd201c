"""What each layer must compute, by hand, by its definition or by what its paper says of it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import eval_legendre

from echospan.backend import keras_on_jax
from echospan.layers import (
    LRU,
    S4D,
    CausalAttention,
    CausalConv,
    Reservoir,
    SinusoidalPositions,
    Taps,
)
from echospan.layers.lmu import legendre
from echospan.layers.recurrence import linear

keras = keras_on_jax()


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("parallel", [True, False])
def test_a_linear_recurrence_by_hand(parallel):
    decay = jnp.array([[[0.5], [2.0], [0.0]]])
    drive = jnp.array([[[1.0], [1.0], [4.0]], [[0.0], [3.0], [1.0]]])
    h = linear(decay, drive, jnp.array([[2.0], [4.0]]), parallel=parallel)
    assert h[..., 0].tolist() == [[2, 5, 4], [2, 7, 1]]


def test_taps_by_hand():
    x = jnp.array([[[1.0], [2.0], [3.0]]])
    assert Taps(2)(x).tolist() == [[[0, 1], [1, 2], [2, 3]]]


@pytest.mark.parametrize("dilation", [1, 3])
def test_a_causal_convolution_is_keras_own(dilation):
    mine = CausalConv(5, 2, dilation, seed=3)
    own = keras.layers.Conv1D(5, 2, padding="causal", dilation_rate=dilation)
    x = noise(2, 8, 4)
    mine.build(x.shape)
    own.build(x.shape)
    own.kernel.assign(mine.kernel)
    np.testing.assert_allclose(mine(x), own(x), atol=1e-5)


def test_attention_is_keras_own_where_it_sees_everything():
    mine = CausalAttention(2, 99, "none", seed=3)
    own = keras.layers.MultiHeadAttention(2, 3, use_bias=False)
    x = noise(2, 7, 6)
    mine.build(x.shape)
    own.build(x.shape, x.shape)
    enter = np.asarray(mine.enter).reshape(6, 3, 2, 3)
    for part, name in enumerate(("query", "key", "value")):
        getattr(own, f"_{name}_dense").kernel.assign(enter[:, part])
    own._output_dense.kernel.assign(np.asarray(mine.leave).reshape(2, 3, 6))
    np.testing.assert_allclose(mine(x), own(x, x, use_causal_mask=True), atol=1e-5)


@pytest.mark.slow
def test_rotary_positions_tell_distances_only():
    layer = CausalAttention(1, 3, seed=3)
    x = noise(1, 5, 4)
    layer.build(x.shape)
    late = np.concatenate([noise(1, 4, 4), x], axis=1)
    # From its third step on, the sequence fills the view: what stands before it cannot matter.
    np.testing.assert_allclose(layer(late)[:, 6:], layer(x)[:, 2:], atol=1e-5)
    swapped = x[:, [1, 0, 2, 3, 4]]
    assert np.abs(np.asarray(layer(x) - layer(swapped))[:, 2]).max() > 1e-3


def test_sinusoidal_positions_by_the_formula():
    (x,) = np.asarray(SinusoidalPositions()(np.zeros((1, 12, 4), "float32")))
    np.testing.assert_allclose(x[11], [np.sin(11), np.sin(0.11), np.cos(11), np.cos(0.11)], 1e-4)


def test_lru_by_its_recurrence():
    layer = LRU(3, seed=3)
    x = noise(1, 6, 2)
    layer.build(x.shape)
    nu, theta, gain, enter, leave, skip = (np.asarray(w, "float64") for w in layer.weights)
    assert layer.weights[3] is layer.enter
    poles = np.exp(-np.exp(nu) + 1j * np.exp(theta))
    assert (np.abs(poles) < 1).all()
    np.testing.assert_allclose(np.exp(gain), np.sqrt(1 - np.abs(poles) ** 2), rtol=1e-4)
    h, found = np.zeros(3, complex), []
    for value in x[0].astype("float64"):
        h = poles * h + np.exp(gain) * (value @ (enter[:, :3] + 1j * enter[:, 3:]))
        found.append((h @ (leave[:3] - 1j * leave[3:])).real + skip * value)
    np.testing.assert_allclose(layer(x)[0], found, atol=1e-5)


@pytest.mark.slow
def test_s4d_solves_its_differential_equation():
    """Against Euler's method with 2,000 small steps in each step of the input."""
    layer = S4D(2, shortest=0.5, longest=0.6, seed=3)
    x = noise(1, 5, 1)
    layer.build(x.shape)
    leave = np.asarray(layer.leave)[0, 0, 0]
    small = np.exp(np.asarray(layer.step))[0] / 2000
    h, found = 0.0, []
    for value in x[0, :, 0]:
        for _ in range(2000):
            # At the start the first oscillator has damping 1/2 and no frequency.
            h += small * (-0.5 * h + value)
        found.append(2 * leave * h + np.asarray(layer.skip)[0] * value)
    np.testing.assert_allclose(layer(x)[0, :, 0], found, rtol=1e-3, atol=1e-6)


def test_a_legendre_memory_holds_its_window():
    """Decoded with shifted Legendre polynomials it gives the signal of any delay up to theta."""
    order, theta, steps = 12, 40.0, 500
    keep, take = legendre(order, theta)
    signal = np.sin(2 * np.pi * np.arange(steps) / 200)
    memory = np.zeros(order)
    for value in signal:
        memory = keep @ memory + take * value
    for delay in (0, 10, 20, 40):
        decoder = eval_legendre(np.arange(order), 2 * delay / theta - 1)
        # The input is held for a step, so the memory lies half a step behind.
        expected = np.sin(2 * np.pi * (steps - 0.5 - delay) / 200)
        assert decoder @ memory == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("topology", ["random", "ring", "orthogonal"])
def test_a_reservoir_has_the_radius_it_was_given(topology):
    layer = Reservoir(20, topology, radius=0.8, seed=3)
    layer.build((None, None, 2))
    matrix = np.asarray(layer.recurrent)
    assert np.abs(np.linalg.eigvals(matrix)).max() == pytest.approx(0.8, rel=1e-3)
    if topology != "random":
        np.testing.assert_allclose(matrix @ matrix.T, 0.64 * np.eye(20), atol=1e-5)
    assert not layer.trainable_variables


def test_a_ring_hands_its_state_on():
    layer = Reservoir(4, "ring", radius=1.0, activation="linear", input_scaling=1.0, seed=3)
    x = np.zeros((1, 5, 1), "float32")
    x[0, 0] = 1.0
    first, *_, last = np.asarray(layer(x))[0]
    np.testing.assert_allclose(first, last, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.asarray(layer(x))[0, 1], np.roll(first, 1), rtol=1e-5, atol=1e-6)


def test_gradients_agree_between_parallel_and_in_order():
    decay, drive = jnp.asarray(noise(2, 9, 3)) * 0.5, jnp.asarray(noise(2, 9, 3))
    before = jnp.ones((2, 3))

    def loss(parallel):
        slopes = jax.grad(
            lambda d, x, h: jnp.sum(linear(d, x, h, parallel=parallel) ** 2), argnums=(0, 1, 2)
        )
        return jax.jit(slopes)(decay, drive, before)

    for one, other in zip(loss(True), loss(False), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
