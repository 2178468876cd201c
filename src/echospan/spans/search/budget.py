"""The budget of all trials together: seconds, or weight updates."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from echospan.adapters.trainable import PIECE
from echospan.errors import ConfigError

FOR_TRAINING = 0.8
"""Share of the seconds that training may use; the rest is for measuring the trained models."""

_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*(k|m)?\s*(s|seconds?|min|minutes?|u|updates?)?")
ALLOWED = "seconds (120, 90s, 5min) or weight updates (20000u, 20k updates), more than zero"


@dataclass
class Budget:
    """Counts what is spent. Trials that run concurrently share one.

    Attributes:
        seconds: Wall-clock time of the whole sheet, or None.
        updates: Weight updates of all trials together, or None.
        clock: Returns the time in seconds; tests replace it.
    """

    seconds: float | None = None
    updates: int | None = None
    clock: Callable[[], float] = time.monotonic
    spent_updates: int = field(default=0, init=False)
    spent_steps: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._started = self.clock()

    @classmethod
    def parse(cls, text: str | float) -> Budget:
        """Read a budget such as "120s" or "20k updates".

        Raises:
            ConfigError: It is neither seconds nor updates, or not above zero.
        """
        match = _WRITTEN.fullmatch(str(text).strip().lower())
        amount = float(match[1]) * {"k": 1e3, "m": 1e6}.get(match[2] or "", 1.0) if match else 0.0
        if match is None or amount <= 0:
            raise ConfigError("budget", ALLOWED, text)
        unit = match[3] or "s"
        if unit.startswith("u"):
            return cls(updates=max(1, int(amount)))
        return cls(seconds=amount * (60.0 if unit.startswith("min") else 1.0))

    @property
    def elapsed(self) -> float:
        """Seconds since the budget was opened."""
        return self.clock() - self._started

    def take(self, updates: int, length: int = 1) -> int:
        """Reserve updates; returns how many may be made, 0 if the budget is spent.

        Args:
            updates: Number of updates wanted.
            length: Steps of the sequences in each.
        """
        if self.seconds is not None and self.elapsed >= self.seconds * FOR_TRAINING:
            return 0
        with self._lock:
            if self.updates is not None:
                updates = min(updates, self.updates - self.spent_updates)
            updates = max(0, updates) // PIECE * PIECE
            self.spent_updates += updates
            self.spent_steps += updates * length
            return updates

    def replay(self, updates: int, length: int, elapsed: float) -> None:
        """Count a trial that was made before, by a search that this one continues.

        Args:
            updates: Its updates.
            length: Steps of its sequences.
            elapsed: Seconds that had passed when it was finished.
        """
        with self._lock:
            self.spent_updates += updates
            self.spent_steps += updates * length
            self._started = min(self._started, self.clock() - elapsed)

    def left(self, length: int = 1) -> float:
        """Updates that are left; for seconds, as many as fit at the pace so far, in steps.

        Args:
            length: Steps of the sequences in each.
        """
        if self.updates is not None:
            return self.updates - self.spent_updates
        if self.seconds is None or not self.spent_steps or self.elapsed <= 0:
            return math.inf
        more = max(0.0, self.seconds * FOR_TRAINING - self.elapsed)
        return more * self.spent_steps / self.elapsed / length

    @property
    def spent(self) -> bool:
        """Whether no further training fits."""
        if self.seconds is not None and self.elapsed >= self.seconds * FOR_TRAINING:
            return True
        return self.updates is not None and self.updates - self.spent_updates < PIECE

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"{self.seconds:g} s"
        return f"{self.updates:,} updates"
