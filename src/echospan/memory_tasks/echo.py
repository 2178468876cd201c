"""The echo task: every symbol is a target again `lag` steps later."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from echospan.measure import fano_bits, mutual_information
from echospan.memory_tasks.base import PARTS, Example, MemoryTask, TrainingSpec
from echospan.random import JaxDraw, NumpyDraw
from echospan.tasks import lagged

LONGER = 4
"""Evaluation sequences are this many times longer than training sequences."""

SEQUENCES = 32
"""Sequences in one measurement."""

SHORTEST = 32
"""Steps of the shortest training sequences."""

LARGEST = 1000


@dataclass(frozen=True)
class Lengths:
    """How long sequences of the echo task are, and how many are scored.

    Attributes:
        shortest: Steps of the shortest training sequences.
        times_lag: A training sequence is at least this many times the lag. An LSTM that trained on
            sequences of twice the lag got them right and failed on longer ones.
        evaluated: Sequences in one evaluation.
        evaluated_times: Evaluation sequences are this many times longer than training sequences.
    """

    shortest: int = SHORTEST
    times_lag: int = 3
    evaluated: int = SEQUENCES
    evaluated_times: int = LONGER


def sequences(symbols: int, length: int, seed: int, part: str, number: int = SEQUENCES) -> Any:
    """Uniform symbols (sequences, time) of a stream that no training sequence comes from."""
    generator = np.random.default_rng([seed, PARTS[part], length])
    return NumpyDraw(generator).integers(0, symbols, (number, length))


class EchoTask(MemoryTask):
    """Echo of uniform symbols. The lag is data: one compiled program trains every lag that fits.

    Args:
        symbols: Number of distinct symbols K.
        largest: Lag at which the search ends.
        lengths: How long sequences are, and how many are scored.
    """

    name, difficulty_name = "echo", "lag"
    echoes: ClassVar[bool] = True
    on_device: ClassVar[bool] = True
    symbols: int

    def __init__(
        self, symbols: int, largest: int = LARGEST, lengths: Lengths | None = None
    ) -> None:
        self.symbols = self.width = symbols
        self.largest = largest
        self.lengths = lengths or Lengths()
        self.longer = self.lengths.evaluated_times

    def training_length(self, lag: int) -> int:
        """A power of two, so that many lags share a program."""
        shortest, times = self.lengths.shortest, self.lengths.times_lag
        return max(shortest, 1 << (times * lag - 1).bit_length()) if lag else shortest

    def sample(self, lag: int, generator: np.random.Generator, number: int) -> np.ndarray:
        """Uniform symbols."""
        shape = (number, self.training_length(lag))
        return NumpyDraw(generator).integers(0, self.symbols, shape)

    def program_inputs(self, spec: TrainingSpec, number: int, seed: int, piece: int) -> Any:
        """The lag."""
        return {"lag": np.int32(spec.lag)}

    def sample_batch(self, arrays: Any, key: Any, number: int, length: int) -> tuple[Any, Any]:
        """Uniform symbols and their echo."""
        inputs = JaxDraw(key).integers(0, self.symbols, (number, length))
        return inputs, lagged(inputs, arrays["lag"])

    def evaluation_inputs(
        self, lag: int, seed: int, part: str, *, times: int | None = None, number: int = 0
    ) -> np.ndarray:
        """Uniform symbols."""
        length = (times or self.longer) * self.training_length(lag)
        number = number or self.lengths.evaluated
        inputs: np.ndarray = sequences(self.symbols, length, seed, part, number)
        return inputs

    def targets(self, inputs: np.ndarray, lag: int) -> np.ndarray:
        """The symbols `lag` steps earlier."""
        targets: np.ndarray = lagged(inputs, lag)
        return targets

    def chance(self, lag: int) -> float:
        """1/K."""
        return 1 / self.symbols

    def chance_loss(self, lag: int) -> float:
        """ln K."""
        return math.log(self.symbols)

    def bits(self, lag: int) -> float:
        """Lag times log2 K."""
        return lag * math.log2(self.symbols)

    def min_reach(self, lag: int) -> int:
        """The lag."""
        return lag

    def example(self, lag: int, seed: int) -> Example:
        """The last step is scored; its target is the input `lag` steps before."""
        inputs = self.evaluation_inputs(lag, seed, "check")
        length = inputs.shape[1]
        targets = self.no_targets(inputs.shape)
        targets[:, -1] = inputs[:, -1 - lag]
        return Example(inputs, targets, length // 4, length - 1)

    def information(
        self, share: float, expected: np.ndarray, predicted: np.ndarray
    ) -> tuple[float | None, float | None]:
        """Fano's bound, and the counted pairs if there are enough of them."""
        enough = len(expected) >= 5 * self.symbols**2
        counted = mutual_information(expected, predicted) if enough else None
        return fano_bits(share, self.symbols), counted
