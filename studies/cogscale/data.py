"""The data of CogScale's medium tasks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from echospan.engine.update import Batch

MASKED = -100.0


@dataclass(frozen=True)
class Data:
    """One task's data.

    Attributes:
        train: To learn from.
        valid: To stop and to choose by.
        test: To judge on.
        outputs: Width of an answer.
        numbers: Whether answers are numbers.
    """

    train: Batch
    valid: Batch
    test: Batch
    outputs: int
    numbers: bool


@cache
def load(task: str, seed: int) -> Data:
    """A medium task of CogScale."""
    import cogscale

    from echospan.engine.update import Batch

    raw = cogscale.build_task(task, difficulty="medium", seed=seed)
    numbers = raw["category"] == "regression"

    def batch(part: str) -> Batch:
        x, y = raw[f"X_{part}"].astype("float32"), raw[f"Y_{part}"]
        scored = (y != MASKED).any(axis=-1)
        # In some tasks the classes of a scored step other than the right one are masked, too.
        targets = y.astype("float32") if numbers else y.argmax(axis=-1).astype("int32")
        if numbers:
            targets = np.where(scored[..., None], targets, 0.0)
        return Batch(x, targets, scored.astype("float32"))

    return Data(
        batch("train"), batch("valid"), batch("test"), int(raw["Y_test"].shape[-1]), numbers
    )
