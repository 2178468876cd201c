"""Variables for a model that does not have them yet, from the shapes of its data."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from echospan.engine import keras_internals as internals
from echospan.engine.carried import carrying, is_stateful, state_variables
from echospan.engine.update import Batch

if TYPE_CHECKING:
    import keras


def build(model: keras.Model, data: Batch, rows: int) -> None:
    """Make the variables of layers, loss, metrics and optimizer, as Keras's own `fit` does."""
    import jax

    if not _has_layers(model) and is_stateful(model):
        build_layers(model, data, rows)
    # A model whose layers are built may be used at another batch size than its states have.
    with carrying(model, rows) if _has_layers(model) else nullcontext():
        internals.build(model, tuple(jax.tree.map(lambda a: a[:rows], data)))


def build_layers(model: keras.Model, data: Batch, rows: int) -> None:
    """Make the variables of the layers; the model need not be compiled."""
    import jax
    import keras

    if _has_layers(model):
        return
    x = jax.tree.map(lambda a: a[:rows], data.x)
    if not is_stateful(model):
        with keras.StatelessScope():
            model(x)
        return
    # Keras refuses to make states inside a scope, so the call is a real one: undo what it does.
    before = [(variable, variable.value) for variable in model.variables]
    model(x)
    for variable, value in before:
        variable.assign(value)
    for state in state_variables(model):
        state.assign(keras.ops.zeros_like(state.value))


def _has_layers(model: keras.Model) -> bool:
    return all(layer.built for layer in internals.layers(model))
