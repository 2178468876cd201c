"""How far back an answer depends on what was heard, and how far back learning can look."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.results.probes import Reach


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
    return Reach(
        tuple(float(effect) for effect in forward),
        None if backward is None else tuple(float(norm) for norm in backward),
    )
