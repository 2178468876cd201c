"""Variables for a model that does not have them yet, from the shapes of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.engine.update import Batch

if TYPE_CHECKING:
    import keras


def build(model: keras.Model, data: Batch, rows: int) -> None:
    """Make the variables of layers, loss, metrics and optimizer, as Keras's own `fit` does."""
    import jax

    model._symbolic_build(data_batch=tuple(jax.tree.map(lambda a: a[:rows], data)))


def build_layers(model: keras.Model, data: Batch, rows: int) -> None:
    """Make the variables of the layers; the model need not be compiled."""
    import jax
    import keras

    if not all(layer.built for layer in model._flatten_layers()):
        with keras.StatelessScope():
            model(jax.tree.map(lambda a: a[:rows], data.x))
