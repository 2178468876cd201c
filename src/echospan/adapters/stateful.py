"""A model that goes on from a state, as the checks of `echospan.conform` run it.

Arrays go in and come out as NumPy arrays. The state is whatever the model hands on: nothing here
looks into it but `leaves`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np

from echospan.adapters.support import NotSupported, Support

StatefulPart = Literal[
    "run",
    "mask",
    "positions",
    "leaves",
    "copy",
    "save",
    "rows",
    "reset",
    "crop",
    "packed",
    "gradient",
    "moved",
    "drawn",
]
"""The optional parts of a stateful model."""

STATEFUL_PARTS: tuple[StatefulPart, ...] = get_args(StatefulPart)


@runtime_checkable
class Runnable(Protocol):
    """The three methods that any model needs to be checked.

    Example::

        class Mine:
            def inputs(self, batch, time, seed):
                return np.random.default_rng(seed).normal(size=(batch, time, 4))

            def whole(self, x):
                return self.run(x, None)[0]

            def run(self, x, state):
                ...  # Not changing `state`; None is the start.
                return y, state
    """

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """Draw inputs (batch, time, ...) for a seed: numbers, or integers of a vocabulary."""

    def whole(self, x: np.ndarray) -> np.ndarray:
        """Outputs (batch, time, ...) of whole sequences (batch, time, ...) in one call."""

    def run(self, x: np.ndarray, state: Any) -> tuple[np.ndarray, Any]:
        """Outputs of the next chunk (batch, time, ...), of any length, and the state after it.

        Args:
            x: The chunk.
            state: What the call before returned; None at the start. It must not be changed.
        """


@dataclass(frozen=True)
class Script:
    """The lines of a stand-alone script that builds and runs the model without echospan.

    Attributes:
        build: Imports, and lines that make `model` in float64 where that is possible.
        inputs: Lines that define `inputs(batch, time, seed)`, which gives what the model takes.
        run: Lines that define `run(x, state, mask=None, positions=None)` returning answers and
            state, and `whole(x, mask=None)`; answers are arrays that NumPy can read.
        parts: Lines for other parts by name, each of which defines a function of that name:
            ``rows(state, index)``, ``reset(state)``, ``crop(state, steps)``, ``save(state)``,
            ``packed(x, lengths, means)``.
    """

    build: tuple[str, ...]
    inputs: tuple[str, ...]
    run: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class StatefulModel:
    """A model with everything that the checks can ask for; each part may be missing.

    A part is asked for by `support`. A call of a refused part raises `NotSupported`.

    Attributes:
        text: What messages call it.
        framework: The framework that computes it, such as ``torch``.
        versions: Versions of what it is made of, by package.
        precision: Float type in which it computes.
        promises: For what the library does not promise, by the name of the check: the reason.
        notes: What was done to it before it was checked, in sentences.
        blocks: Lengths at which the model itself cuts a sequence, as far as known.
        kernel: The longest convolution over time, as far as known; 1 without one.
        few_shapes: Whether each new shape of a call is costly, as where it is compiled.
    """

    text: str = ""
    framework: str = ""
    versions: Mapping[str, str]
    precision: str = "float64"
    promises: Mapping[str, str]
    notes: tuple[str, ...] = ()
    blocks: tuple[int, ...] = ()
    kernel: int = 1
    few_shapes: bool = False

    def support(self, part: StatefulPart) -> Support:
        """Whether it has an optional part."""
        return Support("refused", f"{self.text or type(self).__name__} has no such part")

    def require(self, part: StatefulPart) -> None:
        """Refuse to go on without a part.

        Raises:
            NotSupported: The part is refused; says why.
        """
        found = self.support(part)
        if found.verdict == "refused":
            raise NotSupported(part, found.reason)

    @abstractmethod
    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """Draw inputs (batch, time, ...) for a seed. Another seed gives other inputs everywhere."""

    @abstractmethod
    def whole(
        self,
        x: np.ndarray,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> np.ndarray:
        """Outputs of whole sequences in one call, from the start and without a state to go on with.

        Args:
            x: Inputs (batch, time, ...).
            mask: Booleans (batch, time), true at real steps.
            positions: Integers (batch, time), the position of each step in its sequence.

        Returns:
            Outputs (batch, time, ...).
        """

    @abstractmethod
    def run(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """Outputs of the next chunk, of any length, and the state after it.

        The caller copies a state that it wants to use again: a model may change it in place.

        Args:
            x: The chunk (batch, time, ...).
            state: What the call before returned; None at the start.
            mask: Booleans (batch, steps so far), true at real steps: all chunks up to this one.
            positions: Integers (batch, time) of this chunk, positions in the whole sequence.

        Returns:
            Outputs of this chunk (batch, time, ...), and the state after it.
        """

    def leaves(self, state: Any) -> dict[str, np.ndarray]:
        """The arrays of a state by name, to be compared. Memory is the caller's own."""
        self.require("leaves")
        raise NotImplementedError

    def copy(self, state: Any) -> Any:
        """The same state in memory of its own."""
        self.require("copy")
        raise NotImplementedError

    def save(self, state: Any) -> Any:
        """The state, written as bytes (or by the library's own means) and read back."""
        self.require("save")
        raise NotImplementedError

    def rows(self, state: Any, index: Sequence[int]) -> Any:
        """Rows of the batch in the order given, as beam search does; may change `state`."""
        self.require("rows")
        raise NotImplementedError

    def reset(self, state: Any) -> Any:
        """The state put back to the start by the model's own means; may change `state`."""
        self.require("reset")
        raise NotImplementedError

    def crop(self, state: Any, steps: int) -> Any:
        """The state with the newest steps taken back; may change `state`."""
        self.require("crop")
        raise NotImplementedError

    def packings(self) -> tuple[str, ...]:
        """Names of the means by which the model takes several documents in one row."""
        return ()

    def packed(self, x: np.ndarray, lengths: Sequence[int], means: str) -> np.ndarray:
        """Outputs (1, time, ...) of documents that lie one after the other in one row.

        Args:
            x: Inputs (1, time, ...).
            lengths: Steps of each document; their sum is the time.
            means: One of `packings`.
        """
        self.require("packed")
        raise NotImplementedError

    def gradient(self, chunks: Sequence[np.ndarray], mixture: np.ndarray) -> np.ndarray:
        """Differentiate the last chunk's outputs with respect to the inputs of the first.

        Args:
            chunks: Inputs of each chunk, in order; the state is carried from one to the next.
            mixture: What the last chunk's outputs are multiplied with before they are summed.

        Returns:
            An array (batch, time, ...) like the first chunk; for symbols that of their vectors.
        """
        self.require("gradient")
        raise NotImplementedError

    def moved(self, seed: int) -> AbstractContextManager[None]:
        """Run with each weight moved by one unit in the last place, up or down by the seed."""
        self.require("moved")
        raise NotImplementedError

    def drawn(self, seed: int) -> AbstractContextManager[None]:
        """Run with enlarged weights, so that a lost state shows; seeds differ in decay."""
        self.require("drawn")
        raise NotImplementedError

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Hold what all calls need, such as a float type; the checks run inside."""
        yield

    def script(self) -> Script | None:
        """Lines that run it without echospan; None where that can't be written."""
        return None
