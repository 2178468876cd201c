"""What tasks on uniform random symbols have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from echospan.random import Draw
from echospan.tasks.base import Part, Task


class UniformSymbols(Task):
    """A task whose sequences are `length` independent symbols, each as likely as any other.

    A task of your own that derives from it adds `kind`, `distance`, `at_distance` and `targets`.

    Example:
        >>> echospan.tasks.Echo(symbols=4, length=10).chance
        0.25
    """

    symbols: int = Field(default=100, ge=2, le=10_000_000)
    """Number of distinct symbols K, drawn uniformly from 0..K-1."""
    length: int = Field(default=25, ge=1, le=1_000_000)
    """Values in one sequence."""

    @property
    def width(self) -> int:
        """Number of distinct symbols K."""
        return self.symbols

    @property
    def steps(self) -> int:
        """Values in one sequence."""
        return self.length

    @property
    def chance(self) -> float:
        """1/K: the values are uniform and independent."""
        return 1.0 / self.symbols

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Uniform integers (sequences, steps)."""
        return draw.integers(0, self.symbols, (sequences, self.length))
