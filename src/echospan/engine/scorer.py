"""The scorer: loss and metrics of a model over arrays, in one compiled program."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from echospan.engine.carried import carrying, state_variables
from echospan.engine.programs import find, layout, shapes
from echospan.engine.source import Arrays, OnSource
from echospan.engine.update import loss_of, over_epoch, results
from echospan.engine.values import TrainState, fresh_metrics
from echospan.engine.work import batches_at_once
from echospan.experiment import ResetState

if TYPE_CHECKING:
    import keras


class Program(NamedTuple):
    """A compiled program that scores; it holds no model and no data."""

    call: Callable[..., Any]
    results: tuple[tuple[str, tuple[int, ...]], ...]
    """Name and shape of each result, in order."""


@dataclass
class Scorer(OnSource):
    """Scores one compiled Keras model on the user's own samples, in order.

    Attributes:
        model: A built and compiled Keras model; it serves as a template and is not changed.
        source: The samples; its batch size may be another one than in training.
        reset_state: When carried state returns to zero, besides the start that `run` is given.
        fresh: Whether the metrics start anew.
    """

    model: keras.Model
    source: Arrays
    reset_state: ResetState = "epoch"
    fresh: bool = True
    compile_seconds: float = field(default=0.0, init=False)
    _program: Program | None = field(default=None, init=False)
    _results: tuple[tuple[str, tuple[int, ...]], ...] = field(default=(), init=False)

    def run(self, values: TrainState) -> tuple[dict[str, Any], TrainState]:
        """Score; the values that are given stay as they are.

        Args:
            values: The model's values; `states` with as many rows as the source's batches.

        Returns:
            The results by name, and the values with metrics and states carried on.
        """
        values = values._replace(optimizer=[])
        rows, data = self.source.batch_size, self.source.data
        weights = sum(int(v.size) for v in values.trainable)
        each = rows * batches_at_once(weights, data.x, rows)
        if each < self.source.samples // rows * rows:
            return self._in_pieces(values, each)
        return self._whole(values)

    def _whole(self, values: TrainState) -> tuple[dict[str, Any], TrainState]:
        if self._program is None:
            key = (
                "score",
                self.fresh,
                self.reset_state,
                self.source.batch_size,
                shapes(self.arrays),
                layout(self.model),
            )
            self._program = find(self.model, key, lambda: self._compile(values))
        report, values = self._program.call(values, self.arrays)
        return {name: report[name] for name, _ in self._program.results}, values

    def _in_pieces(self, values: TrainState, each: int) -> tuple[dict[str, Any], TrainState]:
        """Score so many samples at a time, metrics and states carried on: the same numbers."""
        import jax

        data, number = self.source.data, self.source.samples
        report: dict[str, Any] = {}
        for begin in range(0, number, each):
            part = jax.tree.map(lambda a, begin=begin: a[begin : begin + each], data)
            source = Arrays(part, self.source.batch_size, shuffle=False)
            piece = Scorer(self.model, source, self.reset_state, fresh=self.fresh and not begin)
            report, values = piece._whole(values)
            self.compile_seconds += piece.compile_seconds
        return report, values

    def _compile(self, values: TrainState) -> Program:
        import jax

        start = time.perf_counter()
        with carrying(self.model, self.source.batch_size):
            call = jax.jit(self._score).lower(values, self.arrays).compile()
        self.compile_seconds = time.perf_counter() - start
        return Program(call, self._results)

    def _score(self, values: TrainState, arrays: Any) -> tuple[dict[str, Any], TrainState]:
        import jax.numpy as jnp

        epoch = self.source.epoch(arrays, None)
        if self.fresh:
            values = fresh_metrics(self.model, values)

        def step(values: TrainState, raw: Any) -> TrainState:
            return loss_of(self.model, values, self.source.batch(raw))[2]

        values = over_epoch(step, values, epoch, reset=self.reset_state == "batch")
        report = results(self.model, values)
        # A dictionary comes out of a compiled program in alphabetical order.
        self._results = tuple((name, jnp.shape(value)) for name, value in report.items())
        return report, values


def start_states(model: keras.Model, rows: int, reset_state: ResetState) -> list[Any]:
    """States for batches of `rows` rows: what the layers hold for "never", else zeros."""
    import jax.numpy as jnp

    own = [variable.value for variable in state_variables(model)]
    if reset_state == "never":
        return [jnp.array(state) for state in own]
    return [jnp.zeros((rows, *state.shape[1:]), state.dtype) for state in own]


def keep_states(model: keras.Model, states: list[Any]) -> None:
    """Give them to the layers, where these keep states of as many rows."""
    own = state_variables(model)
    if all(variable.shape == state.shape for variable, state in zip(own, states, strict=True)):
        for variable, state in zip(own, states, strict=True):
            variable.assign(state)
