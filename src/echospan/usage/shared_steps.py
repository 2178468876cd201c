"""Windows that go on in each other, found by their steps."""

from __future__ import annotations

import numpy as np

GRAM = 32
"""Steps that are compared at once to find where a window goes on in another one; values of few
kinds repeat by chance where fewer are compared."""

SHARED = 0.1
"""Share of windows that go on in another one, below which the windows stand apart."""


def overlap(follows: np.ndarray) -> bool:
    """Whether so many windows go on in another one, as `followers` says, that it is no chance."""
    return bool(np.mean(follows >= 0) >= SHARED)


def _hashes(values: np.ndarray) -> np.ndarray:
    """A 64-bit number for each step, (windows, time): equal for equal steps."""
    flat = np.ascontiguousarray(values.reshape(*values.shape[:2], -1))
    if flat.dtype.kind == "f":
        flat = (flat + 0.0).astype("float32").view("uint32")
    words = flat.astype("uint64")
    with np.errstate(over="ignore"):
        factors = np.random.default_rng(1).integers(1, 2**63, words.shape[2], dtype="uint64") | 1
        return _mixed(np.asarray((words * factors).sum(2, dtype="uint64")))


def _mixed(numbers: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        numbers = (numbers ^ (numbers >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
        return np.asarray(numbers ^ (numbers >> np.uint64(29)))


def followers(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each window one that begins inside it, the soonest, or -1; and after how many steps.

    Args:
        values: Windows (windows, time, ...).
    """
    hashes = _hashes(values)
    count, steps = hashes.shape
    width = min(GRAM, max(steps // 2, 1))
    with np.errstate(over="ignore"):
        factors = np.random.default_rng(2).integers(1, 2**63, width, dtype="uint64") | 1
        grams = np.zeros((count, steps - width + 1), "uint64")
        for place in range(width):
            grams += hashes[:, place : place + steps - width + 1] * factors[place]
    first = grams[:, 0]
    order = np.argsort(first, kind="stable")
    follows, shifts = np.full(count, -1), np.zeros(count, int)
    for shift in range(1, grams.shape[1]):
        open_ = np.flatnonzero(follows < 0)
        if not len(open_):
            break
        found = np.searchsorted(first[order], grams[open_, shift])
        other = order[np.minimum(found, count - 1)]
        hit = (first[other] == grams[open_, shift]) & (other != open_)
        for one, next_ in zip(open_[hit], other[hit], strict=True):
            if (hashes[one, shift:] == hashes[next_, : steps - shift]).all():
                follows[one], shifts[one] = next_, shift
    return follows, shifts


def chained(follows: np.ndarray) -> np.ndarray:
    """Windows in chains, each followed by the one that begins inside it."""
    count = len(follows)
    has_before = np.zeros(count, bool)
    has_before[follows[follows >= 0]] = True
    seen, places = np.zeros(count, bool), []
    for start in [*np.flatnonzero(~has_before), *np.flatnonzero(has_before)]:
        at = int(start)
        while at >= 0 and not seen[at]:
            seen[at] = True
            places.append(at)
            at = int(follows[at])
    return np.array(places)
