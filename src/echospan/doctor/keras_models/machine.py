"""A clone of a Keras model as the probes want it, on the backend in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.keras_models.redraw import redraw
from echospan.engine.carried import state_variables

if TYPE_CHECKING:
    import keras

Values = list[Any]


class KerasMachine:
    """See `echospan.doctor.machine.Machine`.

    Args:
        made: A built clone.
        rows: Rows of every batch.
        vocabulary: Symbols of an integer input; None for floats.
        precision: Float type of the clone.

    Attributes:
        answers: Answers of one row: its time steps, or 1; whoever knows sets it.
    """

    def __init__(
        self,
        made: keras.Model,
        rows: int,
        vocabulary: int | None,
        precision: str,
        answers: int = 1,
    ) -> None:
        self.model, self.rows, self.vocabulary, self.precision = made, rows, vocabulary, precision
        self.answers = answers
        self.runner = _runner(made)

    def redraw(self, number: int) -> None:
        """Weights of that draw."""
        redraw(self.model, number)

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs (rows, answers, features) of each batch, state carried from zero."""
        return [self._shaped(out) for out in self.runner.replay([self._in(b) for b in batches])]

    def gradient(self, batch: np.ndarray, row: int, answer: int) -> np.ndarray | None:
        """The gradient (rows, time, ...) of a mixture of the answer's features."""
        if self.vocabulary is not None:
            return None
        inputs = self._in(batch)
        outputs = self.runner.replay([inputs])[0]
        shaped = self._shaped(outputs)
        mixture = np.zeros_like(shaped)
        mixture[row, answer] = np.random.default_rng(7).normal(size=shaped.shape[2])
        found: np.ndarray = self.runner.gradient(inputs, mixture.reshape(outputs.shape))
        return found

    def raw(self, batch: np.ndarray) -> np.ndarray:
        """Outputs of one batch, in the shape in which the model gives them."""
        return np.asarray(self.runner.replay([self._in(batch)])[0])

    def _in(self, batch: np.ndarray) -> np.ndarray:
        return batch.astype("int32" if self.vocabulary is not None else self.precision)

    def _shaped(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.reshape(self.rows, self.answers, -1)


def first(outputs: Any) -> Any:
    """The first of a model's outputs."""
    import keras

    return keras.tree.flatten(outputs)[0]


def _runner(made: keras.Model) -> Any:
    import keras

    return {"jax": _OnJax, "tensorflow": _OnTensorFlow, "torch": _OnTorch}[keras.backend.backend()](
        made
    )


class _OnJax:
    """Pure functions, compiled once for each shape."""

    def __init__(self, made: keras.Model) -> None:
        import jax
        import keras

        self._variables = _all_variables(made)
        self._states = {id(v) for v in state_variables(made)}

        def run(values: Values, x: Any) -> tuple[Any, Values]:
            pairs = list(zip(self._variables, values, strict=True))
            with keras.StatelessScope(state_mapping=pairs) as scope:
                outputs = first(made(x, training=False))
            found = [scope.get_current_value(v) for v in self._variables]
            return outputs, [v if f is None else f for f, v in zip(found, values, strict=True)]

        def mixed(x: Any, values: Values, mixture: Any) -> Any:
            return (run(values, x)[0] * mixture).sum()

        self._run: Callable[..., Any] = jax.jit(run)
        self._gradient: Callable[..., Any] = jax.jit(jax.grad(mixed))

    def _start(self) -> Values:
        return [v.value * 0 if id(v) in self._states else v.value for v in self._variables]

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        values, found = self._start(), []
        for batch in batches:
            outputs, values = self._run(values, batch)
            found.append(np.asarray(outputs))
        return found

    def gradient(self, batch: np.ndarray, mixture: np.ndarray) -> np.ndarray:
        return np.asarray(self._gradient(batch, self._start(), mixture))


class _OnTensorFlow:
    """Graphs that TensorFlow traces once for each shape."""

    def __init__(self, made: keras.Model) -> None:
        import tensorflow as tf

        self._states = state_variables(made)
        self._tf = tf

        def mixed(x: Any, mixture: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                total = tf.reduce_sum(first(made(x, training=False)) * mixture)
            return tape.gradient(total, x, unconnected_gradients="zero")

        self._run = tf.function(lambda x: first(made(x, training=False)))
        self._gradient = tf.function(mixed)

    def _reset(self) -> None:
        for state in self._states:
            state.assign(state.value * 0)

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        self._reset()
        return [np.asarray(self._run(self._tf.constant(batch))) for batch in batches]

    def gradient(self, batch: np.ndarray, mixture: np.ndarray) -> np.ndarray:
        self._reset()
        return np.asarray(self._gradient(self._tf.constant(batch), self._tf.constant(mixture)))


class _OnTorch:
    """Plain calls."""

    def __init__(self, made: keras.Model) -> None:
        self._made, self._states = made, state_variables(made)

    def _reset(self) -> None:
        import torch

        for state in self._states:
            with torch.no_grad():
                state.assign(np.zeros(state.shape))

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        import keras
        import torch

        self._reset()
        found = []
        with torch.no_grad():
            for batch in batches:
                outputs = first(self._made(keras.ops.convert_to_tensor(batch), training=False))
                found.append(outputs.detach().cpu().numpy())
        return found

    def gradient(self, batch: np.ndarray, mixture: np.ndarray) -> np.ndarray:
        import keras
        import torch

        self._reset()
        x = keras.ops.convert_to_tensor(batch).detach().requires_grad_(True)
        # The scope keeps the new state out of the variables: torch forbids changing in place what
        # the gradient still needs, which is also why Keras's own fit fails here.
        with torch.enable_grad(), keras.StatelessScope():
            outputs = first(self._made(x, training=False))
            total = (outputs * keras.ops.convert_to_tensor(mixture)).sum()
            (found,) = torch.autograd.grad(total, x, allow_unused=True)
        return np.zeros_like(batch) if found is None else found.cpu().numpy()


def _all_variables(made: keras.Model) -> list[keras.Variable]:
    found = {id(v): v for v in [*made.variables, *state_variables(made)]}
    return list(found.values())
