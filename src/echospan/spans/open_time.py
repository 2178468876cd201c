"""A Keras model built for sequences of one length, made again for sequences of any."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import carrying
from echospan.spans.taking import DECLARED

if TYPE_CHECKING:
    import keras

ROWS = 4


def fixed_time(model: keras.Model) -> int | None:
    """Time steps that a model with an answer for each step is fixed to; None where it is open.

    One step is no length: such a model is given its sequences step by step. Neither is the length
    of a window with one answer.
    """
    try:
        heard, answered = model.inputs[0].shape, model.outputs[0].shape
    except (AttributeError, ValueError, IndexError):
        return None
    steps = heard[1] if len(heard) > 1 else None
    each = len(answered) == 3 and answered[1] == steps
    return int(steps) if steps is not None and steps > 1 and each else None


def with_open_time(build: Callable[[int], keras.Model]) -> Callable[[int], keras.Model]:
    """The same models with an open time axis."""
    return lambda seed: opened(build(seed))


def can_open(model: keras.Model) -> bool:
    """Whether the model can be made again, and then answers as before, at other lengths too."""
    steps = fixed_time(model)
    assert steps is not None
    try:
        again = opened(model)
        longer = _heard(model, 2 * steps)
        with carrying(model, ROWS), carrying(again, ROWS):
            before, after = np.asarray(model(longer[:, :steps])), np.asarray(again(longer))
    except Exception:
        # Whatever it says: a layer that is made for this length, or that cannot be made again.
        return False
    # A model that hears the future answers otherwise when there is more of it: it is then judged
    # on the first length alone.
    with carrying(again, ROWS):
        same = np.asarray(again(longer[:, :steps]))
    return after.shape[1] == 2 * steps and bool(np.allclose(before, same, atol=1e-5))


def opened(model: keras.Model) -> keras.Model:
    """A copy of the model, weights included, with None for the time axis of its input.

    Raises:
        Exception: Of a layer that cannot be made again, or not without a length.
    """
    import keras

    heard = model.inputs[0]
    batch, _, *features = heard.shape
    tensor = keras.Input(batch_shape=(batch, None, *features), dtype=heard.dtype)
    again = keras.models.clone_model(model, input_tensors=tensor)
    again.set_weights(model.get_weights())
    if hasattr(model, DECLARED):
        setattr(again, DECLARED, getattr(model, DECLARED))
    return again


def _heard(model: keras.Model, steps: int) -> np.ndarray:
    """Zeros and ones (ROWS, steps, ...), as symbols or as features."""
    heard = model.inputs[0]
    drawn: Any = np.random.default_rng(0).integers(0, 2, (ROWS, steps, *heard.shape[2:]))
    return np.asarray(drawn, dtype=heard.dtype)
