"""Signs of life: a thread that renews the leases of this process's runs while it works."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from echospan.errors import StoreError

RENEW_SECONDS = 10.0


class Renewable(Protocol):
    """What keeps leases."""

    def renew(self, tokens: Mapping[str, str], moment: float, uptime: float | None) -> None:
        """Note a sign of life for runs, by id, whose token is still the given one."""


def sign_of_life() -> tuple[float, float | None]:
    """The time, and the seconds since the machine was started, which no one can set."""
    return time.time(), uptime()


def uptime() -> float | None:
    """Seconds since the machine was started, if it has a clock that counts them."""
    # Unlike the monotonic clock it goes on while the machine sleeps.
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return None if clock is None else time.clock_gettime(clock)


class Heartbeat:
    """Renews the leases of the runs that were taken through one index, in a thread.

    Args:
        index: Where they stand. When it is closed or gone, so is the thread.
    """

    def __init__(self, index: Renewable) -> None:
        self._index = weakref.ref(index)
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def keep(self, run_id: str, token: str) -> None:
        """Renew the lease of this run from now on."""
        with self._lock:
            self._tokens[run_id] = token
            if (self._thread is None or not self._thread.is_alive()) and not self._stop.is_set():
                self._thread = threading.Thread(
                    target=_beat, args=(weakref.ref(self), self._stop), daemon=True
                )
                self._thread.start()

    def drop(self, run_id: str) -> None:
        """Let the lease of this run run out."""
        with self._lock:
            self._tokens.pop(run_id, None)

    def close(self) -> None:
        """End the thread. It may not be started again."""
        self._stop.set()

    def renew(self) -> None:
        """Renew all leases once; one whose run was taken over stays as it is."""
        index = self._index()
        with self._lock:
            tokens = dict(self._tokens)
        if index is None or not tokens:
            return
        # A full disk, a lock that stays: the next time, or the lease runs out.
        with suppress(StoreError):
            index.renew(tokens, *sign_of_life())


def _beat(heart: weakref.ref[Heartbeat], stop: threading.Event) -> None:
    while not stop.wait(RENEW_SECONDS):
        beating = heart()
        if beating is None:
            return
        beating.renew()
        del beating
