"""All that changes while a model learns, as one tree of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from echospan.engine.carried import state_variables

if TYPE_CHECKING:
    import keras


class Values(NamedTuple):
    """Values of a model's variables, in the order in which Keras lists them.

    A JAX pytree: it goes through compiled programs as it is.
    """

    trainable: list[Any]
    non_trainable: list[Any]
    """BatchNorm's statistics, dropout's seed states and the like."""
    optimizer: list[Any]
    """Iterations, learning rate, moments."""
    metrics: list[Any]
    states: list[Any]
    """Carried state of stateful recurrent layers, (batch, units) each."""


def variables(model: keras.Model) -> Values:
    """The model's variables themselves, grouped."""
    states = state_variables(model)
    known = {id(variable) for variable in states}
    # A model that was never compiled does not even have the attribute.
    optimizer = getattr(model, "optimizer", None)
    return Values(
        trainable=list(model.trainable_variables),
        non_trainable=[v for v in model.non_trainable_variables if id(v) not in known],
        optimizer=list(optimizer.variables) if optimizer is not None else [],
        metrics=list(model.metrics_variables),
        states=states,
    )


def read(model: keras.Model) -> Values:
    """The values that the model's variables have now.

    They are copies: a compiled program may reuse their memory.
    """
    import jax.numpy as jnp

    return Values(*([jnp.array(v.value) for v in group] for group in variables(model)))


def write(model: keras.Model, values: Values) -> None:
    """Give the model's variables these values."""
    import jax.numpy as jnp

    for group, new in zip(variables(model), values, strict=True):
        for variable, value in zip(group, new, strict=True):
            # A copy: the program that made the value may be given it back to reuse its memory.
            variable.assign(jnp.array(value))


def mapping(model: keras.Model, values: Values) -> list[tuple[keras.Variable, Any]]:
    """Pairs for `keras.StatelessScope`; groups that `values` leaves empty are skipped."""
    return [
        pair
        for group, new in zip(variables(model), values, strict=True)
        if new
        for pair in zip(group, new, strict=True)
    ]
