"""The budget of all trials together: weight updates, and seconds of training."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
        seconds: Wall-clock time of the whole sheet, or None. Compiling and building models is not
            counted.
        updates: Weight updates of all trials together, or None.
        clock: Returns the time in seconds; tests replace it.
    """

    seconds: float | None = None
    updates: int | None = None
    clock: Callable[[], float] = time.monotonic
    spent_updates: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._started = self.clock()
        self._preparing, self._since, self._prepared = 0, 0.0, 0.0

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
        """Seconds since the budget was opened, without those in which something was prepared."""
        with self._lock:
            now = self.clock()
            preparing = now - self._since if self._preparing else 0.0
            return now - self._started - self._prepared - preparing

    def replay(self, elapsed: float) -> None:
        """Go on at the time at which a search that this one continues had finished a trial.

        Args:
            elapsed: Seconds that had passed when it was finished.
        """
        with self._lock:
            self._started = min(self._started, self.clock() - self._prepared - elapsed)

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Context in which time does not count: a program is compiled, or a model is built.

        Several threads may be in it at once; the time of another one that trains meanwhile does
        not count either.
        """
        with self._lock:
            if not self._preparing:
                self._since = self.clock()
            self._preparing += 1
        try:
            yield
        finally:
            with self._lock:
                self._preparing -= 1
                if not self._preparing:
                    self._prepared += self.clock() - self._since

    @property
    def out_of_time(self) -> bool:
        """Whether the seconds of training are used up."""
        return self.seconds is not None and self.elapsed >= self.seconds * FOR_TRAINING

    @property
    def overdrawn(self) -> bool:
        """Whether all seconds are used up, those for measuring included."""
        return self.seconds is not None and self.elapsed >= self.seconds

    @property
    def spent(self) -> bool:
        """Whether no further training fits."""
        return self.out_of_time or (self.updates is not None and self._left < PIECE)

    @property
    def left(self) -> int | None:
        """Updates that are left; None without a limit."""
        return None if self.updates is None else max(0, self._left)

    @property
    def _left(self) -> int:
        return 0 if self.updates is None else self.updates - self.spent_updates

    def grant(self, wanted: Sequence[int]) -> list[int]:
        """Reserve updates for trials that run concurrently; what they leave is given back.

        Each gets at most an equal share of what is left (the first ones a piece more), so that it
        does not depend on which of them is faster.

        Args:
            wanted: Updates that each trial may need.
        """
        with self._lock:
            if self.updates is None:
                granted = list(wanted)
            else:
                pieces, more = divmod(max(0, self._left) // PIECE, max(1, len(wanted)))
                shares = [PIECE * (pieces + (place < more)) for place in range(len(wanted))]
                granted = [min(one, share) for one, share in zip(wanted, shares, strict=True)]
            self.spent_updates += sum(granted)
            return granted

    def give_back(self, updates: int) -> None:
        """Return reserved updates that were not made."""
        with self._lock:
            self.spent_updates -= updates

    def __str__(self) -> str:
        if self.seconds is not None:
            return f"{self.seconds:g} s"
        return "none" if self.updates is None else f"{self.updates:,} updates"
