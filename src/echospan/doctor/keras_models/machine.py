"""A clone of a Keras model as the probes want it, on the backend in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.doctor.keras_models.redraw import redraw
from echospan.doctor.keras_models.runners import Runner, runner
from echospan.doctor.keras_models.taps import Taps
from echospan.doctor.ports import Port, fullest

if TYPE_CHECKING:
    import keras


@dataclass
class Clone:
    """A built clone with all its inputs and outputs.

    Args:
        model: The clone.
        sources: The user's inputs, in the model's flat order.
        pack: Gives flat inputs the structure in which the model takes them.
        rows: Rows of every batch.
        precision: Float type of the clone.
        vocabulary: Symbols that its embeddings know, for those inputs that are integers.

    Attributes:
        shapes: Shapes of all outputs for one batch, in flat order.
    """

    model: keras.Model
    sources: Sequence[Port]
    pack: Callable[[list[Any]], Any]
    rows: int
    precision: str
    vocabulary: int | None
    runner: Runner = field(init=False)
    shapes: list[tuple[int, ...]] = field(init=False)
    _tapped: list[np.ndarray] = field(init=False)
    _taps: dict[int, list[int]] = field(init=False, default_factory=dict)
    _others: list[np.ndarray] = field(init=False)
    _chosen: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.runner = runner(self.model, self.pack, Taps(self.model))
        self.choose(fullest(self.sources, self.rows))
        self.shapes = [tuple(output.shape) for output in self.outputs()]

    def symbols(self, port: Port) -> int | None:
        """How many symbols an input may have; None where it holds floats."""
        if not port.integers:
            return None
        most = int(port.values.max()) + 1
        return max(most if self.vocabulary is None else min(self.vocabulary, most), 2)

    def redraw(self, number: int) -> None:
        """Weights of that draw; inputs that are held fixed are drawn anew, too."""
        redraw(self.model, number)
        rng = np.random.default_rng(2_000 + number)
        # Symbols, lengths and masks mean something: these stay the user's own.
        self._others = [
            rng.normal(size=other.shape).astype(other.dtype) if other.dtype.kind == "f" else other
            for other in self._samples()
        ]

    def choose(self, samples: np.ndarray) -> None:
        """Take the inputs that are held fixed from these samples."""
        self._chosen = samples
        self._others = self._samples()

    def _samples(self) -> list[np.ndarray]:
        values = [port.values[self._chosen] for port in self.sources]
        return typed(self.sources, values, self.precision)

    def outputs(self) -> list[np.ndarray]:
        """All outputs for the inputs as they stand."""
        found, self._tapped = self.runner.replay([self._others])
        return found[0]

    def around(self, number: int, batch: np.ndarray) -> list[np.ndarray]:
        """All inputs of one batch, of which one is given."""
        return [
            batch.astype(other.dtype) if place == number else other
            for place, other in enumerate(self._others)
        ]

    def gradient(self, number: int, batch: np.ndarray, mixtures: list[Any]) -> np.ndarray | None:
        """The gradient (rows, time, ...) with respect to one input, or to what its symbols become.

        None where no place is found at which they become vectors of that many time steps.
        """
        arrays = self.around(number, batch)
        port = self.sources[number]
        taps = self._of_input(number, batch) if port.integers else []
        added = [np.zeros(each.shape, each.dtype) for each in self._tapped] if taps else []
        if port.integers and not taps:
            return None
        inputs, vectors = self.runner.gradient(arrays, mixtures, added)
        if not port.integers:
            return inputs[number]
        shape = (self.rows, batch.shape[1], -1)
        return np.concatenate([np.abs(vectors[tap]).reshape(shape) for tap in taps], axis=2)

    def _of_input(self, number: int, batch: np.ndarray) -> list[int]:
        """The places at which an input's symbols become vectors, found by changing all of them."""
        if number not in self._taps:
            before = self.runner.replay([self.around(number, batch)])[1]
            width = self.symbols(self.sources[number]) or 2
            after = self.runner.replay([self.around(number, (batch + 1) % width)])[1]
            self._tapped = before
            steps = (self.rows, batch.shape[1])
            self._taps[number] = [
                place
                for place, (one, other) in enumerate(zip(before, after, strict=True))
                if one.shape[:2] == steps and (one != other).any()
            ]
        return self._taps[number]


class KerasMachine:
    """See `echospan.doctor.machine.Machine`: one input and one output of a clone.

    Args:
        clone: The clone.
        source: Number of the input among those of the clone.
        output: Number of the output.
        answers: Answers of one row: its time steps, or 1.
    """

    def __init__(self, clone: Clone, source: int, output: int, answers: int) -> None:
        self.clone, self.source, self.output, self.answers = clone, source, output, answers
        self.rows, self.precision = clone.rows, clone.precision
        self.vocabulary = clone.symbols(clone.sources[source])

    def redraw(self, number: int) -> None:
        """Weights of that draw."""
        self.clone.redraw(number)

    def choose(self, samples: np.ndarray) -> None:
        """Take the inputs that are held fixed from these samples."""
        self.clone.choose(samples)

    def replay(self, batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Outputs (rows, answers, features) of each batch, state carried from zero."""
        given = [self.clone.around(self.source, batch) for batch in batches]
        found, _ = self.clone.runner.replay(given)
        return [self._shaped(outputs[self.output]) for outputs in found]

    def gradient(self, batch: np.ndarray, row: int, answer: int) -> np.ndarray | None:
        """The gradient (rows, time, ...) of a mixture of the answer's features."""
        shapes, precision = self.clone.shapes, self.precision
        mixtures = [np.zeros(shape, precision) for shape in shapes]
        own = self._shaped(mixtures[self.output])
        own[row, answer] = np.random.default_rng(7).normal(size=own.shape[2])
        mixtures[self.output] = own.reshape(shapes[self.output])
        return self.clone.gradient(self.source, batch, mixtures)

    def _shaped(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.reshape(self.rows, self.answers, -1)


def typed(
    sources: Sequence[Port], arrays: Sequence[np.ndarray], precision: str
) -> list[np.ndarray]:
    """Arrays with the types in which a clone takes its inputs.

    Whole numbers along a feature axis are measured, so they become floats; without one they are
    symbols, lengths or masks.
    """
    kinds = [
        "int32"
        if port.integers or (port.values.dtype.kind in "iu" and port.values.ndim < 3)
        else "bool"
        if port.values.dtype.kind == "b"
        else precision
        for port in sources
    ]
    return [np.asarray(a).astype(kind) for a, kind in zip(arrays, kinds, strict=True)]


def first(sources: Sequence[Port], rows: int, precision: str) -> list[np.ndarray]:
    """As many samples of each input, the first ones again where there are too few."""
    chosen = [port.values[np.arange(rows) % len(port.values)] for port in sources]
    return typed(sources, chosen, precision)
