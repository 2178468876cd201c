"""Embeddings that read an input of a Keras model as it is given; nothing is run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.embedded import Table
from echospan.adapters.keras.facts import input_tensor
from echospan.adapters.signals import Signal
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

SAME = {"InputLayer", "Reshape", "Flatten", "Dropout", "SpatialDropout1D", "Permute", "Masking",
        "RepeatVector", "Squeeze", "ExpandDims", "Transpose", "GetItem", "Identity",
        "Activity"}  # fmt: skip
"""Layers and operations behind which the numbers are the input's own."""


def tables(model: keras.Model, sources: Sequence[Signal]) -> list[Table]:
    """The embeddings that are given an input's numbers as they are.

    Args:
        model: The user's model.
        sources: Its inputs.
    """
    import keras

    found = []
    for source in sources:
        layers = readers(model, source, (keras.layers.Embedding,), SAME, single=len(sources) == 1)
        for layer in layers:
            casts = "the layer" if source.values.dtype.kind == "f" else ""
            found.append(
                Table(
                    layer.name, int(layer.input_dim), np.asarray(source.values), source.number,
                    0 if layer.mask_zero else None, casts,
                )
            )  # fmt: skip
    return found


def readers(
    model: keras.Model,
    source: Signal,
    kinds: tuple[type, ...],
    passes: Collection[str],
    *,
    single: bool,
) -> list[Any]:
    """The layers of some kinds that read an input through others that pass it on.

    Args:
        model: The user's model; of a class of the user's own nothing is known.
        source: The input.
        kinds: Classes of the layers that are looked for.
        passes: Names of classes behind which the numbers are still the input's.
        single: Whether the model has no other input.
    """
    import keras

    if isinstance(model, keras.Sequential) and single:
        return _in_a_row(model, kinds, passes)
    return _behind(model, source, kinds, passes)


def _in_a_row(model: keras.Model, kinds: tuple[type, ...], passes: Collection[str]) -> list[Any]:
    for layer in model.layers:
        if isinstance(layer, kinds):
            return [layer]
        if type(layer).__name__ not in passes:
            break
    return []


def _behind(
    model: keras.Model, source: Signal, kinds: tuple[type, ...], passes: Collection[str]
) -> list[Any]:
    tensor = input_tensor(model, source)
    if tensor is None or not hasattr(model, "operations"):
        return []
    inside = {id(operation) for operation in model.operations}
    waiting, seen, found = [internals.source_of(tensor)], set[int](), []
    while waiting:
        operation = waiting.pop()
        if id(operation) in seen:
            continue
        seen.add(id(operation))
        if isinstance(operation, kinds):
            found.append(operation)
        elif type(operation).__name__ in passes:
            waiting += [
                node.operation
                for node in internals.readers(operation)
                if id(node.operation) in inside and len(node.input_tensors) == 1
            ]
    return found
