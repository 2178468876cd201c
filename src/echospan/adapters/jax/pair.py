"""Plain JAX functions (init, apply) as a Keras model, so that the compiled engine trains them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from echospan.adapters.loading import FIELD, said
from echospan.errors import ConfigError
from echospan.limits import require_memory

if TYPE_CHECKING:
    import keras

MASKS = ("mask", "attention_mask")
POSITIONS = ("positions", "position_ids")
"""Names under which `apply` may take a mask, or the positions of time steps."""

COPIES = 7
"""Weights, gradients, moments, and values before and after an update."""

Pair = tuple[Callable[[Any], Any], Callable[..., Any]]
"""``init(key) -> params``, and ``apply(params, x) -> y`` or ``apply(params, x, state) -> (y,
state)``, whose first state is None. In training x is one-hot (batch, time, K) and y scores, or x is
numbers (batch, time, features), answered by one (batch, time, 1)."""


def is_pair(made: object) -> bool:
    """Whether a user's function returned (init, apply)."""
    return isinstance(made, tuple) and len(made) == 2 and all(callable(part) for part in made)


def states_of(apply: Callable[..., Any]) -> list[inspect.Parameter]:
    """Arguments of `apply` after the parameters and the input, without masks and positions."""
    try:
        places = list(inspect.signature(apply).parameters.values())[2:]
    except (TypeError, ValueError):
        return []
    return [place for place in places if place.name not in (*MASKS, *POSITIONS)]


def answering(apply: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """`apply` for whole sequences: from the initial state, and without the state that it returns.

    A pair ``apply(params, x, state) -> (y, state)`` makes its initial state when it gets None.
    """
    free = states_of(apply)
    named = {each.name: None for each in free[:1] if each.default is inspect.Parameter.empty}

    def answers(params: Any, x: Any) -> Any:
        found = apply(params, x, **named)
        return found[0] if free and isinstance(found, tuple) and len(found) == 2 else found

    return answers


def pair_as_keras_model(
    pair: Pair, features: int, answers: int, seed: int, name: str
) -> keras.Model:
    """A Keras model whose weights are the parameters of `init` and whose call is `apply`.

    Args:
        pair: The two functions.
        features: Numbers in one step of the input.
        answers: Numbers in one step of the output.
        seed: Seed of the key that `init` gets.
        name: Name of the model in errors.

    Raises:
        ConfigError: One of the functions raised.
    """
    import jax
    import keras

    init, apply = pair[0], answering(pair[1])
    require_memory(COPIES * bytes_of(init), "Training the parameters that init gives")
    try:
        leaves, structure = jax.tree.flatten(init(jax.random.key(seed)))
        leaves = [jax.numpy.asarray(leaf) for leaf in leaves]
    except Exception as error:
        raise ConfigError(FIELD, f"init(key) -> params; it raised {said(error)}", name) from error
    try:
        x = jax.ShapeDtypeStruct((2, 8, features), "float32")
        jax.eval_shape(apply, jax.tree.unflatten(structure, leaves), x)
    except Exception as error:
        raise ConfigError(
            FIELD, f"apply(params, x) -> scores; on x {x.shape} it raised {said(error)}", name
        ) from error

    class Pure(keras.layers.Layer):  # type: ignore[misc]
        """The leaves of the parameters as weights."""

        def __init__(self) -> None:
            super().__init__(name="apply")
            self.leaves = [
                self.add_weight(
                    shape=leaf.shape,
                    dtype=str(leaf.dtype),
                    name=f"leaf_{place}",
                    trainable=bool(jax.numpy.issubdtype(leaf.dtype, jax.numpy.floating)),
                )
                for place, leaf in enumerate(leaves)
            ]
            for weight, leaf in zip(self.leaves, leaves, strict=True):
                weight.assign(leaf)

        def call(self, x: Any) -> Any:
            values = [jax.numpy.asarray(weight) for weight in self.leaves]
            return apply(jax.tree.unflatten(structure, values), x)

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor((*x.shape[:2], answers))

    start = keras.Input((None, features))
    return keras.Model(start, Pure()(start))


def bytes_of(init: Callable[..., Any]) -> int:
    """Bytes of the parameters that `init` would give; 0 where only making them would tell."""
    import jax

    with suppress(Exception):
        shapes = jax.tree.leaves(jax.eval_shape(init, jax.random.key(0)))
        return sum(math.prod(each.shape) * each.dtype.itemsize for each in shapes)
    return 0
