"""LSTM in pure JAX.

Gate order and equations are Keras's (Hochreiter and Schmidhuber 1997; forget gate of Gers et al.
2000): i, f, g, o. Weights: the recurrent kernel (units, 4 units). State: (h, c).

On a CPU a step costs more in starting its parts than in computing them, so both loops are cut down
to as few as possible. All four gates are one tanh, by sigmoid(x) = (1 + tanh(x / 2)) / 2. The
backward loop carries the gradients of h and c with all that reaches them, so that a step is one
product and two sums. What does not depend on the loop is worked out for all steps at once.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from echospan.engine.kernels.loops import chosen, infer, shifted, weight_gradient, with_outputs
from echospan.engine.kernels.recurrence import Arrays, Implementation


def forward(
    projected: jax.Array, weights: Arrays, state: Arrays, mask: jax.Array | None
) -> tuple[jax.Array, Arrays, Any]:
    """As `recurrence.Implementation` says."""
    (recurrent,) = weights
    scale = _per_gate(0.5, 1.0, recurrent)
    projected, recurrent = projected * scale, recurrent * scale

    def step(state: Any, now: Any) -> Any:
        h, c = state
        x, counts = now
        gates = jnp.tanh(x + h @ recurrent)
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        cell = _open(f) * c + _open(i) * g
        h, c = chosen(counts, _open(o) * jnp.tanh(cell), h), chosen(counts, cell, c)
        return (h, c), (gates, c, None if counts is None else h)

    last, (gates, cells, outputs) = jax.lax.scan(step, state, (projected, mask))
    if outputs is None:
        outputs = _open(jnp.split(gates, 4, axis=-1)[3]) * jnp.tanh(cells)
    return outputs, last, (weights, state, mask, outputs, cells, gates)


def backward(residuals: Any, d_outputs: Any, d_last: Arrays) -> tuple[jax.Array, Arrays, Arrays]:
    """As `recurrence.Implementation` says."""
    (recurrent,), (h0, c0), mask, outputs, cells, gates = residuals
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    squashed = jnp.tanh(cells)
    # The derivative of (1 + tanh(x / 2)) / 2 is (1 - tanh²(x / 2)) / 4.
    slopes = (1 - gates * gates) * jnp.concatenate(
        [g / 4, shifted(c0, cells) / 4, _open(i), squashed / 4], axis=-1
    )
    slopes = chosen(mask, slopes, jnp.zeros_like(slopes))
    to_cell = _open(o) * (1 - squashed * squashed)
    to_cell = chosen(mask, to_cell, jnp.zeros_like(to_cell))
    kept = chosen(mask, _open(f), jnp.ones_like(f))
    transposed = recurrent.T

    def step(state: Any, now: Any) -> Any:
        dh, dc = state
        slopes, kept, counts, d_output, to_cell = now
        dz = jnp.concatenate([dc, dc, dc, dh], axis=-1) * slopes
        past = dz @ transposed
        if counts is not None:
            past = past + jnp.where(counts[:, None], 0, dh)
        if d_output is not None:
            past = past + d_output
        return (past, dc * kept + past * to_cell), dz

    dh, before = with_outputs(d_last[0], d_outputs)
    start = dh, d_last[1] + dh * to_cell[-1]
    steps = slopes, kept, mask, before, shifted(jnp.zeros_like(c0), to_cell)
    d_state, dz = jax.lax.scan(step, start, steps, reverse=True)
    return dz, (weight_gradient(shifted(h0, outputs), dz),), d_state


def _open(gate: jax.Array) -> jax.Array:
    """How far a gate is open, from tanh(x / 2) to sigmoid(x)."""
    return 0.5 * gate + 0.5


def _per_gate(sigmoid: float, tanh: float, like: jax.Array) -> jax.Array:
    """One factor for the gates i, f and o and one for g, (4 units,)."""
    factors = jnp.asarray([sigmoid, sigmoid, tanh, sigmoid], like.dtype)
    return jnp.repeat(factors, like.shape[0])


PURE_JAX = Implementation(infer(forward), forward, backward)
