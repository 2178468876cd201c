"""The trainer: many epochs inside one compiled program."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import tracing
from echospan.engine.pieces import Pieces
from echospan.engine.source import OnSource, Source
from echospan.engine.update import over_epoch, over_some, results, update
from echospan.engine.values import TrainState, fresh_metrics, zero_states
from echospan.engine.waiting import compiled, wait
from echospan.engine.work import SECONDS, seconds_of_epoch
from echospan.errors import naming_what_to_lower
from echospan.experiment import ResetState

if TYPE_CHECKING:
    import jax
    import keras

    from echospan.engine.evaluator import Answers

LOG_ROWS = 1024
"""Epochs that one call of the compiled program can report."""

LONG_EPOCH = 2 * SECONDS
"""Seconds from which on an epoch is done in pieces."""

SHORT_EPOCH = SECONDS / 4
"""Seconds below which it is done whole again."""


@dataclass(eq=False)
class Program:
    """A compiled training program; it holds no model and no data.

    Attributes:
        results: Name and shape of each result that it reports for an epoch, in order.
        call: Trains some epochs in one call; None where it is not compiled.
        pieces: Train one epoch in several calls; None where they are not compiled.
        seconds: Of one epoch, as last measured; None before that.
    """

    results: tuple[tuple[str, tuple[int, ...]], ...] = ()
    call: Callable[..., Any] | None = None
    pieces: Pieces | None = None
    seconds: float | None = None

    def epochs_in(self, seconds: float) -> int:
        """Epochs that fit into so many seconds: at least 1, and 1 where that is not known."""
        return 1 if self.seconds is None else max(1, int(seconds / max(self.seconds, 1e-6)))


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
    update: int = 0
    """Updates done of the epoch that has begun."""

    @cached_property
    def values(self) -> TrainState:
        """The run's values at this epoch."""
        return self.take()


