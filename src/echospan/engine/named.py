"""A model's values as named arrays, for the store, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from echospan.engine.values import Values, variables

if TYPE_CHECKING:
    import keras

WEIGHTS = ("trainable", "non_trainable")
"""The groups that make a trained model; the others matter only to go on training."""


def names(
    model: keras.Model, groups: tuple[str, ...] = Values._fields
) -> list[tuple[str, str, int]]:
    """(name, group, position) of each value: ``trainable.000.kernel``."""
    own = variables(model)
    return [
        (f"{group}.{position:03d}.{variable.name}", group, position)
        for group in groups
        for position, variable in enumerate(getattr(own, group))
    ]


def to_arrays(
    model: keras.Model, values: Values, groups: tuple[str, ...] = Values._fields
) -> dict[str, np.ndarray]:
    """Copies of the values by name."""
    return {
        name: np.array(getattr(values, group)[position])
        for name, group, position in names(model, groups)
    }


def from_arrays(model: keras.Model, like: Values, arrays: Mapping[str, np.ndarray]) -> Values:
    """Values from named arrays; what is not among them is taken from `like`."""
    import jax.numpy as jnp

    groups = {group: list(getattr(like, group)) for group in Values._fields}
    for name, group, position in names(model):
        if name in arrays:
            groups[group][position] = jnp.array(arrays[name])
    return Values(**groups)


def expected(
    model: keras.Model, groups: tuple[str, ...] = WEIGHTS
) -> dict[str, tuple[tuple[int, ...], str]]:
    """Name to (shape, dtype) of the arrays that a stored run must hold."""
    own = variables(model)
    return {
        name: (tuple(getattr(own, group)[i].shape), str(getattr(own, group)[i].dtype))
        for name, group, i in names(model, groups)
    }
