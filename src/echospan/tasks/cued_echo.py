"""Echo at a lag that varies: the first value of each sequence says which lag is meant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.namespace import namespace
from echospan.random import Draw
from echospan.tasks.base import Part
from echospan.tasks.lag import MISSING
from echospan.tasks.uniform import UniformSymbols


class CuedEcho(UniformSymbols):
    """Echo at a lag that is drawn per sequence and given once, by its first value.

    The first value is a cue c in 0..max_lag; the target at step t is the value at t - c. Steps
    1..max_lag are not scored for any cue, so that every sequence is scored at the same places.
    A model needs the cue for the whole sequence: a window that has moved past it cannot know.

    Example:
        >>> task = echospan.tasks.CuedEcho(symbols=4, length=6, max_lag=2)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[2, 2, 2, 1, 1, 0]], dtype=int32)
        >>> task.targets(values)
        array([[-1, -1, -1,  2,  2,  1]], dtype=int32)
    """

    kind: Literal["cued-echo"] = "cued-echo"
    symbols: int = Field(default=10, ge=2, le=10_000_000)
    """Number of distinct symbols K, drawn uniformly from 0..K-1."""
    length: int = Field(default=25, ge=3, le=1_000_000)
    """Values in one sequence, the cue among them."""
    max_lag: int = Field(default=2, ge=1)
    """The largest lag; every lag from 0 to this one is equally likely."""

    @model_validator(mode="after")
    def _cues_fit(self) -> CuedEcho:
        if self.max_lag >= self.symbols:
            raise ConfigError(
                "task.max_lag",
                f"smaller than task.symbols ({self.symbols}): the cue is one of the symbols",
                self.max_lag,
            )
        if self.max_lag + 1 >= self.length:
            raise ConfigError(
                "task.max_lag", f"smaller than task.length - 1 ({self.length - 1})", self.max_lag
            )
        return self

    @property
    def reach(self) -> int:
        """The largest lag; the cue itself lies further back."""
        return self.max_lag

    @property
    def distance(self) -> int:
        """The largest lag."""
        return self.max_lag

    def at_distance(self, distance: int) -> Self:
        """Another largest lag; sequences grow so that half their steps are scored."""
        return self.replace(max_lag=distance, length=max(self.length, 2 * distance + 2))

    @property
    def bits(self) -> float:
        """The last `max_lag` values and the cue."""
        return self.max_lag * math.log2(self.symbols) + math.log2(self.max_lag + 1)

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Integers (sequences, steps): a cue, then uniform values."""
        cue = draw.integers(0, self.max_lag + 1, (sequences, 1))
        values = draw.integers(0, self.symbols, (sequences, self.length - 1))
        return namespace(cue).concat([cue, values], axis=1)

    def targets(self, values: Any) -> Any:
        """The values as many steps earlier as the cue says."""
        xp = namespace(values)
        step = xp.arange(self.length)[None, :]
        source = xp.maximum(step - values[:, :1], 0)
        echoed = xp.take_along_axis(values, source, axis=1)
        return xp.where(step > self.max_lag, echoed, MISSING)
