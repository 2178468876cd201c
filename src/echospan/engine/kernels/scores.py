"""Loss and accuracy without a vector of as many entries as there are classes for each target.

Keras multiplies the logarithms of all scores with a one-hot vector, and XLA's argmax goes through
the scores one by one. With 100,000 classes the two cost more than the output layer's products.
The compiled loss goes through the scores once and finds the highest on the way. Without it, and for
probabilities, the target's score is gathered, and argmax is two passes that vectorise.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from echospan.engine.kernels import choice
from echospan.engine.kernels.marks import mark_places, places_of, time_major
from echospan.engine.kernels.native import losses as native

MANY = 512
"""Classes from which the ways in JAX are faster; with fewer Keras's own are."""


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
        NotImplementedError: Neither way takes them, the classes are not along the last axis, or
            the shapes do not fit: Keras's own function takes it or says what is wrong.
    """
    target, scores = jnp.asarray(target), jnp.asarray(output)
    _demand(scores.ndim > 0 and axis in (-1, scores.ndim - 1))
    if target.ndim == scores.ndim and target.shape[-1] == 1:
        target = target[..., 0]
    _demand(target.shape == scores.shape[:-1])
    target = target.astype("int32")
    if from_logits and choice.compiles(scores):
        losses, places = _compiled(target, scores, time_major(output))
        mark_places(output, places)
        return losses
    _demand(scores.shape[-1] >= MANY)
    return _gathered(target, scores, from_logits)


def _compiled(target: jax.Array, scores: jax.Array, series: Any) -> Any:
    if series is None:
        return native.cross_entropy(scores, target)
    turned = native.cross_entropy(series, jnp.swapaxes(target, 0, 1))
    return tuple(jnp.swapaxes(each, 0, 1) for each in turned)


def _gathered(target: jax.Array, output: jax.Array, from_logits: bool) -> jax.Array:
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
    """Where the highest of the scores is: found with the loss, or here.

    With the loss it is Keras's answer always. Here it is the first of the highest, as NumPy has it,
    and 0 where one is not a number: Keras on JAX takes minus zero for less than zero, which costs a
    pass of its own.

    Args:
        x: Scores (..., classes).
        axis: Where the classes are.
        keepdims: Keep that axis.

    Raises:
        NotImplementedError: The classes are few or not along the last axis, or `x` does not hold
            floats.
    """
    scores = jnp.asarray(x)
    _demand(scores.ndim > 0 and axis in (-1, scores.ndim - 1))
    places = places_of(x)
    if places is not None:
        places = places.astype(int)
        return places[..., None] if keepdims else places
    _demand(jnp.issubdtype(scores.dtype, jnp.floating) and scores.shape[-1] >= MANY)
    top = jnp.max(scores, axis=-1, keepdims=True)
    place = jax.lax.broadcasted_iota(jnp.int32, scores.shape, scores.ndim - 1)
    return jnp.min(jnp.where(scores < top, scores.shape[-1], place), axis=-1, keepdims=keepdims)


def _demand(covered: bool) -> None:
    if not covered:
        raise NotImplementedError
