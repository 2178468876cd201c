"""Loss and accuracy over many classes, without a vector of that many entries for each target.

Keras multiplies the logarithms of all scores with a one-hot vector, and XLA's argmax goes through
the scores one by one. With 100,000 classes the two cost more than the output layer's products.
Here the target's score is gathered, and argmax is two passes that a compiler vectorises.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

MANY = 512
"""Classes from which this is faster; with fewer Keras's own way is."""


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Any:
    """As Keras's function of that name.

    Args:
        target: Integers (...); one out of range costs nothing, as with Keras.
        output: Scores or probabilities (..., classes).
        from_logits: Whether they are scores.
        axis: Where the classes are.

    Raises:
        NotImplementedError: The classes are few, or not along the last axis, or the shapes do not
            fit: Keras's own function takes it or says what is wrong.
    """
    target, output = jnp.asarray(target), jnp.asarray(output)
    _check(output, axis)
    if target.ndim == output.ndim and target.shape[-1] == 1:
        target = target[..., 0]
    if target.shape != output.shape[:-1]:
        raise NotImplementedError
    target = target.astype("int32")
    inside = (target >= 0) & (target < output.shape[-1])
    place = jnp.where(inside, target, 0)[..., None]
    if from_logits:
        # As `log_softmax` keeps the exponentials in range: the largest score is no variable here.
        top = jax.lax.stop_gradient(jnp.max(output, axis=-1, keepdims=True))
        total = jnp.log(jnp.sum(jnp.exp(output - top), axis=-1))
        losses = total - (jnp.take_along_axis(output, place, axis=-1) - top)[..., 0]
    else:
        import keras

        share = jnp.take_along_axis(output, place, axis=-1)[..., 0] / jnp.sum(output, axis=-1)
        losses = -jnp.log(jnp.clip(share, keras.config.epsilon(), 1 - keras.config.epsilon()))
    return jnp.where(inside, losses, jnp.zeros_like(losses))


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The first of the largest, as NumPy has it; 0 where one is not a number.

    Keras on JAX takes minus zero for less than zero, which costs a pass of its own.

    Args:
        x: Scores (..., classes).
        axis: Where the classes are.
        keepdims: Keep that axis.

    Raises:
        NotImplementedError: As above, or `x` does not hold floats.
    """
    x = jnp.asarray(x)
    if not jnp.issubdtype(x.dtype, jnp.floating):
        raise NotImplementedError
    _check(x, axis)
    top = jnp.max(x, axis=-1, keepdims=True)
    place = jax.lax.broadcasted_iota(jnp.int32, x.shape, x.ndim - 1)
    return jnp.min(jnp.where(x < top, x.shape[-1], place), axis=-1, keepdims=keepdims)


def _check(x: jax.Array, axis: int | None) -> None:
    if axis is None or x.ndim == 0 or axis not in (-1, x.ndim - 1) or x.shape[-1] < MANY:
        raise NotImplementedError
