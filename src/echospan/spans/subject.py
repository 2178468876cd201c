"""What is measured, behind one small interface: the span logic knows no framework."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from echospan.models import Learns
from echospan.spans.echo_question import EchoQuestion
from echospan.spans.question import Question

PIECE = 10
"""Updates in a piece of training; budgets are handed out in pieces."""


@dataclass(frozen=True)
class Lesson:
    """What a trial trains on: new random sequences of the subject's question.

    Attributes:
        lag: The question's distance: for echo, steps between a symbol and its echo.
        length: Steps of one sequence.
        rows: Sequences in one update.
    """

    lag: int
    length: int
    rows: int


class Curve(NamedTuple):
    """Results of successive pieces of training, (pieces,) each."""

    loss: np.ndarray
    accuracy: np.ndarray
    """Share of right answers on the sequences of the piece, before they were learned from."""


class Streamed(NamedTuple):
    """A model's answers one step at a time."""

    scores: np.ndarray
    """(sequences, time, symbols)"""
    states: np.ndarray | None
    """What it carried after each step, (sequences, time, numbers); None where it has no state."""


class Subject(ABC):
    """A model that can be trained, asked and looked into.

    Weights are opaque: a subject makes, takes and returns them, and nobody else looks inside.
    Symbols are integers (sequences, time); for a question of numbers they are numbers (sequences,
    time, features). Scores are (sequences, time, symbols), the highest wins, or one number.
    All methods may be called from several threads.

    Attributes:
        name: What it is called.
        framework: keras, torch or jax.
        symbols: Number of distinct symbols K; 0 where it hears numbers.
        asked: What it is asked; None for the echo of its symbols.
        learns: How it is trained.
        parameters: Trainable numbers.
        state_size: Numbers that it carries from step to step; None where that is not known.
        declared_bits: What its state can hold, where the model says so itself.
        gives_probabilities: Whether its scores are probabilities; else they are logits.
        receptive_field: Steps that an answer can depend on, the current one included; None where
            there is no such limit, or it is not known.
        notes: What the reader should know about how the model was taken.
    """

    framework: ClassVar[str]
    name: str
    symbols: int
    asked: Question | None = None
    learns: Learns = "gradient"
    parameters: int = 0
    state_size: int | None = None
    declared_bits: float | None = None
    gives_probabilities: bool = False
    receptive_field: int | None = None
    notes: tuple[str, ...] = ()
    carries_between_updates: bool = False
    """Whether it hears one step an update, so that no gradient reaches into the step before."""
    forgets_between_steps: bool = False
    """Whether it hears one step at a time and carries nothing from one to the next."""

    @property
    def question(self) -> Question:
        """What it is asked: the echo of its symbols, unless `asked` says otherwise."""
        return self.asked or EchoQuestion(self.symbols)

    @property
    def bits_of_state(self) -> float | None:
        """What its state can hold: as declared, else 32 bits a number; None where not known."""
        if self.declared_bits is not None or self.state_size is None:
            return self.declared_bits
        return 32.0 * self.state_size

    @abstractmethod
    def start(self, seed: int, rate: float) -> Any:
        """Initial weights of a seed, and an optimizer at the learning rate."""

    @abstractmethod
    def train(
        self, weights: Any, lesson: Lesson, seed: int, first: int, updates: int
    ) -> tuple[Any, Curve]:
        """Train on; `first` updates were made before, and both are multiples of `PIECE`.

        The weights given are used up.
        """

    @abstractmethod
    def at_rate(self, weights: Any, factor: float) -> Any:
        """The same weights with the learning rate multiplied."""

    @abstractmethod
    def keep(self, weights: Any) -> Any:
        """A copy that training on does not use up."""

    @abstractmethod
    def scores(self, weights: Any, symbols: np.ndarray) -> np.ndarray:
        """Answers to whole sequences."""

    @abstractmethod
    def stream(self, weights: Any, symbols: np.ndarray) -> Streamed | None:
        """Answers one step at a time from an empty state; None where the model cannot do that."""

    @abstractmethod
    def gradient(self, weights: Any, symbols: np.ndarray, targets: np.ndarray) -> np.ndarray | None:
        """Norm of the loss's gradient with respect to the input of each step, (sequences, time).

        Only what is asked is part of the loss. None where inputs are integers.
        """

    def answers(self, weights: Any, symbols: np.ndarray) -> np.ndarray:
        """The winning symbols, or the numbers, (sequences, time)."""
        return self.question.read(self.scores(weights, symbols))

    @contextmanager
    def abreast(self) -> Iterator[None]:
        """In force while several trials train at once."""
        yield

    def fit_readout(self, lesson: Lesson, seed: int) -> Any:
        """Weights after a closed-form solution, for a model that learns by ridge regression."""
        raise NotImplementedError
