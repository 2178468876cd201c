"""Guesses run on idle cores only, and are taken where they are wanted."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from echospan.spans.search.ahead import Ahead
from echospan.spans.search.kept import TrialKey

PATIENCE = 20
"""Seconds after which a test that hangs fails."""


def key(seed: int, lag: int = 5) -> TrialKey:
    return TrialKey(lag, 0.01, seed, 4000)


class Training:
    """Trials that look as often as the test lets them, and end when it says so."""

    def __init__(self) -> None:
        self.looks: dict[TrialKey, int] = {}
        self.may_end = threading.Event()
        self.changed = threading.Condition()

    def __call__(self, key: TrialKey, stop: Any, on_look: Any) -> Any:
        while not self.may_end.wait(0.001):
            if stop():
                return SimpleNamespace(seed=key.seed, decided=False)
            with self.changed:
                self.looks[key] = self.looks.get(key, 0) + 1
                self.changed.notify_all()
        return SimpleNamespace(seed=key.seed, decided=True)

    def until(self, key: TrialKey, looks: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.looks.get(key, 0) >= looks, PATIENCE)


def test_a_guess_begins_when_a_core_is_idle_and_is_taken_when_wanted() -> None:
    training = Training()
    ahead = Ahead(2, training, lambda: [key(0), key(1)])
    with ahead.using(2) as ended:
        assert training.looks == {}
        ended()
        training.until(key(0), 1)
        # One core is used by what is wanted, the other one by the first guess.
        assert key(1) not in training.looks
        training.may_end.set()
        taken = ahead.take(key(0))
    assert taken is not None
    assert taken.seed == 0
    assert ahead.take(key(7)) is None
    ahead.close()


def test_a_guess_waits_while_wanted_work_uses_all_cores() -> None:
    training = Training()
    ahead = Ahead(2, training, lambda: [key(0)])
    with ahead.using(2) as ended:
        ended()
        training.until(key(0), 1)
        with ahead.using(1):
            # It may be within a look; then it waits.
            while not ahead._begun[key(0)].paused:
                training.until(key(0), 1)
            before = training.looks[key(0)]
            threading.Event().wait(0.05)
            assert training.looks[key(0)] == before
        ended()
        training.until(key(0), before + 1)
    ahead.close()
    assert not ahead._begun


def test_one_that_is_dropped_is_given_up_and_not_taken() -> None:
    training = Training()
    ahead = Ahead(2, training, lambda: [key(0, lag=9)])
    with ahead.using(2) as ended:
        ended()
        training.until(key(0, lag=9), 1)
        ahead.drop(lambda one: one.lag > 5)
        assert ahead.take(key(0, lag=9)) is None
    ahead.close()


def test_an_error_is_raised_where_the_trial_is_wanted() -> None:
    def fail(key: TrialKey, stop: Any, on_look: Any) -> Any:
        raise ValueError("no")

    ahead = Ahead(2, fail, lambda: [key(0)])
    with ahead.using(2) as ended:
        ended()
        with pytest.raises(ValueError, match="no"):
            ahead.take(key(0))
    ahead.close()
