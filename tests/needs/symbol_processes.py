"""Symbol processes whose best code length is known, and folds to try them on."""

from __future__ import annotations

import numpy as np

from echospan.lookback.context_tree import ContextTree
from echospan.lookback.folds import FoldRows
from echospan.lookback.lag_subset import LagSubset
from echospan.lookback.seen import Seen

Family = ContextTree | LagSubset


def blocks(length: int, lookback: int, horizon: int = 1, count: int = 5) -> list[FoldRows]:
    """Contiguous blocks: one scored, the next to choose on, the rest to train, gaps between."""
    gap = lookback + horizon - 1
    edges = np.linspace(gap, length, count + 1).astype(int)
    block = np.searchsorted(edges, np.arange(length), "right") - 1
    folds = []
    for score in range(count):
        choose = (score + 1) % count
        free = np.ones(length, bool)
        free[:gap] = False
        for held in (score, choose):
            free[max(0, edges[held] - gap) : edges[held + 1] + gap] = False
        rows = np.flatnonzero(block == choose)
        folds.append(
            FoldRows(np.flatnonzero(free), rows[rows >= gap], np.flatnonzero(block == score))
        )
    return folds


def code_lengths(
    family: Family,
    series: np.ndarray,
    lookbacks: list[int],
    horizon: int = 1,
) -> dict[int, np.ndarray]:
    """Held-out bits of every target, in the order of time, by lookback."""
    bits: dict[int, list[np.ndarray]] = {lookback: [] for lookback in lookbacks}
    seen = Seen.series(series)
    for rows in blocks(len(series), max(lookbacks), horizon):
        for lookback, (_, score) in family.predictions(seen, rows, lookbacks, horizon).items():
            bits[lookback].append(-np.log2(score))
    return {lookback: np.concatenate(parts) for lookback, parts in bits.items()}


def entropy_curve(symbol_moves: np.ndarray, longest: int) -> np.ndarray:
    """Bits per symbol when the last L are known, for L from 0, of a hidden Markov process.

    Args:
        symbol_moves: Probability of symbol and next state, (symbol, state, next state).
        longest: The largest L.
    """
    moves = symbol_moves.sum(0)
    values, vectors = np.linalg.eig(moves.T)
    start = np.real(vectors[:, np.argmax(np.real(values))])
    beliefs = (start / start.sum())[None]
    blocks = [0.0]
    for _ in range(longest + 1):
        beliefs = np.einsum("wi,sij->wsj", beliefs, symbol_moves).reshape(-1, len(moves))
        weights = beliefs.sum(1)
        beliefs, weights = beliefs[weights > 1e-15], weights[weights > 1e-15]
        blocks.append(float(-(weights * np.log2(weights)).sum()))
    return np.diff(blocks)


def emitted(symbol_moves: np.ndarray, seed: int, length: int) -> np.ndarray:
    """A stretch of a hidden Markov process, (time,)."""
    rng = np.random.default_rng(seed)
    states = symbol_moves.shape[1]
    # By state: cumulative probability of each (symbol, next state).
    choices = symbol_moves.transpose(1, 0, 2).reshape(states, -1).cumsum(1)
    choices[:, -1] = 1.0
    symbols = np.empty(length + 100, int)
    state = 0
    for time, u in enumerate(rng.uniform(size=length + 100)):
        symbols[time], state = divmod(int(np.searchsorted(choices[state], u, "right")), states)
    return symbols[100:]


EVEN = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [1.0, 0.0]]])
"""Runs of ones have even length."""

HIDDEN = np.stack(
    [np.array([[0.95, 0.05], [0.10, 0.90]]) * emits for emits in ([0.85, 0.25], [0.15, 0.75])]
)
"""A slow state that is seen through noise."""


def markov(table: np.ndarray, order: int, seed: int, length: int) -> np.ndarray:
    """A chain whose table is (symbols ** order, symbols), the newest symbol counted last."""
    rng = np.random.default_rng(seed)
    symbols = table.shape[1]
    chances = table.cumsum(1)
    chances[:, -1] = 1.0
    series = np.empty(length + 100, int)
    code = 0
    for time, u in enumerate(rng.uniform(size=length + 100)):
        series[time] = np.searchsorted(chances[code], u, "right")
        code = (code * symbols + series[time]) % symbols**order
    return series[100:]


def echo(symbols: int, lag: int, seed: int, length: int, kept: float = 0.8) -> np.ndarray:
    """The symbol `lag` steps back, or with probability 1 - kept any."""
    rng = np.random.default_rng(seed)
    series = rng.integers(0, symbols, length)
    for time in np.flatnonzero(rng.uniform(size=length) < kept):
        if time >= lag:
            series[time] = series[time - lag]
    return series


def parity(lags: tuple[int, ...], seed: int, length: int, flipped: float = 0.1) -> np.ndarray:
    """Whether an odd number of some earlier bits are 1, now and then flipped."""
    rng = np.random.default_rng(seed)
    series = rng.integers(0, 2, length)
    noise = rng.uniform(size=length) < flipped
    for time in range(max(lags), length):
        series[time] = sum(series[time - lag] for lag in lags) % 2 ^ noise[time]
    return series
