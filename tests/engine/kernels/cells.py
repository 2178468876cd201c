"""The cells step by step, as plainly as their equations are written, and arguments for them."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

sigmoid = jax.nn.sigmoid


def lstm(x, weights, state):
    (recurrent,), (h, c) = weights, state
    i, f, g, o = jnp.split(x + h @ recurrent, 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
    return sigmoid(o) * jnp.tanh(c), c


def gru(x, weights, state):
    (recurrent, bias), (h,) = weights, state
    (x_z, x_r, x_g), (h_z, h_r, h_g) = jnp.split(x, 3, -1), jnp.split(h @ recurrent, 3, -1)
    z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
    return (z * h + (1 - z) * jnp.tanh(x_g + r * (h_g + bias)),)


def gru_reset_before(x, weights, state):
    (recurrent,), (h,) = weights, state
    (x_z, x_r, x_g), (w_z, w_r, w_g) = jnp.split(x, 3, -1), jnp.split(recurrent, 3, -1)
    z, r = sigmoid(x_z + h @ w_z), sigmoid(x_r + h @ w_r)
    return (z * h + (1 - z) * jnp.tanh(x_g + (r * h) @ w_g),)


def simple_rnn(x, weights, state):
    (recurrent,), (h,) = weights, state
    return (jnp.tanh(x + h @ recurrent),)


STEPS = {
    "lstm": lstm,
    "gru": gru,
    "gru-reset-before": gru_reset_before,
    "simple-rnn": simple_rnn,
}
GATES = {"lstm": 4, "gru": 3, "gru-reset-before": 3, "simple-rnn": 1}


def reference(cell, projected, weights, state, mask):
    """All outputs and the last state, by a Python loop; to be differentiated by JAX."""
    outputs = []
    for step, x in enumerate(projected):
        new = STEPS[cell](x, weights, state)
        if mask is not None:
            new = tuple(
                jnp.where(mask[step][:, None], one, old)
                for one, old in zip(new, state, strict=True)
            )
        state = new
        outputs.append(state[0])
    return jnp.stack(outputs), state


def arguments(cell, steps, batch, units, seed=0):
    """Projected inputs, weights and state, in float64 if that is on."""
    draw = np.random.default_rng(seed)

    def numbers(*shape):
        return jnp.asarray(draw.normal(size=shape), float)

    weights = (numbers(units, GATES[cell] * units),)
    if cell == "gru":
        weights = (*weights, numbers(units))
    state = tuple(numbers(batch, units) for _ in range(2 if cell == "lstm" else 1))
    return numbers(steps, batch, GATES[cell] * units), weights, state


def some_mask(steps, batch, seed=0):
    """Any pattern, with one row that is masked whole if there are several."""
    mask = np.random.default_rng(seed).random((steps, batch)) < 0.6
    if batch > 1:
        mask[:, -1] = False
    return jnp.asarray(mask)
