"""Random weights for the probes, such that a signal gets through if there is a way at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from echospan.adapters.forgetting import faint, generator, keeping, orthogonal
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

KEPT = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "Normalization",
        "RMSNormalization", "Rescaling", "SpectralNormalization")  # fmt: skip
"""Layers whose numbers stay: they are scales, not connections."""


def redraw(model: keras.Model, seed: int) -> None:
    """Give every layer's weights new values; the same number gives the same values."""
    rng = generator(seed)
    for layer in internals.layers(model):
        if type(layer).__name__ in KEPT:
            continue
        for variable in internals.own_variables(layer):
            if "float" in str(variable.dtype):
                variable.assign(_value(variable, layer, seed, rng))


def _value(
    variable: keras.Variable, layer: keras.layers.Layer, seed: int, rng: np.random.Generator
) -> np.ndarray:
    shape = tuple(variable.shape)
    if len(shape) < 2:
        value = 0.1 * rng.normal(size=shape)
        return _keeping(value, layer, seed)
    value = rng.normal(size=shape) / np.sqrt(max(np.prod(shape[:-1]), 1))
    kind = type(layer).__name__
    if kind == "SimpleRNNCell" and variable.name == "recurrent_kernel":
        return orthogonal(shape, rng)
    if kind == "SimpleRNNCell":
        return faint(value, seed)
    if kind == "GRUCell" and variable.name == "bias":
        return _keeping(0.1 * rng.normal(size=shape), layer, seed)
    return np.asarray(value)


def _keeping(bias: np.ndarray, layer: keras.layers.Layer, seed: int) -> np.ndarray:
    units = getattr(layer, "units", 0)
    if type(layer).__name__ == "LSTMCell":
        return keeping(bias, slice(units, 2 * units), seed)
    if type(layer).__name__ == "GRUCell":
        return keeping(bias, slice(units), seed)
    return bias
