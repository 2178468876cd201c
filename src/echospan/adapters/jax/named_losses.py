"""Losses for JAX functions by name. Classes are on the last axis, whatever stands before it."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def mse(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Mean squared difference."""
    return jnp.mean((outputs - targets) ** 2)


def mae(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Mean absolute difference."""
    return jnp.mean(jnp.abs(outputs - targets))


def huber(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Squared difference up to 1, linear beyond."""
    gap = jnp.abs(outputs - targets)
    return jnp.mean(jnp.where(gap < 1, 0.5 * gap**2, gap - 0.5))


def cross_entropy(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Mean cross-entropy of logits (..., classes) with integers (...) or shares (..., classes)."""
    return nll(jax.nn.log_softmax(outputs), targets)


def nll(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Mean of what logarithms of probabilities (..., classes) say of the targets."""
    if targets.shape != outputs.shape:
        own = targets.reshape(outputs.shape[:-1]).astype(int)
        targets = jax.nn.one_hot(own, outputs.shape[-1])
    return -jnp.mean(jnp.sum(targets * outputs, -1))


def binary_cross_entropy(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Mean cross-entropy of probabilities with targets from 0 to 1."""
    inside = jnp.clip(outputs, 1e-7, 1 - 1e-7)
    return -jnp.mean(targets * jnp.log(inside) + (1 - targets) * jnp.log1p(-inside))


def binary_cross_entropy_with_logits(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Mean cross-entropy of logits with targets from 0 to 1."""
    return -jnp.mean(
        targets * jax.nn.log_sigmoid(outputs) + (1 - targets) * jax.nn.log_sigmoid(-outputs)
    )


LOSSES = {
    each.__name__: each
    for each in (
        mse, mae, huber, cross_entropy, nll, binary_cross_entropy, binary_cross_entropy_with_logits
    )
}  # fmt: skip
