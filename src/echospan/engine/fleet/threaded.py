"""One program a core: each run in a thread, its program compiled once for all.

While a compiled program runs, Python's lock is free. On two cores, sixteen runs took less than
half the time of sixteen runs one after another, since a lone run also spends time handing small
pieces of work between XLA's own threads. Processes would have to import, trace and compile again
in each.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING

from echospan.engine.evaluator import Answers, Evaluator
from echospan.engine.fleet.base import Finished, Fleet, Member
from echospan.engine.trainer import Progress
from echospan.engine.values import TrainState
from echospan.observer import Halted

if TYPE_CHECKING:
    import jax


CORES = "ECHOSPAN_CORES"
"""Environment variable: how many cores a process is to use, at most."""


def cores() -> int:
    """Cores that this process may use: those that the system gives it, or fewer."""
    told = os.environ.get(CORES, "")
    if told.isascii() and told.isdigit() and int(told) > 0:
        return min(int(told), _given())
    return _given()


def _given() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ThreadedFleet(Fleet):
    """Runs side by side in threads. Bit for bit, a run is what it is alone."""

    def __init__(self, workers: int | None = None) -> None:
        """With `workers` threads; left out, one for each core."""
        self.workers = workers or cores()

    def run(self, members: Iterable[Member]) -> Generator[Finished, None, None]:
        """As `Fleet.run`; members start in the order in which they are given."""
        given_up = threading.Event()
        if self.workers == 1:
            for index, member in enumerate(members):
                yield _compile(index, member) or train(index, member, given_up)
            return
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="echospan-run")
        # In the order of their ends; and a Ctrl-C while this thread waits at it leaves no lock held
        # that a run would need to end.
        ends: SimpleQueue[Future[Finished]] = SimpleQueue()
        try:
            runs, failed = 0, []
            for index, member in enumerate(members):
                if (ended := _compile(index, member)) is not None:
                    failed.append(ended)
                else:
                    pool.submit(train, index, member, given_up).add_done_callback(ends.put)
                    runs += 1
            yield from failed
            for _ in range(runs):
                yield ends.get().result()
        finally:
            given_up.set()
            pool.shutdown(cancel_futures=True)

    def judge(
        self, evaluator: Evaluator, values: Sequence[TrainState], keys: Sequence[jax.Array]
    ) -> list[Answers]:
        """As `Fleet.judge`."""
        if not values:
            return []
        evaluator.compile(values[0])
        with ThreadPoolExecutor(min(self.workers, len(values))) as pool:
            return list(pool.map(evaluator.run, values, keys))


def _compile(index: int, member: Member) -> Finished | None:
    """Compile what it needs; its end, where that went wrong."""
    if member.first_epoch >= member.epochs:
        return None
    try:
        member.trainer.compile(member.values, member.stop)
        if member.validation is not None:
            member.validation.evaluator.compile(member.values, member.stop)
    except Exception as error:
        return Finished(index, None, error)
    return None


def train(index: int, member: Member, given_up: threading.Event) -> Finished:
    """Train one run alone, in this thread."""

    def report(progress: Progress) -> bool | None:
        if given_up.is_set():
            return True
        if member.validation is not None:
            validation = member.validation
            with suppress(Halted):
                progress.answers = validation.evaluator.run(
                    progress.values, validation.key, validation.stop
                )
        return member.on_progress(progress)

    try:
        if given_up.is_set() or member.stop():
            return Finished(index, member.values)
        member.on_begin()
        values = member.trainer.run(
            member.values,
            member.key,
            epochs=member.epochs,
            first_epoch=member.first_epoch,
            first_update=member.first_update,
            epochs_per_call=member.epochs_per_call,
            on_progress=report,
            on_pause=lambda paused: given_up.is_set() or member.on_pause(paused),
            stop=lambda: given_up.is_set() or member.stop(),
        )
    except Exception as error:
        return Finished(index, None, error)
    return Finished(index, values)