@dataclass
class Trainer(OnSource):
    """Trains one compiled Keras model on one source of batches.

    The program is compiled once for a shape: the seed, the learning rate, the number of epochs and
    the values of all variables are its arguments. One call of it takes about a quarter of a second:
    many short epochs, or a piece of a long one.

    Attributes:
        model: A built and compiled Keras model; it serves as a template and is not changed.
        source: Where its batches come from.
        reset_state: When carried state returns to zero.
        program: Compiled before, for a model and a source of the same shapes; left out, it is
            compiled when it is first needed.
        around: Opened around each trace of the model.
    """

    model: keras.Model
    source: Source
    reset_state: ResetState = "epoch"
    program: Program | None = None
    around: Callable[[], AbstractContextManager[Any]] = nullcontext
    compile_seconds: float = field(default=0.0, init=False)
    _many: dict[int, Program] = field(default_factory=dict, init=False)
    _results: tuple[tuple[str, tuple[int, ...]], ...] = field(default=(), init=False)

    @naming_what_to_lower()
    def compile(self, values: TrainState, stop: Callable[[], bool] | None = None) -> None:
        """Compile the program now, for values of these shapes.

        Raises:
            Halted: `stop` said so.
        """
        import jax

        if self.program is not None:
            return
        program, key = Program(), jax.random.key(0)
        if self._updates > 1 and self._expected(values) > LONG_EPOCH:
            self.pieces(program, values, key, np.int32(0), stop)
        else:
            self._compile_whole(program, values, key, np.int32(0), stop)
        self.program = program

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
        runs = len(first)
        if runs not in self._many:
            program = Program()
            self._compile_whole(program, values, keys, first)
            self._many[runs] = program
        return self._many[runs]

    @naming_what_to_lower()
    def run(
        self,
        values: TrainState,
        key: jax.Array,
        *,
        epochs: int,
        first_epoch: int = 0,
        first_update: int = 0,
        epochs_per_call: int | None = None,
        on_progress: Callable[[Progress], bool | None] = lambda progress: None,
        on_pause: Callable[[Progress], bool | None] = lambda progress: None,
        stop: Callable[[], bool] | None = None,
    ) -> TrainState:
        """Train from `first_epoch` up to `epochs`.

        Args:
            values: Where to start; their memory is given to the program and must not be used again.
            key: The stream of the data: each epoch has a stream of its own, so that a run cut into
                pieces, or resumed, is the same run.
            epochs: Epoch to stop before.
            first_epoch: Epochs already done.
            first_update: Updates already done of the epoch after those.
            epochs_per_call: Reports come at its multiples, and at the end; left out, about four
                times a second where epochs are short, and after each that is long.
            on_progress: Called after each call; training stops if it returns True. The values it
                is shown are given away again as soon as it returns: it must copy what it keeps.
            on_pause: The same between two calls without a report, often within an epoch.
            stop: Asked while a call runs, which is then given up if it does not end soon.

        Returns:
            The values after what was done.

        Raises:
            Halted: `stop` said so, and a call did not end soon. The values are lost.
        """
        import jax

        if first_epoch >= epochs:
            return values
        self.compile(values, stop)
        program = self.program
        assert program is not None
        epoch, update, size = first_epoch, first_update, program.epochs_in(SECONDS)
        rows: list[np.ndarray] = []
        while epoch < epochs:
            until = epochs
            if epochs_per_call is not None:
                until = min(epochs, (epoch // epochs_per_call + 1) * epochs_per_call)
            start = time.perf_counter()
            if update or self.in_pieces(program):

                def between(values: TrainState, done: int) -> bool:
                    paused = self._progress(program, epoch, values, rows, done)  # noqa: B023
                    return bool(on_pause(paused))

                pieces = self.pieces(program, values, key, np.int32(epoch), stop)
                values, row = pieces.epoch(
                    values,
                    self.arrays,
                    key,
                    np.int32(epoch),
                    first=update,
                    between=between,
                    stop=stop,
                )
                if row is None:
                    return values
                count = 1
                rows.append(row[None])
                if not update:
                    program.seconds = time.perf_counter() - start
                update = 0
            else:
                count = min(size, until - epoch, LOG_ROWS)
                whole = self._compile_whole(program, values, key, np.int32(epoch), stop)
                start = time.perf_counter()
                values, log = whole(values, self.arrays, key, np.int32(epoch), np.int32(count))
                wait(log, stop, program.seconds and count * program.seconds)
                rows.append(np.asarray(log)[:count])
                took = max(time.perf_counter() - start, 1e-6)
                program.seconds = took / count
                size = int(np.clip(count * SECONDS / took, 1, size * 16))
            epoch += count
            progress = self._progress(program, epoch, values, rows, 0)
            if epoch == until or epochs_per_call is None:
                rows = []
                if on_progress(progress):
                    break
            elif on_pause(progress):
                break
        jax.block_until_ready(values)
        return values

    def _progress(
        self,
        program: Program,
        epoch: int,
        values: TrainState,
        rows: list[np.ndarray],
        update: int,
    ) -> Progress:
        logs = named(np.concatenate(rows), program.results) if rows else {}
        return Progress(epoch, _giver(values), logs, update=update)

    def _expected(self, values: TrainState) -> float:
        """Seconds that an epoch is expected to take on this machine's processor."""
        import jax

        if jax.default_backend() != "cpu":
            return 0.0
        return seconds_of_epoch(sum(int(v.size) for v in values.trainable), self._batches)

    def in_pieces(self, program: Program) -> bool:
        """Whether the next epoch is done in pieces, by the time that the last one took."""
        if program.seconds is None:
            return program.call is None
        if program.call is None:
            return program.seconds > SHORT_EPOCH
        return program.seconds > LONG_EPOCH and self._updates > 1

    @cached_property
    def _batches(self) -> Any:
        """Shapes of an epoch's batches, without what is left over."""
        import jax

        return jax.eval_shape(self.source.epoch, self.arrays, jax.random.key(0))[0]

    @cached_property
    def _updates(self) -> int:
        """Whole batches in an epoch."""
        import jax

        leaves = jax.tree.leaves(self._batches)
        return int(leaves[0].shape[0]) if leaves else 0

    def _compile_whole(
        self,
        program: Program,
        values: TrainState,
        key: jax.Array,
        first: Any,
        stop: Callable[[], bool] | None = None,
    ) -> Callable[..., Any]:
        import jax

        if program.call is None:
            start = time.perf_counter()
            call: Any = self._epochs
            if np.ndim(first):
                call = jax.vmap(call, (0, None, 0, 0, None))
            with tracing(self.model), self.around():
                arguments = (values, self.arrays, key, first, np.int32(1))
                lowered = jax.jit(call, donate_argnums=0).lower(*arguments)
            program.call, program.results = compiled(lowered, stop), self._results
            self.compile_seconds += time.perf_counter() - start
        return program.call

    def pieces(
        self,
        program: Program,
        values: TrainState,
        key: jax.Array,
        epoch: Any,
        stop: Callable[[], bool] | None = None,
    ) -> Pieces:
        """The parts of a long epoch; compiled once for a program.

        Args:
            program: What they belong to, for one run or for many.
            values: Values of the shapes to come.
            key: The stream of the data; for many runs (runs,).
            epoch: A number of an epoch; for many runs (runs,).
            stop: Asked while they are compiled.

        Raises:
            Halted: `stop` said so.
        """
        import jax

        if program.pieces is not None:
            return program.pieces
        start = time.perf_counter()
        draw, begin, advance, end = self._draw, self._begin, self._advance, self._end
        if np.ndim(epoch):
            draw = jax.vmap(draw, (None, 0, 0))
            begin, end = jax.vmap(begin), jax.vmap(end)
            advance = jax.vmap(advance, (0, 0, None, None))
        batches, rest = jax.eval_shape(draw, self.arrays, key, epoch)
        place = np.int32(0)
        with tracing(self.model), self.around():
            lowered = (
                jax.jit(draw).lower(self.arrays, key, epoch),
                jax.jit(begin, donate_argnums=0).lower(values),
                jax.jit(advance, donate_argnums=0).lower(values, batches, place, place),
                jax.jit(end, donate_argnums=0).lower(values, rest),
            )
        program.results = self._results
        parts = [compiled(each, stop) for each in lowered]
        program.pieces = Pieces(parts[0], parts[1], parts[2], parts[3], self._updates)
        self.compile_seconds += time.perf_counter() - start
        return program.pieces

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
        epoch = self.source.epoch(arrays, key)
        values = over_epoch(
            self._update, self._begin(values), epoch, reset=self.reset_state == "batch"
        )
        return self._end(values, None)

    def _draw(self, arrays: Any, key: jax.Array, epoch: jax.Array) -> tuple[Any, Any | None]:
        import jax

        return self.source.epoch(arrays, jax.random.fold_in(key, epoch))

    def _begin(self, values: TrainState) -> TrainState:
        values = fresh_metrics(self.model, values)
        return zero_states(values) if self.reset_state == "epoch" else values

    def _update(self, values: TrainState, raw: Any) -> TrainState:
        return update(self.model, values, self.source.batch(raw))

    def _advance(
        self, values: TrainState, batches: Any, first: jax.Array, count: jax.Array
    ) -> TrainState:
        reset = self.reset_state == "batch"
        return over_some(self._update, values, batches, first, count, reset=reset)

    def _end(self, values: TrainState, rest: Any | None) -> tuple[TrainState, jax.Array]:
        import jax.numpy as jnp

        reset = self.reset_state == "batch"
        values = over_epoch(self._update, values, (None, rest), reset=reset)
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
