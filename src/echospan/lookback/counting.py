"""Conditional frequencies of symbols: contexts numbered, counted and smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from typing import NamedTuple

import numpy as np


class Counts(NamedTuple):
    """What the training rows say about some rows.

    Attributes:
        symbol: How often the row's symbol came after the row's context, (rows,).
        context: How often the context occurred, (rows,).
        distinct: How many different symbols came after it, (rows,).
    """

    symbol: np.ndarray
    context: np.ndarray
    distinct: np.ndarray


class Smoothing(NamedTuple):
    """How much a shorter context counts against a longer one.

    Attributes:
        weight: As many observations.
        per_symbol: Whether that is for each different symbol that came after the longer context.
            Text needs it: after some contexts one letter comes, after others any.
    """

    weight: float
    per_symbol: bool = False


FIXED = tuple(Smoothing(weight) for weight in (0.5, 2.0, 8.0, 32.0, 128.0))
PER_SYMBOL = tuple(Smoothing(weight, True) for weight in (0.25, 0.5, 1.0, 2.0, 4.0))
SMOOTHINGS = FIXED + PER_SYMBOL
PRICE = log2(len(SMOOTHINGS) + 1)
"""Bits that it takes to name one of them, or none: what the best of them must save."""


def smoothed(counts: Counts, shorter: np.ndarray, smoothing: Smoothing) -> np.ndarray:
    """Probability of each row's symbol after its context, (rows,).

    p = (n_symbol + c p_shorter) / (n_context + c), where c is the weight, or the weight times the
    number of different symbols. Over all symbols it sums to 1 as `shorter` does.

    Example:
        >>> counts = Counts(np.array([3.0]), np.array([4.0]), np.array([2.0]))
        >>> smoothed(counts, np.array([0.5]), Smoothing(2.0)).round(3)
        array([0.667])
    """
    c = np.float64(smoothing.weight)
    if smoothing.per_symbol:
        # After a context that was never seen, the shorter one decides alone.
        c = c * np.maximum(counts.distinct, 1)
    probability: np.ndarray = (counts.symbol + c * shorter) / (counts.context + c)
    return probability


def best_smoothing(
    counts: Counts,
    shorter: np.ndarray,
    among: Sequence[Smoothing] = SMOOTHINGS,
    price: float = PRICE,
) -> tuple[Smoothing | None, float]:
    """Choose the smoothing that codes the choosing rows shortest.

    Args:
        counts: Of the choosing rows, all of whose contexts were seen in training.
        shorter: What the shorter context says, (rows,).
        among: The smoothings to choose from.
        price: Bits that the longer context must save in all, so that it isn't used by chance.

    Returns:
        The smoothing, or None where the longer context does not help enough; and the bits that it
        saves, summed over the rows, 0.0 for None.
    """
    if not len(shorter):
        return None, 0.0
    before = float(np.log2(shorter).sum())
    best, most = None, price
    for smoothing in among:
        saved = float(np.log2(smoothed(counts, shorter, smoothing)).sum()) - before
        if saved > most:
            best, most = smoothing, saved
    return best, most if best else 0.0


def number(keys: np.ndarray, space: int) -> tuple[np.ndarray, int]:
    """Number the distinct keys from 0.

    Args:
        keys: Integers of at least 0 and below `space`, (rows,).
        space: How many keys there may be.

    Returns:
        The number of each row's key, (rows,) int64, and how many distinct keys there are.

    Example:
        >>> number(np.array([7, 2, 7]), 10)
        (array([1, 0, 1]), 2)
    """
    if space <= 16 * len(keys) + 1024:
        # A table is faster than sorting as long as it is not much larger than the rows.
        present = np.zeros(space, np.bool_)
        present[keys] = True
        numbers = np.cumsum(present) - 1
        return numbers[keys], int(present.sum())
    distinct, numbers = np.unique(keys, return_inverse=True)
    return numbers.astype(np.int64, copy=False), len(distinct)


def counted(train: np.ndarray, asked: np.ndarray, symbols: int, contexts: int) -> Counts:
    """Count in the training rows what some rows ask for.

    Args:
        train: Context and symbol of each training row as one number, context * symbols + symbol,
            (train rows,).
        asked: The same of the rows that ask, (rows,).
        symbols: How many symbols can be asked for.
        contexts: How many contexts there may be.
    """
    space = contexts * symbols
    if space <= 8 * (len(train) + len(asked)) + 1024:
        table = np.bincount(train, minlength=space)
        rows = table.reshape(contexts, symbols)
        context = asked // symbols
        return Counts(table[asked], rows.sum(1)[context], (rows > 0).sum(1)[context])
    ordered = np.sort(train)
    # How many different keys there are before each place.
    different = np.zeros(len(ordered) + 1, np.int64)
    different[1:] = np.cumsum(np.diff(ordered, prepend=-1) > 0)
    first = asked - asked % symbols
    low, high = np.searchsorted(ordered, first), np.searchsorted(ordered, first + symbols)
    symbol = np.searchsorted(ordered, asked + 1) - np.searchsorted(ordered, asked)
    return Counts(symbol, high - low, different[high] - different[low])


def hedged(probabilities: np.ndarray, plain: np.ndarray, train: int) -> np.ndarray:
    """Mix in a trace of the plain frequencies, (rows,).

    A symbol that never came after a long run of another would else cost more bits than any number
    of good predictions can save.

    Args:
        probabilities: By contexts, (rows,).
        plain: By frequency alone, (rows,).
        train: How many training rows there are.
    """
    trace = 0.01 / (train + 1)
    return (1 - trace) * probabilities + trace * plain
