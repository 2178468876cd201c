"""How large a model is, before anything of it is allocated, and the width for a given size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from echospan.backend import keras_on_jax
from echospan.engine import keras_internals as internals
from echospan.engine.nearest import nearest
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

    def count(steps: int) -> int:
        return size(model.replace(units=steps * step), signature).parameters

    best, found = nearest(count, parameters, MOST_UNITS // step)
    if not parameters / 2 <= found <= parameters * 2:
        raise ConfigError(
            "parameters",
            f"a number that a {model.kind} model can come near; with {best * step} units it has "
            f"{found:,}",
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
