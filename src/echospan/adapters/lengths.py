"""Batches that are padded each to its own longest sample, joined to one array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from echospan.errors import DataError


def joined(batches: Sequence[np.ndarray]) -> np.ndarray:
    """One array (samples, ...) of batches whose lengths along the second axis may differ.

    Args:
        batches: Arrays (rows, time, ...).

    Returns:
        The samples in order. Shorter batches are padded as they are padded themselves: on the side,
        and with the value, that most of their samples have there; with zeros after the end where
        none is padded.

    Raises:
        DataError: They differ in another axis than the second.
    """
    if len({batch.shape[1:] for batch in batches}) == 1:
        return np.concatenate(batches)
    kinds = {(batch.ndim, batch.shape[2:]) for batch in batches}
    if len(kinds) > 1 or batches[0].ndim < 2:
        shapes = ", ".join(sorted({str(batch.shape) for batch in batches})[:4])
        raise DataError(
            f"The batches may differ in their length (batch, time, ...) alone; there are {shapes}."
        )
    longest = max(batch.shape[1] for batch in batches)
    front, value = _padding(batches)
    return np.concatenate([_longer(batch, longest, value, front=front) for batch in batches])


def _padding(batches: Sequence[np.ndarray]) -> tuple[bool, float]:
    """Whether padding stands in front, and its value: the most frequent run of two at an end."""
    found: Counter[tuple[bool, float]] = Counter()
    for batch in batches:
        if batch.shape[1] < 2:
            continue
        flat = batch.reshape(*batch.shape[:2], -1)
        for front, ends in ((True, flat[:, :2]), (False, flat[:, -2:])):
            same = (ends == ends[:, :1, :1]).all((1, 2))
            found.update((front, float(value)) for value in ends[same, 0, 0])
    if not found:
        return False, 0.0
    # Of those as frequent: after the end, and zeros.
    return max(found, key=lambda end: (found[end], not end[0], end[1] == 0))


def _longer(batch: np.ndarray, length: int, value: float, *, front: bool) -> np.ndarray:
    missing = length - batch.shape[1]
    widths = [(0, 0), (missing, 0) if front else (0, missing), *[(0, 0)] * (batch.ndim - 2)]
    return np.pad(batch, widths, constant_values=batch.dtype.type(value))
