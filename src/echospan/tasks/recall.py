"""Associative recall: hear pairs of key and value, then answer each key with its value."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from echospan.errors import ConfigError
from echospan.namespace import namespace
from echospan.random import Draw, distinct
from echospan.tasks.base import Part, Task
from echospan.tasks.lag import MISSING


class Recall(Task):
    """Multi-query associative recall (MQAR, Arora et al. 2023).

    A sequence begins with `pairs` keys, each followed by its value. After them every key comes
    once more, at an even step; the steps between hold any symbol at random. Wherever a key stands
    after the pairs, by design or by luck, its value is asked at that same step (the authors' code
    leaves out those by luck). Keys are different symbols of 1..K/2-1, values different ones of
    K/2..K-1. How long after the pairs a key comes follows a power law: g pairs of steps with a
    probability in proportion to (g + 1) ** (power - 1), no two keys at one step.

    Example:
        >>> task = echospan.tasks.Recall(symbols=8, pairs=2, length=10)
        >>> draw = echospan.tasks.NumpyDraw(np.random.default_rng(0))
        >>> values = task.draw(draw, 1, {}, "train")
        >>> values
        array([[3, 6, 2, 7, 3, 1, 2, 5, 7, 4]], dtype=int32)
        >>> task.targets(values)
        array([[-1, -1, -1, -1,  6, -1,  7, -1, -1, -1]], dtype=int32)
    """

    kind: Literal["recall"] = "recall"
    symbols: int = Field(default=64, ge=4, le=1_000_000)
    """Number of distinct symbols K, keys and values together."""
    pairs: int = Field(default=4, ge=1, le=100_000)
    """Number of pairs of key and value to remember."""
    length: int = Field(default=64, ge=4, le=1_000_000)
    """Steps in one sequence, an even number."""
    power: float = Field(default=0.01, gt=0, le=1)
    """How evenly the queries are spread; 1 makes every position equally likely."""

    @model_validator(mode="after")
    def _pairs_fit(self) -> Recall:
        if self.length % 2:
            raise ConfigError("task.length", "even: keys are at even steps", self.length)
        if 4 * self.pairs > self.length:
            raise ConfigError(
                "task.pairs",
                f"at most a quarter of task.length ({self.length}): each pair is shown and queried",
                self.pairs,
            )
        keys = self.symbols // 2 - 1
        if self.pairs > keys:
            raise ConfigError(
                "task.pairs",
                f"at most {keys}, the number of keys among {self.symbols} symbols",
                self.pairs,
                "Raise task.symbols.",
            )
        return self

    @property
    def width(self) -> int:
        """Keys, values and symbol 0, which is only ever in between."""
        return self.symbols

    @property
    def steps(self) -> int:
        """Steps in one sequence."""
        return self.length

    @property
    def chance(self) -> float:
        """One in the values; to know which values came, but not their keys, gives 1/pairs."""
        return 1.0 / (self.symbols - self.symbols // 2)

    @property
    def distance(self) -> int:
        """The number of pairs: what makes this task hard is how many are held at once."""
        return self.pairs

    def at_distance(self, distance: int) -> Self:
        """As many pairs; sequences and alphabet grow where they are too small for them."""
        return self.replace(
            pairs=distance,
            length=max(self.length, 4 * distance),
            symbols=max(self.symbols, 2 * distance + 2),
        )

    @property
    def bits(self) -> float:
        """log2 of the ways in which the keys can have values."""
        values = self.symbols - self.symbols // 2
        keys = self.symbols // 2 - 1
        ways = math.lgamma(keys + 1) - math.lgamma(keys - self.pairs + 1)
        ways += math.lgamma(values + 1) - math.lgamma(values - self.pairs + 1)
        # The order in which the pairs came is not asked.
        return (ways - math.lgamma(self.pairs + 1)) / math.log(2)

    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """Integers (sequences, length)."""
        half, n, pairs = self.symbols // 2, sequences, self.pairs
        keys = 1 + distinct(draw, n, pairs, half - 1)
        values = half + distinct(draw, n, pairs, self.symbols - half)
        between = draw.integers(0, self.symbols, (n, self.length - 2 * pairs))
        xp = namespace(keys)
        context = xp.reshape(xp.stack([keys, values], axis=-1), (n, 2 * pairs))
        space = self.length // 2 - pairs
        # The smallest of exponential times with these rates are a weighted draw (Efraimidis 2006).
        weight = np.arange(1, space + 1, dtype="float32") ** (self.power - 1)
        times = -xp.log1p(-draw.uniform(0.0, 1.0, (n, space))) / xp.asarray(weight)
        gaps = xp.argsort(times, axis=1)[:, :pairs]
        # Which of the questions, if any, stands at each even step after the pairs.
        matches = gaps[:, None, :] == xp.arange(space)[None, :, None]
        question = (matches * keys[:, None, :]).sum(axis=-1)
        after = xp.reshape(between, (n, space, 2))
        even = xp.where(matches.any(axis=-1), question, after[..., 0])
        after = xp.reshape(xp.stack([even, after[..., 1]], axis=-1), (n, 2 * space))
        return xp.concat([context, after], axis=1).astype("int32")

    def targets(self, values: Any) -> Any:
        """The value of each key where it is asked; nothing elsewhere."""
        xp = namespace(values)
        keys, answers = (values[:, start : 2 * self.pairs : 2] for start in (0, 1))
        matches = values[:, 2 * self.pairs :, None] == keys[:, None, :]
        answer = xp.where(matches, answers[:, None, :], 0).sum(axis=-1)
        after = xp.where(matches.any(axis=-1), answer, MISSING).astype(values.dtype)
        before = xp.full((values.shape[0], 2 * self.pairs), MISSING, dtype=values.dtype)
        return xp.concat([before, after], axis=1)
