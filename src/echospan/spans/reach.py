"""How far back an answer depends on what was inputs, and how far back learning can look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel

NOTHING = 1e-7
"""Below this share of the largest effect, an effect is rounding."""


@dataclass(frozen=True)
class Reach:
    """By distance k = 0, 1, 2, ... in steps.

    Attributes:
        forward: Largest change of an answer's scores when the input k steps before is another.
        backward: Norm of the loss's gradient with respect to the input k steps before; None where
            no gradient can be taken.
    """

    forward: np.ndarray
    backward: np.ndarray | None

    @property
    def farthest(self) -> int:
        """The largest distance from which anything arrives."""
        return _last(self.forward)

    @property
    def farthest_backward(self) -> int | None:
        """The largest distance at which a gradient arrives."""
        return None if self.backward is None else _last(self.backward)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "forward": [float(v) for v in self.forward],
            "backward": None if self.backward is None else [float(v) for v in self.backward],
            "farthest": self.farthest,
        }


def reach(model: TrainableModel, weights: Any, lag: int, seed: int) -> Reach:
    """Look at one set of weights, as far as the task's sequences go.

    The loss is that of an answer at the last step; for the echo task one about the input `lag`
    steps before, and the sequences reach at least twice as far.
    """
    task = model.task
    inputs, targets, place, end = task.example(lag, seed)
    changed = inputs.copy()
    changed[:, place] = task.changed(changed[:, place])
    apart = model.scores(weights, changed) - model.scores(weights, inputs)
    forward = np.abs(apart[:, place : end + 1]).max(axis=(0, 2))
    norms = model.gradient(weights, inputs, targets)
    far = len(forward)
    backward = None if norms is None else norms[:, : end + 1][:, ::-1].mean(axis=0)[:far]
    return Reach(forward, backward)


def _last(effects: np.ndarray) -> int:
    seen = np.flatnonzero(effects > NOTHING * max(float(effects.max()), 1e-30))
    return int(seen[-1]) if len(seen) else 0
