"""The trainer: many epochs inside one compiled program."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from echospan.engine.source import OnSource, Source
from echospan.engine.update import over_epoch, results, update
from echospan.engine.values import TrainState, fresh_metrics, zero_states
from echospan.errors import naming_what_to_lower
from echospan.experiment import ResetState

if TYPE_CHECKING:
    import jax
    import keras

    from echospan.engine.evaluator import Answers

LOG_ROWS = 1024
"""Epochs that one call of the compiled program can report."""

SECONDS_PER_CALL = 0.25
"""How long a call should take, so that progress, checkpoints and Ctrl-C keep up."""


class Program(NamedTuple):
    """A compiled training program; it holds no model and no data."""

    call: Callable[..., Any]
    results: tuple[tuple[str, tuple[int, ...]], ...]
    """Name and shape of each result that it reports for an epoch, in order."""


@dataclass
class Progress:
    """Where a training run stands between two calls of the compiled program."""

    epoch: int
    take: Callable[[], TrainState]
    """Gives the values; among many runs in one program they are only then taken out."""
    logs: dict[str, np.ndarray]
    """Results of the epochs since the last report, by name, (epochs, *shape of the result)."""
    answers: Answers | None = None
    """On the validation sequences, where the run has any."""

    @cached_property
    def values(self) -> TrainState:
        """The run's values at this epoch."""
        return self.take()


@dataclass
class Trainer(OnSource):
    """Trains one compiled Keras model on one source of batches.

    The program is compiled once for a shape: the seed, the learning rate, the number of epochs and
    the values of all variables are its arguments.

    Attributes:
        model: A built and compiled Keras model; it serves as a template and is not changed.
        source: Where its batches come from.
        reset_state: When carried state returns to zero.
        program: Compiled before, for a model and a source of the same shapes; left out, it is
            compiled when it is first needed.
    """

    model: keras.Model
    source: Source
    reset_state: ResetState = "epoch"
    program: Program | None = None
    compile_seconds: float = field(default=0.0, init=False)
    _many: dict[int, Program] = field(default_factory=dict, init=False)
    _results: tuple[tuple[str, tuple[int, ...]], ...] = field(default=(), init=False)

    @naming_what_to_lower()
    def compile(self, values: TrainState) -> None:
        """Compile the program now, for values of these shapes."""
        import jax

        if self.program is not None:
            return
        start = time.perf_counter()
        arguments = (values, self.arrays, jax.random.key(0), np.int32(0), np.int32(1))
        program = jax.jit(self._epochs, donate_argnums=0).lower(*arguments).compile()
        self.program = Program(program, self._results)
        self.compile_seconds = time.perf_counter() - start

    @naming_what_to_lower()
    def compile_many(self, values: TrainState, keys: jax.Array, first: np.ndarray) -> Program:
        """The program for many runs side by side; compiled once for each number of runs.

        It is called like the one for a single run, with these in place of single values, and
        reports for each run.

        Args:
            values: Values whose arrays have a first axis (runs, ...).
            keys: The streams of the data (runs,).
            first: Epochs already done (runs,).
        """
        import jax

        runs = len(first)
        if runs not in self._many:
            start = time.perf_counter()
            program = jax.jit(jax.vmap(self._epochs, (0, None, 0, 0, None)), donate_argnums=0)
            compiled = program.lower(values, self.arrays, keys, first, np.int32(1)).compile()
            self._many[runs] = Program(compiled, self._results)
            self.compile_seconds += time.perf_counter() - start
        return self._many[runs]

    @naming_what_to_lower()
    def run(
        self,
        values: TrainState,
        key: jax.Array,
        *,
        epochs: int,
        first_epoch: int = 0,
        epochs_per_call: int | None = None,
        on_progress: Callable[[Progress], bool | None] = lambda progress: None,
    ) -> TrainState:
        """Train from `first_epoch` up to `epochs`.

        Args:
            values: Where to start; their memory is given to the program and must not be used again.
            key: The stream of the data: each epoch has a stream of its own, so that a run cut into
                pieces, or resumed, is the same run.
            epochs: Epoch to stop before.
            first_epoch: Epochs already done.
            epochs_per_call: Epochs between two reports; left out, about a quarter of a second's.
            on_progress: Called after each call; training stops if it returns True. The values it
                is shown are given away again as soon as it returns: it must copy what it keeps.

        Returns:
            The values after the last epoch that was done.
        """
        import jax

        if first_epoch >= epochs:
            return values
        self.compile(values)
        assert self.program is not None
        epoch, size = first_epoch, epochs_per_call or 1
        while epoch < epochs:
            count = min(size, epochs - epoch, LOG_ROWS)
            start = time.perf_counter()
            values, log = self.program.call(
                values, self.arrays, key, np.int32(epoch), np.int32(count)
            )
            rows = np.asarray(log)[:count]
            if epochs_per_call is None:
                took = max(time.perf_counter() - start, 1e-6)
                size = int(np.clip(count * SECONDS_PER_CALL / took, 1, size * 16))
            epoch += count
            if on_progress(Progress(epoch, _giver(values), named(rows, self.program.results))):
                break
        jax.block_until_ready(values)
        return values

    def _epochs(
        self, values: TrainState, arrays: Any, key: jax.Array, first: jax.Array, count: jax.Array
    ) -> tuple[TrainState, jax.Array]:
        import jax
        import jax.numpy as jnp

        def one(
            index: jax.Array, carry: tuple[TrainState, jax.Array]
        ) -> tuple[TrainState, jax.Array]:
            values, log = carry
            values, row = self._epoch(values, arrays, jax.random.fold_in(key, first + index))
            return values, log.at[index].set(row)

        _, row = jax.eval_shape(self._epoch, values, arrays, key)
        start = (values, jnp.zeros((LOG_ROWS, *row.shape)))
        done: tuple[TrainState, jax.Array] = jax.lax.fori_loop(0, count, one, start)
        return done

    def _epoch(
        self, values: TrainState, arrays: Any, key: jax.Array
    ) -> tuple[TrainState, jax.Array]:
        import jax.numpy as jnp

        epoch = self.source.epoch(arrays, key)
        values = fresh_metrics(self.model, values)
        if self.reset_state == "epoch":
            values = zero_states(values)

        def step(values: TrainState, raw: Any) -> TrainState:
            return update(self.model, values, self.source.batch(raw))

        values = over_epoch(step, values, epoch, reset=self.reset_state == "batch")
        report = results(self.model, values)
        self._results = tuple((name, jnp.shape(value)) for name, value in report.items())
        return values, jnp.concatenate(
            [jnp.ravel(jnp.asarray(value, "float32")) for value in report.values()]
        )


def _giver(values: TrainState) -> Callable[[], TrainState]:
    return lambda: values


def named(
    rows: np.ndarray, results: tuple[tuple[str, tuple[int, ...]], ...]
) -> dict[str, np.ndarray]:
    """Rows of a program's log as results by name, (epochs, *shape of the result)."""
    sizes = [math.prod(shape) for _, shape in results]
    parts = np.split(rows, np.cumsum(sizes)[:-1], axis=1)
    return {
        name: part.reshape(len(rows), *shape)
        for (name, shape), part in zip(results, parts, strict=True)
    }
