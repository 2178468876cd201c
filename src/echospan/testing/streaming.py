"""The contract of streaming, for any Keras model: echospan's own or an outsider's."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.backend import keras_on_jax
from echospan.engine import keras_internals as internals
from echospan.engine.streaming import StreamingModel
from echospan.engine.update import forward
from echospan.engine.values import TrainState, read
from echospan.testing.require import require

if TYPE_CHECKING:
    import keras

TOLERANCE = 1e-4
"""Greatest difference allowed between two ways to compute the same, as a share of the outputs."""

LONG = 200
"""Steps over which gradients must stay finite."""


def check_streaming(model: keras.Model, inputs: np.ndarray) -> None:
    """A model gives the same however a sequence is cut, and never looks ahead.

    Args:
        model: A built Keras model (batch, time, ...) -> (batch, time, ...) or (batch, ...).
        inputs: At least two different sequences of at least six steps, as the model is fed.

    Raises:
        AssertionError: Says what differs, and by how much.
        ConfigError: A layer needs the whole sequence.
    """
    keras_on_jax()
    import jax

    rows, steps = inputs.shape[:2]
    require(rows >= 2 and steps >= 6, f"inputs need 2 rows and 6 steps at least; got {rows, steps}")
    streaming = StreamingModel(model)
    start = streaming.initial(rows)
    whole, _ = streaming(inputs, start)
    require(np.isfinite(whole).all(), "outputs are not finite")
    each = whole.ndim == inputs.ndim or (whole.ndim > 2 and whole.shape[1] == steps)
    same = partial(_same, scale=float(np.abs(whole).max()))

    again, _ = streaming(inputs, start)
    require(bool(np.array_equal(whole, again)), "two calls with the same inputs differ")
    if not any(getattr(layer, "stateful", False) for layer in internals.layers(model)):
        plain, _ = jax.jit(partial(forward, model))(read(model), inputs)
        same(plain, whole, "the model's own call and the same sequence heard with a state")
    for cuts in (range(1, steps), (1, steps - 1)):
        parts, state = [], start
        for part in np.split(inputs, list(cuts), axis=1):
            output, state = streaming(part, state)
            parts.append(np.asarray(output))
        outputs = np.concatenate(parts, axis=1) if each else parts[-1]
        how = "step by step" if len(cuts) == steps - 1 else "chunks of uneven length"
        same(outputs, whole, f"{how} and the whole sequence")
    alone, _ = streaming(inputs[1:2], streaming.initial(1))
    same(alone, whole[1:2], "a row alone and among others")
    _check_causal(streaming, start, inputs, whole if each else None, same)
    _check_round_trip(model, inputs, whole, same)
    _check_gradient(model, inputs)


def check_receptive_field(model: keras.Model, inputs: np.ndarray, field: int | None) -> None:
    """The last answer depends on the step at the field's edge, and on none beyond it.

    Args:
        model: A built Keras model of floating-point inputs.
        inputs: Sequences (rows, time, features) longer than the field.
        field: Steps in view, the current one included; None for no limit, then the first step of
            `inputs` must matter.

    Raises:
        AssertionError: Names the step.
    """
    keras_on_jax()
    import jax
    import jax.numpy as jnp

    steps = inputs.shape[1]
    field = steps if field is None else field
    require(steps >= field, f"inputs of {steps} steps cannot show a field of {field}")
    values = read(model)._replace(optimizer=[], metrics=[])

    def last(x: Any) -> Any:
        outputs, _ = forward(model, values, x)
        answers = outputs[:, -1] if outputs.ndim > 2 else outputs
        # Weights that no symmetry of the readout cancels.
        return jnp.sum(answers * jnp.cos(jnp.arange(answers.shape[-1])))

    reach = np.abs(np.asarray(jax.jit(jax.grad(last))(jnp.asarray(inputs))))
    by_step = reach.reshape(len(reach), steps, -1).max(axis=(0, 2))
    beyond = np.flatnonzero(by_step[: steps - field])
    require(
        not beyond.size,
        f"the field is {field} steps, but an answer depends on the value "
        f"{steps - 1 - beyond.min() if beyond.size else 0} steps back",
    )
    require(
        field == 0 or by_step[steps - field] > 0,
        f"the field is {field} steps, but an answer does not depend on the value {field - 1} back",
    )


def _check_causal(
    streaming: StreamingModel, start: Any, inputs: np.ndarray, whole: Any, same: Any
) -> None:
    half = inputs.shape[1] // 2
    other = inputs.copy()
    other[:, half:] = inputs[::-1, half:][:, ::-1]
    require(not np.array_equal(other, inputs), "inputs need rows that differ")
    changed, _ = streaming(other, start)
    if whole is not None:
        same(changed[:, :half], whole[:, :half], "outputs before a change of later inputs and")
    others = inputs.copy()
    others[1:] = inputs[:1]
    outputs, _ = streaming(others, start)
    if whole is not None:
        same(outputs[:1], whole[:1], "a row's outputs before and after a change in other rows")


def _check_round_trip(model: keras.Model, inputs: np.ndarray, whole: Any, same: Any) -> None:
    import keras

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        model.save(file)
        again = keras.models.load_model(file)
    loaded = StreamingModel(again)
    outputs, _ = loaded(inputs, loaded.initial(len(inputs)))
    same(outputs, whole, "the model saved and loaded again and the model")


def _check_gradient(model: keras.Model, inputs: np.ndarray) -> None:
    import jax
    import jax.numpy as jnp

    values = read(model)._replace(optimizer=[], metrics=[])
    repeats = -(-LONG // inputs.shape[1])
    long = np.concatenate([inputs] * repeats, axis=1)[:, :LONG]

    def loss(trainable: list[Any]) -> Any:
        inside: TrainState = values._replace(trainable=trainable)
        return jnp.mean(forward(model, inside, long)[0] ** 2)

    for gradient in jax.jit(jax.grad(loss))(values.trainable):
        require(bool(jnp.isfinite(gradient).all()), f"a gradient over {LONG} steps is not finite")


def _same(actual: Any, expected: Any, what: str, scale: float) -> None:
    actual, expected = np.asarray(actual), np.asarray(expected)
    require(
        actual.shape == expected.shape,
        f"{what} have shapes {actual.shape} and {expected.shape}",
    )
    difference = float(np.abs(actual - expected).max())
    require(
        difference <= TOLERANCE * max(scale, 1e-6),
        f"{what} differ by {difference:.2g} where outputs go up to {scale:.2g}",
    )
