"""Seeded series, texts and signals that a small model learns in seconds."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def seasonal(steps: int, period: float = 12.0, noise: float = 0.1, seed: int = 0) -> Array:
    """A sine with noise, (steps,)."""
    rng = np.random.default_rng(seed)
    wave = np.sin(np.arange(steps) * 2 * np.pi / period)
    return (wave + noise * rng.normal(size=steps)).astype("float32")


def many(steps: int, features: int, noise: float = 0.1, seed: int = 0) -> Array:
    """Sines of several periods and phases with noise, (steps, features)."""
    columns = [
        np.roll(seasonal(steps, 8 + 5 * number, noise, seed + number), 3 * number)
        for number in range(features)
    ]
    return np.stack(columns, -1)


def windows(series: Array, past: int, ahead: int, stride: int = 1) -> tuple[Array, Array]:
    """Windows of a series (steps, features) and the steps that follow each.

    Returns:
        (windows, past, features) and (windows, ahead, features).
    """
    if series.ndim == 1:
        series = series[:, None]
    starts = range(0, len(series) - past - ahead + 1, stride)
    x = np.stack([series[start : start + past] for start in starts])
    y = np.stack([series[start + past : start + past + ahead] for start in starts])
    return x, y


def texts(
    count: int = 320,
    steps: int = 16,
    words: int = 30,
    shortest: int = 5,
    pad: str = "post",
    seed: int = 0,
) -> tuple[Array, Array]:
    """Texts of different lengths, padded with 0, and whether praise outweighs blame.

    Words 1 to 3 blame, words 4 to 6 praise, the others say nothing.

    Returns:
        Words (count, steps) and labels (count,).
    """
    rng = np.random.default_rng(seed)
    tokens = np.zeros((count, steps), "int32")
    labels = rng.integers(0, 2, count)
    for row, label in enumerate(labels):
        length = rng.integers(shortest, steps + 1)
        text = rng.integers(7, words, length)
        said = rng.choice(length, 3, replace=False)
        text[said] = rng.integers(1, 4, 3) + 3 * label
        place = slice(0, length) if pad == "post" else slice(steps - length, steps)
        tokens[row, place] = text
    return tokens, labels.astype("int32")


def tagged(
    count: int = 240, steps: int = 12, words: int = 20, seed: int = 0
) -> tuple[Array, Array]:
    """Texts padded with 0 and a tag for each word, which depends on the word before and itself.

    Returns:
        Words (count, steps) and tags (count, steps) of 1 to 3; 0 where there is no word.
    """
    rng = np.random.default_rng(seed)
    tokens = rng.integers(1, words, (count, steps)).astype("int32")
    before = np.concatenate([np.zeros((count, 1), "int32"), tokens[:, :-1]], 1)
    tags = np.where(before < words // 2, 1, 2)
    tags = np.where(tokens < words // 4, 3, tags).astype("int32")
    lengths = rng.integers(steps // 2, steps + 1, count)
    there = np.arange(steps) < lengths[:, None]
    return tokens * there, tags * there


def cyclic(
    count: int = 300, steps: int = 16, words: int = 8, noise: float = 0.1, seed: int = 0
) -> Array:
    """Texts in which the next word follows from the last two, but for a share of noise."""
    rng = np.random.default_rng(seed)
    found = np.zeros((count, steps), "int32")
    found[:, :2] = rng.integers(0, words, (count, 2))
    for step in range(2, steps):
        found[:, step] = (found[:, step - 1] + 2 * found[:, step - 2] + 1) % words
        wild = rng.random(count) < noise
        found[wild, step] = rng.integers(0, words, wild.sum())
    return found


def pulses(
    count: int = 300, steps: int = 32, classes: int = 2, seed: int = 0
) -> tuple[Array, Array]:
    """Noisy signals (count, steps, 1) whose frequency is the class (count,)."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    phase = rng.uniform(0, 2 * np.pi, (count, 1))
    rate = 2 * np.pi / (5.0 + 5.0 * labels[:, None])
    wave = np.sin(np.arange(steps) * rate + phase) + 0.3 * rng.normal(size=(count, steps))
    return wave[..., None].astype("float32"), labels.astype("int32")


def ragged(
    count: int = 300, steps: int = 14, features: int = 2, value: float = 0.0, seed: int = 0
) -> tuple[Array, Array]:
    """Signals of different lengths, filled up with a mask value, and the mean of their first part.

    Returns:
        (count, steps, features) and (count, 1).
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, steps, features)).astype("float32")
    lengths = rng.integers(steps // 2, steps + 1, count)
    there = np.arange(steps) < lengths[:, None]
    y = (x[..., 0] * there).sum(1, keepdims=True) / np.sqrt(lengths[:, None])
    x[~there] = value
    return x, y.astype("float32")
