"""Difference: how far is the current value from an earlier one?"""

from __future__ import annotations

import math
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from echospan import ConfigError
from echospan.tasks import MISSING, UniformSymbols, absent, lagged


class Difference(UniformSymbols):
    """The target at step t is (x[t] - x[t - lag]) modulo the number of symbols."""

    kind: Literal["difference"] = "difference"
    lag: int = Field(default=1, ge=1)
    """Steps between the two values."""

    @model_validator(mode="after")
    def _lag_inside(self) -> Difference:
        if self.lag >= self.length:
            allowed = f"smaller than task.length ({self.length})"
            raise ConfigError("task.lag", allowed, self.lag)
        return self

    @property
    def distance(self) -> int:
        """The lag."""
        return self.lag

    def at_distance(self, distance: int) -> Self:
        """Another lag, in sequences that are at least twice as long."""
        return self.replace(lag=distance, length=max(self.length, 2 * distance))

    @property
    def reach(self) -> int:
        """The lag."""
        return self.lag

    @property
    def bits(self) -> float:
        """The last `lag` values are all still needed."""
        return self.lag * math.log2(self.symbols)

    def targets(self, values: Any) -> Any:
        """Integers (sequences, time), NumPy or JAX, `MISSING` in the first `lag` steps."""
        before = lagged(values, self.lag)
        xp = values.__array_namespace__()
        return xp.where(absent(before), MISSING, (values - before) % self.symbols)
