"""Adding: the sum of the two numbers that were marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from echospan.namespace import namespace
from echospan.random import Draw
from echospan.tasks.base import Part
from echospan.tasks.numbers import NumberTask


class Adding(NumberTask):
    """Add the two marked numbers of a sequence of pairs (number, mark).

    Hochreiter and Schmidhuber (1997, experiment 4) in the form that later work uses (Arjovsky et
    al. 2016): numbers are uniform on [0, 1], one mark stands in the first half and one in the
    second, and the answer is the plain sum. The paper's own numbers lie in [-1, 1], its first mark
    among the first ten steps and its answer is 0.5 + sum / 4.

    Example:
        >>> task = echospan.tasks.Adding(length=4)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values.round(2)[0]
        array([[0.64, 1.  ],
               [0.27, 0.  ],
               [0.04, 0.  ],
               [0.02, 1.  ]], dtype=float32)
        >>> task.targets(values).round(2)
        array([[ nan,  nan,  nan, 0.65]], dtype=float32)
    """

    kind: Literal["adding"] = "adding"
    length: int = Field(default=100, ge=2, le=1_000_000)
    """Steps in one sequence."""

    @property
    def features(self) -> int:
        """A number and its mark."""
        return 2

    @property
    def steps(self) -> int:
        """Steps in one sequence."""
        return self.length

    @property
    def chance(self) -> float:
        """Share of sums within the tolerance of 1; sum s has the density ``1 - |s - 1|``."""
        return 2 * self.tolerance - self.tolerance**2

    @property
    def chance_error(self) -> float:
        """1/6, the variance of the sum of two uniform numbers."""
        return 1 / 6

    @property
    def distance(self) -> int:
        """The length: the first marked number lies between half and all of it back."""
        return self.length

    def at_distance(self, distance: int) -> Self:
        """Sequences of another length."""
        return self.replace(length=distance)

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Numbers (sequences, length, 2)."""
        numbers = draw.uniform(0.0, 1.0, (sequences, self.length))
        xp, half = namespace(numbers), self.length // 2
        first = draw.integers(0, half, (sequences, 1))
        second = draw.integers(half, self.length, (sequences, 1))
        step = xp.arange(self.length)[None, :]
        marks = (step == first) | (step == second)
        return xp.stack([numbers, marks.astype(numbers.dtype)], axis=-1)

    def targets(self, values: Any) -> Any:
        """The sum at the last step, nothing before it."""
        xp = namespace(values)
        sums = (values[..., 0] * values[..., 1]).sum(axis=1, keepdims=True)
        before = xp.full((values.shape[0], self.length - 1), xp.nan, dtype=values.dtype)
        return xp.concat([before, sums], axis=1)
