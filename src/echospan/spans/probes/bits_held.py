"""Bits that a state holds: by linear probes on the state, and by the model's predictions.

A probe is a ridge regression from the state to the input k steps before. It shows how recall falls
with distance in one trained model.

Predictions prove bits, too. A model that echoes every symbol n steps later, with b bits of
information in each prediction, must have held n * b bits at once: the last n symbols are
independent, and no later input tells them. That is a lower bound on what its state holds, from its
predictions alone. The task needs n log2 K. Under a limit of C bits no training can bring the
predictions above C / n bits each, so n * b stays where it is while n log2 K grows.

Such a limit is proved only if the size of the state is known. If n * b is seen to stay, in models
whose loss has stopped falling, that is a measurement under this training.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.measure import Ridge, RidgeSums, accuracy, fano_bits
from echospan.measure.clusters import MEASURED_CLUSTERING
from echospan.memory_tasks.base import MemoryTask
from echospan.memory_tasks.echo import sequences
from echospan.results.capacity import Capacity, Held
from echospan.results.probes import Decay
from echospan.spans.search.lag_result import LagResult
from echospan.tasks import lagged

LENGTH = 256
LARGEST_STATE = 1024
"""Numbers in a state above which no probe is fitted."""

RIDGE = 1e-4


def decay(
    model: TrainableModel, weights: Any, farthest: int, seed: int, confidence: float
) -> Decay | None:
    """Fit and evaluate one probe for each distance from 0 to `farthest`, all at once.

    Args:
        model: The model.
        weights: Its weights.
        farthest: Largest distance in steps.
        seed: Seed of the sequences.
        confidence: Confidence of the intervals.

    Returns:
        None if the model carries no state, or too large a one.
    """
    size = model.state_size
    if size is not None and not 0 < size <= LARGEST_STATE:
        return None
    steps = LENGTH * max(1, -(-4 * farthest // LENGTH))
    fitted = sequences(model.symbols, steps, seed, "probe")
    judged = sequences(model.symbols, steps, seed + 1, "probe")
    states = [model.stream(weights, inputs) for inputs in (fitted, judged)]
    if any(s is None or s.states is None for s in states):
        return None
    held = [s.states for s in states if s is not None and s.states is not None]
    if held[0].shape[-1] > LARGEST_STATE or not all(np.isfinite(h).all() for h in held):
        return None
    scores = _probe(held[0], fitted, held[1], farthest, model.symbols)
    lags, shares, edges, bits = [], [], [], []
    for lag in range(farthest + 1):
        expected = lagged(judged, lag)[:, farthest:]
        answered = scores[lag].argmax(-1)
        score = accuracy(expected, answered, confidence, clustering=MEASURED_CLUSTERING)
        lags.append(lag)
        shares.append(score.share)
        edges.append(score.interval)
        # The lower edge: a probe at chance must not add up to bits over many distances.
        bits.append(fano_bits(edges[-1].low, model.symbols))
    return Decay(tuple(lags), tuple(shares), tuple(edges), tuple(bits))


def capacity(
    results: Iterable[LagResult], task: MemoryTask, of_state: float | None
) -> Capacity | None:
    """Bits that the predictions at each lag prove; None if they prove nothing for this task."""
    held = []
    for result in sorted(results, key=lambda one: one.lag):
        needed, middle = task.bits(result.lag), result.median
        recalled = [None if m is None else m.recalled for m in result.measured]
        if result.outcome == "undecided" or needed is None or middle is None:
            continue
        bits = [result.lag * one for one in recalled if one is not None]
        median = recalled[middle]
        if median is None:
            continue
        held.append(
            Held(
                result.lag,
                needed,
                result.lag * median,
                (min(bits), max(bits)),
                result.converged,
                result.outcome == "solved",
            )
        )
    return Capacity(tuple(held), of_state) if held else None


def _probe(
    fitted: np.ndarray, inputs: np.ndarray, judged: np.ndarray, farthest: int, symbols: int
) -> np.ndarray:
    """Ridge regression from the state to the one-hot of every distance: one solve for all.

    Returns:
        Scores (lags, sequences, time, symbols); the first `farthest` steps are left out.
    """
    state, new = (each[:, farthest:].astype(np.float64) for each in (fitted, judged))
    centre, spread = state.mean(axis=(0, 1)), state.std(axis=(0, 1))
    spread = np.where(spread > 1e-8, spread, 1.0)
    state, new = (state - centre) / spread, (new - centre) / spread
    wanted = np.stack(
        [np.eye(symbols)[lagged(inputs, k)[:, farthest:].ravel()] for k in range(farthest + 1)], 1
    )
    wanted = wanted.reshape(len(wanted), -1)
    sums = RidgeSums.of(state.reshape(len(wanted), -1), wanted)
    weights, offset = Ridge.from_sums(sums).solve(RIDGE)
    scores = (new @ weights + offset).reshape(*new.shape[:2], farthest + 1, symbols)
    return np.moveaxis(scores, 2, 0)
