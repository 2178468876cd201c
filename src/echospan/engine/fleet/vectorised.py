"""One vectorised program: runs as a further axis of every array, for accelerators."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.evaluator import Answers, Evaluator
from echospan.engine.fleet.base import Finished, Fleet, Member, Validation
from echospan.engine.trainer import LOG_ROWS, SECONDS_PER_CALL, Progress, named
from echospan.engine.values import TrainState
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
        members = list(members)
        groups: dict[Any, list[int]] = {}
        for index, member in enumerate(members):
            evaluator = member.validation.evaluator if member.validation else None
            kind = (id(member.trainer), member.epochs_per_call, id(evaluator))
            groups.setdefault(kind, []).append(index)
        for group in groups.values():
            for start in range(0, len(group), self.rows):
                chosen = group[start : start + self.rows]
                for ended in _Group([members[index] for index in chosen]).run():
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
                answers = self._judge()
            except Exception as error:
                # One program for all: what ends it ends them all.
                yield from (Finished(index, None, error) for index in self.running)
                return
            for row, index in enumerate(self.places):
                # Of a run that stands in several rows, the first counts.
                if index not in self.running or self.places.index(index) != row:
                    continue
                yield from self._report(row, index, logs, answers)
            self._move_together()

    @naming_what_to_lower()
    def _call(self) -> np.ndarray:
        """Train all rows some epochs on; their logs (rows, epochs, results)."""
        members = self.members
        left = min(members[index].epochs - self.epoch[index] for index in self.running)
        count = min(self.size, left, LOG_ROWS)
        keys = _keys(self.keys[self.places])
        first = np.array([self.epoch[index] for index in self.places], "int32")
        program = self.trainer.compile_many(self.values, keys, first)
        self.results = program.results
        began = time.perf_counter()
        self.values, log = program.call(
            self.values, self.trainer.arrays, keys, first, np.int32(count)
        )
        logs = np.asarray(log)[:, :count]
        if members[0].epochs_per_call is None:
            took = max(time.perf_counter() - began, 1e-6)
            self.size = int(np.clip(count * SECONDS_PER_CALL / took, 1, self.size * 16))
        for index in self.running:
            self.epoch[index] += count
        return logs

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
