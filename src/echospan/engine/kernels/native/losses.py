"""Cross-entropy compiled from C++: float32 on the CPU.

The forward call goes through a row of scores while it is in the nearest cache: the largest and its
place, the sum of the exponentials. The backward call makes the gradient from these and the scores.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


@jax.custom_vjp
def cross_entropy(scores: jax.Array, targets: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The loss of each row, and which class has the highest score.

    Args:
        scores: (..., classes).
        targets: int32 (...); one out of range costs nothing, as with Keras.

    Returns:
        Losses in nats (...), and classes (...), int32.
    """
    losses, places, _ = _run(scores, targets)
    return losses, places


def _run(scores: jax.Array, targets: jax.Array) -> tuple[jax.Array, jax.Array, Any]:
    floats = jax.ShapeDtypeStruct(targets.shape, jnp.float32)
    call = jax.ffi.ffi_call(
        "echospan_loss",
        (floats, floats, floats, jax.ShapeDtypeStruct(targets.shape, jnp.int32)),
        vmap_method="broadcast_all",
    )
    top, total, gap, places = call(scores, targets)
    inside = (targets >= 0) & (targets < scores.shape[-1])
    losses = jnp.where(inside, jnp.log(total), 0 * total) + gap
    return losses, places, (top, total)


def _forward(scores: jax.Array, targets: jax.Array) -> Any:
    losses, places, sums = _run(scores, targets)
    return (losses, places), (scores, targets, *sums)


def _backward(kept: Any, gradients: Any) -> Any:
    scores, targets, top, total = kept
    call = jax.ffi.ffi_call(
        "echospan_loss_gradient",
        jax.ShapeDtypeStruct(scores.shape, jnp.float32),
        vmap_method="broadcast_all",
    )
    return call(scores, targets, top, total, gradients[0]), None


cross_entropy.defvjp(_forward, _backward)
