"""The evaluator: a trained model on new sequences, one after another, state carried if asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from echospan.engine.carried import carrying, state_variables, tracing
from echospan.engine.source import Drawn, HeldOutSource, OnSource
from echospan.engine.update import loss_of
from echospan.engine.values import TrainState, fresh_metrics, zero_states
from echospan.engine.waiting import compiled, wait
from echospan.engine.work import at_once
from echospan.observer import halt_if
from echospan.tasks import MISSING

if TYPE_CHECKING:
    import jax
    import keras

MOST_AT_ONCE = 200
"""Sequences in one call of the compiled program; all of those that are judged by default."""


class Answers(NamedTuple):
    """What a model answered on new sequences.

    Attributes:
        values: The sequences, integers (sequences, steps) or numbers (sequences, steps, features).
        expected: Integers (sequences, targets), -1 where nothing is asked; or numbers, NaN there.
        predicted: Integers, or numbers, (sequences, targets).
        position: Step within its sequence of each target, integers (targets,).
        loss: Mean loss of each sequence (sequences,).
        start: Of sections of one held-out series: the first step of each (sequences,). A step that
            two sections share is expected in the first of them only. None for new sequences.
    """

    values: np.ndarray
    expected: np.ndarray
    predicted: np.ndarray
    position: np.ndarray
    loss: np.ndarray
    start: np.ndarray | None = None


@dataclass
class Evaluator(OnSource):
    """Judges a Keras model on sequences drawn and framed by a source whose plan holds one sequence.

    Attributes:
        model: The built and compiled model, as a template.
        source: Draws one sequence for each epoch.
        every_layer: Carry the state of all recurrent layers, also of those that did not in
            training.
        sequences: Sequences in one judgement.
    """

    model: keras.Model
    source: Drawn
    every_layer: bool
    sequences: int
    compile_seconds: float = field(default=0.0, init=False)
    _program: Callable[..., Any] | None = field(default=None, init=False)
    _many: dict[int, Callable[..., Any]] = field(default_factory=dict, init=False)

    def compile(self, values: TrainState, stop: Callable[[], bool] | None = None) -> None:
        """Compile the program now, for values of these shapes.

        Raises:
            Halted: `stop`, which is asked meanwhile, said so.
        """
        if self._program is not None:
            return
        import jax

        start = time.perf_counter()
        with self._tracing():
            program = jax.jit(self._judge)
            arguments = (self._forget(values), self.arrays, jax.random.key(0), self._indices(0))
            lowered = program.lower(*arguments)
        self._program = compiled(lowered, stop)
        self.compile_seconds = time.perf_counter() - start

    @contextmanager
    def _tracing(self) -> Iterator[None]:
        rows = self.source.plan.rows
        with tracing(self.model), carrying(self.model, rows, every_layer=self.every_layer):
            yield

    def run(
        self, values: TrainState, key: jax.Array, stop: Callable[[], bool] | None = None
    ) -> Answers:
        """Judge on the sequences that `key` names; the values stay as they are.

        Args:
            values: The model's values.
            key: The stream of the sequences: each has a stream of its own, so that judging them in
                pieces gives the same answers.
            stop: Asked between pieces of about a quarter of a second.

        Raises:
            Halted: `stop` said so.
        """
        self.compile(values, stop)
        assert self._program is not None
        values, parts = self._forget(values), []
        for first in range(0, self.sequences, self._at_once):
            halt_if(stop)
            collected = self._program(values, self.arrays, key, self._indices(first))
            wait(collected, stop)
            parts.append([np.asarray(array) for array in collected])
        return self._answers([np.concatenate(arrays) for arrays in zip(*parts, strict=True)])

    @cached_property
    def _at_once(self) -> int:
        plan = self.source.plan
        weights = sum(int(np.prod(v.shape)) for v in self.model.trainable_variables)
        return at_once(weights * plan.inputs.size, self.sequences, MOST_AT_ONCE)

    def _indices(self, first: int) -> np.ndarray:
        """The numbers of the sequences of one call; always as many, so that one program serves."""
        return np.arange(first, first + self._at_once, dtype=np.int32)

    def run_many(self, values: TrainState, keys: jax.Array) -> list[Answers]:
        """Judge many runs side by side; compiled once for each number of runs.

        Args:
            values: Values whose arrays have a first axis (runs, ...).
            keys: The streams of the sequences (runs,).
        """
        import jax

        values = self._forget(values)
        runs = len(keys)
        if runs not in self._many:
            start = time.perf_counter()
            with self._tracing():
                program = jax.jit(jax.vmap(self._judge, (0, None, 0, None)))
                arguments = (values, self.arrays, keys, self._indices(0))
                self._many[runs] = program.lower(*arguments).compile()
            self.compile_seconds += time.perf_counter() - start
        parts = []
        for first in range(0, self.sequences, self._at_once):
            collected = self._many[runs](values, self.arrays, keys, self._indices(first))
            parts.append([np.asarray(array) for array in collected])
        arrays = [np.concatenate(each, axis=1) for each in zip(*parts, strict=True)]
        return [self._answers([array[run] for array in arrays]) for run in range(runs)]

    def _answers(self, arrays: Sequence[np.ndarray]) -> Answers:
        # The last call may have judged more than were wanted.
        drawn, expected, predicted, loss = (array[: self.sequences] for array in arrays)
        position = self.source.plan.target_position.reshape(-1)
        expected = expected.reshape(self.sequences, -1)
        start = None
        if isinstance(self.source, HeldOutSource):
            start = self.source.sections.starts
            expected = once(expected, start[:, None] + position)
        return Answers(
            values=drawn[:, 0],
            expected=expected,
            predicted=predicted.reshape(self.sequences, -1),
            position=position,
            loss=loss,
            start=start,
        )

    def _forget(self, values: TrainState) -> TrainState:
        """The values without what only training needs."""
        return values._replace(optimizer=[], states=[])

    def _judge(self, values: TrainState, arrays: Any, key: jax.Array, indices: Any) -> Any:
        import jax
        import jax.numpy as jnp

        start = values._replace(states=[jnp.asarray(v.value) for v in state_variables(self.model)])
        plan, width = self.source.plan, self.source.task.width

        def step(values: TrainState, raw: Any) -> tuple[TrainState, tuple[Any, Any]]:
            batch = self.source.batch(raw)
            outputs, loss, values = loss_of(self.model, values, batch)
            scored = jnp.sum(batch.weight)
            return values, (self.source.readout.decode(outputs, width, jnp), (loss, scored))

        def sequence(_: Any, index: Any) -> tuple[Any, Any]:
            drawn, inputs, targets = self.source.sequence(arrays, key, index)
            fresh = zero_states(fresh_metrics(self.model, start))
            _, (decoded, (loss, scored)) = jax.lax.scan(step, fresh, (inputs, targets))
            # A batch without any scored target has no loss of its own.
            total = jnp.sum(jnp.where(scored > 0, loss * scored, 0.0))
            answers = jnp.reshape(decoded, plan.targets.shape).astype(targets.dtype)
            return None, (drawn, targets, answers, total / jnp.maximum(jnp.sum(scored), 1.0))

        _, collected = jax.lax.scan(sequence, None, indices)
        return collected


def once(expected: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The expected answers (sequences, targets), each step of the series asked about once."""
    asked = np.flatnonzero(expected.ravel() != MISSING)
    _, first = np.unique(steps.ravel()[asked], return_index=True)
    once = np.full(expected.size, MISSING, expected.dtype)
    once[asked[first]] = expected.ravel()[asked[first]]
    return once.reshape(expected.shape)
