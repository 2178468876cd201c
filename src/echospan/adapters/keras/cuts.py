"""Whether something in a Keras model may keep a gradient from passing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.adapters.keras.clone import of_user
from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

CUTS = {
    "StopGradient", "Argmax", "Argmin", "Argsort", "Cast", "Round", "Floor", "Ceil", "Sign",
    "Trunc", "Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "Lambda",
    "TorchModuleWrapper", "JaxLayer", "Discretization", "Hashing",
}  # fmt: skip
"""Operations without a gradient, and layers of which it is not known what they do."""


def cuts_gradients(model: keras.Model) -> bool:
    """Whether an operation or a layer without a gradient, or one of the user's own, is in it."""
    import keras

    parts = list(internals.layers(model))
    for layer in internals.layers(model):
        parts += list(getattr(layer, "operations", ()))
    return any(
        type(part).__name__ in CUTS
        or (isinstance(part, keras.layers.Layer) and of_user(type(part)))
        for part in parts
    )


def adds_losses(model: keras.Model) -> bool:
    """Whether a class of the user's own speaks of `add_loss`, or trains in its own way."""
    for layer in internals.layers(model):
        for kind in type(layer).__mro__:
            if not of_user(kind) or kind is object:
                break
            if {"train_step", "compute_loss"} & set(vars(kind)):
                return True
            for function in vars(kind).values():
                code = getattr(function, "__code__", None)
                if code is not None and "add_loss" in code.co_names:
                    return True
    return False
