"""The gain that would have been seen, where none was: tried on copies with a known memory.

A copy is the shuffled series, in which each value then depends on the newest visible one. How
strong that must be for the same test to see it is found by trying.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from echospan.lookback.folds import FloatArray
from echospan.lookback.seen import Seen

COPIES = 15
SEEN = 0.8
"""Share of the copies in which a gain must be seen."""

SHARES = np.geomspace(0.001, 0.8, 24)
"""Of the loss without past: gains that are tried."""


def detectable(
    seen: Callable[[Seen], bool],
    copy: Callable[[float, np.random.Generator], Seen],
    seed: int,
    stop: Callable[[], bool],
) -> float | None:
    """The smallest gain that the test sees in 4 of 5 copies, as a share of the loss without past.

    Args:
        seen: Whether the test says of a series that its past helps.
        copy: Makes a series whose past lowers the loss by a share.
        seed: Of the copies.
        stop: Asked between two copies.

    Returns:
        The share; 1 where even the largest that is tried is not seen, None where it was stopped.
    """
    low, high = 0, len(SHARES)
    while low < high:
        middle = (low + high) // 2
        rng = np.random.default_rng([seed, 11, middle])
        found = 0
        for _ in range(COPIES):
            if stop():
                return None
            found += seen(copy(float(SHARES[middle]), rng))
        if found >= SEEN * COPIES:
            high = middle
        else:
            low = middle + 1
    return float(SHARES[low]) if low < len(SHARES) else 1.0


def number_copy(seen: Seen, share: float, horizon: int, rng: np.random.Generator) -> Seen:
    """A shuffled copy whose target depends on the newest visible value: its own, or an input."""
    weight = np.sqrt(share)
    if not seen.own:
        order = rng.permutation(len(seen.targets))
        noise = seen.targets[order] - seen.targets.mean()
        inputs = rng.permutation(seen.inputs, axis=0)
        teller = inputs[:, int(np.argmax(inputs.std(0)))]
        told = (teller - teller.mean()) / teller.std() * noise.std()
        return Seen(inputs, weight * np.roll(told, horizon) + noise * np.sqrt(1 - share), own=False)
    copy = rng.permutation(seen.inputs, axis=0)
    noise = (copy[:, 0] - copy[:, 0].mean()) * np.sqrt(1 - share)
    target = copy[:, 0].copy()
    target[:horizon] -= copy[:, 0].mean()
    for begin in range(horizon, len(target), horizon):
        end = min(begin + horizon, len(target))
        target[begin:end] = weight * target[begin - horizon : end - horizon] + noise[begin:end]
    copy[:, 0] = target
    return Seen.series(copy)


def symbol_copy(seen: Seen, share: float, horizon: int, rng: np.random.Generator) -> Seen:
    """A shuffled copy in which some symbols repeat the newest visible one, or name it."""
    if not seen.own:
        return _told_apart(seen, share, horizon, rng)
    odds = np.bincount(seen.inputs) / len(seen.inputs)
    repeat = _repeats(odds[odds > 0], share)
    copy = rng.permutation(seen.inputs)
    again = rng.uniform(size=len(copy)) < repeat
    for begin in range(horizon, len(copy), horizon):
        end = min(begin + horizon, len(copy))
        before = copy[begin - horizon : end - horizon]
        copy[begin:end] = np.where(again[begin:end], before, copy[begin:end])
    return Seen.series(copy)


def _told_apart(seen: Seen, share: float, horizon: int, rng: np.random.Generator) -> Seen:
    """Shuffled inputs and answers, where some answers follow from the newest visible symbol."""
    inputs, answers = rng.permutation(seen.inputs), rng.permutation(seen.targets)
    follows = np.arange(seen.symbols) % seen.answers
    come = np.bincount(inputs, minlength=seen.symbols) / len(inputs)
    odds = np.bincount(answers, minlength=seen.answers) / len(answers)
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        less = _saved(come, odds, follows, middle) < share
        low, high = (middle, high) if less else (low, middle)
    told = rng.uniform(size=len(answers)) < low
    answers = np.where(told, np.roll(follows[inputs], horizon), answers)
    return Seen(inputs, answers, own=False)


def _saved(come: FloatArray, odds: FloatArray, follows: np.ndarray, told: float) -> float:
    """The share of the bits that inputs save, where so many answers follow from them."""
    joint = np.outer(come, odds) * (1 - told)
    joint[np.arange(len(come)), follows] += told * come
    answers = joint.sum(0)
    without = -(answers[answers > 0] * np.log2(answers[answers > 0])).sum()
    apart = np.outer(come, answers)
    some = joint > 0
    return float((joint[some] * np.log2(joint[some] / apart[some])).sum() / without)


def _repeats(odds: FloatArray, share: float) -> float:
    """How often a symbol must repeat to lower the bits by a share."""
    without = -(odds * np.log2(odds)).sum()
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(50):
        middle = (low + high) / 2
        others = (1 - middle) * odds
        own = middle + others
        # Given one symbol: it comes with `own`, each other one with `others`.
        logs = others * np.log2(others)
        left = (odds * -(own * np.log2(own) + logs.sum() - logs)).sum()
        low, high = (middle, high) if 1 - left / without < share else (low, middle)
    return (low + high) / 2
