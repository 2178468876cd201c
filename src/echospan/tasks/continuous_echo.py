"""Continuous echo: repeat the number received a fixed number of steps ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.random import Draw
from echospan.tasks.base import Part
from echospan.tasks.lag import LagTask, lagged
from echospan.tasks.numbers import NumberTask


class ContinuousEcho(NumberTask, LagTask):
    """Uniform random numbers on [-amplitude, amplitude]; the target is the one `lag` steps ago.

    This is the signal of short-term memory capacity (Jaeger 2001), one lag at a time.

    Example:
        >>> task = echospan.tasks.ContinuousEcho(length=4, lag=1)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values.round(2)[0]
        array([[ 0.22],
               [-0.37],
               [-0.73],
               [-0.77]], dtype=float32)
        >>> task.targets(values).round(2)
        array([[  nan,  0.22, -0.37, -0.73]], dtype=float32)
    """

    kind: Literal["continuous-echo"] = "continuous-echo"
    amplitude: float = Field(default=0.8, gt=0, le=1_000)
    """Largest absolute value."""
    length: int = Field(default=50, ge=1, le=1_000_000)
    """Values in one sequence."""
    lag: int = Field(default=1, ge=0)
    """Steps between a value and its echo; 0 repeats the current value."""

    @model_validator(mode="after")
    def _lag_inside(self) -> ContinuousEcho:
        if self.lag >= self.length:
            raise ConfigError("task.lag", f"smaller than task.length ({self.length})", self.lag)
        return self

    @property
    def features(self) -> int:
        """One."""
        return 1

    @property
    def steps(self) -> int:
        """Values in one sequence."""
        return self.length

    @property
    def chance(self) -> float:
        """Share of values within the tolerance of zero, as of any constant inside."""
        return min(1.0, self.tolerance / self.amplitude)

    @property
    def chance_error(self) -> float:
        """A third of the squared amplitude: the variance of the values."""
        return self.amplitude**2 / 3

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Uniform numbers (sequences, steps, 1)."""
        return draw.uniform(-self.amplitude, self.amplitude, (sequences, self.length, 1))

    def targets(self, values: Any) -> Any:
        """The values `lag` steps earlier."""
        return lagged(values[..., 0], self.lag)
