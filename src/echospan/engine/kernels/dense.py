"""Keras's dense layer by the compiled product, or a refusal."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from echospan.engine.kernels import choice
from echospan.engine.kernels.marks import batch_major, time_major
from echospan.engine.kernels.native import dense as native

FEW_ROWS = 48
LARGE_KERNEL = 2**20
"""Packing so many numbers for so few rows costs more than the faster product gains. Forward and
backward together XLA took 1.0 down to 0.77 times as long on one core and down to 0.65 on two; for
52 other shapes 1.35 (one core) and 1.16 (two) times as long in the median."""


def call(layer: Any, inputs: Any, training: bool | None = None) -> Any:
    """For `keras.layers.Dense`: inputs (..., features) -> (..., units).

    Raises:
        NotImplementedError: The compiled product does not take them.
    """
    inputs, kernel = jnp.asarray(inputs), jnp.asarray(layer.kernel)
    bias = None if layer.bias is None else jnp.asarray(layer.bias)
    series = time_major(inputs)
    biases = () if bias is None else (bias,)
    compiled = choice.compiles(inputs, kernel, *biases) and _pays(inputs, kernel)
    if inputs.ndim < 2 or not (compiled or series is not None):
        raise NotImplementedError
    if series is None:
        outputs = _rows(inputs, kernel, bias, compiled)
    else:
        outputs = batch_major(_rows(series, kernel, bias, compiled))
    return outputs if layer.activation is None else layer.activation(outputs)


def _pays(inputs: jax.Array, kernel: jax.Array) -> bool:
    return inputs.size // inputs.shape[-1] >= FEW_ROWS or kernel.size < LARGE_KERNEL


def _rows(x: jax.Array, kernel: jax.Array, bias: jax.Array | None, compiled: bool) -> jax.Array:
    rows = x.reshape(-1, x.shape[-1])
    if compiled:
        y = native.dense(rows, kernel, bias)
    else:
        y = rows @ kernel
        y = y if bias is None else y + bias
    return y.reshape(*x.shape[:-1], kernel.shape[1])
