"""A model under the probes: an adapter with the user's inputs, of which one at a time is changed.

The user's own model is not run by probes. In a model with several inputs each is probed while the
others are held fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.signals import Signal
from echospan.doctor.draws import another, drawn, held, range_of
from echospan.doctor.streams import absent_steps


class ProbeModel:
    """A clone with all its inputs and outputs.

    Args:
        adapter: The clone.
        sources: The user's inputs, in the model's flat order.
        samples: Numbers of the samples from which inputs that are held fixed are taken first.
        vocabulary: Symbols that its embeddings know; None without one.

    Attributes:
        rows: Rows of every batch.
        ranges: What each input can be.
        shapes: Shapes of all outputs for one batch, in flat order.
    """

    def __init__(
        self,
        adapter: Adapter,
        sources: Sequence[Signal],
        samples: np.ndarray,
        vocabulary: int | None,
    ) -> None:
        self.adapter, self.sources, self.rows = adapter, sources, len(samples)
        self._vocabulary = vocabulary
        self.ranges = [range_of(source.values) for source in sources]
        self.choose(samples)
        self.shapes = [tuple(output.shape) for output in adapter.whole(self._fixed)]

    def symbols(self, source: Signal) -> int | None:
        """How many symbols an input may have; None where it holds floats."""
        if not source.integers:
            return None
        most = int(source.values.max()) + 1
        return max(most if self._vocabulary is None else min(self._vocabulary, most), 2)

    def redraw(self, seed: int) -> None:
        """Draw all weights anew, and the inputs that are held fixed."""
        self.adapter.redraw(seed)
        own = typed(self.sources, self._chosen)
        self._fixed = [
            held(values, kind, seed) for values, kind in zip(own, self.ranges, strict=True)
        ]

    def choose(self, samples: np.ndarray) -> None:
        """Take the inputs that are held fixed from the samples of these numbers."""
        self._chosen = samples
        self._fixed = typed(self.sources, samples)

    def held(self) -> list[np.ndarray]:
        """The inputs of one batch as they are held fixed."""
        return self._fixed

    def around(self, number: int, batch: np.ndarray) -> list[np.ndarray]:
        """All inputs of one batch, of which one is given."""
        kind = self._fixed[number].dtype
        return [
            batch.astype(kind) if place == number else other[: len(batch)]
            for place, other in enumerate(self._fixed)
        ]

    def first_inputs(self) -> list[np.ndarray]:
        """One batch of the user's own inputs."""
        return typed(self.sources, self._chosen)

    def drawn_inputs(self) -> list[np.ndarray]:
        """One batch as `redraw` drew it: random floats, and symbols of the user's own."""
        return list(self._fixed)

    def outputs(self, rows: int) -> list[np.ndarray]:
        """Outputs for as many of the first samples."""
        return self.adapter.whole(typed(self.sources, first(self.sources, rows)))


class ProbedPair:
    """One input and one output of a model under the probes.

    Args:
        model: The model.
        source: Number of the input.
        output: Number of the output.
        answers: Answers of one row: its time steps, or 1.

    Attributes:
        rows: Rows of every batch.
        vocabulary: Number of symbols that an integer input may have; None for float inputs.
        range: What the input can be.
        precision: Float type in which the clone computes.
    """

    def __init__(self, model: ProbeModel, source: int, output: int, answers: int) -> None:
        self.model, self.source, self.output, self.answers = model, source, output, answers
        self.rows, self.vocabulary = model.rows, model.symbols(model.sources[source])
        self.range, self.precision = model.ranges[source], model.adapter.precision

    def redraw(self, seed: int) -> None:
        """Draw all weights anew; the same seed gives the same weights."""
        self.model.redraw(seed)

    def choose(self, samples: np.ndarray) -> None:
        """Take the inputs that are held fixed from the samples of these numbers."""
        self.model.choose(samples)

    def drawn(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Random values of the input."""
        if self.vocabulary is None:
            return drawn(self.range, rng, shape)
        low = 1 if self.vocabulary > 2 else 0
        return rng.integers(low, self.vocabulary, shape)

    def another(self, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Other values of the same kind, different in every feature."""
        if self.vocabulary is None:
            return another(self.range, value, rng)
        low = 1 if self.vocabulary > 2 else 0
        width = self.vocabulary - low
        return np.asarray((value - low + 1 + rng.integers(0, max(width - 1, 1))) % width + low)

    def replay(self, batches: Sequence[np.ndarray], *, carried: bool = True) -> list[np.ndarray]:
        """Outputs (rows, answers, features) of batches (rows, time, ...) in order.

        The state starts at zero and is carried from each batch to the next. Nothing is random.
        """
        given = [self.around(batch) for batch in batches]
        found = self.model.adapter.replay(given, carried=carried)
        return [self._shaped(outputs[self.output]) for outputs in found]

    def around(self, batch: np.ndarray) -> list[np.ndarray]:
        """All inputs of one batch, of which this one is given."""
        return self.model.around(self.source, batch)

    def gradient(self, batch: np.ndarray, row: int, answer: int) -> np.ndarray | None:
        """How one answer changes with every input of its batch, from a zero state.

        Args:
            batch: Inputs (rows, time, ...).
            row: Row of the answer.
            answer: Number of the answer in its row.

        Returns:
            The gradient (rows, time, ...) of a random mixture of the answer's features, all of
            which it depends on; None where no place is found at which symbols become vectors.
        """
        mixtures: list[Any] = [np.zeros(shape) for shape in self.model.shapes]
        own = self._shaped(mixtures[self.output])
        own[row, answer] = np.random.default_rng(7).normal(size=own.shape[2])
        mixtures[self.output] = own.reshape(self.model.shapes[self.output])
        found = self.model.adapter.gradient([self.around(batch)], mixtures, wanted=[self.source])
        return found.inputs[0][self.source]

    def _shaped(self, outputs: np.ndarray) -> np.ndarray:
        return outputs.reshape(self.rows, self.answers, -1)


def typed(sources: Sequence[Signal], chosen: np.ndarray) -> list[np.ndarray]:
    """Samples of each input: symbols, lengths and masks as they are, all else as floats."""
    found = []
    for source in sources:
        values = source.values[chosen]
        if not source.whole_numbers:
            values = values.astype("float64")
        elif values.dtype.kind == "f":
            values = values.astype("int64")
        found.append(values)
    return found


def first(sources: Sequence[Signal], rows: int) -> np.ndarray:
    """Numbers of as many samples, the first ones again where there are too few."""
    return np.arange(rows) % len(sources[0].values)


def fullest(sources: Sequence[Signal], rows: int) -> np.ndarray:
    """Numbers of as many samples, those with the least padding first.

    Lengths and masks that stay the user's own then leave a probe the most time steps.
    """
    count = len(sources[0].values)
    timed = [source for source in sources if source.sequence]
    # The ones of a mask are no padding, and beside other inputs it need not be asked.
    telling = [source for source in timed if range_of(source.values) != "flags"]
    padding = sum(
        (absent_steps(source.values)[0].sum(1) for source in telling or timed),
        start=np.zeros(count, int),
    )
    return np.argsort(padding, kind="stable")[np.arange(rows) % count]
