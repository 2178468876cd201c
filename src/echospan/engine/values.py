"""All that changes while a model learns: one tree of arrays; named arrays for the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from echospan.engine.carried import state_variables
from echospan.errors import CorruptRun

if TYPE_CHECKING:
    import keras

WEIGHTS = ("trainable", "non_trainable")
"""The groups that make a trained model; the others matter only to go on training."""


class TrainState(NamedTuple):
    """The values of a model's variables, in the order in which Keras lists them.

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


def variables(model: keras.Model) -> TrainState:
    """The model's variables themselves, grouped."""
    states = state_variables(model)
    known = {id(variable) for variable in states}
    # A model that was never compiled does not even have the attribute.
    optimizer = getattr(model, "optimizer", None)
    return TrainState(
        trainable=list(model.trainable_variables),
        non_trainable=[v for v in model.non_trainable_variables if id(v) not in known],
        optimizer=list(optimizer.variables) if optimizer is not None else [],
        metrics=list(model.metrics_variables),
        states=states,
    )


def read(model: keras.Model) -> TrainState:
    """The values that the model's variables have now.

    They are copies: a compiled program may reuse their memory.
    """
    return copy(TrainState(*([v.value for v in group] for group in variables(model))))


def write(model: keras.Model, values: TrainState) -> None:
    """Give the model's variables these values."""
    # Copies: the program that made the values may be given them back to reuse their memory.
    for group, new in zip(variables(model), copy(values), strict=True):
        for variable, value in zip(group, new, strict=True):
            variable.assign(value)


def copy(values: TrainState) -> TrainState:
    """The same values in memory of their own."""
    copied: TrainState = _copier()(values)
    return copied


@cache
def _copier() -> Callable[[TrainState], TrainState]:
    import jax
    import jax.numpy as jnp

    # One compiled call for all arrays: a tenth of the time of one call for each.
    return jax.jit(lambda values: jax.tree.map(jnp.copy, values))


def mapping(model: keras.Model, values: TrainState) -> list[tuple[keras.Variable, Any]]:
    """Pairs for `keras.StatelessScope`; groups that `values` leaves empty are skipped."""
    return [
        pair
        for group, new in zip(variables(model), values, strict=True)
        if new
        for pair in zip(group, new, strict=True)
    ]


def zero_states(values: TrainState) -> TrainState:
    """The same values with all carried state at zero."""
    import jax.numpy as jnp

    return values._replace(states=[jnp.zeros_like(state) for state in values.states])


def fresh_metrics(model: keras.Model, values: TrainState) -> TrainState:
    """The same values with all metrics reset."""
    import keras

    own = model.metrics_variables
    with keras.StatelessScope(list(zip(own, values.metrics, strict=True))) as scope:
        for metric in model.metrics:
            metric.reset_state()
        return values._replace(metrics=[scope.get_current_value(v) for v in own])


def names(
    model: keras.Model, groups: tuple[str, ...] = TrainState._fields
) -> list[tuple[str, str, int]]:
    """(name, group, position) of each value: ``trainable.000.kernel``, ``optimizer.003``."""
    own = variables(model)
    # Keras counts layers over the life of the process, and an optimizer's variables are called
    # after them: another process would look for other names.
    return [
        (
            f"{group}.{position:03d}" + (f".{variable.name}" if group in WEIGHTS else ""),
            group,
            position,
        )
        for group in groups
        for position, variable in enumerate(getattr(own, group))
    ]


def to_arrays(
    model: keras.Model, values: TrainState, groups: tuple[str, ...] = TrainState._fields
) -> dict[str, np.ndarray]:
    """Copies of the values by name."""
    return by_name(names(model, groups), values)


def by_name(known: Iterable[tuple[str, str, int]], values: TrainState) -> dict[str, np.ndarray]:
    """Copies of the values, for `names` asked before: in a thread that must not use the model."""
    return {name: np.array(getattr(values, group)[position]) for name, group, position in known}


def from_arrays(
    model: keras.Model,
    like: TrainState,
    arrays: Mapping[str, np.ndarray],
    groups: tuple[str, ...] = TrainState._fields,
) -> TrainState:
    """Values from named arrays, which must hold all of `groups`; the others are those of `like`.

    Raises:
        CorruptRun: An array is missing, or has another shape than the model's.
    """
    import jax.numpy as jnp

    by_group = {group: list(getattr(like, group)) for group in TrainState._fields}
    for name, group, position in names(model, groups):
        wanted = tuple(by_group[group][position].shape)
        if name not in arrays or arrays[name].shape != wanted:
            shape = arrays[name].shape if name in arrays else "missing"
            raise CorruptRun(
                f"The stored array {name} must have the shape {wanted}; it is {shape}."
            )
        by_group[group][position] = jnp.array(arrays[name])
    return TrainState(**by_group)


def expected(
    model: keras.Model, groups: tuple[str, ...] = WEIGHTS
) -> dict[str, tuple[tuple[int, ...], str]]:
    """Name to (shape, dtype) of the arrays that a stored run must hold."""
    own = variables(model)
    return {
        name: (tuple(getattr(own, group)[i].shape), str(getattr(own, group)[i].dtype))
        for name, group, i in names(model, groups)
    }
