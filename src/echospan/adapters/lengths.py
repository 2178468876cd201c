"""Batches of different lengths, joined to one array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.errors import DataError

PADDED = 0.1
"""Share of the samples that must end in padding before batches count as padded."""

ENOUGH = 16
"""Samples of one length that are enough to be looked at alone."""


@dataclass(frozen=True, eq=False)
class Together:
    """Batches, joined.

    Attributes:
        x: The inputs.
        y: The targets.
        notes: What was done to their lengths; none where they are all equal.
        padded: Whether samples were padded that nobody had padded.
    """

    x: Any
    y: Any
    notes: tuple[str, ...] = ()
    padded: bool = False


def together(
    batches: Sequence[Sequence[np.ndarray]],
    inputs: int,
    nest_x: Callable[[list[np.ndarray]], Any],
    nest_y: Callable[[list[np.ndarray]], Any],
) -> Together:
    """Join batches.

    Batches that pad their samples are padded on, as they are padded themselves. Where nobody pads,
    the samples of the most frequent length are taken alone, if there are enough.

    Args:
        batches: The arrays (rows, ...) of each: inputs first, then targets.
        inputs: How many of them are inputs.
        nest_x: Nests the inputs as the user does.
        nest_y: Nests the targets.

    Raises:
        DataError: They differ in another axis than the second.
    """
    shapes = [tuple(part.shape[1:2] for part in batch) for batch in batches]

    def made(chosen: Sequence[Sequence[np.ndarray]], join: Any) -> tuple[Any, Any]:
        parts = [join([batch[n] for batch in chosen]) for n in range(len(batches[0]))]
        return nest_x(parts[:inputs]), nest_y(parts[inputs:])

    if len({shape[:inputs] for shape in shapes}) == 1 or _pads(batches, inputs):
        x, y = made(batches, joined)
        found = {steps for shape in shapes for steps in shape[0]}
        if len(found) < 2:
            return Together(x, y)
        told = f"batches of {min(found)} to {max(found)} steps, all padded to {max(found)}"
        return Together(x, y, (f"{told} as they are padded themselves",))
    counts: Counter[tuple[tuple[int, ...], ...]] = Counter()
    for batch, shape in zip(batches, shapes, strict=True):
        counts[shape] += len(batch[0])
    (common, many), total = counts.most_common(1)[0], sum(counts.values())
    steps = [shape[0][0] for shape in shapes if shape[0]]
    spread = f"{min(steps)} to {max(steps)} steps" if steps else "different lengths"
    if many >= ENOUGH or many >= total / 2:
        chosen = [b for b, shape in zip(batches, shapes, strict=True) if shape == common]
        told = (
            f"samples have {spread}, and no padding: the {many:,} of {total:,} samples with "
            f"{common[0][0] if common[0] else 1} steps"
        )
        return Together(*made(chosen, joined), notes=(told,))
    told = (
        f"samples have {spread}, and no padding: they are padded here in front with zeros, and "
        "padding is not looked at"
    )
    return Together(*made(batches, _in_front), notes=(told,), padded=True)


def _pads(batches: Sequence[Sequence[np.ndarray]], inputs: int) -> bool:
    """Whether batches of several samples are padded to their longest."""
    for number in range(inputs):
        parts = [b[number] for b in batches if b[number].ndim >= 2 and len(b[number]) > 1]
        if sum(map(len, parts)) and _end(parts)[2] >= PADDED * sum(map(len, parts)):
            return True
    return False


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
    _check_others(batches)
    front, value, _ = _end(batches)
    return _joined(batches, value, front=front)


def _in_front(batches: Sequence[np.ndarray]) -> np.ndarray:
    if len({batch.shape[1:] for batch in batches}) == 1:
        return np.concatenate(batches)
    _check_others(batches)
    return _joined(batches, 0.0, front=True)


def _joined(batches: Sequence[np.ndarray], value: float, *, front: bool) -> np.ndarray:
    longest = max(batch.shape[1] for batch in batches)
    return np.concatenate([_longer(batch, longest, value, front=front) for batch in batches])


def _check_others(batches: Sequence[np.ndarray]) -> None:
    kinds = {(batch.ndim, batch.shape[2:]) for batch in batches}
    if len(kinds) > 1 or batches[0].ndim < 2:
        shapes = ", ".join(sorted({str(batch.shape) for batch in batches})[:4])
        raise DataError(
            f"The batches may differ in their length (batch, time, ...) alone; there are {shapes}."
        )


def _end(batches: Sequence[np.ndarray]) -> tuple[bool, float, int]:
    """Whether padding stands in front, its value, and how many samples have it.

    It is the most frequent run of two at an end.
    """
    found: Counter[tuple[bool, float]] = Counter()
    for batch in batches:
        if batch.shape[1] < 2:
            continue
        flat = batch.reshape(*batch.shape[:2], -1)
        for front, ends in ((True, flat[:, :2]), (False, flat[:, -2:])):
            same = (ends == ends[:, :1, :1]).all((1, 2))
            found.update((front, float(value)) for value in ends[same, 0, 0])
    if not found:
        return False, 0.0, 0
    # Of those as frequent: after the end, and zeros.
    best = max(found, key=lambda end: (found[end], not end[0], end[1] == 0))
    return *best, found[best]


def _longer(batch: np.ndarray, length: int, value: float, *, front: bool) -> np.ndarray:
    missing = length - batch.shape[1]
    widths = [(0, 0), (missing, 0) if front else (0, missing), *[(0, 0)] * (batch.ndim - 2)]
    return np.pad(batch, widths, constant_values=batch.dtype.type(value))
