"""How far back the output depends on the input, and how far back gradients reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.results.probes import Reach


def reach(model: TrainableModel, weights: Any, lag: int, seed: int) -> Reach:
    """Measure the effect of each input step on the output, and the loss's gradient at it.

    The loss is that of one prediction at the last step. For the echo task its target is the input
    `lag` steps before, and the sequences go at least twice as far back.

    Args:
        model: The model.
        weights: Its weights.
        lag: The task's difficulty.
        seed: Seed of the sequences.
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


def receptive_field(
    declared: int | None, measured: Mapping[str, Reach], beyond: int | None
) -> int | None:
    """The receptive field as declared; else as measured, if nothing arrives from beyond it.

    A recurrent state fades until nothing is left in 32 bits, which is no field: only a sharp edge
    before what the failed lag needs, the same before and after training, counts.

    Args:
        declared: Receptive field that the model declares.
        measured: Reach before training ("start") and at the first failed lag ("failed").
        beyond: Steps back that the failed lag needs; None if no lag failed.
    """
    if declared is not None or beyond is None or "failed" not in measured:
        return declared
    before, after = measured["start"], measured["failed"]
    edge = after.farthest
    if edge >= beyond or before.farthest != edge:
        return None
    sharp = all(
        one.forward[edge] > 1e-3 * max(one.forward) and not any(one.forward[edge + 1 :])
        for one in (before, after)
    )
    return edge + 1 if sharp else None


def relative_gradient(measured: Reach | None, steps: int) -> float | None:
    """Gradient at the input that many steps back, relative to the newest; None if not known."""
    if measured is None or measured.backward is None or not steps < len(measured.backward):
        return None
    newest = float(measured.backward[0])
    return float(measured.backward[steps]) / newest if newest > 0 else None
