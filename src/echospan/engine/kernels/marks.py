"""Vectors that are known to be one-hot remember their symbols."""

from __future__ import annotations

from typing import Any

_SYMBOLS = "_echospan_symbols"


def mark_one_hot(vectors: Any, symbols: Any) -> Any:
    """Remember which symbols one-hot vectors stand for; what is made from them forgets it."""
    from keras.src.backend.common.tensor_attributes import set_tensor_attr

    # The way in which Keras itself hangs a mask on a tensor.
    set_tensor_attr(vectors, _SYMBOLS, symbols)
    return vectors


def one_hot_symbols(vectors: Any) -> Any | None:
    """The symbols that marked vectors stand for; None where there is no mark."""
    from keras.src.backend.common.tensor_attributes import get_tensor_attr

    return get_tensor_attr(vectors, _SYMBOLS)
