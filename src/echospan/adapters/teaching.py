"""Which weights a gradient reaches, as one call of a clone shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Weight:
    """One parameter, as far as training can reach it.

    Attributes:
        numbers: How many numbers it has.
        gradient: The largest of its gradient's absolute values, for a random mixture of all
            outputs.
        connected: Whether the outputs hang on it in the graph that gradients follow.
        registered: Whether the model knows it as a parameter of its own.
    """

    numbers: int
    gradient: float
    connected: bool = True
    registered: bool = True


@dataclass(frozen=True)
class Teaching:
    """What one call shows of all weights.

    Attributes:
        weights: By name. Left out are those of a part that this call leaves out and another method
            of the model may call.
        single: Lines, or layers, that take a softmax over an axis of length one.
        idle: Names of parts that were not called.
    """

    weights: Mapping[str, Weight]
    single: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
