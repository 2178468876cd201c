"""Recurrent layers that read an input of a Keras model as it is given; nothing is run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.cells import MOST_ROWS, Cell, saturated
from echospan.adapters.facts import Mask
from echospan.adapters.keras.embedded import readers
from echospan.adapters.signals import Signal

if TYPE_CHECKING:
    import keras

PASSES = {"InputLayer", "Masking", "Dropout", "SpatialDropout1D", "GaussianNoise"}
"""Layers behind which numbers have the scale of the input."""


def cells(model: keras.Model, sources: Sequence[Signal], mask: Mask | None) -> list[Cell]:
    """The recurrent layers that read an input, with their own weights.

    Args:
        model: The user's model.
        sources: Its inputs.
        mask: What it masks; such steps are left out.
    """
    import keras

    kinds = (keras.layers.LSTM, keras.layers.GRU, keras.layers.SimpleRNN,
             keras.layers.Bidirectional)  # fmt: skip
    found = []
    for source in sources:
        values = source.values[:MOST_ROWS]
        if values.dtype.kind not in "fiu" or values.ndim != 3:
            continue
        steps = values.reshape(-1, values.shape[-1])
        if mask is not None and not mask.embedding:
            steps = steps[(steps != mask.value).any(1)]
        if not len(steps):
            continue
        for layer in readers(model, source, kinds, PASSES, single=len(sources) == 1):
            one: Any = getattr(layer, "forward_layer", layer)
            cell: Any = getattr(one, "cell", None)
            kernel: Any = getattr(cell, "kernel", None)
            if kernel is None or not layer.built or kernel.shape[0] != steps.shape[1]:
                continue
            if type(one).__name__ == "SimpleRNN" and _activation(cell) != "tanh":
                continue
            # A GRU's is (2, gates x units), one for the input and one for the state.
            bias = 0.0 if cell.bias is None else np.atleast_2d(_array(cell.bias))[0]
            share = saturated(steps, _array(kernel), bias)
            low, high = float(steps.min()), float(steps.max())
            found.append(Cell(layer.name, type(one).__name__, share, low, high, source.number))
    return found


def _activation(cell: Any) -> str:
    return str(getattr(cell.activation, "__name__", ""))


def _array(variable: Any) -> np.ndarray:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(variable))
