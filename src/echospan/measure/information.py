"""Information: how many bits an answer holds about what was asked.

Three estimators, because each fails where the others do not.

- `fano_bits` needs the accuracy alone. By Fano's inequality an answer that is right in a share a of
  uniform questions over K symbols holds at least

      log2 K - h(1 - a) - (1 - a) log2(K - 1)   bits, h the binary entropy.

  It is exact when wrong answers are spread evenly over the other symbols and too small when they
  say something (a neighbour, one of two candidates). At chance its slope is zero, so that the noise
  of a measured accuracy turns into next to no bits, whatever K is. This is the one to quote.
- `mutual_information` counts the pairs (asked, answered) and finds what wrong answers say, too. Its
  bias is about (K - 1)^2 / (2 n ln 2) bits for n answers that know nothing: 1.4 bits at K = 100 and
  n = 5,000. Miller's and Madow's correction takes that off as long as most of the K^2 pairs are
  seen, so use it with n well above K^2.
- `scored_bits` takes the scores that the answers were chosen by: log2 K less the cross-entropy. It
  finds what an unsure answer says, which the other two cannot: one that is sure of half the symbols
  and knows that it is not of the rest holds half the bits, of which Fano's bound sees a quarter. It
  is a lower bound, too, and exact where the scores are the probabilities.
"""

from __future__ import annotations

import math

import numpy as np


def fano_bits(share: float, symbols: int) -> float:
    """Least information of an answer that is right in this share of uniform questions.

    An answer that is right less often than chance counts as no information.

    Args:
        share: Accuracy, 0 to 1.
        symbols: Number of equally likely symbols K, at least 2.
    """
    if not 0 <= share <= 1 or symbols < 2:
        raise ValueError(f"fano_bits needs a share and 2 symbols or more; got {share}, {symbols}")
    if share <= 1 / symbols:
        return 0.0
    wrong = 1 - share
    lost = wrong * math.log2(symbols - 1) + binary_entropy(wrong)
    return max(0.0, math.log2(symbols) - lost)


def mutual_information(expected: np.ndarray, predicted: np.ndarray) -> float:
    """Information between what was asked and what was answered, in bits, bias corrected.

    The plug-in estimate from the counted pairs, less Miller's and Madow's estimate of its bias:
    (pairs seen - symbols asked - symbols answered + 1) / (2 n ln 2). It can come out slightly
    below zero; see the module's docstring for when the correction suffices.

    Args:
        expected: Integers of any shape, below 0 where nothing is asked.
        predicted: Integers of the same shape.

    Raises:
        ValueError: Nothing is asked, or the shapes differ.
    """
    if expected.shape != predicted.shape:
        raise ValueError(f"expected {expected.shape} and predicted {predicted.shape} differ")
    known = expected >= 0
    scored = int(known.sum())
    if not scored:
        raise ValueError("no answer is scored")
    _, first = np.unique(expected[known], return_inverse=True)
    _, second = np.unique(predicted[known], return_inverse=True)
    pairs = np.bincount(first * (int(second.max()) + 1) + second)
    seen = [counts[counts > 0] for counts in (np.bincount(first), np.bincount(second), pairs)]
    bits = [_entropy(counts / scored) for counts in seen]
    bias = (len(seen[2]) - len(seen[0]) - len(seen[1]) + 1) / (2 * scored * math.log(2))
    return bits[0] + bits[1] - bits[2] - bias


def scored_bits(expected: np.ndarray, scores: np.ndarray, *, probabilities: bool = False) -> float:
    """Least information of scores about what was asked of K equally likely symbols, in bits.

    Scores that are worse than a guess count as no information.

    Args:
        expected: Integers of any shape, below 0 where nothing is asked.
        scores: The same shape and K at the end: logits.
        probabilities: They are probabilities instead.

    Raises:
        ValueError: Nothing is asked, or the shapes differ.
    """
    if expected.shape != scores.shape[:-1]:
        raise ValueError(f"expected {expected.shape} and scores {scores.shape} differ")
    known = expected >= 0
    if not known.any():
        raise ValueError("no answer is scored")
    given, symbols = scores[known].astype(np.float64), scores.shape[-1]
    if probabilities:
        given = np.log(np.maximum(given, 1e-7))
    given -= given.max(axis=1, keepdims=True)
    of_expected = given[np.arange(len(given)), expected[known]]
    surprise = np.log(np.exp(given).sum(axis=1)) - of_expected
    bits = math.log2(symbols) - float(surprise.mean()) / math.log(2)
    return max(0.0, bits) if math.isfinite(bits) else 0.0


def binary_entropy(share: float) -> float:
    """Entropy in bits of a coin that shows heads in this share of throws."""
    return _entropy(np.array([edge for edge in (share, 1 - share) if edge > 0]))


def _entropy(shares: np.ndarray) -> float:
    return float(-(shares * np.log2(shares)).sum())
