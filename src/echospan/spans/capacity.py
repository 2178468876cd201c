"""How many bits the answers prove that a state held, and whether more can be asked of it.

A model that echoes every symbol n steps later, each with b bits of information left, must have held
n * b bits at once: what it will say about the last n symbols, which are independent, and no later
input can tell it. That is a lower bound on what its state holds, from its answers alone. What would
be needed is n log2 K. Under a limit of C bits no training can bring the answers above C / n bits
each, so n * b stays where it is while n log2 K grows: the errors sit at the bound.

Such a bound is proved only where the state's size is known. Where n * b is seen to stay, of models
that have stopped learning, that is a measurement: so far its bits went, under this training.
"""

from __future__ import annotations

from collections.abc import Iterable

from echospan.memory_tasks.base import MemoryTask
from echospan.results.capacity import Capacity, Held
from echospan.spans.lag_result import LagResult


def capacity(
    results: Iterable[LagResult], task: MemoryTask, of_state: float | None
) -> Capacity | None:
    """What the results prove; None where they say nothing about what is held at once."""
    held = []
    for result in sorted(results, key=lambda one: one.lag):
        needed, middle = task.bits(result.lag), result.median
        recalled = [None if m is None else m.recalled for m in result.measured]
        if result.outcome == "undecided" or needed is None or middle is None:
            continue
        bits = [result.lag * one for one in recalled if one is not None]
        median = recalled[middle]
        if median is None:
            continue
        held.append(
            Held(
                result.lag,
                needed,
                result.lag * median,
                (min(bits), max(bits)),
                result.converged,
                result.outcome == "solved",
            )
        )
    return Capacity(tuple(held), of_state) if held else None
