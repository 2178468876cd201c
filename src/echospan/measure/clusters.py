"""Intervals over sequences: the sequences were drawn independently, their steps were not.

A model that has lost its way answers several steps of a sequence wrongly, so that 24 answers about
one sequence say less than 24 answers about 24 sequences. How much less is measured: the variance of
the share between sequences, divided by the variance that independent answers would have, is the
design effect (Kish 1965). The answers are worth their number divided by it.

That variance is measured, too, and badly where few sequences hold all mistakes. Student's quantile
takes it into account, with the degrees of freedom that the kurtosis of the residuals leaves
(Satterthwaite 1946): normal ones leave all, one wrong sequence in a hundred leaves 2 of 100.
"""

from __future__ import annotations

import numpy as np

from echospan.measure.intervals import Interval, normal_quantile, wilson_share
from echospan.measure.student import student_quantile

WHOLE_SEQUENCES = 1.0
"""Mistakes come as whole sequences: the safe assumption where there is no mistake to look at."""

MEASURED_CLUSTERING = 0.02
"""More than the correlation within a sequence of the mistakes of two trained networks, which was at
most 0.011 where 90 % and more was right: see docs/statistics.md."""


def over_sequences(
    hits: np.ndarray,
    scored: np.ndarray,
    confidence: float = 0.95,
    *,
    clustering: float = WHOLE_SEQUENCES,
) -> Interval:
    """The interval of a share of hits over sequences that were drawn independently.

    It is Wilson's, for as many trials as the answers are worth, with Student's quantile. Where each
    sequence has one answer, that is Wilson's interval of the answers.

    Args:
        hits: Right answers of each sequence (sequences,).
        scored: Scored answers of each sequence (sequences,).
        confidence: Of the interval.
        clustering: Where all answers are right, or all wrong, the data don't tell how mistakes
            would fall: this is the correlation within a sequence that is then assumed. 1 takes a
            sequence as one trial.

    Raises:
        ValueError: Nothing is scored.

    Example:
        >>> import numpy as np
        >>> from echospan.measure import over_sequences
        >>> low, high = over_sequences(np.array([24] * 180 + [0] * 20), np.full(200, 24))
        >>> round(low, 3), round(high, 3)
        (0.849, 0.935)
    """
    hits, scored = hits[scored > 0].astype(float), scored[scored > 0].astype(float)
    if not scored.size:
        raise ValueError("over_sequences needs a scored answer")
    share, trials = float(hits.sum() / scored.sum()), _worth(hits, scored, clustering)
    alone = scored.max() == 1 or len(scored) == 1
    if alone:
        return wilson_share(share, trials, normal_quantile(confidence))
    z = student_quantile(confidence, _freedom(hits - share * scored))
    return wilson_share(share, trials, z)


def _worth(hits: np.ndarray, scored: np.ndarray, clustering: float) -> float:
    """How many independent answers these are worth."""
    total, right = scored.sum(), hits.sum()
    if scored.max() == 1:
        return float(total)
    sequences, share = len(scored), right / total
    if sequences == 1 or right in (0, total):
        effect = 1 + ((scored**2).sum() / total - 1) * clustering
    else:
        # To first order, the variance of a ratio of two sums over sequences.
        between = ((hits - share * scored) ** 2).sum() * sequences / (sequences - 1)
        effect = between / (total * share * (1 - share) * total / (total - 1))
    # Answers that balance each other within a sequence are no reason for a narrower interval.
    return float(total / max(effect, 1.0))


def _freedom(residuals: np.ndarray) -> int:
    """Degrees of freedom of the variance of residuals with mean 0; at least 1."""
    most = len(residuals) - 1
    variance = float((residuals**2).mean())
    if variance == 0:
        return most
    kurtosis = float((residuals**4).mean()) / variance**2
    if kurtosis <= 1:
        return most
    return max(1, min(most, int(2 * len(residuals) / (kurtosis - 1))))
