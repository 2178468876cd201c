"""What is asked of a model at one distance after the other: the search knows no task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from echospan.measure import Interval, wilson
from echospan.random import NumpyDraw
from echospan.tasks import MISSING

if TYPE_CHECKING:
    from echospan.spans.subject import Lesson

PARTS = {"validation": 1, "evaluation": 2, "probe": 3, "check": 4, "readout": 5, "train": 6}
"""Streams of sequences; no training sequence comes from another's."""


class Score(NamedTuple):
    """How well answers do.

    Attributes:
        share: Of right answers; of numbers, the share of the variance that they explain (R2).
        interval: Of that share.
        scored: Answers that were asked for.
    """

    share: float
    interval: Interval
    scored: int


class Look(NamedTuple):
    """Sequences for a look at what reaches an answer.

    Attributes:
        heard: Values (sequences, time) or (sequences, time, features).
        targets: One is asked, at step `end`.
        place: The step that is changed.
        end: The last step that counts.
    """

    heard: np.ndarray
    targets: np.ndarray
    place: int
    end: int


class Question(ABC):
    """A task with the one number that makes it harder, the distance, left open.

    Values are symbols (sequences, time) or numbers (sequences, time, features); targets are
    (sequences, time), nothing where nothing is asked.

    Attributes:
        name: Of the task.
        dial: The setting that the distance turns, in one word.
        symbols: Number of distinct symbols that are asked for; None where there is none.
        width: Number of symbols that a model hears and answers; 0 for numbers.
        features: Numbers in one value, or None.
        smallest: Distance that the search begins at.
        largest: Distance after which it ends.
        longer: How many times longer measured sequences are than those of training.
        echoes: Whether every symbol is asked for again, so many steps later: what probes,
            distractors, longer sequences and the delay line beside the model rest on.
        on_device: Whether sequences are drawn inside the compiled program.
        notes: What the reader should know of how the task was asked.
    """

    name: str
    dial: str
    symbols: int | None
    width: int
    features: int | None = None
    smallest: int = 1
    largest: int
    longer: int = 1
    echoes: ClassVar[bool] = False
    on_device: ClassVar[bool] = False
    notes: tuple[str, ...] = ()

    @abstractmethod
    def training_length(self, distance: int) -> int:
        """Steps of a training sequence; equal ones share their programs."""

    @abstractmethod
    def sample(self, distance: int, generator: np.random.Generator, number: int) -> np.ndarray:
        """New sequences to train on."""

    @abstractmethod
    def given(self, lesson: Lesson, number: int, seed: int, piece: int) -> Any:
        """What the compiled program receives to make `number` sequences from."""

    @abstractmethod
    def drawn(self, given: Any, key: Any, number: int, length: int) -> tuple[Any, Any]:
        """Values and targets, inside a compiled program."""

    @abstractmethod
    def heard(
        self, distance: int, seed: int, part: str, *, times: int | None = None, number: int = 0
    ) -> np.ndarray:
        """New sequences that training never sees.

        Args:
            distance: How far memory must reach.
            seed: Of the sequences.
            part: One of `PARTS`.
            times: So many times as long as in training; left out, as measured.
            number: Of sequences; left out, enough for a measurement.
        """

    @abstractmethod
    def targets(self, values: np.ndarray, distance: int) -> np.ndarray:
        """What is asked of them."""

    @abstractmethod
    def chance(self, distance: int) -> float:
        """Score of the best answer that knows nothing of the sequence."""

    @abstractmethod
    def chance_loss(self, distance: int) -> float:
        """Its loss."""

    def ceiling(self, distance: int) -> float:
        """Score of an answer that has forgotten nothing."""
        return 1.0

    @abstractmethod
    def bits(self, distance: int) -> float | None:
        """What must be held at once to answer everything; None where that has no number."""

    @abstractmethod
    def back(self, distance: int) -> int:
        """At least so many steps before an answer lies what it needs."""

    @abstractmethod
    def look(self, distance: int, seed: int) -> Look:
        """Sequences for `reach`."""

    def information(
        self, share: float, expected: np.ndarray, predicted: np.ndarray
    ) -> tuple[float | None, float | None]:
        """Bits of an answer, at least and by counting pairs; None where that has no meaning."""
        return None, None

    @property
    def scored_as(self) -> str:
        """What `Score.share` is."""
        return "accuracy" if self.features is None else "R2"

    def noise(self, length: int, seed: int, part: str, number: int) -> np.ndarray:
        """Any input at all: uniform symbols, or numbers."""
        draw = NumpyDraw(np.random.default_rng([seed, PARTS[part], length]))
        found: np.ndarray
        if self.features is None:
            found = draw.integers(0, self.width, (number, length))
        else:
            found = draw.uniform(-1.0, 1.0, (number, length, self.features))
        return found

    def changed(self, values: np.ndarray) -> np.ndarray:
        """Every value another one."""
        other: np.ndarray = values + 1
        return other if self.features is not None else other % self.width

    def first(self, values: np.ndarray) -> np.ndarray:
        """Something that can be asked for, from values: (..., features) -> (...)."""
        return values if self.features is None else values[..., 0]

    def nothing(self, shape: tuple[int, ...]) -> np.ndarray:
        """Targets of which none is asked."""
        if self.features is None:
            return np.full(shape, MISSING, "int32")
        return np.full(shape, np.nan, "float32")

    def read(self, scores: np.ndarray) -> np.ndarray:
        """A model's outputs (..., width or 1) -> answers (...)."""
        found: np.ndarray = scores.argmax(-1) if self.features is None else scores[..., 0]
        return found

    def score(
        self, expected: np.ndarray, answered: np.ndarray, distance: int, confidence: float
    ) -> Score:
        """Score answers (sequences, time)."""
        asked = expected >= 0
        total = int(asked.sum())
        hits = int((answered == expected)[asked].sum())
        return Score(hits / total, wilson(hits, total, confidence), total)
