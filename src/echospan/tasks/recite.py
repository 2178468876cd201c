"""Recite: hear the whole sequence, then write down how it began."""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.tasks.uniform import UniformSymbols


class Recite(UniformSymbols):
    """Uniform random integers; the targets are the first `first` of them, in order.

    Example:
        >>> task = echospan.tasks.Recite(symbols=4, length=5, first=2)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[3, 2, 2, 1, 1]], dtype=int32)
        >>> task.targets(values)
        array([[3, 2]], dtype=int32)
    """

    kind: Literal["recite"] = "recite"
    length: int = Field(default=5, ge=1, le=1_000_000)
    """Values in one sequence."""
    first: int = Field(default=2, ge=1)
    """Number of values to write, from the first on."""

    @model_validator(mode="after")
    def _first_inside(self) -> Recite:
        if self.first > self.length:
            raise ConfigError("task.first", f"at most task.length ({self.length})", self.first)
        return self

    @property
    def target_steps(self) -> int:
        """Values to be written."""
        return self.first

    @property
    def distance(self) -> int:
        """Values in one sequence: the first is written after all of them were heard."""
        return self.length

    def at_distance(self, distance: int) -> Self:
        """Another length, of which the same first values are asked."""
        return self.replace(length=distance)

    @property
    def bits(self) -> float:
        """The first values, each of K symbols."""
        return self.first * math.log2(self.symbols)

    def targets(self, values: Any) -> Any:
        """The first values."""
        return values[:, : self.first]
