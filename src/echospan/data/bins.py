"""Real numbers as symbols: bins with about as many values each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from echospan.errors import DataError

DEFAULT_BINS = 10
"""Bins of a column of real numbers, where nothing else was asked for."""

_NOT_A_NUMBER = ("nan", "+nan", "-nan")


def is_nan(text: str) -> bool:
    """Whether the text is how programs write that there is no number."""
    return text.strip().lower() in _NOT_A_NUMBER


def number(text: str) -> float:
    """The number that a text is, with a point or a comma as its decimal mark.

    Raises:
        ValueError: It is none.
    """
    return float(text.strip().replace(",", "."))


def quantile_edges(known: npt.NDArray[np.float64], bins: int) -> tuple[float, ...]:
    """Where one bin ends and the next begins, so that each holds about as many of the numbers.

    Each edge is one of the numbers, and belongs to the bin above it. A number that occurs often
    enough to fill a bin gets one of its own.

    Args:
        known: Finite numbers (values,), at least one.
        bins: How many bins at most, at least 2.

    Returns:
        At most `bins` - 1 edges, growing. There are none if all numbers are equal.
    """
    edges: list[float] = []
    held, left = 0, known.size
    values, counts = np.unique(known, return_counts=True)
    for value, count in zip(values.tolist(), counts.tolist(), strict=True):
        still = bins - len(edges)
        if held and still > 1 and held + count / 2 > left / still:
            edges.append(value)
            held, left = 0, left - held
        held += count
    return tuple(edges)


def labels(edges: Sequence[float]) -> tuple[str, ...]:
    """What the bins are called: ``<1.5``, ``1.5..2.25``, ``>=2.25``."""
    digits = 4
    while digits < 17 and len({f"{edge:.{digits}g}" for edge in edges}) < len(edges):
        digits += 1
    shown = [f"{edge:.{digits}g}" for edge in edges]
    inner = [f"{low}..{high}" for low, high in pairwise(shown)]
    return (f"<{shown[0]}", *inner, f">={shown[-1]}")


def place(edges: Sequence[float], value: float) -> int:
    """The bin that a number falls into."""
    return int(np.searchsorted(np.asarray(edges), value, side="right"))


def cut(
    distinct: Sequence[str],
    drafts: npt.NDArray[np.int32],
    bins: int,
    train: int,
    subject: str,
) -> tuple[tuple[float, ...], npt.NDArray[np.int32]]:
    """The edges of a column's bins, and the bin of each distinct value, -1 where it is NaN.

    Args:
        distinct: The distinct texts, all numbers.
        drafts: The place of each row's text among them, -1 where blank.
        bins: How many bins at most.
        train: Rows at the column's start that the edges are made from.
        subject: What the column is called in an error.

    Raises:
        DataError: Those rows hold fewer than two different numbers.
    """
    values = np.array([math.nan if is_nan(text) else number(text) for text in distinct])
    rows = drafts[:train]
    known = values[rows[rows >= 0]]
    known = known[np.isfinite(known)]
    edges = quantile_edges(known, bins) if known.size else ()
    if not edges:
        raise DataError(
            f"{subject}: ranges need at least 2 different numbers, and the first {train} rows, "
            f"which training uses, hold {len(np.unique(known))}. Choose another column."
        )
    found = np.searchsorted(np.array(edges), values, side="right")
    return edges, np.where(np.isnan(values), -1, found).astype(np.int32)
