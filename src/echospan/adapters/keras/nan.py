"""The layer of a functional Keras model that makes NaN of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras


def nan_begins(model: keras.Model, batch: Sequence[np.ndarray]) -> str:
    """Run the layers of a model on a batch and name the first whose outputs are NaN.

    Args:
        model: A clone with the user's weights.
        batch: Inputs, in flat order.

    Returns:
        Its name; empty for a model of the user's own class.
    """
    import keras

    operations = getattr(model, "operations", None)
    if operations is None and isinstance(model, keras.Sequential):
        operations = model.layers
    inputs = getattr(model, "inputs", None)
    if not operations or not inputs:
        return ""
    tensors: list[Any] = []
    names: list[str] = []
    for operation in operations:
        for node in internals.made_by(operation):
            for tensor in node:
                if "float" in str(tensor.dtype):
                    tensors.append(tensor)
                    names.append(f"{operation.name!r} ({type(operation).__name__})")
    if not tensors:
        return ""
    answers = keras.Model(inputs, tensors)([np.asarray(each) for each in batch], training=False)
    for name, answer in zip(names, keras.tree.flatten(answers), strict=True):
        if np.isnan(np.asarray(keras.ops.convert_to_numpy(answer))).any():
            return name
    return ""
