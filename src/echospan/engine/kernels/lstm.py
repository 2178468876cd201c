"""LSTM in pure JAX.

Gate order and equations are Keras's (Hochreiter and Schmidhuber 1997; forget gate of Gers et al.
2000): i, f, g, o. Weights: the recurrent kernel (units, 4 units). State: (h, c).

The backward loop carries only the gradient of the state. Everything that does not depend on it is
worked out for all steps at once before it, the weights' gradients as single products after it.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from echospan.engine.kernels.loops import chosen, infer, shifted, weight_gradient
from echospan.engine.kernels.recurrence import Arrays, Implementation


def forward(
    projected: jax.Array, weights: Arrays, state: Arrays, mask: jax.Array | None
) -> tuple[jax.Array, Arrays, Any]:
    """As `recurrence.Implementation` says."""
    (recurrent,) = weights

    def step(state: Any, now: Any) -> Any:
        h, c = state
        z, counts = now
        i, f, g, o = jnp.split(z + h @ recurrent, 4, axis=-1)
        i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
        cell = f * c + i * g
        h, c = chosen(counts, o * jnp.tanh(cell), h), chosen(counts, cell, c)
        return (h, c), (h, c, jnp.concatenate([i, f, g, o], axis=-1))

    last, (outputs, cells, gates) = jax.lax.scan(step, state, (projected, mask))
    return outputs, last, (weights, state, mask, outputs, cells, gates)


def backward(residuals: Any, d_outputs: Any, d_last: Arrays) -> tuple[jax.Array, Arrays, Arrays]:
    """As `recurrence.Implementation` says."""
    (recurrent,), (h0, c0), mask, outputs, cells, gates = residuals
    # With all gates at zero, every slope of a masked step is zero.
    i, f, g, o = jnp.split(chosen(mask, gates, jnp.zeros_like(gates)), 4, axis=-1)
    squashed = jnp.tanh(cells)
    to_cell = o * (1 - squashed * squashed)
    to_ifg = jnp.concatenate(
        [g * i * (1 - i), shifted(c0, cells) * f * (1 - f), i * (1 - g * g)], axis=-1
    )
    to_o = squashed * o * (1 - o)
    kept = chosen(mask, f, jnp.ones_like(f))
    transposed = recurrent.T

    def step(state: Any, now: Any) -> Any:
        dh, dc = state
        d_output, counts, to_cell, to_ifg, to_o, kept = now
        if d_output is not None:
            dh = dh + d_output
        dc = dc + dh * to_cell
        dz = jnp.concatenate([jnp.tile(dc, 3) * to_ifg, dh * to_o], axis=-1)
        past = dz @ transposed
        if counts is not None:
            past = past + jnp.where(counts[:, None], 0, dh)
        return (past, dc * kept), dz

    d_state, dz = jax.lax.scan(
        step, d_last, (d_outputs, mask, to_cell, to_ifg, to_o, kept), reverse=True
    )
    return dz, (weight_gradient(shifted(h0, outputs), dz),), d_state


PURE_JAX = Implementation(infer(forward), forward, backward)
