"""A clone of the user's model, in double precision where that is possible."""

from __future__ import annotations

import copy
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

_SINGLE = ("float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")


class NotCloneable(Exception):
    """A model that cannot be made again from its configuration; says why."""


def double_precision() -> AbstractContextManager[Any]:
    """Where doubles have to be asked for: on JAX."""
    import keras

    if keras.backend.backend() != "jax":
        return nullcontext()
    import jax

    scope: AbstractContextManager[Any] = jax.enable_x64(True)
    return scope


def clone(
    model: keras.Model,
    *,
    dtype: str | None = None,
    any_length: bool = False,
    closed: Collection[str] = (),
) -> keras.Model:
    """The same layers anew, with weights of their own.

    Args:
        model: Is only read.
        dtype: Float type of the clone; None keeps the model's own.
        any_length: Let the inputs have any number of time steps.
        closed: Names of inputs that have no time axis.

    Raises:
        NotCloneable: A layer has no configuration, or cannot be made from it.
    """
    import keras
    from keras.src.saving.serialization_lib import SafeModeScope

    custom = {type(layer).__name__: type(layer) for layer in model._flatten_layers()}
    try:
        config = copy.deepcopy(model.get_config())
        if dtype is not None:
            config = _with_dtype(config, dtype)
        if any_length:
            config = _any_length(config, closed)
        # The functions in it are the user's own, in the user's own process.
        with keras.saving.custom_object_scope(custom), SafeModeScope(False):
            made = type(model).from_config(config)
    except Exception as error:
        raise NotCloneable(" ".join(f"{type(error).__name__}: {error}".split())[:200]) from error
    if set(map(id, made._flatten_layers())) & set(map(id, model._flatten_layers())):
        raise NotCloneable("its configuration holds the layers themselves, not their settings")
    return made


def build(made: keras.Model, batch: Any) -> None:
    """Make the clone's variables by calling it once, unless making it has made them.

    Raises:
        NotCloneable: The call fails.
    """
    from echospan.engine.carried import state_variables

    if made.built and all(layer.built for layer in made._flatten_layers()):
        return
    try:
        made(batch, training=False)
        for state in state_variables(made):
            state.assign(np.zeros(state.shape, "float32"))
    except Exception as error:
        raise NotCloneable(" ".join(f"{type(error).__name__}: {error}".split())[:300]) from error


def copy_weights(model: keras.Model, made: keras.Model) -> bool:
    """Give the clone the model's weights, where both have the same."""
    if not model.built or len(model.weights) != len(made.weights):
        return False
    if any(
        tuple(a.shape) != tuple(b.shape) for a, b in zip(model.weights, made.weights, strict=True)
    ):
        return False
    import keras

    for own, new in zip(model.weights, made.weights, strict=True):
        new.assign(keras.ops.convert_to_numpy(own.value))
    return True


def _with_dtype(value: Any, dtype: str) -> Any:
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":
            name = value.get("config", {}).get("name")
            return {**value, "config": {"name": dtype if name in _SINGLE else name}}
        return {
            key: dtype
            if key == "dtype" and isinstance(entry, str) and entry in _SINGLE
            else _with_dtype(entry, dtype)
            for key, entry in value.items()
        }
    if isinstance(value, list | tuple):
        return type(value)(_with_dtype(entry, dtype) for entry in value)
    return value


def _any_length(value: Any, closed: Collection[str]) -> Any:
    """Input layers with an open time axis, and no shapes of layers already built."""
    if isinstance(value, dict):
        found = {
            key: _any_length(entry, closed) for key, entry in value.items() if key != "build_config"
        }
        shape = found.get("batch_shape")
        if isinstance(shape, list | tuple) and len(shape) >= 2 and found.get("name") not in closed:
            found["batch_shape"] = (shape[0], None, *shape[2:])
        found.pop("build_input_shape", None)
        return found
    if isinstance(value, list | tuple):
        return type(value)(_any_length(entry, closed) for entry in value)
    return value
