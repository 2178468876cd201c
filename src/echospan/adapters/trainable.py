"""The interface of a model that the span trains: one for Keras, PyTorch and JAX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ClassVar, NamedTuple

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.stateful import StatefulModel
from echospan.errors import CorruptRun
from echospan.memory_tasks.base import MemoryTask, TrainingSpec
from echospan.models import Learns

PIECE = 10
"""Updates in a piece of training, the unit in which a budget is spent."""


class Curve(NamedTuple):
    """Results of successive pieces of training, each array (pieces,)."""

    loss: np.ndarray
    accuracy: np.ndarray
    """Share of correct predictions on the sequences of the piece, before training on them."""


class Streamed(NamedTuple):
    """A model's outputs when it gets one step at a time."""

    scores: np.ndarray
    """(sequences, time, symbols)"""
    states: np.ndarray | None
    """The state after each step, (sequences, time, numbers); None if the model has none."""


class TrainableModel(ABC):
    """A model of any framework with a memory task: it can be trained, evaluated and inspected.

    Weights are opaque to the caller: only the model makes, reads and returns them. Symbols are
    integers (sequences, time); inputs of a task of numbers are (sequences, time, features). Scores
    are (sequences, time, symbols), where the highest is the prediction, or (sequences, time, 1).
    All methods may be called from several threads.

    Attributes:
        name: Name of the model.
        framework: keras, torch or jax.
        task: The task it is trained on.
        learns: How it is trained: "gradient", "ridge" or "nothing".
        parameters: Number of trainable parameters.
        state_size: Numbers in the state of one sequence; None if not known.
        declared_bits: Bits that its state can hold, if the model says so itself.
        gives_probabilities: Whether its scores are probabilities; else they are logits.
        receptive_field: Steps that an output can depend on, including the current one; None if
            there is no such limit, or it is not known.
        notes: How the model was set up, for the reader of the sheet.
    """

    framework: ClassVar[str]
    name: str
    task: MemoryTask
    learns: Learns = "gradient"
    parameters: int = 0
    state_size: int | None = None
    declared_bits: float | None = None
    gives_probabilities: bool = False
    receptive_field: int | None = None
    longest: int | None = None
    """Most steps of a sequence that it takes; None where no limit is known."""
    notes: tuple[str, ...] = ()
    wanted_parameters: int | None = None
    """The number of parameters that was asked for, where no width could be chosen to reach it."""
    carries_between_updates: bool = False
    """Whether it is trained one step per update, so that no gradient reaches the step before."""
    preparing: Callable[[], AbstractContextManager[None]] = staticmethod(nullcontext)
    """Makes the context in which programs are compiled and models are built: no training time."""
    forgets_between_steps: bool = False
    """Whether it gets one step at a time and carries no state from one to the next."""

    @property
    def symbols(self) -> int:
        """Number of distinct symbols K; 0 for a task of numbers."""
        return self.task.width

    @property
    def bits_of_state(self) -> float | None:
        """Bits that its state can hold: as declared, else 32 per number; None if not known."""
        if self.declared_bits is not None or self.state_size is None:
            return self.declared_bits
        return 32.0 * self.state_size

    def stateful(self) -> StatefulModel | None:
        """A new model of the user's own, to check how it carries its state; None without one."""
        return None

    @abstractmethod
    def start(self, seed: int, rate: float) -> Any:
        """Initial weights of a seed, with an optimizer at this learning rate."""

    @abstractmethod
    def train(
        self, weights: Any, spec: TrainingSpec, seed: int, first: int, updates: int
    ) -> tuple[Any, Curve]:
        """Continue training.

        Args:
            weights: Weights after `first` updates. They may be overwritten.
            spec: Lag, length and batch size.
            seed: Seed of the sequences.
            first: Updates made before, a multiple of `PIECE`.
            updates: Updates to make, a multiple of `PIECE`.

        Returns:
            The new weights, and the loss and accuracy of each piece.
        """

    @abstractmethod
    def at_rate(self, weights: Any, factor: float) -> Any:
        """The same weights with the learning rate multiplied by `factor`."""

    @abstractmethod
    def keep(self, weights: Any) -> Any:
        """A copy of the weights that further training doesn't overwrite."""

    def to_arrays(self, weights: Any) -> dict[str, np.ndarray]:
        """Weights and optimizer as arrays by name, to be stored.

        Raises:
            NotImplementedError: They are not made of arrays alone.
        """
        raise NotImplementedError

    def from_arrays(self, arrays: Mapping[str, np.ndarray], seed: int, rate: float) -> Any:
        """Weights again from what `to_arrays` gave, for the same seed and rate.

        Raises:
            CorruptRun: An array is missing, or has another shape than the model's.
        """
        raise NotImplementedError

    @abstractmethod
    def encode(self, inputs: np.ndarray) -> np.ndarray:
        """Inputs of the task as the model itself takes them: what `adapter` is fed.

        One-hot vectors or numbers (sequences, time, features), or integers (sequences, time). For a
        model of windows each step is a row: (sequences * time, window, ...).
        """

    @abstractmethod
    def adapter(self, weights: Any) -> Adapter:
        """An adapter around a model of its own with exactly these weights, in evaluation mode.

        Training further does not change it. Example::

            adapter = trainable.adapter(weights)
            outputs = adapter.whole([trainable.encode(inputs)])[0]  # trainable.scores(weights, ...)

        Where the model is built for a batch size (`Facts.batch_size`), the adapter takes that one.
        A model that takes one step at a time is fed by `Adapter.replay`, one batch for each step.
        Answers of a model of windows are (sequences * time, symbols).
        """

    @abstractmethod
    def scores(self, weights: Any, inputs: np.ndarray) -> np.ndarray:
        """Scores for whole sequences."""

    @abstractmethod
    def stream(self, weights: Any, inputs: np.ndarray) -> Streamed | None:
        """Scores one step at a time from the initial state; None if the model can't do that."""

    @abstractmethod
    def gradient(self, weights: Any, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray | None:
        """Norm of the loss's gradient with respect to the input of each step, (sequences, time).

        The loss covers only steps with a target. None if the inputs are integers.
        """

    def predictions(self, weights: Any, inputs: np.ndarray) -> np.ndarray:
        """Predicted symbols or numbers, (sequences, time)."""
        return self.task.predictions(self.scores(weights, inputs))

    @contextmanager
    def concurrent_trials(self) -> Iterator[None]:
        """Context in which several trials train concurrently."""
        yield

    def fit_readout(self, spec: TrainingSpec, seed: int) -> Any:
        """Weights with a readout solved in closed form, for a model with ``learns="ridge"``."""
        raise NotImplementedError


def fit_in(arrays: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse stored arrays that are not those of a model.

    Raises:
        CorruptRun: One is missing or too much, or has another shape.
    """
    for name in {**shapes, **arrays}:
        found = arrays[name].shape if name in arrays else "missing"
        wanted = shapes.get(name, "left out")
        if found != wanted:
            raise CorruptRun(f"The stored array {name} must be {wanted}; it is {found}.")
