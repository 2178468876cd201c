"""The base class of tasks, which draw sequences and their targets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from echospan.arguments import (
    mapping,
    methods,
    one_of,
    positions,
    symbols,
    validate_methods,
    whole,
)
from echospan.random import Draw
from echospan.spec import Spec

Part = Literal["train", "evaluation"]

OF_METHODS = {
    "at_distance": {"distance": whole(0)},
    "draw": {
        "draw": methods("an object to draw from, such as a NumpyDraw", "integers", "uniform"),
        "sequences": whole(1),
        "arrays": mapping("arrays, as `arrays()` gives it"),
        "part": one_of("train", "evaluation"),
    },
    "targets": {"values": symbols},
    "held_out_sections": {"scored": positions, "most": whole(1)},
}
"""What the arguments of a task's methods may be, those of tasks of other packages too."""


@dataclass(frozen=True)
class HeldOutSections:
    """Sections of one held-out series, so laid that each of its steps is asked about once.

    Attributes:
        starts: First step of each section in the held-out part, ascending (sequences,).
        values: The sections: integers (sequences, steps).

    Example:
        >>> values = np.array([[5, 6, 7], [7, 8, 9]])
        >>> sections = echospan.tasks.HeldOutSections(np.array([0, 2]), values)
        >>> sections.starts + 1  # the second step of each section, in the held-out part
        array([1, 3])
    """

    starts: np.ndarray
    values: np.ndarray


class Task(Spec):
    """A question asked of sequences, of symbols unless `features` says that they are numbers.

    A task of your own derives from it, or from `UniformSymbols`, and has a `kind`.

    Example:
        >>> from typing import Literal
        >>> class Opposite(echospan.tasks.Echo):
        ...     kind: Literal["opposite"] = "opposite"
        ...
        ...     def targets(self, values):
        ...         return self.symbols - 1 - values
        >>> Opposite(symbols=4).targets(np.array([[0, 1, 3]]))
        array([[3, 2, 0]])
    """

    section: ClassVar[str] = "task"
    kind: str

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        validate_methods(cls, OF_METHODS)

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of distinct symbols K; 0 where values are numbers."""

    @property
    def features(self) -> int | None:
        """How many numbers make one value; None where values are symbols."""
        return None

    @property
    @abstractmethod
    def steps(self) -> int:
        """Values in one sequence."""

    @property
    def target_steps(self) -> int:
        """Targets in one sequence, scored or not."""
        return self.steps

    @property
    @abstractmethod
    def chance(self) -> float:
        """Accuracy of the best answer that knows nothing of the sequence.

        It knows the task, and at which step of the sequence it stands.
        """

    @property
    def tolerance(self) -> float:
        """How far off an answer may be and still be right; only numbers may be off at all."""
        return 0.0

    @property
    def ceiling(self) -> float:
        """Accuracy of an answer that has forgotten nothing."""
        return 1.0

    @property
    @abstractmethod
    def distance(self) -> int:
        """How far memory must reach, in the one number that makes this task harder or easier."""

    @abstractmethod
    def at_distance(self, distance: int) -> Self:
        """The same task at that distance; its sequences grow where they must.

        Raises:
            ConfigError: The task cannot be asked at that distance.
        """

    @property
    def bits(self) -> float | None:
        """What must be held at once to answer everything, in bits; None where that has no number.

        A model whose state holds fewer cannot reach the ceiling.
        """
        return None

    @property
    def reach(self) -> int | None:
        """How many steps before an output its answer lies, where that is one number."""
        return None

    @property
    def may_miss(self) -> bool:
        """Whether a sequence can hold missing values."""
        return False

    def arrays(self) -> Mapping[str, np.ndarray]:
        """Data that `draw` needs on the device; none for generated tasks."""
        return {}

    @abstractmethod
    def draw(self, draw: Draw, sequences: int, arrays: Mapping[str, Any], part: Part) -> Any:
        """New sequences: integers (sequences, steps), or numbers (sequences, steps, features)."""

    @abstractmethod
    def targets(self, values: Any) -> Any:
        """Targets: integers (sequences, target_steps), `MISSING` at steps without a target.

        Where values are numbers so are the targets, one a step, and NaN where nothing is asked.
        """

    def held_out_sections(self, scored: np.ndarray, most: int) -> HeldOutSections | None:
        """Sections to evaluate on, where the data are one series that has to last; or None.

        By default, None: new sequences are drawn for the evaluation. Sections drawn from a series
        would overlap, and their answers be counted several times.

        Args:
            scored: The steps of a section at which the model answers, ascending (answers,).
            most: Sections at most.
        """
        return None
