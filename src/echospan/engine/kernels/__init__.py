"""Fused kernels that any Keras model gets without changing its code.

While a model is traced inside `fused`, Keras's recurrent layers find echospan's kernels where they
look for cuDNN's. A kernel that does not cover a layer's settings says so the way cuDNN's does, by
`NotImplementedError`, and the layer takes Keras's own path.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_SYMBOLS = "_echospan_symbols"


def mark_one_hot(vectors: Any, symbols: Any) -> Any:
    """Remember which symbols one-hot vectors stand for; what is made from them forgets it."""
    from keras.src.backend.common.tensor_attributes import set_tensor_attr

    # The way in which Keras itself hangs a mask on a tensor.
    set_tensor_attr(vectors, _SYMBOLS, symbols)
    return vectors


@contextmanager
def fused() -> Iterator[None]:
    """Let recurrent layers that are traced inside use the fused kernels."""
    from keras.src import backend

    before = backend.lstm
    backend.lstm = _lstm
    try:
        yield
    finally:
        backend.lstm = before


def _lstm(
    inputs: Any,
    initial_state_h: Any,
    initial_state_c: Any,
    mask: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    activation: Any,
    recurrent_activation: Any,
    return_sequences: bool = False,
    go_backwards: bool = False,
    unroll: bool = False,
) -> tuple[Any, Any, list[Any]]:
    """In Keras's place; arguments and results are those of `keras.src.backend.jax.rnn.lstm`."""
    import jax.numpy as jnp
    import keras
    from keras.src.backend.common.tensor_attributes import get_tensor_attr

    from echospan.engine.kernels.lstm import gather_rows, lstm

    plain = activation is keras.activations.tanh
    plain = plain and recurrent_activation is keras.activations.sigmoid
    if mask is not None or not plain or inputs.dtype not in (jnp.float32, jnp.float64):
        raise NotImplementedError
    kernel, recurrent = jnp.asarray(kernel), jnp.asarray(recurrent_kernel)
    symbols = get_tensor_attr(inputs, _SYMBOLS)
    if symbols is None:
        projected = jnp.swapaxes(inputs, 0, 1) @ kernel
    else:
        projected = gather_rows(kernel, jnp.swapaxes(symbols, 0, 1))
    if bias is not None:
        projected = projected + jnp.asarray(bias)
    if go_backwards:
        projected = projected[::-1]
    outputs, cell = lstm(projected, recurrent, initial_state_h, initial_state_c)
    last = outputs[-1]
    kept = jnp.swapaxes(outputs, 0, 1) if return_sequences else last[:, None]
    return last, kept, [last, cell]
