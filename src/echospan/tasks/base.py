"""What a task is: it draws sequences and says what is asked about them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from echospan.random import Draw
from echospan.spec import Spec

Part = Literal["train", "evaluation"]


class Task(Spec):
    """A question asked of sequences of symbols."""

    section: ClassVar[str] = "task"
    kind: str

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of distinct symbols K."""

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
        """Accuracy of the best answer that knows nothing of the sequence."""

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
        """New sequences: integers (sequences, steps)."""

    @abstractmethod
    def targets(self, values: Any) -> Any:
        """What is asked: integers (sequences, target_steps), `MISSING` where nothing is."""
