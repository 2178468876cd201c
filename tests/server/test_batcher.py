"""The thread that steps sessions: order, fairness, faults, overload."""

from __future__ import annotations

import threading

import pytest

from echospan.engine.batched_step import MOST_ROWS
from echospan.server.batcher import Answer, Batcher, Queue, Steps
from echospan.server.errors import Refused


class Counting:
    """Answers how many values a session has processed; can be held and can fail."""

    def __init__(self):
        self.calls = []
        self.free = threading.Event()
        self.fails = False

    def step(self, queues, symbols):
        self.free.wait(20)
        if self.fails:
            raise RuntimeError("no memory")
        self.calls.append([queue.row for queue in queues])
        for queue in queues:
            queue.steps += 1
        return [Answer(q.steps, s, None) for q, s in zip(queues, symbols, strict=True)]


class Ends:
    """Collects outcomes, in the order in which they come."""

    def __init__(self, count):
        self.found, self._left, self._all = [], count, threading.Event()

    def of(self, name):
        def done(outcome):
            self.found.append((name, outcome))
            self._left -= 1
            if not self._left:
                self._all.set()

        return done

    def wait(self):
        assert self._all.wait(20)
        return self.found


@pytest.fixture
def model():
    return Counting()


def submit(batcher, queue, symbols, done, expected=None):
    batcher.reserve(len(symbols))
    batcher.submit(queue, Steps(symbols, expected, done))


def test_a_long_request_does_not_hold_up_others(model):
    batcher, ends = Batcher(model, 1000), Ends(2)
    submit(batcher, Queue(0), list(range(300)), ends.of("long"))
    submit(batcher, Queue(1), [7], ends.of("short"))
    model.free.set()
    found = ends.wait()
    assert [name for name, _ in found] == ["short", "long"]
    assert [answer.symbol for answer in found[1][1]] == list(range(300))
    assert len(model.calls) <= 301
    batcher.close()
    assert batcher.waiting == 0


def test_each_session_has_one_row_of_a_call_and_none_starves(model):
    batcher, ends = Batcher(model, 10_000), Ends(3 * 300)
    queues = [Queue(row) for row in range(300)]
    for turn in range(3):
        for queue in queues:
            submit(batcher, queue, [turn], ends.of((queue.row, turn)))
    model.free.set()
    found = ends.wait()
    assert all(len(set(call)) == len(call) <= MOST_ROWS for call in model.calls)
    for row in range(300):
        assert [turn for (each, turn), _ in found if each == row] == [0, 1, 2]
    assert max(len(call) for call in model.calls) == MOST_ROWS
    batcher.close()


def test_an_order_waits_for_its_turn(model):
    batcher, ends, queue = Batcher(model, 100), Ends(2), Queue(0)
    submit(batcher, queue, [1, 1, 1], ends.of("steps"))
    future = batcher.ordered(queue, lambda queue: queue.steps)
    submit(batcher, queue, [1], ends.of("more"))
    model.free.set()
    assert future.result(20) == 3
    ends.wait()
    failing = batcher.ordered(queue, lambda queue: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        failing.result(20)
    batcher.close()


def test_a_model_that_fails_changes_nothing_and_goes_on(model):
    batcher, ends, queue = Batcher(model, 100), Ends(2), Queue(0)
    model.fails = True
    model.free.set()
    submit(batcher, queue, [1, 2], ends.of("failed"))
    submit(batcher, queue, [5], ends.of("too"), expected=4)
    found = dict(ends.wait())
    assert found["failed"].status == 503
    assert "RuntimeError" in found["failed"].sentence
    assert found["too"].status == 409
    assert (queue.steps, batcher.waiting) == (0, 0)
    model.fails = False
    ends = Ends(1)
    submit(batcher, queue, [3], ends.of("well"))
    assert ends.wait()[0][1][0].step == 1
    batcher.close()


def test_too_much_work_is_refused_before_anything_changes(model):
    batcher, ends, queue = Batcher(model, 5), Ends(1), Queue(0)
    submit(batcher, queue, [1, 2, 3], ends.of("taken"))
    with pytest.raises(Refused) as caught:
        submit(batcher, queue, [4, 5, 6], ends.of("refused"))
    assert (caught.value.status, caught.value.retry_after) == (503, 1)
    model.free.set()
    assert len(ends.wait()[0][1]) == 3
    # Alone, a request may be longer than the queue.
    ends = Ends(1)
    submit(batcher, queue, list(range(9)), ends.of("long"))
    assert len(ends.wait()[0][1]) == 9
    batcher.close()
    with pytest.raises(Refused, match="ending"):
        submit(batcher, queue, [1], ends.of("late"))
