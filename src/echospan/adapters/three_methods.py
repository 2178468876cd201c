"""A user's own object with three methods, as the checks of `echospan.conform` run it."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from echospan.adapters.stateful import Runnable, StatefulModel, StatefulPart
from echospan.adapters.support import SUPPORTED, Support


class ThreeMethods(StatefulModel):
    """A user's own object with the methods of `Runnable`.

    Optional methods of the same names as those of `StatefulModel` are used where they are there.
    """

    def __init__(self, model: Runnable, text: str = "") -> None:
        self.model = model
        self.text = text or type(model).__name__
        self.framework = "own"
        self.versions, self.promises = {}, {}
        first = np.asarray(model.whole(model.inputs(1, 2, 0)))
        self.precision = str(first.dtype)

    def support(self, part: StatefulPart) -> Support:
        """A part is there if the object has a method, or its methods an argument, of that name."""
        if part in ("mask", "positions"):
            if all(_takes(method, part) for method in (self.model.whole, self.model.run)):
                return SUPPORTED
            return Support("refused", f"whole and run of {self.text} have no argument {part!r}")
        if part == "run" or callable(getattr(self.model, part, None)):
            return SUPPORTED
        return Support("refused", f"{self.text} has no method {part!r}")

    def inputs(self, batch: int, time: int, seed: int) -> np.ndarray:
        """As the user's method says."""
        return np.asarray(self.model.inputs(batch, time, seed))

    def whole(
        self,
        x: np.ndarray,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> np.ndarray:
        """As the user's method says."""
        return np.asarray(self.model.whole(x, **_given(mask=mask, positions=positions)))

    def run(
        self,
        x: np.ndarray,
        state: Any,
        mask: np.ndarray | None = None,
        positions: np.ndarray | None = None,
    ) -> tuple[np.ndarray, Any]:
        """As the user's method says."""
        y, after = self.model.run(x, state, **_given(mask=mask, positions=positions))
        return np.asarray(y), after

    def __getattribute__(self, name: str) -> Any:
        if name in _FORWARDED:
            own = getattr(object.__getattribute__(self, "model"), name, None)
            if callable(own):
                return own
        return object.__getattribute__(self, name)


_FORWARDED = frozenset(
    {"leaves", "copy", "save", "rows", "reset", "crop", "packings", "packed", "gradient"}
    | {"moved", "drawn"}
)


def _takes(method: Any, argument: str) -> bool:
    """Whether a method has an argument of that name."""
    try:
        return argument in inspect.signature(method).parameters
    except (TypeError, ValueError):
        return False


def _given(**optional: np.ndarray | None) -> dict[str, Any]:
    return {name: value for name, value in optional.items() if value is not None}
