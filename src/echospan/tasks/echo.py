"""Echo: repeat the value seen a fixed number of steps ago."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.tasks.lag import LagTask, lagged
from echospan.tasks.uniform import UniformSymbols


class Echo(UniformSymbols, LagTask):
    """Uniform random integers; the target at step t is the input at step t - lag.

    Example:
        >>> task = echospan.tasks.Echo(symbols=4, length=6, lag=2)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[3, 2, 2, 1, 1, 0]], dtype=int32)
        >>> task.targets(values)
        array([[-1, -1,  3,  2,  2,  1]], dtype=int32)
    """

    kind: Literal["echo"] = "echo"
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
    def bits(self) -> float:
        """Lag times log2 K: the last `lag` values, each of K symbols, are all still needed."""
        return self.lag * math.log2(self.symbols)

    def targets(self, values: Any) -> Any:
        """The values `lag` steps earlier."""
        return lagged(values, self.lag)
