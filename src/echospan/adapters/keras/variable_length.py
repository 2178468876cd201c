"""Rebuild a Keras model made for sequences of one length, for sequences of any length."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.loading import INPUT_ATTRIBUTE
from echospan.engine.carried import carrying

if TYPE_CHECKING:
    import keras

ROWS = 4


def fixed_length(model: keras.Model) -> int | None:
    """The number of time steps that the model is fixed to; None if any number will do.

    Counts only for a model with an output at each step. One step is no length: such a model gets
    its sequences step by step. Neither is the length of a window with one output.
    """
    try:
        inputs, outputs = model.inputs[0].shape, model.outputs[0].shape
    except (AttributeError, ValueError, IndexError):
        return None
    steps = inputs[1] if len(inputs) > 1 else None
    each = len(outputs) == 3 and outputs[1] == steps
    return int(steps) if steps is not None and steps > 1 and each else None


def with_variable_length(build: Callable[[int], keras.Model]) -> Callable[[int], keras.Model]:
    """The same builder, of models for sequences of any length."""
    return lambda seed: variable_length(build(seed))


def supports_variable_length(model: keras.Model) -> bool:
    """Whether a rebuilt copy gives the same outputs, and runs at other lengths too."""
    steps = fixed_length(model)
    assert steps is not None
    try:
        again = variable_length(model)
        longer = _random_inputs(model, 2 * steps)
        with carrying(model, ROWS), carrying(again, ROWS):
            before, after = np.asarray(model(longer[:, :steps])), np.asarray(again(longer))
    except Exception:
        # Any error: a layer made for this length, or one that can't be rebuilt.
        return False
    # A model that uses future inputs gives other outputs when there are more of them: it is then
    # compared on the first length alone.
    with carrying(again, ROWS):
        same = np.asarray(again(longer[:, :steps]))
    return after.shape[1] == 2 * steps and bool(np.allclose(before, same, atol=1e-5))


def variable_length(model: keras.Model) -> keras.Model:
    """A copy of the model, weights included, with None for the time axis of its input.

    Raises:
        Exception: A layer can't be rebuilt, or not without a length.
    """
    import keras

    old = model.inputs[0]
    batch, _, *features = old.shape
    tensor = keras.Input(batch_shape=(batch, None, *features), dtype=old.dtype)
    again = keras.models.clone_model(model, input_tensors=tensor)
    again.set_weights(model.get_weights())
    if hasattr(model, INPUT_ATTRIBUTE):
        setattr(again, INPUT_ATTRIBUTE, getattr(model, INPUT_ATTRIBUTE))
    return again


def _random_inputs(model: keras.Model, steps: int) -> np.ndarray:
    """Zeros and ones (ROWS, steps, ...), as symbols or as features."""
    tensor = model.inputs[0]
    drawn: Any = np.random.default_rng(0).integers(0, 2, (ROWS, steps, *tensor.shape[2:]))
    return np.asarray(drawn, dtype=tensor.dtype)
