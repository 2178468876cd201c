"""Random weights for the probes, such that a signal gets through if there is a way at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

KEPT = ("BatchNormalization", "LayerNormalization", "GroupNormalization", "Normalization",
        "RMSNormalization", "Rescaling", "SpectralNormalization")  # fmt: skip
"""Layers whose numbers stay: they are scales, not connections."""

FORGETTING = (1.0, 4.0, 7.0)
"""Bias of the gates that keep the state, draw by draw: from quickly forgetting to hardly at all."""


def redraw(model: keras.Model, number: int) -> None:
    """Give every layer's weights new values; the same number gives the same values."""
    rng = np.random.default_rng(1_000 + number)
    for layer in internals.layers(model):
        if type(layer).__name__ in KEPT:
            continue
        for variable in internals.own_variables(layer):
            if "float" in str(variable.dtype):
                variable.assign(_value(variable, layer, number, rng))


def _value(
    variable: keras.Variable, layer: keras.layers.Layer, number: int, rng: np.random.Generator
) -> np.ndarray:
    shape = tuple(variable.shape)
    if len(shape) < 2:
        value = 0.1 * rng.normal(size=shape)
        return _keeping(value, layer, number)
    value = rng.normal(size=shape) / np.sqrt(max(np.prod(shape[:-1]), 1))
    kind = type(layer).__name__
    if kind == "SimpleRNNCell" and variable.name == "recurrent_kernel":
        return np.asarray(np.linalg.qr(rng.normal(size=shape))[0])
    if kind == "SimpleRNNCell" and number:
        # A small signal stays where the activation is nearly linear, and is kept longer.
        return np.asarray(value * 0.03**number)
    if kind == "GRUCell" and variable.name == "bias":
        return _keeping(0.1 * rng.normal(size=shape), layer, number)
    return np.asarray(value)


def _keeping(bias: np.ndarray, layer: keras.layers.Layer, number: int) -> np.ndarray:
    """Let the gates of recurrent cells keep the state for longer, draw by draw."""
    units = getattr(layer, "units", 0)
    more = FORGETTING[number % len(FORGETTING)]
    if type(layer).__name__ == "LSTMCell":
        bias[..., units : 2 * units] += more
    elif type(layer).__name__ == "GRUCell":
        bias[..., :units] += more
    return bias
