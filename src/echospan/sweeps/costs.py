"""What units of a sweep take, from what finished runs of the same shape took: never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from echospan.errors import EchospanError
from echospan.store import Store
from echospan.sweeps.verbs import Cost, Unit, Verb

LOOKED_AT = 300
"""Finished runs of a recipe that are looked at, the newest ones."""

ENOUGH = 5
"""Measured runs of a key; their mean is taken."""


@dataclass
class Work:
    """Units of one key that are to be done."""

    count: int = 0
    size: float = 0.0


@dataclass
class Costs:
    """What is to be done, by key, and what units of each key took.

    Attributes:
        left: What is still to be done.
    """

    left: dict[str, Work] = field(default_factory=dict)
    _measured: dict[str, list[Cost]] = field(default_factory=dict)
    _seconds: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, unit: Unit) -> None:
        """A unit is to be done."""
        work = self.left.setdefault(unit.key, Work())
        work.count += 1
        work.size += unit.size

    def done(self, unit: Unit, seconds: float | None) -> None:
        """A unit was done, and took so long in all; None where it failed, or is not known."""
        work = self.left.setdefault(unit.key, Work())
        work.count = max(0, work.count - 1)
        work.size = max(0.0, work.size - unit.size)
        if seconds is not None:
            size, spent = self._seconds.get(unit.key, (0.0, 0.0))
            self._seconds[unit.key] = (size + unit.size, spent + seconds)

    def read(self, store: Store, verb: Verb, *, trust: bool) -> None:
        """Look for finished runs of the same shapes in the store."""
        wanted = {key for key, work in self.left.items() if work.count}
        for summary in _newest(store, verb):
            if not wanted:
                return
            with suppress(EchospanError):
                run = store.get(summary)
                key = verb.key_of(run.config, trust=trust)
                if key not in wanted:
                    continue
                cost = verb.cost(run.load_result(), run.summary.seconds)
                if cost is not None:
                    measured = self._measured.setdefault(key, [])
                    measured.append(cost)
                    if len(measured) >= ENOUGH:
                        wanted.discard(key)

    def seconds(self) -> float | None:
        """What is left takes so long, one unit after the other; None where a key was not measured.

        What was measured by this sweep counts before what older runs took.
        """
        total = 0.0
        for key, work in self.left.items():
            if not work.count:
                continue
            if key in self._seconds and self._seconds[key][0]:
                size, spent = self._seconds[key]
                total += spent / size * work.size
            elif key in self._measured:
                costs = self._measured[key]
                total += sum(
                    cost.each * work.size + cost.fixed * work.count for cost in costs
                ) / len(costs)
            else:
                return None
        return total


def _newest(store: Store, verb: Verb) -> Iterable[str]:
    finished = store.list(kind=verb.kind, state="finished", limit=LOOKED_AT)
    return [summary.run_id for summary in finished if summary.parent is None]
