"""All that changes while a model learns, as one tree of arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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
    return copy(Values(*([v.value for v in group] for group in variables(model))))


def write(model: keras.Model, values: Values) -> None:
    """Give the model's variables these values."""
    # Copies: the program that made the values may be given them back to reuse their memory.
    for group, new in zip(variables(model), copy(values), strict=True):
        for variable, value in zip(group, new, strict=True):
            variable.assign(value)


def copy(values: Values) -> Values:
    """The same values in memory of their own."""
    copied: Values = _copier()(values)
    return copied


@cache
def _copier() -> Callable[[Values], Values]:
    import jax
    import jax.numpy as jnp

    # One compiled call for all arrays: a tenth of the time of one call for each.
    return jax.jit(lambda values: jax.tree.map(jnp.copy, values))


def mapping(model: keras.Model, values: Values) -> list[tuple[keras.Variable, Any]]:
    """Pairs for `keras.StatelessScope`; groups that `values` leaves empty are skipped."""
    return [
        pair
        for group, new in zip(variables(model), values, strict=True)
        if new
        for pair in zip(group, new, strict=True)
    ]
