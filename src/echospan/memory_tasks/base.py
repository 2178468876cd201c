"""The interface of a task whose difficulty one number sets; the span's search knows no other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from echospan.measure import Interval, accuracy
from echospan.measure.clusters import MEASURED_CLUSTERING
from echospan.random import NumpyDraw
from echospan.tasks import MISSING

PARTS = {"validation": 1, "evaluation": 2, "probe": 3, "check": 4, "readout": 5, "train": 6}
"""Streams of sequences; no training sequence comes from another's."""


@dataclass(frozen=True)
class TrainingSpec:
    """What one trial trains on: new random sequences of a task at one lag.

    Attributes:
        lag: The task's difficulty: for echo, steps between a symbol and its echo.
        length: Steps of one sequence.
        batch_size: Sequences in one update.
    """

    lag: int
    length: int
    batch_size: int


class Score(NamedTuple):
    """How well predictions match the targets.

    Attributes:
        share: Share of correct symbols; for numbers, the share of variance explained (R2).
        interval: Confidence interval of that share.
        scored: Number of predictions that were scored.
    """

    share: float
    interval: Interval
    scored: int


class Example(NamedTuple):
    """Sequences with one scored step, to measure which inputs reach its prediction.

    Attributes:
        inputs: Symbols (sequences, time), or numbers (sequences, time, features).
        targets: (sequences, time); only step `end` is scored.
        place: The step whose input is changed.
        end: The scored step; later steps are padding.
    """

    inputs: np.ndarray
    targets: np.ndarray
    place: int
    end: int


class MemoryTask(ABC):
    """A task at every value of the one setting that makes it harder, called its lag here.

    Inputs are symbols (sequences, time) or numbers (sequences, time, features). Targets are
    (sequences, time), with `echospan.tasks.MISSING` or NaN at steps that are not scored.

    Attributes:
        name: Name of the task.
        difficulty_name: Name of the setting that the lag sets, such as "lag" or "length".
        symbols: Number of distinct target symbols; None for numbers.
        width: Number of distinct input symbols and scores in one prediction; 0 for numbers.
        features: Numbers in one input step, or None for symbols.
        smallest: Lag at which the search starts.
        largest: Lag at which it ends.
        longer: Evaluation sequences are this many times longer than training sequences.
        echoes: Whether every symbol is a target again, `lag` steps later. Probes of the state,
            distractors, longer sequences and the delay-line reference need this.
        on_device: Whether sequences are drawn inside the compiled program.
        notes: How the task was set up, for the reader of the sheet.
    """

    name: str
    difficulty_name: str
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
    def training_length(self, lag: int) -> int:
        """Steps of a training sequence; lags of equal length share a compiled program."""

    @abstractmethod
    def sample(self, lag: int, generator: np.random.Generator, number: int) -> np.ndarray:
        """Draw `number` training sequences on the host."""

    @abstractmethod
    def program_inputs(self, spec: TrainingSpec, number: int, seed: int, piece: int) -> Any:
        """Arrays that `sample_batch` gets as arguments of the compiled program.

        Args:
            spec: Lag, length and batch size.
            number: Sequences to draw.
            seed: Seed of the sequences.
            piece: Which piece of training they are for.
        """

    @abstractmethod
    def sample_batch(self, arrays: Any, key: Any, number: int, length: int) -> tuple[Any, Any]:
        """Inputs and targets of `number` sequences, inside a compiled program.

        Args:
            arrays: What `program_inputs` returned.
            key: JAX key.
            number: Sequences to draw.
            length: Steps of each.
        """

    @abstractmethod
    def evaluation_inputs(
        self, lag: int, seed: int, part: str, *, times: int | None = None, number: int = 0
    ) -> np.ndarray:
        """Draw sequences that training never sees.

        Args:
            lag: The task's difficulty.
            seed: Seed of the sequences.
            part: One of `PARTS`.
            times: Length as a multiple of the training length; by default `longer`.
            number: Number of sequences; by default enough for a measurement.
        """

    @abstractmethod
    def targets(self, inputs: np.ndarray, lag: int) -> np.ndarray:
        """Targets (sequences, time) of these inputs."""

    @abstractmethod
    def chance(self, lag: int) -> float:
        """Score of the best constant prediction."""

    @abstractmethod
    def chance_loss(self, lag: int) -> float:
        """Loss of the best constant prediction."""

    def ceiling(self, lag: int) -> float:
        """Score of a model that forgets nothing."""
        return 1.0

    @abstractmethod
    def bits(self, lag: int) -> float | None:
        """Bits that must be held at once to get every target right; None if not known."""

    @abstractmethod
    def min_reach(self, lag: int) -> int:
        """A prediction needs an input at least this many steps back."""

    @abstractmethod
    def example(self, lag: int, seed: int) -> Example:
        """Sequences with one scored step, for `echospan.spans.probes.reach`."""

    def information(
        self, share: float, expected: np.ndarray, predicted: np.ndarray
    ) -> tuple[float | None, float | None]:
        """Bits in a prediction: a lower bound, and an estimate by counting pairs.

        Each is None if it has no meaning for the task.
        """
        return None, None

    @property
    def scored_as(self) -> str:
        """Name of the score in `Score.share`."""
        return "accuracy" if self.features is None else "R2"

    def random_inputs(self, length: int, seed: int, part: str, number: int) -> np.ndarray:
        """Uniform random inputs, whether the task could draw them or not."""
        draw = NumpyDraw(np.random.default_rng([seed, PARTS[part], length]))
        inputs: np.ndarray
        if self.features is None:
            inputs = draw.integers(0, self.width, (number, length))
        else:
            inputs = draw.uniform(-1.0, 1.0, (number, length, self.features))
        return inputs

    def changed(self, inputs: np.ndarray) -> np.ndarray:
        """The inputs with every value replaced by another one."""
        other: np.ndarray = inputs + 1
        return other if self.features is not None else other % self.width

    def as_targets(self, inputs: np.ndarray) -> np.ndarray:
        """Inputs in the form of targets: symbols, or the first number of each step."""
        return inputs if self.features is None else inputs[..., 0]

    def no_targets(self, shape: tuple[int, ...]) -> np.ndarray:
        """Targets of this shape, none of them scored."""
        if self.features is None:
            return np.full(shape, MISSING, "int32")
        return np.full(shape, np.nan, "float32")

    def predictions(self, scores: np.ndarray) -> np.ndarray:
        """Predictions (...) from a model's outputs (..., width or 1)."""
        best: np.ndarray = scores.argmax(-1) if self.features is None else scores[..., 0]
        return best

    def score(
        self, targets: np.ndarray, predicted: np.ndarray, lag: int, confidence: float
    ) -> Score:
        """Score predictions (sequences, time) at the steps that have a target."""
        # With whole sequences as trials, 32 right ones would show no more than 89 %.
        score = accuracy(targets, predicted, confidence, clustering=MEASURED_CLUSTERING)
        return Score(score.share, score.interval, score.scored)
