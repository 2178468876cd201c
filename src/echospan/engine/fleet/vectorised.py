"""One vectorised program: runs as a further axis of every array, for accelerators."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.evaluator import Answers, Evaluator
from echospan.engine.fleet.base import Finished, Fleet, Member, Validation
from echospan.engine.fleet.threaded import train
from echospan.engine.trainer import LOG_ROWS, Program, Progress, named
from echospan.engine.values import TrainState
from echospan.engine.waiting import wait
from echospan.engine.work import SECONDS
from echospan.errors import naming_what_to_lower

if TYPE_CHECKING:
    import jax


class VectorisedFleet(Fleet):
    """Runs side by side in one program.

    The number of rows in the program is a power of two, so that there are few programs. The row of
    a run that ended computes on unseen, until half of the rows are free: then the others move
    together into a program of half the size.

    A run's values are those that it has alone to float tolerance, not bit for bit: products of
    another size are summed in another order.
    """

    def __init__(self, rows: int = 1024) -> None:
        """With at most `rows` runs in one program, a power of two."""
        self.rows = rows

    def run(self, members: Iterable[Member]) -> Generator[Finished, None, None]:
        """As `Fleet.run`; members of different trainers are trained one trainer after another."""
        ready: dict[int, Member] = {}
        groups: dict[Any, list[int]] = {}
        for index, given in enumerate(members):
            member = _caught_up(index, given)
            if isinstance(member, Finished):
                yield member
                continue
            ready[index] = member
            evaluator = member.validation.evaluator if member.validation else None
            kind = (id(member.trainer), member.epochs_per_call, id(evaluator))
            groups.setdefault(kind, []).append(index)
        for group in groups.values():
            for start in range(0, len(group), self.rows):
                chosen = group[start : start + self.rows]
                for ended in _Group([ready[index] for index in chosen]).run():
                    yield replace(ended, index=chosen[ended.index])

    def judge(
        self, evaluator: Evaluator, values: Sequence[TrainState], keys: Sequence[jax.Array]
    ) -> list[Answers]:
        """As `Fleet.judge`."""
        answers: list[Answers] = []
        for start in range(0, len(values), self.rows):
            some = slice(start, start + self.rows)
            places = _padded(range(len(values[some])))
            lean = [each._replace(optimizer=[], states=[]) for each in values[some]]
            stacked = _stack([lean[place] for place in places])
            named_by = _keys(_key_data([keys[some][place] for place in places]))
            answers += evaluator.run_many(stacked, named_by)[: len(lean)]
        return answers


class _Group:
    """Members of one trainer, in one program."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.trainer = members[0].trainer
        self.epoch = [member.first_epoch for member in members]
        self.running = [i for i, m in enumerate(members) if m.first_epoch < m.epochs]
        # What stands in each row of the program; rows that fill it up repeat the first.
        self.places = _padded(self.running)
        self.values = _stack([members[index].values for index in self.places])
        self.keys = _key_data([member.key for member in members])
        self.size = members[0].epochs_per_call or 1
        self.results: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def run(self) -> Iterator[Finished]:
        """Train until none is left."""
        for index, member in enumerate(self.members):
            member.on_begin()
            if index not in self.running:
                yield Finished(index, member.values)
        while self.running:
            try:
                logs = self._call()
                answers = self._judge() if logs is not None else None
            except Exception as error:
                # One program for all: what ends it ends them all.
                yield from (Finished(index, None, error) for index in self.running)
                return
            for row, index in enumerate(self.places):
                # Of a run that stands in several rows, the first counts.
                if index not in self.running or self.places.index(index) != row:
                    continue
                if logs is None:
                    self.running.remove(index)
                    yield Finished(index, _row(self.values, row))
                    continue
                yield from self._report(row, index, logs, answers)
            self._move_together()

    @naming_what_to_lower()
    def _call(self) -> np.ndarray | None:
        """Train all rows to the next report; their logs (rows, epochs, results).

        None where all were stopped before; `on_pause` was told where.
        """
        each = self.members[0].epochs_per_call
        left = min(self.members[index].epochs - self.epoch[index] for index in self.running)
        count = min(self.size, left, LOG_ROWS)
        keys = _keys(self.keys[self.places])
        program = self.trainer.compile_many(self.values, keys, self._first)
        logs: list[np.ndarray] = []
        done = 0
        while done < count:
            if logs and self._pause(np.concatenate(logs, axis=1), 0):
                return None
            began = time.perf_counter()
            if self.trainer.in_pieces(program):
                log = self._in_pieces(program, keys, logs)
                if log is None:
                    return None
                step = 1
            else:
                # A report's epochs may take longer than a call should.
                step = count - done if each is None else program.epochs_in(SECONDS)
                step = min(step, count - done)
                log = self._whole(program, keys, step)
            took = max(time.perf_counter() - began, 1e-6)
            program.seconds = took / step
            if each is None:
                self.size = int(np.clip(step * SECONDS / took, 1, self.size * 16))
            self.results = program.results
            logs.append(log)
            done += step
            for index in self.running:
                self.epoch[index] += step
        return np.concatenate(logs, axis=1)

    def _whole(self, program: Program, keys: jax.Array, epochs: int) -> np.ndarray:
        assert program.call is not None
        self.values, log = program.call(
            self.values, self.trainer.arrays, keys, self._first, np.int32(epochs)
        )
        expected = None if program.seconds is None else epochs * program.seconds
        wait(log, lambda: self._stopping, expected)
        return np.asarray(log)[:, :epochs]

    def _in_pieces(
        self, program: Program, keys: jax.Array, logs: list[np.ndarray]
    ) -> np.ndarray | None:
        """One epoch of all rows (rows, 1, results); None where they were stopped inside."""
        pieces = self.trainer.pieces(program, self.values, keys, self._first)
        self.results = program.results

        def between(values: TrainState, done: int) -> bool:
            self.values = values
            return self._pause(np.concatenate(logs, axis=1) if logs else None, done)

        self.values, rows = pieces.epoch(
            self.values,
            self.trainer.arrays,
            keys,
            self._first,
            between=between,
            stop=lambda: self._stopping,
        )
        return None if rows is None else rows[:, None]

    @property
    def _first(self) -> np.ndarray:
        return np.array([self.epoch[index] for index in self.places], "int32")

    @property
    def _stopping(self) -> bool:
        return all(self.members[index].stop() for index in self.running)

    def _pause(self, logs: np.ndarray | None, done: int) -> bool:
        """Tell the runs where they stand between two reports; whether all of them stop there."""
        values, stops = self.values, []
        for row, index in enumerate(self.places):
            if index in self.running and self.places.index(index) == row:
                paused = Progress(
                    self.epoch[index],
                    lambda row=row: _row(values, row),  # type: ignore[misc]
                    {} if logs is None else named(logs[row], self.results),
                    update=done,
                )
                stops.append(bool(self.members[index].on_pause(paused)))
        return all(stops)

    def _judge(self) -> list[Answers] | None:
        validation = self.members[0].validation
        if validation is None:
            return None
        keys = _key_data([_validation(self.members[index]).key for index in self.places])
        return validation.evaluator.run_many(self.values, _keys(keys))

    def _report(
        self, row: int, index: int, logs: np.ndarray, answers: list[Answers] | None
    ) -> Iterator[Finished]:
        member, values = self.members[index], self.values
        progress = Progress(
            self.epoch[index],
            lambda: _row(values, row),
            named(logs[row], self.results),
            answers[row] if answers else None,
        )
        try:
            stops = member.on_progress(progress)
        except Exception as error:
            self.running.remove(index)
            yield Finished(index, None, error)
            return
        if stops or self.epoch[index] >= member.epochs:
            self.running.remove(index)
            yield Finished(index, _row(values, row))

    def _move_together(self) -> None:
        places = _padded(self.running)
        if not places or len(places) == len(self.places):
            return
        import jax

        rows = np.array([self.places.index(index) for index in places])
        self.values = jax.tree.map(lambda array: array[rows], self.values)
        self.places = places


