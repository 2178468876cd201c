"""One source of random numbers that changes a model's outputs in evaluation mode."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Drawn:
    """A source of randomness.

    Attributes:
        what: The function or generator.
        change: The largest change of an output.
        where: File and line; empty where they are not known.
        remedy: A line that mends it.
    """

    what: str
    change: float
    where: str
    remedy: str
