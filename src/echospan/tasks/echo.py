"""Echo: repeat the value seen a fixed number of steps ago."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.random import Draw
from echospan.tasks.base import Part, Task
from echospan.tasks.lag import lagged


class Echo(Task):
    """Uniform random integers; the target at step t is the input at step t - lag."""

    kind: Literal["echo"] = "echo"
    symbols: int = Field(default=100, ge=2, le=10_000_000)
    """Number of distinct symbols K, drawn uniformly from 0..K-1."""
    length: int = Field(default=25, ge=1, le=1_000_000)
    """Values in one sequence."""
    lag: int = Field(default=1, ge=0)
    """Steps between a value and its echo; 0 repeats the current value."""

    @model_validator(mode="after")
    def _lag_inside(self) -> Echo:
        if self.lag >= self.length:
            raise ConfigError(
                "task.lag",
                f"smaller than task.length ({self.length}), or no step is ever scored",
                self.lag,
                "Shorten the lag or lengthen the sequence.",
            )
        return self

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

    @property
    def reach(self) -> int:
        """The lag."""
        return self.lag

    @property
    def distance(self) -> int:
        """The lag."""
        return self.lag

    def at_distance(self, distance: int) -> Self:
        """Another lag; sequences are at least twice as long, so that half the steps are scored."""
        return self.replace(lag=distance, length=max(self.length, 2 * distance))

    @property
    def bits(self) -> float:
        """Lag times log2 K: the last `lag` values, each of K symbols, are all still needed."""
        return self.lag * math.log2(self.symbols)

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Uniform integers (sequences, steps)."""
        return draw.integers(0, self.symbols, (sequences, self.length))

    def targets(self, values: Any) -> Any:
        """The values `lag` steps earlier."""
        return lagged(values, self.lag)
