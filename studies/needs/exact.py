"""The lowest loss that is possible at each lookback, where it is known.

No honest measurement is below it by more than its own error: a loss that is would be a leak from
the values that are scored into those that a model was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_toeplitz

from studies.needs.processes import (
    AR2,
    AR3,
    DRIVEN_NOISE,
    DRIVEN_WEIGHT,
    HIDDEN_LEAVE,
    HIDDEN_ONES,
    PATTERN_NOISE,
    SEASONAL,
    transitions,
)

FloatArray = npt.NDArray[np.float64]

LONGEST = 16
"""Lookback beyond which what more of a hidden Markov process tells is below any error here."""

EVEN_MOVES = np.array([[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.5], [1.0, 0.0]]])
"""Of runs of ones of even length: odds of a symbol and the next state, (symbol, state, state)."""

HIDDEN_MOVES = np.stack(
    [
        np.array([[1 - HIDDEN_LEAVE[0], HIDDEN_LEAVE[0]], [HIDDEN_LEAVE[1], 1 - HIDDEN_LEAVE[1]]])
        * odds
        for odds in (1 - np.array(HIDDEN_ONES), np.array(HIDDEN_ONES))
    ]
)


def autoregression_curve(weights: Sequence[float], longest: int) -> FloatArray:
    """Mean squared error of the best prediction from the last L values, for L from 0.

    Args:
        weights: Of a stationary autoregression whose noise has variance 1, the newest first.
        longest: The largest L.
    """
    answers = np.zeros(4_000)
    answers[0] = 1.0
    for t in range(1, len(answers)):
        past = answers[max(t - len(weights), 0) : t][::-1]
        answers[t] = past @ np.asarray(weights[: len(past)])
    covariance = np.array([answers[: len(answers) - k] @ answers[k:] for k in range(longest + 1)])
    curve = [covariance[0]]
    for lookback in range(1, longest + 1):
        wanted = covariance[1 : lookback + 1]
        curve.append(covariance[0] - wanted @ solve_toeplitz(covariance[:lookback], wanted))
    return np.array(curve)


def hidden_curve(moves: FloatArray, longest: int) -> FloatArray:
    """Bits of the next symbol when the last L are known, for L from 0.

    Args:
        moves: Odds of a symbol and the next state, (symbol, state, next state).
        longest: The largest L.
    """
    values, vectors = np.linalg.eig(moves.sum(0).T)
    start = np.real(vectors[:, int(np.argmax(np.real(values)))])
    words, bits = (start / start.sum())[None], [0.0]
    for _ in range(longest + 1):
        words = np.einsum("wi,sij->wsj", words, moves).reshape(-1, moves.shape[1])
        odds = words.sum(1)
        words, odds = words[odds > 1e-15], odds[odds > 1e-15]
        bits.append(_entropy(odds))
    curve: FloatArray = np.diff(bits)
    return curve


def markov_curve(table: FloatArray, longest: int) -> FloatArray:
    """Bits of the next symbol when the last L are known, for L from 0.

    Args:
        table: Odds of the next symbol after each context (symbols, ..., symbols), the newest last.
        longest: The largest L.
    """
    symbols, order = table.shape[0], table.ndim - 1
    contexts = np.full(table.shape[:-1], symbols ** -float(order))
    for _ in range(5_000):
        contexts = (contexts[..., None] * table).sum(0)
    joint = contexts[..., None] * table
    # The odds of 1, 2, ... symbols in a row: the oldest are summed over.
    blocks = list(accumulate(range(order), lambda block, _: block.sum(0), initial=joint))[::-1]
    curve = np.diff([0.0, *(_entropy(block.ravel()) for block in blocks)])
    return np.concatenate([curve, np.full(max(longest - order, 0), curve[-1])])[: longest + 1]


def _entropy(odds: FloatArray) -> float:
    some = odds[odds > 0]
    return float(-(some * np.log2(some)).sum())


def _step(before: float, at: int, after: float, longest: int) -> FloatArray:
    return np.where(np.arange(longest + 1) < at, before, after)


def lowest_possible(name: str, seed: int, longest: int) -> FloatArray | None:
    """The lowest expected loss at lookbacks from 0; NaN or None where it is not known.

    Heavy noise is left out: the squares of its values have no variance, and so no standard error.
    The two maps are, too: nothing is below 0.
    """
    if name in ("AR(1)", "AR(2)", "AR(3)", "seasonal 12"):
        weights = {"AR(1)": (0.7,), "AR(2)": AR2, "AR(3)": AR3, "seasonal 12": SEASONAL}[name]
        return autoregression_curve(weights, longest)
    if name.startswith("Markov "):
        order = int(name.split()[1])
        symbols = {1: 4, 2: 3, 5: 2}[order]
        table = transitions(symbols, order, np.random.default_rng(seed))
        return markov_curve(np.asarray(table, float), longest)
    if name in ("hidden Markov", "even process"):
        moves = HIDDEN_MOVES if name == "hidden Markov" else EVEN_MOVES
        curve = hidden_curve(moves, min(longest, LONGEST))
        return np.concatenate([curve, np.full(max(longest - LONGEST, 0), curve[-1])])
    again = 0.8 + 0.2 / 8
    new = DRIVEN_NOISE**2
    steps = {
        "noise": (1.0, 1, 1.0),
        "walk": (np.nan, 1, 1.0),
        "driven": (new + DRIVEN_WEIGHT**2, 4, new),
        "pattern 12": (np.nan, 1, PATTERN_NOISE**2),
        "pattern 24": (np.nan, 1, PATTERN_NOISE**2),
        "even symbols": (2.0, 1, 2.0),
        "echo 7": (3.0, 7, _entropy(np.array([again, *[0.2 / 8] * 7]))),
        "parity 3, 5": (1.0, 5, _entropy(np.array([0.1, 0.9]))),
    }
    return _step(*steps[name], longest) if name in steps else None


def standard_errors_below(
    name: str, seed: int, losses: Sequence[tuple[int, float, float, float]]
) -> dict[int, float]:
    """How many standard errors each loss is below the lowest possible one, by lookback.

    Args:
        name: Of the process.
        seed: Of the series.
        losses: Lookback, held-out loss, and the ends of its 95 % interval.
    """
    curve = lowest_possible(name, seed, max(one[0] for one in losses))
    if curve is None:
        return {}
    return {
        int(lookback): float((curve[lookback] - loss) / max((high - loss) / 1.96, 1e-12))
        for lookback, loss, _, high in losses
        if np.isfinite(curve[lookback])
    }