def _caught_up(index: int, member: Member) -> Member | Finished:
    """One that was stopped between two reports, alone up to the next: all rows report together."""
    each, first = member.epochs_per_call or 1, member.first_epoch
    if first >= member.epochs or not (member.first_update or first % each):
        return member
    until, ends = min(member.epochs, (first // each + 1) * each), [False]

    def report(progress: Progress) -> bool:
        ends[0] = bool(member.on_progress(progress))
        return True

    alone = replace(member, epochs=until, epochs_per_call=each, on_progress=report)
    ended = train(index, alone, threading.Event())
    if ended.error or ended.values is None or ends[0] or until == member.epochs or member.stop():
        return ended
    return replace(
        member,
        values=ended.values,
        first_epoch=until,
        first_update=0,
        on_begin=lambda: None,
    )


def _validation(member: Member) -> Validation:
    assert member.validation is not None
    return member.validation


def _padded(indices: Sequence[int]) -> list[int]:
    """Filled up with its first entry to a power of two."""
    if not indices:
        return []
    rows = 1 << (len(indices) - 1).bit_length()
    return [*indices, *[indices[0]] * (rows - len(indices))]


def _stack(values: Sequence[TrainState]) -> Any:
    """Values whose arrays have a first axis (runs, ...)."""
    import jax
    import jax.numpy as jnp

    if not values:
        return None
    # On the host: stacking there takes one transfer for each array, not one for each run.
    return jax.tree.map(lambda *arrays: jnp.asarray(np.stack(arrays)), *values)


def _row(values: TrainState, row: int) -> TrainState:
    import jax

    row_values: TrainState = jax.tree.map(lambda array: array[row], values)
    return row_values


def _key_data(keys: Sequence[jax.Array]) -> np.ndarray:
    import jax

    return np.stack([np.asarray(jax.random.key_data(key)) for key in keys])


def _keys(data: np.ndarray) -> jax.Array:
    """Keys (runs,)."""
    import jax
    import jax.numpy as jnp

    keys: jax.Array = jax.random.wrap_key_data(jnp.asarray(data))
    return keys
