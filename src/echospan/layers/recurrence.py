"""Recurrences over time: the linear one in parallel or in order, and any other in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras


def linear(decay: Any, drive: Any, before: Any, *, parallel: bool | None = None) -> Any:
    """h_t = decay_t * h_{t-1} + drive_t along the time axis.

    Args:
        decay: (1 or batch, time, ...).
        drive: (batch, time, ...).
        before: h before the first step, (batch, ...).
        parallel: By an associative scan (Blelloch 1990) rather than step after step. Left out, on
            anything but a CPU: on a CPU, steps in order compile and run faster.

    Returns:
        h at every step, (batch, time, ...).
    """
    if drive.shape[1] == 1:
        return decay * before[:, None] + drive
    if parallel is None:
        parallel = jax.default_backend() != "cpu"
    if not parallel:
        return in_order(_step, before, (jnp.broadcast_to(decay, drive.shape), drive))[1]
    drive = drive.at[:, 0].add(decay[:, 0] * before)
    return keras.ops.associative_scan(_combine, (decay, drive), axis=1)[1]


def in_order(step: Callable[[Any, Any], tuple[Any, Any]], before: Any, inputs: Any) -> Any:
    """`jax.lax.scan` over the time axis, which is the second: (state after, outputs)."""
    first = jax.tree.leaves(inputs)[0]
    if first.shape[1] == 1:
        after, output = step(before, jax.tree.map(lambda x: x[:, 0], inputs))
        return after, jax.tree.map(lambda y: y[:, None], output)
    turned = jax.tree.map(lambda x: jnp.swapaxes(x, 0, 1), inputs)
    after, outputs = jax.lax.scan(step, before, turned)
    return after, jax.tree.map(lambda y: jnp.swapaxes(y, 0, 1), outputs)


def _step(h: Any, now: tuple[Any, Any]) -> tuple[Any, Any]:
    h = now[0] * h + now[1]
    return h, h


def _combine(left: tuple[Any, Any], right: tuple[Any, Any]) -> tuple[Any, Any]:
    return right[0] * left[0], right[0] * left[1] + right[1]
