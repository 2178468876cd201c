"""Several families of models as one prediction, weighted by how well they do on a block.

A hard choice of one would follow the noise of the choosing block, and make the curve jagged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.lookback.folds import FloatArray

TINY = 1e-12
"""A squared error, of a target of variance 1, below which two families are equally right."""


def number_weights(guesses: Sequence[FloatArray], wanted: FloatArray) -> FloatArray:
    """Weights of families that predict numbers: (loss / best) ** (-rows / 8).

    Args:
        guesses: Predictions of each family for the choosing rows (rows,).
        wanted: Targets there, in units of their standard deviation (rows,).

    Returns:
        Weights (families,) that add up to 1.
    """
    losses = np.array([((guess - wanted) ** 2).mean() for guess in guesses]) + TINY
    return _normal(-len(wanted) / 8 * np.log(losses / losses.min()))


def symbol_weights(guesses: Sequence[FloatArray]) -> FloatArray:
    """Weights of families that predict symbols: 2 ** (-rows * (bits - best) / 4).

    Args:
        guesses: The probability that each family gave to the symbol that came (rows,).

    Returns:
        Weights (families,) that add up to 1.
    """
    bits = np.array([-np.log2(guess).mean() for guess in guesses])
    return _normal(-len(guesses[0]) * (bits - bits.min()) / 4 * np.log(2))


def _normal(logarithms: FloatArray) -> FloatArray:
    raised: FloatArray = np.exp(logarithms - logarithms.max())
    raised /= raised.sum()
    return raised
