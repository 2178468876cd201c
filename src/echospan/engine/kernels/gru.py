"""GRU in pure JAX, both ways of applying the reset gate.

Gate order and equations are Keras's (Cho et al. 2014): z, r, g, and h' = z h + (1 - z) g. The
recurrent biases of z and r are part of `projected`.

Reset after the product (Keras's default): g = tanh(x_g + r (h R_g + b)).
Weights: the recurrent kernel (units, 3 units) and the candidate's recurrent bias b (units,).

Reset before the product: g = tanh(x_g + (r h) R_g).
Weights: the recurrent kernel (units, 3 units).

A masked step is one with z = 1, so the mask costs nothing in the backward loop.
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
    """Reset after the product, as `recurrence.Implementation` says."""
    recurrent_zr, recurrent_g = _split(weights[0])
    bias = weights[1]

    def step(state: Any, now: Any) -> Any:
        (h,) = state
        x, counts = now
        x_zr, x_g = _split(x)
        zr = _materialised(jax.nn.sigmoid(x_zr + h @ recurrent_zr))
        z, r = jnp.split(zr, 2, axis=-1)
        inner = h @ recurrent_g + bias
        g = jnp.tanh(x_g + r * inner)
        h = chosen(counts, g + z * (h - g), h)
        return (h,), (h, zr, g, inner)

    last, (outputs, *gates) = jax.lax.scan(step, state, (projected, mask))
    return outputs, last, (weights, state, mask, outputs, gates)


def backward(residuals: Any, d_outputs: Any, d_last: Arrays) -> tuple[jax.Array, Arrays, Arrays]:
    """Reset after the product, as `recurrence.Implementation` says."""
    (recurrent, _), (h0,), mask, outputs, (zr, g, inner) = residuals
    z, r, g, inner = _as_if_kept(mask, [*jnp.split(zr, 2, axis=-1), g, inner])
    previous = shifted(h0, outputs)
    to_g = (1 - z) * (1 - g * g)
    to_z = (previous - g) * z * (1 - z)
    slopes = jnp.concatenate([to_z, to_g * inner * r * (1 - r), to_g * r], axis=-1)
    transposed = recurrent.T

    def step(state: Any, now: Any) -> Any:
        (dh,) = state
        slopes, z, d_output = now
        past = dh * z + (jnp.concatenate([dh, dh, dh], axis=-1) * slopes) @ transposed
        return (past if d_output is None else past + d_output,), dh

    dh, before = with_outputs(d_last[0], d_outputs)
    d_state, dh = jax.lax.scan(step, (dh,), (slopes, z, before), reverse=True)
    d_inner = jnp.concatenate([dh, dh, dh], axis=-1) * slopes
    d_zr, d_previous_g = _split(d_inner)
    d_projected = jnp.concatenate([d_zr, dh * to_g], axis=-1)
    d_weights = weight_gradient(previous, d_inner), d_previous_g.sum((0, 1))
    return d_projected, d_weights, d_state


def forward_reset_before(
    projected: jax.Array, weights: Arrays, state: Arrays, mask: jax.Array | None
) -> tuple[jax.Array, Arrays, Any]:
    """Reset before the product, as `recurrence.Implementation` says."""
    recurrent_zr, recurrent_g = _split(weights[0])

    def step(state: Any, now: Any) -> Any:
        (h,) = state
        x, counts = now
        x_zr, x_g = _split(x)
        zr = _materialised(jax.nn.sigmoid(x_zr + h @ recurrent_zr))
        z, r = jnp.split(zr, 2, axis=-1)
        g = jnp.tanh(x_g + (r * h) @ recurrent_g)
        h = chosen(counts, g + z * (h - g), h)
        return (h,), (h, zr, g)

    last, (outputs, *gates) = jax.lax.scan(step, state, (projected, mask))
    return outputs, last, (weights, state, mask, outputs, gates)


def backward_reset_before(
    residuals: Any, d_outputs: Any, d_last: Arrays
) -> tuple[jax.Array, Arrays, Arrays]:
    """Reset before the product, as `recurrence.Implementation` says."""
    (recurrent,), (h0,), mask, outputs, (zr, g) = residuals
    z, r, g = _as_if_kept(mask, [*jnp.split(zr, 2, axis=-1), g])
    previous = shifted(h0, outputs)
    to_g = (1 - z) * (1 - g * g)
    to_z = (previous - g) * z * (1 - z)
    to_r = previous * r * (1 - r)
    transposed_zr, transposed_g = (part.T for part in _split(recurrent))

    def step(state: Any, now: Any) -> Any:
        (dh,) = state
        to_g, to_z, to_r, r, z, d_output = now
        d_reset = (dh * to_g) @ transposed_g
        d_zr = jnp.concatenate([dh * to_z, d_reset * to_r], axis=-1)
        past = dh * z + d_reset * r + d_zr @ transposed_zr
        return (past if d_output is None else past + d_output,), (dh, d_zr)

    dh, before = with_outputs(d_last[0], d_outputs)
    steps = to_g, to_z, to_r, r, z, before
    d_state, (dh, d_zr) = jax.lax.scan(step, (dh,), steps, reverse=True)
    d_g = dh * to_g
    d_recurrent = jnp.concatenate(
        [weight_gradient(previous, d_zr), weight_gradient(r * previous, d_g)], axis=-1
    )
    return jnp.concatenate([d_zr, d_g], axis=-1), (d_recurrent,), d_state


def _as_if_kept(mask: jax.Array | None, gates: list[jax.Array]) -> list[jax.Array]:
    """The gates with those of masked steps replaced by z = 1 and 0: all slopes are zero there."""
    z, *others = gates
    return [
        chosen(mask, z, jnp.ones_like(z)),
        *(chosen(mask, gate, jnp.zeros_like(gate)) for gate in others),
    ]


def _materialised(gates: jax.Array) -> jax.Array:
    """Keep XLA from fusing two squashing functions, one inside the other: it then has no vectors.

    Without it a step of inference took six times as long (JAX 0.10.2 on a CPU with AVX-512).
    """
    done: jax.Array = jax.lax.optimization_barrier(gates)
    return done


def _split(gates: jax.Array) -> list[jax.Array]:
    """(..., 3 units) -> z and r (..., 2 units), and g (..., units)."""
    units = gates.shape[-1] // 3
    return [gates[..., : 2 * units], gates[..., 2 * units :]]


PURE_JAX = Implementation(infer(forward), forward, backward)
RESET_BEFORE_PURE_JAX = Implementation(
    infer(forward_reset_before), forward_reset_before, backward_reset_before
)
