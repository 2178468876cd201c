"""How large a model is, before anything of it is allocated, and the width for a given size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from echospan.backend import keras_on_jax
from echospan.engine import keras_internals as internals
from echospan.engine.streaming import state_size
from echospan.errors import ConfigError
from echospan.models import Model, Signature
from echospan.models.init import Init

if TYPE_CHECKING:
    import keras

MOST_UNITS = 100_000


class Size(NamedTuple):
    """Numbers that a model consists of.

    Attributes:
        parameters: Trainable numbers.
        fixed: Numbers that are stored with it but not trained.
        state: Numbers that one row carries from step to step.
        orthogonal: Shapes of the matrices that are drawn as orthogonal ones.
    """

    parameters: int
    fixed: int
    state: int
    orthogonal: tuple[tuple[int, int], ...] = ()


def size(model: Model, signature: Signature) -> Size:
    """The size of a model for a signature; nothing is allocated, whatever the settings ask for."""
    built = _without_values(model, signature)
    trainable = _count(built.trainable_variables)
    # The recurrent kernels of Keras's layers, unless their settings ask for something else.
    orthogonal = tuple(
        (int(v.shape[0]), int(v.shape[1]))
        for v in built.trainable_variables
        if v.name == "recurrent_kernel"
    )
    fixed = _count(built.weights) - trainable
    return Size(trainable, fixed, state_size(built), orthogonal)


def with_parameters(model: Model, signature: Signature, parameters: int) -> Model:
    """The same model with the `units` that bring its trainable numbers nearest to `parameters`.

    Raises:
        ConfigError: It has no units, or even the fewest or the most are far from that.
    """
    if "units" not in type(model).model_fields:
        raise ConfigError(
            "parameters", f"left out: a {model.kind} model has no width to choose", parameters
        )
    step = int(getattr(model, "granularity", 1))
    known: dict[int, int] = {}

    def count(steps: int) -> int:
        if steps not in known:
            sized = model.replace(units=steps * step)
            known[steps] = size(sized, signature).parameters
        return known[steps]

    low, high = 1, 2
    while count(high) < parameters and high * step <= MOST_UNITS // 2:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < parameters else (low, middle)
    best = min((low, high), key=lambda steps: abs(count(steps) - parameters))
    if not parameters / 2 <= count(best) <= parameters * 2:
        raise ConfigError(
            "parameters",
            f"a number that a {model.kind} model can come near; with {best * step} units it has "
            f"{count(best):,}",
            parameters,
        )
    return model.replace(units=best * step)


def _without_values(model: Model, signature: Signature) -> keras.Model:
    """The Keras model with variables that have shapes and no values."""
    keras = keras_on_jax()

    if model.carries_state:
        # State is counted by itself, and Keras makes none in a stateless scope.
        model = model.replace(stateful=False)
    waiting = "uninitialized_variables"
    before = list(internals.global_value(waiting, []) or [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            return model.build(signature, Init(0))
    finally:
        # Keras would give them values at the next opportunity.
        internals.set_global_value(waiting, before)


def _count(variables: list[keras.Variable]) -> int:
    return sum(math.prod(variable.shape) for variable in variables)
