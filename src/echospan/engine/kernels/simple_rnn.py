"""The simple recurrent network (Elman 1990) in pure JAX: h' = tanh(x + h R).

Weights: the recurrent kernel (units, units). State: (h,).
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

    def step(state: Any, now: Any) -> Any:
        (h,) = state
        x, counts = now
        h = chosen(counts, jnp.tanh(x + h @ recurrent), h)
        return (h,), h

    last, outputs = jax.lax.scan(step, state, (projected, mask))
    return outputs, last, (weights, state, mask, outputs)


def backward(residuals: Any, d_outputs: Any, d_last: Arrays) -> tuple[jax.Array, Arrays, Arrays]:
    """As `recurrence.Implementation` says."""
    (recurrent,), (h0,), mask, outputs = residuals
    slope = chosen(mask, 1 - outputs * outputs, jnp.zeros_like(outputs))
    transposed = recurrent.T

    def step(state: Any, now: Any) -> Any:
        (dh,) = state
        slope, counts, d_output = now
        dx = dh * slope
        past = dx @ transposed
        if counts is not None:
            past = past + jnp.where(counts[:, None], 0, dh)
        return (past if d_output is None else past + d_output,), dx

    dh, before = with_outputs(d_last[0], d_outputs)
    d_state, dx = jax.lax.scan(step, (dh,), (slope, mask, before), reverse=True)
    return dx, (weight_gradient(shifted(h0, outputs), dx),), d_state


PURE_JAX = Implementation(infer(forward), forward, backward)
