"""A model's values as named arrays, for the store, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from echospan.engine.values import Values, variables
from echospan.errors import CorruptRun

if TYPE_CHECKING:
    import keras

WEIGHTS = ("trainable", "non_trainable")
"""The groups that make a trained model; the others matter only to go on training."""


def names(
    model: keras.Model, groups: tuple[str, ...] = Values._fields
) -> list[tuple[str, str, int]]:
    """(name, group, position) of each value: ``trainable.000.kernel``, ``optimizer.003``."""
    own = variables(model)
    # Keras counts layers over the life of the process, and an optimizer's variables are called
    # after them: another process would look for other names.
    return [
        (
            f"{group}.{position:03d}" + (f".{variable.name}" if group in WEIGHTS else ""),
            group,
            position,
        )
        for group in groups
        for position, variable in enumerate(getattr(own, group))
    ]


def to_arrays(
    model: keras.Model, values: Values, groups: tuple[str, ...] = Values._fields
) -> dict[str, np.ndarray]:
    """Copies of the values by name."""
    return by_name(names(model, groups), values)


def by_name(known: Iterable[tuple[str, str, int]], values: Values) -> dict[str, np.ndarray]:
    """Copies of the values, for `names` asked before: in a thread that must not use the model."""
    return {name: np.array(getattr(values, group)[position]) for name, group, position in known}


def from_arrays(
    model: keras.Model,
    like: Values,
    arrays: Mapping[str, np.ndarray],
    groups: tuple[str, ...] = Values._fields,
) -> Values:
    """Values from named arrays, which must hold all of `groups`; the others are those of `like`.

    Raises:
        CorruptRun: An array is missing, or has another shape than the model's.
    """
    import jax.numpy as jnp

    found = {group: list(getattr(like, group)) for group in Values._fields}
    for name, group, position in names(model, groups):
        wanted = tuple(found[group][position].shape)
        if name not in arrays or arrays[name].shape != wanted:
            shape = arrays[name].shape if name in arrays else "missing"
            raise CorruptRun(
                f"The stored array {name} must have the shape {wanted}; it is {shape}."
            )
        found[group][position] = jnp.array(arrays[name])
    return Values(**found)


def expected(
    model: keras.Model, groups: tuple[str, ...] = WEIGHTS
) -> dict[str, tuple[tuple[int, ...], str]]:
    """Name to (shape, dtype) of the arrays that a stored run must hold."""
    own = variables(model)
    return {
        name: (tuple(getattr(own, group)[i].shape), str(getattr(own, group)[i].dtype))
        for name, group, i in names(model, groups)
    }
