"""A sheet does not depend on the machine's load, nor on which of several trials ends first."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from echospan.spans.api import span
from echospan.spans.protocol import find_protocol
from echospan.spans.search import search
from echospan.spans.search.ahead import Ahead

MODEL: dict[str, Any] = {"units": 10, "symbols": 4, "protocol": "quick-1"}


def measured(**settings: Any) -> dict[str, Any]:
    """A sheet without its seconds."""
    return {**span("gru", **{**MODEL, **settings}).to_dict(), "seconds": None}


@contextmanager
def load() -> Iterator[Any]:
    """Threads that keep the machine busy; yields what lets trials wait, each for another time."""
    ended, draw = threading.Event(), random.Random(0)

    def busy() -> None:
        while not ended.is_set():
            sum(range(10_000))

    def wait() -> bool:
        time.sleep(draw.random() * 0.02)
        return False

    threads = [threading.Thread(target=busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield wait
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"largest": 2, "updates": 400},
        # A cap on updates is shared out before the trials start.
        {"budget": "2410 updates", "updates": 800, "rates": [0.003, 0.01, 0.03]},
    ],
)
def test_load_changes_nothing_but_the_seconds(settings: dict[str, Any]) -> None:
    idle = measured(**settings)
    assert len(idle["per_lag"]) > 1
    with load() as wait:
        loaded = measured(stop=wait, **settings)
    assert loaded == idle


@pytest.mark.slow
def test_trials_that_are_trained_ahead_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # Lags that fail are among them: neighbouring rates, the gap, and twice the updates.
    settings = {"units": 4, "updates": None, "protocol": quick()}
    monkeypatch.setattr(search, "cores", lambda: 1)
    alone = measured(**settings)
    taken, take = [], Ahead.take

    def counted(self: Ahead, key: Any) -> Any:
        trial = take(self, key)
        taken.extend([] if trial is None else [key])
        return trial

    monkeypatch.setattr(search, "cores", lambda: 4)
    monkeypatch.setattr(Ahead, "take", counted)
    assert measured(**settings) == alone
    assert taken
    assert {row["outcome"] for row in alone["per_lag"]} == {"solved", "failed"}


def quick() -> dict[str, Any]:
    """Rules with trials that may grow, and few updates."""
    rules = find_protocol("quick-1").to_dict()
    shorter = {"name": "short", "updates": 300, "most_updates": 600, "patience": 200}
    return {**rules, **shorter, "beyond": [1.5], "rates": [0.003, 0.01, 0.03], "largest": 8}
