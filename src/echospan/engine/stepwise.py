"""Which layers give the same step by step as for a whole sequence, and which need all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine import keras_internals as internals
from echospan.engine.carried import carriers
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

STEPS = 4
"""Time steps on which a layer of unknown kind is tried."""

# Keras's layers that treat every time step alone, as they are used on (batch, time, features).
STEP_BY_STEP = frozenset(
    {
        "Activation",
        "Add",
        "AlphaDropout",
        "Average",
        "Dense",
        "Dropout",
        "ELU",
        "Embedding",
        "GaussianDropout",
        "GaussianNoise",
        "Identity",
        "InputLayer",
        "LeakyReLU",
        "Masking",
        "Maximum",
        "Minimum",
        "Multiply",
        "Noise",
        "ReLU",
        "Rescaling",
        "Subtract",
        "TimeDistributed",
    }
)


def check_streams(model: keras.Model) -> None:
    """Refuse a model with a layer that needs the whole sequence before its first output.

    Layers of a kind that is not known are tried on random numbers. Plain operations between layers
    are not looked at: `echospan.testing.check_streaming` measures a model as a whole.

    Raises:
        ConfigError: Names the layer.
    """
    able = {id(layer) for layer in carriers(model)}
    for layer in _judged(model, able):
        if id(layer) in able:
            if not getattr(layer, "go_backwards", False):
                continue
        elif type(layer).__name__ in STEP_BY_STEP or _works_step_by_step(layer):
            continue
        raise ConfigError(
            "model",
            "made of layers that can run one step at a time",
            f"layer {layer.name!r} ({type(layer).__name__}), which needs the whole sequence",
        )


def _judged(layer: keras.Layer, able: set[int]) -> Iterator[keras.Layer]:
    """The layers to judge: models, and a user's own compositions, part by part."""
    import keras

    own = not type(layer).__module__.startswith("keras.")
    taken_apart = isinstance(layer, keras.Model) or (own and not internals.calls(layer))
    if id(layer) not in able and taken_apart and internals.inner_layers(layer):
        for part in internals.inner_layers(layer):
            yield from _judged(part, able)
    else:
        yield layer


def _works_step_by_step(layer: keras.Layer) -> bool:
    """Whether a layer of a functional model gives the same for parts of a sequence."""
    import jax
    import keras

    if not internals.calls(layer):
        # Nothing is known of what it is called with: only its kind can speak for it.
        return not type(layer).__module__.startswith("keras.") and not internals.inner_layers(layer)
    given = internals.calls(layer)[0].arguments
    if any(len(tensor.shape) < 3 for tensor in given.keras_tensors):
        return True  # It comes after the last step was taken.
    draw = np.random.default_rng(0)
    drawn = {
        id(tensor): draw.normal(size=(2, STEPS, *(n or 1 for n in tensor.shape[2:]))).astype("f4")
        for tensor in given.keras_tensors
    }

    def call(cut: slice) -> Any:
        args, kwargs = keras.tree.map_structure(
            lambda x: drawn[id(x)][:, cut] if id(x) in drawn else x, (given.args, given.kwargs)
        )
        return layer(*args, **kwargs)

    try:
        whole = np.asarray(call(slice(None)))
        # Halves, not single steps: some layers warn of an axis of size 1.
        halves = [np.asarray(call(slice(start, start + STEPS // 2))) for start in (0, STEPS // 2)]
    except (ValueError, TypeError, jax.errors.JAXTypeError):
        return False
    if whole.ndim < 3 or whole.shape[1] != STEPS:
        return False
    return bool(np.allclose(whole, np.concatenate(halves, axis=1), atol=1e-5))
