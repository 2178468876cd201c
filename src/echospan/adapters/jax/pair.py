"""Plain JAX functions (init, apply) as a Keras model, so that the compiled engine trains them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from echospan.adapters.loading import FIELD, said
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

Pair = tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]
"""``init(key) -> params`` and ``apply(params, x) -> scores``; x is one-hot (batch, time, K), or
numbers (batch, time, features), answered by one (batch, time, 1)."""


def is_pair(made: object) -> bool:
    """Whether a user's function returned (init, apply)."""
    return isinstance(made, tuple) and len(made) == 2 and all(callable(part) for part in made)


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

    init, apply = pair
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
