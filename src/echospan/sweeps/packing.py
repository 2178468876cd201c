"""Which units go to one worker together: those that share a compiled program."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator

from echospan.sweeps.verbs import Unit

WINDOW = 2000
"""Units that are looked at ahead, to find some that belong together."""


class Packer:
    """Hands out units of one key at a time, in the order in which they come.

    Args:
        units: Those that are to be done; taken from as needed.
        together: Whether units of one key are handed out together; else each alone.
    """

    def __init__(self, units: Iterator[Unit], *, together: bool) -> None:
        self._units, self._together = units, together
        self._waiting: OrderedDict[str, deque[Unit]] = OrderedDict()
        self._count = 0
        self._seen: set[str] = set()

    def next(self, size: int) -> list[Unit]:
        """Up to `size` units of one key; none where no unit is left."""
        self._fill()
        if not self._waiting:
            return []
        key, waiting = next(iter(self._waiting.items()))
        taken = [waiting.popleft() for _ in range(min(size if self._together else 1, len(waiting)))]
        self._count -= len(taken)
        self._seen.difference_update(unit.fingerprint for unit in taken)
        if not waiting:
            del self._waiting[key]
        return taken

    def _fill(self) -> None:
        while self._count < WINDOW:
            unit = next(self._units, None)
            if unit is None:
                return
            # Two points of a sweep may come to the same.
            if unit.fingerprint not in self._seen:
                self._seen.add(unit.fingerprint)
                self._waiting.setdefault(unit.key, deque()).append(unit)
                self._count += 1
