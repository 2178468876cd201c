"""Windows that are scaled each on its own: neighbours agree in shape, not in their values.

A window's neighbour is the same series in another scale. The scales are found from the steps that
two windows share, so that the series behind a window can be written in the window's own scale.
"""

from __future__ import annotations

import numpy as np

MOST_WINDOWS = 16
"""Windows whose continuation is made."""
MOST_STEPS = 288
"""Steps of a continuation."""
SHARED = 4
"""Shared steps without which two windows are not compared."""
ALIKE = 1 - 1e-6
"""Correlation from which two pieces are the same in shape, beside rounding."""


def offsets_by_shape(inputs: np.ndarray, targets: np.ndarray) -> list[int]:
    """Offsets at which the targets go on in the shape of the series, in each window's own scale.

    Args:
        inputs: Floats (samples, time, streams), windows in order.
        targets: Floats (samples, answers, streams).

    Returns:
        Offsets from the window's first step, as far as they cannot be told apart.
    """
    if targets.shape[1] < SHARED or inputs.shape[2] > 16 or np.isnan(targets).any():
        return []
    for feature in range(inputs.shape[2]):
        values = inputs[:, :, feature]
        stride = _stride(values)
        if stride is None:
            continue
        for target in range(min(targets.shape[2], 16)):
            found = _offsets(values, targets[:, :, target], stride)
            if found:
                return found
    return []


def _stride(values: np.ndarray) -> int | None:
    """Steps by which a window is later than the one before it, by their shapes."""
    samples, steps = values.shape
    if samples < 8 or steps < SHARED + 1 or np.isnan(values).any():
        return None
    few = values[: 4 * MOST_WINDOWS]
    for stride in range(1, steps - SHARED + 1):
        if (correlation(few[:-1, stride:], few[1:, :-stride]) > ALIKE).mean() >= 0.8:
            return stride
    return None


def _offsets(values: np.ndarray, targets: np.ndarray, stride: int) -> list[int]:
    samples = len(values)
    horizon = targets.shape[1]
    after = min(MOST_STEPS, (samples - ROOM) * stride)
    number = np.arange(min(MOST_WINDOWS, samples - 1 - max(after, 0) // stride))
    if len(number) < ROOM // 2 or after < 1:
        return []
    series = _continued(values, number, stride, after)
    alike = {
        offset: float(
            np.mean(correlation(series[:, offset : offset + horizon], targets[number]) > 1 - 1e-4)
        )
        for offset in range(series.shape[1] - horizon + 1)
    }
    return [offset for offset, share in alike.items() if share >= 0.8]


ROOM = 8
"""Windows that must be left once their continuation is taken."""


def _continued(values: np.ndarray, number: np.ndarray, stride: int, after: int) -> np.ndarray:
    """Each window with `after` further steps in its own scale (windows, time)."""
    pieces = [values[number]]
    scale, shift = np.ones((len(number), 1)), np.zeros((len(number), 1))
    for later in range(1, after // stride + 1):
        before, now = values[number + later - 1], values[number + later]
        old, new = before[:, stride:], now[:, :-stride]
        centred = new - new.mean(1, keepdims=True)
        slope = (centred * old).sum(1, keepdims=True) / ((centred**2).sum(1, keepdims=True) + 1e-30)
        level = old.mean(1, keepdims=True) - slope * new.mean(1, keepdims=True)
        shift = scale * level + shift
        scale = scale * slope
        pieces.append(scale * now[:, -stride:] + shift)
    return np.concatenate(pieces, axis=1)


def correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Correlation of each row with its like, 0 where one of them is constant."""
    first = first - first.mean(1, keepdims=True)
    second = second - second.mean(1, keepdims=True)
    size = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    product = (first * second).sum(1)
    return np.asarray(np.divide(product, size, out=np.zeros_like(size), where=size > 1e-20))
