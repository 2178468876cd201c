"""What a trained run is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.arguments import Refusal, Rule, each, plain, validated, whole
from echospan.data import Vocabulary, check_symbols
from echospan.engine.values import TrainState
from echospan.errors import ConfigError, DataError
from echospan.experiment import Experiment
from echospan.models import Signature
from echospan.models.inputs import Input
from echospan.models.readout import Readout
from echospan.tasks import MISSING

if TYPE_CHECKING:
    import keras


def _value(value: object) -> str:
    found = plain(value)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise Refusal(value)
    return str(found)


VALUES = each(Rule("", _value), "values, as texts or numbers", most=10_000_000)
"""Values of a sequence, as a file or a user writes them."""


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

    @validated(texts=VALUES)
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """What a user typed, as symbols (time,).

        Raises:
            DataError: A value that the model has never known.
        """
        if self.vocabulary is not None:
            return self.vocabulary.encode(list(texts))
        numbers: list[Any] = [_number(text, i, self.symbols) for i, text in enumerate(texts, 1)]
        return check_symbols(numbers, self.symbols, name="numbers")

    @validated(symbol=whole())
    def show(self, symbol: int) -> str:
        """A symbol as the user writes it.

        Raises:
            ConfigError: It is none of the model's.
        """
        if not MISSING <= symbol < self.symbols:
            raise ConfigError("symbol", f"an integer from 0 to {self.symbols - 1}", symbol)
        if self.vocabulary is None:
            return str(symbol)
        return str(self.vocabulary.decode(np.array([symbol]))[0])


def _number(text: str, item: int, symbols: int) -> int:
    try:
        return int(text)
    except ValueError:
        raise DataError(
            f"numbers must be integers from 0 to {symbols - 1}; item {item} is {text!r}."
        ) from None
