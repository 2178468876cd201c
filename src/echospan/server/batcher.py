"""One thread a model: steps of different sessions are done in one call, those of one in order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Protocol

from echospan.engine.batched_step import MOST_ROWS
from echospan.server.errors import Refused, overloaded


@dataclass(slots=True)
class Answer:
    """What a model answered to one value.

    Attributes:
        step: Values that the session has processed, this one included.
        symbol: The answer; None where there is none yet.
        confidence: Its probability; None where the model gives none.
    """

    step: int
    symbol: int | None
    confidence: float | None


@dataclass(slots=True, eq=False)
class Steps:
    """Values to process, one after another."""

    symbols: list[int]
    expected: int | None
    done: Callable[[list[Answer] | BaseException], None]
    answers: list[Answer] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Order:
    """Something else to do with a session, in its turn: reset it, copy its state."""

    function: Callable[[Queue], Any]
    done: Callable[[Any], None]


@dataclass(slots=True, eq=False)
class Queue:
    """The work of one session, oldest first.

    Attributes:
        row: Its place in the states.
        steps: Values that were processed.
        work: What is to be done; `ready` says whether the thread knows of it.
        used: Clock time of the last request.
    """

    row: int
    steps: int = 0
    work: deque[Steps | Order] = field(default_factory=deque)
    ready: bool = False
    used: float = 0.0
    closed: bool = False


class Stepping(Protocol):
    """What the thread steps: `echospan.server.model.StreamedModel`."""

    def step(self, queues: list[Queue], symbols: list[int]) -> list[Answer]:
        """Process one value of each session."""


class Batcher:
    """Takes work for sessions, and does one step of up to `MOST_ROWS` of them in each call.

    The thread alone reads and writes states, so that two requests to one session never meet.

    Args:
        model: What is stepped.
        most_waiting: Values that may wait; more are refused before anything is changed.
        told: Is given the rows and the seconds of each call.
    """

    def __init__(
        self,
        model: Stepping,
        most_waiting: int,
        told: Callable[[int, float], None] = lambda rows, seconds: None,
    ) -> None:
        self._model, self._most_waiting, self._told = model, most_waiting, told
        self._ready: deque[Queue] = deque()
        self._lock = threading.Condition()
        self._ending = False
        self.waiting = 0
        self._thread = threading.Thread(target=self._run, name="echospan-steps", daemon=True)
        self._thread.start()

    def reserve(self, count: int) -> None:
        """Count values that are about to be submitted.

        Raises:
            Refused: Too many values wait, or the server ends.
        """
        with self._lock:
            if self._ending:
                raise overloaded("The server is ending.")
            # A long request alone may be longer than the queue.
            if self.waiting and self.waiting + count > self._most_waiting:
                raise overloaded(
                    f"{self.waiting:,} values wait to be processed, and at most "
                    f"{self._most_waiting:,} may. Try again in a second."
                )
            self.waiting += count

    def submit(self, queue: Queue, work: Steps | Order) -> None:
        """Put work at the end of a session's queue. The values of steps are reserved before."""
        with self._lock:
            queue.work.append(work)
            queue.used = time.monotonic()
            if not queue.ready:
                queue.ready = True
                self._ready.append(queue)
                self._lock.notify()

    def ordered(self, queue: Queue, function: Callable[[Queue], Any]) -> Future[Any]:
        """Do something with a session in its turn; its outcome."""
        future: Future[Any] = Future()
        self.submit(queue, Order(function, lambda outcome: _settle(future, outcome)))
        return future

    def close(self, seconds: float = 30.0) -> None:
        """Finish what waits, take nothing more, and end the thread."""
        with self._lock:
            self._ending = True
            self._lock.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._ready and not self._ending:
                    self._lock.wait()
                if not self._ready:
                    return
                count = min(len(self._ready), MOST_ROWS)
                queues = [self._ready.popleft() for _ in range(count)]
            self._round(queues)
            with self._lock:
                for queue in queues:
                    queue.ready = bool(queue.work)
                    if queue.ready:
                        self._ready.append(queue)

    def _round(self, queues: list[Queue]) -> None:
        """One piece of work of each session: an order, or one value of its steps."""
        stepped = []
        for queue in queues:
            work = queue.work[0]
            if isinstance(work, Order):
                queue.work.popleft()
                self._obey(queue, work)
            elif (refused := _refused(queue, work)) is not None:
                self._end(queue, work, refused)
            else:
                stepped.append(queue)
        if not stepped:
            return
        begun = time.perf_counter()
        symbols = [queue.work[0].symbols[len(queue.work[0].answers)] for queue in stepped]  # type: ignore[union-attr]
        try:
            answers = self._model.step(stepped, symbols)
        except BaseException as error:
            # No state was replaced.
            for queue in stepped:
                self._end(queue, queue.work[0], _failed(error, queue))
            return
        self._told(len(stepped), time.perf_counter() - begun)
        for queue, answer in zip(stepped, answers, strict=True):
            work = queue.work[0]
            assert isinstance(work, Steps)
            work.answers.append(answer)
            if len(work.answers) == len(work.symbols):
                self._end(queue, work, work.answers)
        with self._lock:
            self.waiting -= len(stepped)

    def _end(self, queue: Queue, work: Any, outcome: Any) -> None:
        queue.work.popleft()
        if isinstance(outcome, BaseException):
            with self._lock:
                self.waiting -= len(work.symbols) - len(work.answers)
        work.done(outcome)

    def _obey(self, queue: Queue, order: Order) -> None:
        try:
            outcome = order.function(queue)
        except BaseException as error:
            outcome = error
        order.done(outcome)


def _refused(queue: Queue, work: Steps) -> Refused | None:
    if queue.closed:
        return Refused(404, "no-session", "The session was deleted.")
    if work.expected is None or work.answers or work.expected == queue.steps + 1:
        return None
    return Refused(
        409,
        "other-step",
        f"The next step of this session is {queue.steps + 1:,}, and the request is for step "
        f"{work.expected:,}. The state is unchanged.",
    )


def _failed(error: BaseException, queue: Queue) -> Refused:
    kind = type(error).__name__
    return Refused(
        503,
        "failed",
        f"The model could not be run ({kind}). The session has processed {queue.steps:,} values.",
        retry_after=1,
    )


def _settle(future: Future[Any], outcome: Any) -> None:
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
