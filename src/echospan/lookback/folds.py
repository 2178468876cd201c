"""Which rows train, choose and score: contiguous blocks with a gap between them.

A row is the index of a target in one concatenated series. Neighbouring rows share most of what
they see, so single rows are never drawn at random: that would let a model remember the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

IntArray: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
Splits = Literal["blocks", "forward"]

FOLDS = 5
NEVER_TESTED = 0.4
"""Of the rows, at the beginning, that `forward` only trains on."""


@dataclass(frozen=True)
class FoldRows:
    """The rows of one fold; no two parts share a row.

    Attributes:
        train: Rows that models are fitted to (rows,).
        choose: Rows that settings and weights are chosen on (rows,).
        score: Rows that the loss is measured on (rows,).
    """

    train: IntArray
    choose: IntArray
    score: IntArray


def eligible_rows(first: IntArray, known: BoolArray, longest: int, horizon: int) -> IntArray:
    """The rows whose target is known and whose longest window lies in their own stretch.

    They are the same for every lookback: otherwise the curve would compare different answers.

    Args:
        first: Index of the first value of the stretch that each value belongs to (time,).
        known: Whether the target at each index was measured (time,).
        longest: The longest lookback.
        horizon: Steps between the newest visible value and the target.

    Returns:
        Indices (rows,), growing.
    """
    time = np.arange(len(first))
    reach = longest + horizon - 1 if longest else 0
    return np.flatnonzero(known & (time - reach >= first)).astype(np.int64)


def folds(rows: IntArray, clock: FloatArray, splits: Splits, gap: int) -> Iterator[FoldRows]:
    """Cut rows into folds.

    ``blocks``: each fifth is scored once, the next fifth chooses, the others train. ``forward``:
    the past trains, the block before the scored one chooses; the first 40 % are never scored.

    Args:
        rows: Eligible rows (rows,), growing.
        clock: The step at which each value of the series was taken (time,).
        splits: How to cut.
        gap: Rows left out at each border, measured in steps of the series. A block gives up at most
            half of its rows to a border.

    Yields:
        One fold after the other, in the order of their scored rows.
    """
    rows = rows[np.argsort(clock[rows], kind="stable")]
    begin = round(len(rows) * NEVER_TESTED) if splits == "forward" else 0
    blocks = np.array_split(rows[begin:], FOLDS)
    for place, score in enumerate(blocks):
        if splits == "forward":
            past = rows[: begin + sum(map(len, blocks[:place]))]
            choose, train = past[-len(score) :], past[: -len(score)]
        else:
            chosen = (place + 1) % FOLDS
            choose = blocks[chosen]
            others = [one for number, one in enumerate(blocks) if number not in (place, chosen)]
            train = np.concatenate(others)
        choose = _away(choose, score, clock, gap)
        train = _away(_away(train, score, clock, gap), choose, clock, gap)
        yield FoldRows(train, choose, score)


def _away(rows: IntArray, block: IntArray, clock: FloatArray, gap: int) -> IntArray:
    """The rows further than `gap` from a block; at least half of them, the furthest ones."""
    steps, times = clock[rows], clock[block]
    distance = np.maximum(times.min() - steps, steps - times.max())
    kept: IntArray = rows[distance > gap]
    least = len(rows) // 2
    if len(kept) >= least:
        return kept
    # What lies at the same step as a row of the block never stays.
    furthest = np.sort(np.argsort(distance, kind="stable")[len(rows) - least :])
    apart: IntArray = rows[furthest[distance[furthest] > 0]]
    return apart
