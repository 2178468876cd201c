"""`echospan.predict`: outputs of a user's own Keras model, state carried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.arguments import flag, one_of, readable, validated, whole
from echospan.backend import keras_on_jax
from echospan.engine.building import build_layers
from echospan.engine.carried import carrying
from echospan.engine.checks import check_model, check_reset_state, check_start, choose_batch_size
from echospan.engine.programs import find, layout, shapes
from echospan.engine.room import require_room
from echospan.engine.samples import count, samples
from echospan.engine.scorer import keep_states, start_states
from echospan.engine.update import forward
from echospan.engine.values import TrainState, read, variables, zero_states
from echospan.engine.work import batches_at_once
from echospan.experiment import ResetState
from echospan.limits import asks_consent

if TYPE_CHECKING:
    import keras


@validated(
    model=readable,
    x=readable,
    batch_size=whole(1),
    reset_state=one_of("batch", "epoch", "never"),
    yes=flag,
)
@asks_consent
def predict(
    model: keras.Model,
    x: Any,
    *,
    batch_size: int | None = None,
    reset_state: ResetState | None = None,
    yes: bool = False,
) -> Any:
    """Return the outputs of a Keras model for arrays, like Keras's `predict`.

    Stateful layers carry their state from batch to batch, in the order of the samples, at any
    batch size. What they hold at the end is written back to them if they are built for this batch
    size, as Keras documents; at another one they keep what they hold.

    Args:
        model: A Keras model; it need not be compiled.
        x: Inputs (samples, ...), or a list, tuple or dictionary of such.
        batch_size: Samples per batch; by default that of stateful layers, or 32.
        reset_state: "epoch" starts from zero and carries state through; "batch" starts every
            batch from zero; "never" starts from the state in the layers. The default is "epoch".
        yes: Go on where the estimated memory is above a limit.

    Returns:
        Outputs (samples, ...) as NumPy arrays, in the structure of the model's outputs.

    Raises:
        ConfigError: A setting cannot be used with this model.
        DataError: The arrays cannot be used.
        OutOfMemory: It is estimated to need more memory than is free.
        BackendError: Keras runs on another backend than JAX.
        MissingExtra: JAX is not installed.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(64, 5, 1))
        >>> model = keras.Sequential([keras.layers.LSTM(4), keras.layers.Dense(1)])
        >>> echospan.predict(model, x).shape
        (64, 1)
    """
    keras_on_jax()
    check_model(model, "predict_step", compiled=False)
    reset = check_reset_state(reset_state)
    inputs = samples(x)
    number = count(inputs)
    rows = choose_batch_size(model, number, batch_size)
    require_room(model, inputs, rows, "Predicting on these arrays", "answer")
    build_layers(model, inputs, rows)
    check_start(model, rows, reset)
    values = read(model)._replace(optimizer=[], metrics=[], states=start_states(model, rows, reset))
    weights = sum(int(v.size) for v in values.trainable)
    each = rows * batches_at_once(weights, inputs.x, rows)
    outputs, after = _in_pieces(model, values, inputs.x, number, rows, reset, each)
    for variable, value in zip(variables(model).non_trainable, after.non_trainable, strict=True):
        variable.assign(value)
    keep_states(model, after.states)
    return outputs


def _in_pieces(
    model: keras.Model,
    values: TrainState,
    x: Any,
    number: int,
    rows: int,
    reset_state: ResetState,
    each: int,
) -> tuple[Any, TrainState]:
    """Answer so many samples at a time, states carried on: the same numbers."""
    import jax

    if each >= number // rows * rows:
        return _answer(model, values, x, number, rows, reset_state)
    parts = []
    for begin in range(0, number, each):
        part = jax.tree.map(lambda a, begin=begin: a[begin : begin + each], x)
        count = min(each, number - begin)
        outputs, values = _answer(model, values, part, count, rows, reset_state)
        parts.append(outputs)
    return jax.tree.map(lambda *arrays: np.concatenate(arrays), *parts), values


def _answer(
    model: keras.Model, values: TrainState, x: Any, number: int, rows: int, reset_state: ResetState
) -> tuple[Any, TrainState]:
    import jax

    whole = number // rows
    # The room for the batches grows in powers of two: few programs serve all numbers of samples.
    room = 1 << (whole - 1).bit_length() if whole else 0

    def stacked(array: np.ndarray) -> np.ndarray:
        batches = np.zeros((room, rows, *array.shape[1:]), array.dtype)
        batches[:whole] = array[: whole * rows].reshape(whole, rows, *array.shape[1:])
        return batches

    batches = jax.tree.map(stacked, x) if whole else None
    rest = jax.tree.map(lambda a: a[whole * rows :], x) if number % rows else None

    def compile() -> Any:
        with carrying(model, rows):
            program = jax.jit(_program(model, reset_state))
            return program.lower(values, batches, rest, np.int32(whole)).compile()

    key = ("predict", reset_state, rows, shapes((batches, rest)), layout(model))
    parts, after = find(model, key, compile)(values, batches, rest, np.int32(whole))

    def joined(*leaves: Any) -> np.ndarray:
        arrays = [np.asarray(leaf) for leaf in leaves]
        if whole:
            arrays[0] = arrays[0][:whole].reshape(-1, *arrays[0].shape[2:])
        return np.concatenate(arrays) if len(arrays) > 1 else np.array(arrays[0])

    return jax.tree.map(joined, *parts), after


def _program(model: keras.Model, reset_state: ResetState) -> Any:
    import jax
    import jax.numpy as jnp

    def answer(values: TrainState, x: Any) -> tuple[Any, TrainState]:
        if reset_state == "batch":
            values = zero_states(values)
        return forward(model, values, x)

    def program(values: TrainState, batches: Any, rest: Any, whole: Any) -> Any:
        parts = []
        if batches is not None:

            def step(index: Any, carry: tuple[TrainState, Any]) -> tuple[TrainState, Any]:
                values, written = carry
                outputs, values = answer(values, jax.tree.map(lambda a: a[index], batches))
                return values, jax.tree.map(lambda w, o: w.at[index].set(o), written, outputs)

            room = jax.tree.leaves(batches)[0].shape[0]
            outputs, _ = jax.eval_shape(answer, values, jax.tree.map(lambda a: a[0], batches))
            written = jax.tree.map(lambda o: jnp.zeros((room, *o.shape), o.dtype), outputs)
            values, written = jax.lax.fori_loop(0, whole, step, (values, written))
            parts.append(written)
        if rest is not None:
            outputs, values = answer(values, rest)
            parts.append(outputs)
        return tuple(parts), values

    return program
