"""Small data that the rebuilt threads share: made up, seeded, of a kind that trains in seconds."""

from __future__ import annotations

import numpy as np


def series(n: int, seed: int = 0, noise: float = 0.3) -> np.ndarray:
    """A swinging autoregression: the next value follows from the last two, plus noise."""
    rng = np.random.default_rng(seed)
    a = np.zeros(n + 50)
    for i in range(2, n + 50):
        a[i] = 1.6 * a[i - 1] - 0.9 * a[i - 2] + noise * rng.normal()
    a = a[50:]
    return (a / a.std()).astype("float32")


def windows(length: int, n: int = 300, ahead: int = 1, seed: int = 0) -> tuple:
    """Windows (n, length, 1) of `series`, each with the `ahead` values after it, (n, ahead)."""
    values = series(n + length + ahead - 1, seed)
    cut = np.lib.stride_tricks.sliding_window_view(values, length + ahead)
    return cut[:, :length, None].copy(), cut[:, length:].copy()


def parity(n: int = 300, steps: int = 8, seed: int = 0) -> tuple:
    """Values (n, steps, 1) and a target (n,) that needs the first and the last of them."""
    x = np.random.default_rng(seed).normal(size=(n, steps, 1)).astype("float32")
    return x, (x[:, 0, 0] - x[:, -1, 0]).astype("float32")


def ordered(n: int = 300, steps: int = 16, features: int = 1, seed: int = 0) -> tuple:
    """Sequences (n, steps, features) with an up and a down spike; the class is which is first."""
    rng = np.random.default_rng(seed)
    x = 0.2 * rng.normal(size=(n, steps, features))
    label = rng.integers(0, 2, n)
    for i in range(n):
        a, b = np.sort(rng.choice(np.arange(1, steps - 1), 2, replace=False))
        x[i, a, 0] += 3 if label[i] else -3
        x[i, b, 0] -= 3 if label[i] else -3
    return x.astype("float32"), label.astype("int64")


def tokens(n: int = 300, steps: int = 10, vocabulary: int = 12, seed: int = 0) -> tuple:
    """Symbols (n, steps) of 1 and up; the class is whether the first exceeds the middle symbol."""
    x = np.random.default_rng(seed).integers(1, vocabulary, (n, steps))
    return x, (x[:, 0] > vocabulary // 2).astype("int64")


def ragged(n: int = 300, most: int = 24, vocabulary: int = 12, seed: int = 0) -> tuple:
    """Symbols (n, most), zero behind the end; the last symbol's class (n,); lengths (n,)."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, most), "int64")
    lengths = rng.integers(3, most, n)
    for i, length in enumerate(lengths):
        x[i, :length] = rng.integers(1, vocabulary, length)
    last = x[np.arange(n), lengths - 1]
    return x, (last > vocabulary // 2).astype("int64"), lengths.astype("int64")


def walks(n: int = 200, steps: int = 12, vocabulary: int = 8, seed: int = 0) -> np.ndarray:
    """Symbols (n, steps): each is mostly the one before plus 3, round the vocabulary."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, steps), "int64")
    x[:, 0] = rng.integers(0, vocabulary, n)
    for t in range(1, steps):
        noisy = rng.random(n) < 0.1
        x[:, t] = np.where(noisy, rng.integers(0, vocabulary, n), (x[:, t - 1] + 3) % vocabulary)
    return x
