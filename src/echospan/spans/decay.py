"""How recall falls with distance in one trained model: linear probes on its frozen state."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.measure import fano_bits, wilson
from echospan.memory_tasks.echo import sequences
from echospan.results.probes import Decay
from echospan.tasks import lagged

LENGTH = 256
LARGEST_STATE = 1024
"""Numbers in a state beyond which no probe is fitted."""

RIDGE = 1e-4


def decay(
    model: TrainableModel, weights: Any, farthest: int, seed: int, confidence: float
) -> Decay | None:
    """Fit and judge one probe for each distance from 0 to `farthest`, all at once.

    None where the model carries no state, or too large a one.
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
        hits = int((scores[lag].argmax(-1) == expected).sum())
        lags.append(lag)
        shares.append(hits / expected.size)
        edges.append(wilson(hits, expected.size, confidence))
        # The lower edge: a probe at chance must not add up to bits over many distances.
        bits.append(fano_bits(edges[-1].low, model.symbols))
    return Decay(tuple(lags), tuple(shares), tuple(edges), tuple(bits))


def _probe(
    fitted: np.ndarray, inputs: np.ndarray, judged: np.ndarray, farthest: int, symbols: int
) -> np.ndarray:
    """Ridge regression from the state to the one-hot of every distance: one solve for all.

    Returns:
        Scores (lags, sequences, time, symbols); the first `farthest` steps are left out.
    """
    state = _with_one(fitted[:, farthest:]).reshape(-1, fitted.shape[-1] + 1)
    centre, spread = state.mean(axis=0), state.std(axis=0)
    spread = np.where(spread > 1e-8, spread, 1.0)
    centre[-1] = 0.0
    state = (state - centre) / spread
    wanted = np.stack(
        [np.eye(symbols)[lagged(inputs, k)[:, farthest:].ravel()] for k in range(farthest + 1)], 1
    )
    gram = state.T @ state
    gram[np.diag_indices_from(gram)] += RIDGE * len(state)
    weights = np.linalg.solve(gram, state.T @ wanted.reshape(len(state), -1))
    new = (_with_one(judged[:, farthest:]) - centre) / spread
    scores = (new @ weights).reshape(*new.shape[:2], farthest + 1, symbols)
    return np.moveaxis(scores, 2, 0)


def _with_one(states: np.ndarray) -> np.ndarray:
    return np.concatenate([states, np.ones((*states.shape[:-1], 1))], axis=-1).astype(np.float64)
