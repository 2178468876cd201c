"""What the pure-JAX cells share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp


def infer(forward: Callable[..., Any]) -> Callable[..., Any]:
    """Forward without residuals; what only they need is dropped by the compiler."""
    return partial(_infer, forward)


def _infer(forward: Callable[..., Any], *arguments: Any) -> Any:
    outputs, last, _ = forward(*arguments)
    return outputs, last


def shifted(start: jax.Array, series: jax.Array) -> jax.Array:
    """What each step found before it: (time, ...) one step later, `start` first."""
    return jnp.concatenate([start[None], series[:-1]])


def chosen(mask: jax.Array | None, new: jax.Array, old: jax.Array) -> jax.Array:
    """The new value where the mask (..., batch) is True or absent, else the old one."""
    return new if mask is None else jnp.where(mask[..., None], new, old)


def with_outputs(dh: jax.Array, d_outputs: jax.Array | None) -> tuple[jax.Array, Any]:
    """What reaches the last h in all, and what each step's output adds to the h before it.

    The backward loops carry all that reaches a state: a step hands on the gradient of the state
    before it together with what that state's own output adds.
    """
    if d_outputs is None:
        return dh, None
    return dh + d_outputs[-1], shifted(jnp.zeros_like(dh), d_outputs)


def weight_gradient(before: jax.Array, after: jax.Array) -> jax.Array:
    """Of `before @ weight`, summed over all steps by one product.

    Args:
        before: (time, batch, inputs).
        after: The gradient of the product, (time, batch, outputs).
    """
    return before.reshape(-1, before.shape[-1]).T @ after.reshape(-1, after.shape[-1])
