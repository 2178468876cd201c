"""Pairs (init, apply) of JAX functions with one planted fault each; without one they are sound."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp

FEATURES, UNITS, KERNEL = 3, 5, 3


def pair(fault=""):
    """A causal convolution, a wave of the position, and a recurrence that a mask holds.

    Its state is (last inputs, position, hidden).
    """

    def init(key):
        keys = jax.random.split(key, 3)
        return {
            "kernel": jax.random.normal(keys[0], (KERNEL, FEATURES, UNITS)) / 3,
            "recurrent": jax.random.normal(keys[1], (UNITS, UNITS)) / 3,
            "bias": jax.random.normal(keys[2], (UNITS,)),
        }

    def apply(params, x, state=None, mask=None):
        rows, steps, _ = x.shape
        real = jnp.ones((rows, steps), bool) if mask is None else mask
        if fault != "mask ignored":
            x = jnp.where(real[..., None], x, 0)
        else:
            real = jnp.ones_like(real)
        if state is None:
            tail = jnp.zeros((rows, KERNEL - 1, FEATURES), x.dtype)
            position = jnp.zeros((rows, 1), x.dtype)
            hidden = jnp.zeros((rows, UNITS), x.dtype)
        else:
            tail, position, hidden = spoilt(fault, *state)
        if fault == "norm over time":
            x = x / (1 + jnp.abs(x).mean(1, keepdims=True))
        if fault == "mean over the batch":
            x = x - 0.1 * x.mean(0, keepdims=True)
        padded = jnp.concatenate([tail, x], 1)
        taps = sum(padded[:, n : n + steps] @ params["kernel"][n] for n in range(KERNEL))
        places = position + jnp.cumsum(real, 1) - 1
        inputs = taps + 0.3 * jnp.sin(places)[..., None] + params["bias"]

        def step(hidden, given):
            drive, keep = given
            new = jnp.tanh(drive + hidden @ params["recurrent"])
            hidden = jnp.where(keep[:, None], new, hidden)
            return hidden, hidden

        hidden, outputs = jax.lax.scan(step, hidden, (inputs.swapaxes(0, 1), real.T))
        # The last real inputs, wherever the padding is.
        known = jnp.concatenate([jnp.ones((rows, KERNEL - 1), bool), real], 1)
        last = jnp.argsort(known, axis=1, stable=True)[:, steps:]
        after = (
            jnp.take_along_axis(padded, last[..., None], 1),
            position + real.sum(1, keepdims=True),
            hidden,
        )
        return outputs.swapaxes(0, 1), after

    return init, apply


def spoilt(fault, tail, position, hidden):
    """The state as the fault makes it when a chunk begins."""
    if fault == "lost":
        hidden = 0 * hidden
    if fault == "one row":
        hidden = hidden.at[1:].set(0)
    if fault == "rows permuted":
        hidden = hidden[::-1]
    if fault == "half precision":
        hidden = hidden.astype("float16").astype(hidden.dtype)
    if fault == "detached":
        hidden = jax.lax.stop_gradient(hidden)
    if fault == "convolution lost":
        tail = 0 * tail
    if fault == "convolution one short":
        tail = tail.at[:, 0].set(0)
    if fault == "position off by one":
        position = position - 1
    if fault == "position restarts":
        position = 0 * position
    return tail, position, hidden


@dataclass(frozen=True)
class Planted:
    """A fault, and the checks that must find it."""

    fault: str
    found: tuple[str, ...]


FAULTS = (
    Planted("lost", ("steps", "chunks")),
    Planted("one row", ("chunks",)),
    Planted("rows permuted", ("chunks",)),
    Planted("half precision", ("chunks",)),
    Planted("convolution lost", ("chunks",)),
    Planted("convolution one short", ("chunks",)),
    Planted("position off by one", ("chunks",)),
    Planted("position restarts", ("chunks",)),
    Planted("detached", ("gradient",)),
    Planted("norm over time", ("prefix",)),
    Planted("mean over the batch", ("rows",)),
    Planted("mask ignored", ("pad_left",)),
)
