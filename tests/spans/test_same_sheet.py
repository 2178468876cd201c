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
        {"largest": 7, "updates": 1000},
        # A cap on updates is shared out before the trials start.
        {"budget": "3010 updates", "updates": 1000, "rates": [0.003, 0.01, 0.03]},
    ],
)
def test_load_changes_nothing_but_the_seconds(settings: dict[str, Any]) -> None:
    idle = measured(**settings)
    assert len(idle["per_lag"]) > 1
    with load() as wait:
        loaded = measured(stop=wait, **settings)
    assert loaded == idle
