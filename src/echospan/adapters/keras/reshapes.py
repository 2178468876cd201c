"""The reshapes of a Keras model's layers and of the user's own code, without computing anything."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from echospan.adapters.reshapes import Reshape
from echospan.engine import keras_internals as internals

"""Modules of Keras that stand in a user's place: reshaping layers, and operations of a graph."""


def reshapes(call: Callable[[list[Any]], Any], inputs: Sequence[np.ndarray]) -> list[Reshape]:
    """Every reshape in one call, in order.

    Args:
        call: Calls a clone with its inputs in flat order.
        inputs: One batch, in the types that the model takes.
    """
    import keras

    found: list[Reshape] = []
    functions = internals.backend_functions()
    original = functions.numpy.reshape

    def reshape(x: Any, newshape: Any, *args: Any, **kwargs: Any) -> Any:
        out = original(x, newshape, *args, **kwargs)
        where = _where(sys._getframe(1))
        if where and hasattr(x, "shape"):
            before, after = tuple(x.shape), tuple(out.shape)
            if before != after and None not in (*before, *after):
                found.append(Reshape(before, after, where))
        return out

    given = [keras.KerasTensor(each.shape, dtype=str(each.dtype)) for each in inputs]
    functions.numpy.reshape = reshape
    try:
        functions.compute_output_spec(lambda *arrays: call(list(arrays)), *given)
    finally:
        functions.numpy.reshape = original
    return found


def _where(frame: Any) -> str:
    """The layer or the user's line that reshapes; empty for Keras's own inner work."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(internals.RESHAPE_STACK):
            frame = frame.f_back
            continue
        if name.startswith(internals.RESHAPING_LAYERS):
            own = frame.f_locals.get("self")
            return f"layer {getattr(own, 'name', '')!r}" if own is not None else ""
        if name.startswith(("keras.", "jax", "tensorflow", "torch", "echospan.")):
            return ""
        return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
    return ""
