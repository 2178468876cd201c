"""A trained run, ready for use: rebuilt from its validated settings and checked weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.backend import keras_on_jax
from echospan.data import Vocabulary, check_symbols
from echospan.engine.budget import size
from echospan.engine.values import WEIGHTS, TrainState, expected, from_arrays, read, write
from echospan.errors import CorruptRun, DataError, EchospanError
from echospan.experiment import Experiment
from echospan.models import Signature
from echospan.models.init import Init
from echospan.models.inputs import Input
from echospan.models.readout import Readout
from echospan.store import Run

if TYPE_CHECKING:
    import keras

MOST_PARAMETERS = 200_000_000
"""A stored configuration that asks for more than this is refused before anything is allocated."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A trained model with all that is needed to ask it something.

    Attributes:
        experiment: What it was trained for.
        signature: The shape that it was built for.
        model: The Keras model; its values are in `values`.
        values: The trained values.
        vocabulary: What the symbols stand for, where they came from a user's file.
    """

    experiment: Experiment
    signature: Signature
    model: keras.Model
    values: TrainState
    vocabulary: Vocabulary | None

    @property
    def symbols(self) -> int:
        """Number of distinct symbols."""
        return self.signature.symbols

    @property
    def inputs(self) -> Input:
        """How sequences are given to the model."""
        return self.experiment.model.input_for(self.signature)

    @property
    def readout(self) -> Readout:
        """How the model's outputs are read."""
        return self.experiment.model.readout_for(self.signature)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """What a user typed, as symbols (time,).

        Raises:
            DataError: A value that the model has never known.
        """
        if self.vocabulary is not None:
            return self.vocabulary.encode(list(texts))
        numbers: list[Any] = [_number(text, i, self.symbols) for i, text in enumerate(texts, 1)]
        return check_symbols(numbers, self.symbols, name="numbers")

    def show(self, symbol: int) -> str:
        """A symbol as the user writes it."""
        if self.vocabulary is None:
            return str(symbol)
        return str(self.vocabulary.decode(np.array([symbol]))[0])


def load(run: Run, *, trust: bool = False) -> Loaded:
    """Rebuild a finished run's model.

    Nothing in the run's folder is executed: the model is built from settings that are validated
    anew, and the weights must have exactly its names, shapes and types.

    Args:
        run: A finished run.
        trust: Import the classes that its settings name as ``package.module:Class``.

    Raises:
        CorruptRun: The folder does not hold what it claims to.
        StoreError: The run has no weights yet.
    """
    keras_on_jax()
    try:
        experiment = Experiment.from_dict(run.config, trust=trust)
        stored = run.load_json("signature")
        signature = Signature(**stored)
        _check_size(experiment, signature)
        if experiment.task.features is not None:
            raise EchospanError(
                f"The run {run.id} was trained on numbers (task {experiment.task.kind!r}); only "
                "models of symbols can be used on values of your own."
            )
        model = experiment.model.build(signature, Init(experiment.seed))
    except (TypeError, ValueError) as error:
        raise CorruptRun(f"The settings of run {run.id} cannot be used: {error}") from None
    vocabulary = None
    if experiment.task.kind == "series":
        vocabulary = Vocabulary.from_json(run.load_json("vocabulary"))
    weights = run.load_weights(expected(model))
    write(model, from_arrays(model, read(model), weights, WEIGHTS))
    return Loaded(experiment, signature, model, read(model)._replace(states=[]), vocabulary)


def _check_size(experiment: Experiment, signature: Signature) -> None:
    """Refuse settings that ask for an absurd model, before Keras allocates it."""
    sizes = (signature.symbols, signature.timesteps, signature.target_steps, signature.batch_size)
    if any(not isinstance(size, int) or size < 0 for size in sizes):
        raise ValueError(f"the sizes of its signature are {sizes}")
    wanted = size(experiment.model, signature)
    numbers = wanted.parameters + wanted.fixed + wanted.state * max(signature.batch_size, 1)
    if numbers > MOST_PARAMETERS:
        raise ValueError(f"they ask for {numbers:,} parameters and numbers of state")


def _number(text: str, item: int, symbols: int) -> int:
    try:
        return int(text)
    except ValueError:
        raise DataError(
            f"numbers must be integers from 0 to {symbols - 1}; item {item} is {text!r}."
        ) from None


def usable(run: Run) -> Run:
    """The run itself, if it is finished.

    Raises:
        EchospanError: It is not, so it has no trained model.
    """
    if run.state != "finished":
        raise EchospanError(
            f"The run {run.id} is {run.state}, so it has no trained model. "
            + (
                "Wait for it to end."
                if run.state == "running"
                else f"Go on with it: echospan run --resume {run.id}"
            )
        )
    return run
