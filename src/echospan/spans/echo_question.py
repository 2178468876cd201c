"""Echo as a question: every symbol comes back `distance` steps later."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from echospan.measure import fano_bits, mutual_information
from echospan.random import JaxDraw, NumpyDraw
from echospan.spans.question import PARTS, Look, Question
from echospan.tasks import lagged

if TYPE_CHECKING:
    from echospan.spans.subject import Lesson

LONGER = 4
"""Sequences are measured that many times longer than in training."""

SEQUENCES = 32
"""Sequences in one measurement."""

SHORTEST = 32
"""Steps of the shortest training sequences."""

LARGEST = 1000


def training_length(lag: int) -> int:
    """Steps of a training sequence: a power of two, so that many lags share a program.

    At least three times the lag: an LSTM that trained on sequences of twice the lag got them right
    and failed on longer ones.
    """
    return max(SHORTEST, 1 << (3 * lag - 1).bit_length()) if lag else SHORTEST


def sequences(symbols: int, length: int, seed: int, part: str, number: int = SEQUENCES) -> Any:
    """Uniform symbols (sequences, time) of a stream that no training sequence comes from."""
    generator = np.random.default_rng([seed, PARTS[part], length])
    return NumpyDraw(generator).integers(0, symbols, (number, length))


class EchoQuestion(Question):
    """Uniform symbols. The lag is data: one compiled program trains every lag that fits.

    Args:
        symbols: Number of distinct symbols K.
        largest: Lag after which the search ends.
    """

    name, dial, longer = "echo", "lag", LONGER
    echoes: ClassVar[bool] = True
    on_device: ClassVar[bool] = True
    symbols: int

    def __init__(self, symbols: int, largest: int = LARGEST) -> None:
        self.symbols = self.width = symbols
        self.largest = largest

    def training_length(self, distance: int) -> int:
        """A power of two."""
        return training_length(distance)

    def sample(self, distance: int, generator: np.random.Generator, number: int) -> np.ndarray:
        """Uniform symbols."""
        shape = (number, training_length(distance))
        return NumpyDraw(generator).integers(0, self.symbols, shape)

    def given(self, lesson: Lesson, number: int, seed: int, piece: int) -> Any:
        """The lag."""
        return {"lag": np.int32(lesson.lag)}

    def drawn(self, given: Any, key: Any, number: int, length: int) -> tuple[Any, Any]:
        """Uniform symbols and their echo."""
        values = JaxDraw(key).integers(0, self.symbols, (number, length))
        return values, lagged(values, given["lag"])

    def heard(
        self, distance: int, seed: int, part: str, *, times: int | None = None, number: int = 0
    ) -> np.ndarray:
        """Uniform symbols."""
        length = (times or LONGER) * training_length(distance)
        found: np.ndarray = sequences(self.symbols, length, seed, part, number or SEQUENCES)
        return found

    def targets(self, values: np.ndarray, distance: int) -> np.ndarray:
        """The values so many steps earlier."""
        found: np.ndarray = lagged(values, distance)
        return found

    def chance(self, distance: int) -> float:
        """1/K."""
        return 1 / self.symbols

    def chance_loss(self, distance: int) -> float:
        """ln K."""
        return math.log(self.symbols)

    def bits(self, distance: int) -> float:
        """Lag times log2 K."""
        return distance * math.log2(self.symbols)

    def back(self, distance: int) -> int:
        """The lag."""
        return distance

    def look(self, distance: int, seed: int) -> Look:
        """An answer at the last step about the input `distance` steps before."""
        heard = self.heard(distance, seed, "check")
        length = heard.shape[1]
        targets = self.nothing(heard.shape)
        targets[:, -1] = heard[:, -1 - distance]
        return Look(heard, targets, length // 4, length - 1)

    def information(
        self, share: float, expected: np.ndarray, predicted: np.ndarray
    ) -> tuple[float | None, float | None]:
        """Fano's bound, and the counted pairs where there are enough of them."""
        enough = len(expected) >= 5 * self.symbols**2
        counted = mutual_information(expected, predicted) if enough else None
        return fano_bits(share, self.symbols), counted
