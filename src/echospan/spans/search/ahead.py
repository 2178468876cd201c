"""Train trials that will probably be wanted while cores would be idle.

A trial is a function of its key. One that was trained ahead is the one that would have been trained
when it was wanted, so guesses change the time and nothing else. What is not wanted is dropped; it
counts neither as updates made nor towards a budget.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field

from echospan.spans.search.kept import TrialKey
from echospan.spans.search.trial import Trial

Stop = Callable[[], bool]
OnLook = Callable[[Trial, int], None]
Train = Callable[[TrialKey, Stop, OnLook], Trial]


@dataclass(eq=False)
class _Begun:
    """A trial that was begun ahead."""

    future: Future[Trial] = field(default_factory=Future)
    paused: bool = False
    wanted: bool = False
    dropped: bool = False


class Ahead:
    """Trains guessed trials on the cores that wanted work leaves idle.

    Args:
        cores: Cores in all.
        train: Trains a trial. It asks `stop` between two looks, where a guess waits while all
            cores are used by wanted work.
        guesses: Keys of trials that may be wanted, the likeliest first. Called from any thread.
        on_look: Called after each look at a trial that is wanted by now.
    """

    def __init__(
        self,
        cores: int,
        train: Train,
        guesses: Callable[[], Iterable[TrialKey]],
        on_look: OnLook = lambda trial, limit: None,
    ) -> None:
        self._cores, self._train, self._guesses, self._on_look = cores, train, guesses, on_look
        self._changed = threading.Condition(threading.RLock())
        self._begun: dict[TrialKey, _Begun] = {}
        self._busy, self._closed = 0, False
        # Paused guesses keep their threads, so there may be more threads than cores.
        self._most = 4 * cores
        self._pool = ThreadPoolExecutor(self._most, thread_name_prefix="echospan-ahead")

    @contextmanager
    def using(self, cores: int) -> Iterator[Callable[[], None]]:
        """Context in which so many pieces of wanted work are under way or wait for a core.

        Yields:
            Called when one of them has ended.
        """
        left = [cores]

        def ended() -> None:
            with self._changed:
                if left[0]:
                    left[0] -= 1
                    self._busy -= 1
            self._fill()

        with self._changed:
            self._busy += cores
        try:
            yield ended
        finally:
            with self._changed:
                self._busy -= left[0]
                left[0] = 0

    def take(self, key: TrialKey) -> Trial | None:
        """The trial, waited for if it is under way; None if it was not trained ahead.

        The caller counts as the one that uses the core meanwhile.
        """
        with self._changed:
            one = self._begun.get(key)
            if one is None or one.dropped:
                return None
            one.wanted, one.paused = True, False
            self._changed.notify_all()
        trial = one.future.result()
        with self._changed:
            self._begun.pop(key, None)
        return trial if trial.decided else None

    def drop(self, wrong: Callable[[TrialKey], bool]) -> None:
        """Give up the guesses that turned out to be wrong."""
        with self._changed:
            for key in [key for key, one in self._begun.items() if not one.wanted and wrong(key)]:
                self._begun.pop(key).dropped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Give up all guesses, and wait until their threads have ended."""
        with self._changed:
            self._closed = True
        self.drop(lambda key: True)
        self._pool.shutdown(cancel_futures=False)

    def _running(self) -> int:
        return sum(
            not (one.future.done() or one.paused or one.wanted) for one in self._begun.values()
        )

    def _fill(self) -> None:
        """Resume or begin guesses as long as cores are idle."""
        with self._changed:
            idle = self._cores - self._busy - self._running()
            if self._closed or idle < 1:
                return
            for key in self._guesses():
                one = self._begun.get(key)
                if one is not None and one.paused and not one.wanted:
                    one.paused = False
                    self._changed.notify_all()
                elif one is None and self._unfinished() < self._most:
                    self._begun[key] = one = _Begun()
                    self._pool.submit(copy_context().run, self._run, key, one)
                else:
                    continue
                idle -= 1
                if not idle:
                    break

    def _unfinished(self) -> int:
        return sum(not one.future.done() for one in self._begun.values())

    def _run(self, key: TrialKey, one: _Begun) -> None:
        def stop() -> bool:
            self._wait(one)
            return one.dropped

        def look(trial: Trial, limit: int) -> None:
            if one.wanted:
                self._on_look(trial, limit)

        try:
            one.future.set_result(self._train(key, stop, look))
        except BaseException as error:
            # Raised where the trial is wanted, as if it had been trained there.
            one.future.set_exception(error)
        self._fill()

    def _wait(self, one: _Begun) -> None:
        """Wait while wanted work uses all cores."""
        with self._changed:
            if one.wanted or one.dropped:
                return
            if self._busy + self._running() > self._cores:
                one.paused = True
            while one.paused and not (one.wanted or one.dropped):
                self._changed.wait()
