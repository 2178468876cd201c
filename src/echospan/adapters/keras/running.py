"""What running a Keras clone means on every backend: forward, chunk by chunk, and backward.

Arrays go in and come out as lists: the model's inputs and outputs in flat order. States are those
of the layers that can carry one, as lists too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine.carried import carrying

if TYPE_CHECKING:
    import keras

Values = list[Any]
Keywords = dict[str, Any]
Call = Callable[[Values, Values, Keywords], tuple[Values, Values]]
"""(inputs, what is added to embedded symbols, more arguments) -> (outputs, embedded symbols)."""

Score = Callable[[Values, Values], Any]
"""(outputs, what they are compared or multiplied with) -> one number, on the backend's tensors."""


@dataclass(frozen=True, eq=False)
class Derivative:
    """What is to be differentiated.

    Attributes:
        chunks: Inputs of each chunk.
        score: Makes one number of the outputs of the last chunk. The same object for the same
            computation, so that it is compiled once.
        by: What the outputs are compared or multiplied with.
        added: For each chunk zeros, one array for each place at which symbols become vectors.
        states: Initial states, where the chunks go on from each other; None for a single one.
        parameters: Whether the gradient of the trainable weights is wanted.
        detached: Whether states are detached between chunks.
    """

    chunks: Sequence[Values]
    score: Score
    by: Values
    added: Sequence[Values]
    states: Values | None = None
    parameters: bool = False
    detached: bool = False


@dataclass(frozen=True, eq=False)
class Slopes:
    """Gradients: of inputs and of embedded symbols for each chunk, of weights, and the number."""

    inputs: list[list[np.ndarray | None]]
    added: list[list[np.ndarray]]
    parameters: list[np.ndarray] = field(default_factory=list)
    value: float = float("nan")


class Runner(ABC):
    """A built clone on one backend.

    Args:
        made: The clone.
        call: Calls it.
    """

    def __init__(self, made: keras.Model, call: Call) -> None:
        self.made, self.call = made, call

    @abstractmethod
    def replay(
        self, batches: Sequence[Values], keywords: Sequence[Keywords] = ()
    ) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
        """Outputs of each batch, and the vectors that the last one's symbols became.

        State starts at zero and is carried from batch to batch by stateful layers.
        """

    def anew(self, arrays: Values) -> tuple[Any, Callable[[], list[np.ndarray]]]:
        """A call as if it was the first: no compiled program of an earlier one is used.

        Returns:
            What it comes to, which equals that of another call that does the same; and a function
            that gives its outputs.
        """
        found = self.replay([arrays])[0][0]
        return [(each.shape, each.tobytes()) for each in found], lambda: found

    @abstractmethod
    def chunk(
        self, arrays: Values, states: Values, keywords: Keywords
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Outputs and states of a chunk that goes on from states, in whatever layer can."""

    @abstractmethod
    def gradient(self, wanted: Derivative) -> Slopes:
        """Differentiate; inputs that are integers have no gradient."""

    def reached(self, wanted: Derivative) -> list[float]:
        """Sizes of the gradients of the trainable weights; 0 where none gets there."""
        found = self.gradient(wanted).parameters
        return [float(np.abs(slope).max()) if slope.size else 0.0 for slope in found]

    def states(self, rows: int) -> list[np.ndarray]:
        """The states of all layers that can carry one, before the first step."""
        import keras

        with carrying(self.made, rows, every_layer=True) as own:
            return [np.array(keras.ops.convert_to_numpy(v.value)) for v in own]

    def go_on(
        self,
        arrays: Values,
        states: Values,
        added: Values,
        keywords: Keywords,
        mapped: Sequence[tuple[keras.Variable, Any]] = (),
    ) -> tuple[Values, Values, Values]:
        """A chunk as a pure function: outputs, states, and what symbols became."""
        import keras

        rows = int(arrays[0].shape[0])
        with carrying(self.made, rows, every_layer=True) as own:
            pairs = [*mapped, *zip(own, states, strict=True)]
            with keras.StatelessScope(state_mapping=pairs) as scope:
                outputs, seen = self.call(arrays, added, keywords)
            found = [scope.get_current_value(variable) for variable in own]
        after = [old if new is None else new for new, old in zip(found, states, strict=True)]
        return outputs, after, seen


def mix(outputs: Values, mixtures: Values) -> Any:
    """The sum of all outputs, each multiplied with its mixture."""
    import keras

    pairs = zip(outputs, mixtures, strict=False)
    return sum(keras.ops.sum(out * by) for out, by in pairs if by is not None)


def is_float(array: Any) -> bool:
    """Whether an array or tensor holds floats."""
    return bool(np.dtype(array.dtype).kind == "f")


def floats_of(arrays: Values) -> Values:
    """The arrays that hold floats, which alone have a gradient."""
    return [array for array in arrays if is_float(array)]


def spread(arrays: Values, of_floats: Sequence[Any]) -> list[np.ndarray | None]:
    """Gradients of the floats at their places, None for integers."""
    following = iter(of_floats)
    return [np.asarray(next(following)) if is_float(array) else None for array in arrays]


def each_as_array(values: Sequence[Any]) -> list[np.ndarray]:
    """NumPy arrays of tensors."""
    return [np.asarray(value) for value in values]


def keywords_of(batches: Sequence[Any], given: Sequence[Keywords]) -> Sequence[Keywords]:
    """Further arguments of each batch; none where none are given."""
    return given or [{} for _ in batches]
