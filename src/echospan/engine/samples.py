"""The user's own arrays as samples: checked, with the dtypes that Keras gives them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from echospan.engine.update import Batch
from echospan.errors import ConfigError, DataError


def samples(
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
) -> Batch:
    """Arrays (samples, ...) as NumPy arrays, in the structure in which they were given.

    Floats get Keras's float type; integers stay integers.

    Args:
        x: An array, or a list, tuple or dictionary of arrays for a model with several inputs.
        y: Targets alike, or None.
        sample_weight: Weights (samples,) or (samples, timesteps); for several outputs one array
            for all of them or a structure like `y`.
        class_weight: A weight for each class; classes left out weigh 1.

    Raises:
        DataError: Something is no array, holds no numbers, is empty, or has another length.
        ConfigError: Both kinds of weights, or class weights for several outputs.
    """
    inputs, targets = arrays("x", x), arrays("y", y)
    if class_weight is not None:
        if sample_weight is not None:
            raise ConfigError(
                "class_weight",
                "left out if sample_weight is given",
                class_weight,
                "Multiply the two into one sample_weight.",
            )
        weights: Any = _class_weights(targets, class_weight)
    else:
        weights = _like_targets(targets, arrays("sample_weight", sample_weight))
    batch = Batch(inputs, targets, weights)
    _check_lengths(batch)
    return batch


def count(batch: Batch) -> int:
    """How many samples there are."""
    import jax

    return int(jax.tree.leaves(batch.x)[0].shape[0])


def arrays_bytes(batch: Batch) -> int:
    """What the samples take beside themselves: a copy on the device, and one in batches."""
    import jax

    return 2 * sum(int(leaf.nbytes) for leaf in jax.tree.leaves(batch))


def split(batch: Batch, share: float) -> tuple[Batch, Batch]:
    """The samples without the last `share` of them, and those: Keras's `validation_split`.

    Raises:
        ConfigError: One of the two would be empty.
    """
    import jax

    number = count(batch)
    if not (isinstance(share, int | float) and 0 < share < 1):
        raise ConfigError("validation_split", "a share between 0 and 1", share)
    cut = math.floor(number * (1 - share))
    if cut in (0, number):
        raise ConfigError(
            "validation_split", f"a share that gives both parts some of the {number} samples", share
        )
    return jax.tree.map(lambda a: a[:cut], batch), jax.tree.map(lambda a: a[cut:], batch)


def arrays(name: str, value: Any) -> Any:
    """A structure of arrays, each checked; None where there is nothing.

    Raises:
        DataError: As `samples`.
    """
    import keras

    if value is None:
        return None
    # A list of plain numbers would be taken for as many arrays.
    if isinstance(value, list | tuple) and not any(_is_array(v) for v in keras.tree.flatten(value)):
        raise DataError(
            f"{name} must be an array (or a list, tuple or dictionary of arrays, one for each "
            f"input or output of the model); got a {type(value).__name__} without any array. "
            f"Pass numpy.asarray({name})."
        )
    return keras.tree.map_structure(lambda leaf: _array(name, leaf), value)


def _is_array(value: Any) -> bool:
    return hasattr(value, "__array__") and hasattr(value, "shape")


def _array(name: str, value: Any) -> np.ndarray | None:
    if value is None:
        return None
    if not _is_array(value):
        raise DataError(
            f"{name} must be a dense array, or a list, tuple or dictionary of such; got a "
            f"{type(value).__name__}."
        )
    array = np.asarray(value)
    if array.ndim == 0:
        raise DataError(f"{name} must have the samples as its first axis; got a single number.")
    return array.astype(_dtype(name, array), copy=False)


def _dtype(name: str, array: np.ndarray) -> Any:
    import jax
    import keras

    if array.dtype.kind in "OSUMmT" or array.dtype.names:
        kind = "Python objects" if array.dtype.kind == "O" else f"values of type {array.dtype}"
        raise DataError(
            f"{name} must hold numbers; got an array of {kind}. Encode them first, and bring "
            "sequences to one length."
        )
    if keras.backend.is_float_dtype(array.dtype.name):
        return keras.config.floatx()
    dtype = jax.dtypes.canonicalize_dtype(array.dtype)
    if dtype.kind in "iu" and array.dtype != dtype and array.size:
        limits = np.iinfo(dtype)
        if array.min() < limits.min or array.max() > limits.max:
            raise DataError(
                f"{name} holds integers beyond {dtype}, which is what JAX computes with: from "
                f"{array.min()} to {array.max()}."
            )
    return dtype


def _check_lengths(batch: Batch) -> None:
    import jax

    lengths = [
        (f"{name}{jax.tree_util.keystr(path)}", leaf.shape[0])
        for name, part in zip(("x", "y", "sample_weight"), batch, strict=True)
        for path, leaf in jax.tree_util.tree_leaves_with_path(part)
    ]
    if not any(name.startswith("x") for name, _ in lengths):
        raise DataError("x must hold at least one array; got none.")
    if len({length for _, length in lengths}) > 1:
        listed = ", ".join(f"{name} {length}" for name, length in lengths)
        raise DataError(f"All arrays must have the same number of samples; got {listed}.")
    if lengths[0][1] == 0:
        raise DataError("x must hold at least one sample; got none.")


def _class_weights(y: Any, class_weight: Mapping[int, float]) -> np.ndarray:
    import keras

    if not isinstance(class_weight, Mapping):
        raise ConfigError("class_weight", "a dictionary from class to weight", class_weight)
    if y is None or keras.tree.is_nested(y):
        raise ConfigError(
            "class_weight",
            "left out unless the model has one output with targets",
            class_weight,
            "Use sample_weight, one array for each output.",
        )
    labels = y
    if y.ndim > 1:
        labels = y[..., 0] if y.shape[-1] == 1 else np.argmax(y, axis=-1)
    if labels.ndim > 1:
        raise ConfigError(
            "class_weight",
            "left out if a sample has several targets",
            class_weight,
            "Use sample_weight (samples, timesteps).",
        )
    labels = np.round(labels).astype("int64")
    kinds, which = np.unique(labels, return_inverse=True)
    weights = np.array([class_weight.get(int(kind), 1.0) for kind in kinds])
    return weights[which].astype(keras.config.floatx())


def _like_targets(y: Any, weights: Any) -> Any:
    """One array of weights for each output, where there are several: Keras's rule."""
    import keras

    if weights is None or not keras.tree.is_nested(y):
        return weights
    if keras.tree.is_nested(weights):
        try:
            keras.tree.assert_same_structure(y, weights)
        except ValueError as error:
            raise DataError(
                "sample_weight must be one array, or have one array for each output, in the "
                f"structure of y. {error}"
            ) from error
        return weights
    if weights.ndim > 1 and weights.shape[1:] != (1,):
        raise DataError(
            "sample_weight for several outputs must be (samples,), or one array for each output; "
            f"got one array of shape {weights.shape}."
        )
    return keras.tree.map_structure(lambda _: weights, y)
