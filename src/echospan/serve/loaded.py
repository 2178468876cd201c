"""What a trained run is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from echospan.arguments import Refusal, Rule, each, plain, validated, whole
from echospan.data import Vocabulary
from echospan.data.kinds import show as shortened
from echospan.engine.values import TrainState
from echospan.errors import ConfigError, DataError
from echospan.experiment import Experiment
from echospan.models import Signature
from echospan.models.inputs import Input
from echospan.models.readout import Readout
from echospan.recipe import Shelf
from echospan.tasks import MISSING

if TYPE_CHECKING:
    import keras


MOST_SYMBOLS = 100_000
"""The most that a hint advises to train on."""


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
        places = range(len(texts))
        return np.array(
            [self._number(texts[place], place, len(texts)) for place in places], "int32"
        )

    def _number(self, text: str, place: int, of: int) -> int:
        where = f"numbers: position {place} (item {place + 1} of {of}) is {shortened(text)}"
        known = f"0 to {self.symbols - 1}"
        try:
            number = int(text)
        except ValueError:
            raise DataError(f"{where}; this model takes integers from {known}.") from None
        if 0 <= number < self.symbols:
            return number
        again = f"{where}; this model knows the numbers {known}. Others need a new training"
        name = self.experiment.name
        if number < 0 or number > MOST_SYMBOLS or name not in Shelf.ORDER or self._named:
            raise DataError(f"{again}.")
        raise DataError(f"{again}: echospan run {name} --symbols {number + 1}")

    @property
    def _named(self) -> bool:
        """Whether the number of symbols is no setting of its own."""
        return "symbols" not in type(self.experiment.task).model_fields

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
