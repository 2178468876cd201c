"""Following a mask through one call of a Keras model, without computing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.mask_steps import MaskStep
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    pass

MASK = "_keras_mask"


def mask_steps(call: Callable[[list[Any]], Any], inputs: Sequence[np.ndarray]) -> list[MaskStep]:
    """What every layer of a model does with a mask, in the order of the calls.

    Layers inside a layer of another class than `keras.Model` are a part of that one.

    Args:
        call: Calls a clone with its inputs in flat order.
        inputs: One batch, in the types that the model takes.
    """
    import keras

    found: list[MaskStep] = []
    given = [keras.KerasTensor(each.shape, dtype=str(each.dtype)) for each in inputs]
    with _recording(found):
        internals.backend_functions().compute_output_spec(
            lambda *arrays: call(list(arrays)), *given
        )
    return found


@contextmanager
def _recording(found: list[MaskStep]) -> Iterator[None]:
    """Record the calls of all layers and operations."""
    import keras

    layer_call, operation_call = keras.layers.Layer.__call__, keras.Operation.__call__
    inside = 0

    def recorded(original: Any, own: Any, args: Any, kwargs: Any, *, layer: bool) -> Any:
        nonlocal inside
        container = isinstance(own, keras.Model)
        came, steps = _masked((args, kwargs)), _steps(args)
        came = came or kwargs.get("mask") is not None
        inside += not container
        try:
            out = original(own, *args, **kwargs)
        finally:
            inside -= not container
        if not container and not inside:
            went, uses = _masked(out), _uses(own)
            chance = layer and came and went and not (own.supports_masking or uses)
            found.append(
                MaskStep(
                    own.name,
                    type(own).__name__,
                    layer,
                    came,
                    went and not chance,
                    uses,
                    steps,
                    by_chance=chance,
                )
            )
        return out

    def of_layer(own: Any, *args: Any, **kwargs: Any) -> Any:
        return recorded(layer_call, own, args, kwargs, layer=True)

    def of_operation(own: Any, *args: Any, **kwargs: Any) -> Any:
        if internals.is_layer(own):
            return operation_call(own, *args, **kwargs)
        return recorded(operation_call, own, args, kwargs, layer=False)

    keras.layers.Layer.__call__ = of_layer
    keras.Operation.__call__ = of_operation
    try:
        yield
    finally:
        keras.layers.Layer.__call__ = layer_call
        keras.Operation.__call__ = operation_call


def _masked(tree: Any) -> bool:
    import keras

    flat = keras.tree.flatten(tree)
    return any(internals.marked(each, MASK) is not None for each in flat if hasattr(each, "shape"))


def _steps(args: Any) -> int:
    import keras

    shapes = [each.shape for each in keras.tree.flatten(args) if hasattr(each, "shape")]
    return int(shapes[0][1] or 0) if shapes and len(shapes[0]) >= 2 else 0


def _uses(own: Any) -> bool:
    """Whether its call takes a mask of its inputs."""
    import inspect

    names = inspect.signature(own.call).parameters
    return "mask" in names or any(
        name.endswith("_mask") and name not in ("attention_mask", "use_causal_mask")
        for name in names
    )
