"""How well a trained model answers new sequences, whole and one step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.measure import Interval, wilson
from echospan.memory.subject import Subject
from echospan.memory.trial import Rules
from echospan.random import NumpyDraw
from echospan.tasks import lagged

LONGER = 4
"""Sequences are measured that many times longer than in training."""

SEQUENCES = 32
"""Sequences in one measurement."""

SHORTEST = 32
"""Steps of the shortest training sequences."""

_PARTS = {"validation": 1, "evaluation": 2, "probe": 3, "check": 4, "readout": 5}


@dataclass(frozen=True)
class Measured:
    """A trained model's score.

    Attributes:
        accuracy: Share of right answers among the scored ones.
        interval: Wilson's, over the answers.
        scored: Answers that were asked for.
        streamed: The same share one step at a time; None where the model cannot do that.
        expected: Targets that were scored (answers,).
        predicted: What was answered (answers,).
        solved: Whether the interval's lower end is above the threshold.
    """

    accuracy: float
    interval: Interval
    scored: int
    streamed: float | None
    expected: np.ndarray
    predicted: np.ndarray
    solved: bool


def training_length(lag: int) -> int:
    """Steps of a training sequence: a power of two, so that many lags share a program.

    At least three times the lag: an LSTM that trained on sequences of twice the lag got them right
    and failed on longer ones.
    """
    return max(SHORTEST, 1 << (3 * lag - 1).bit_length()) if lag else SHORTEST


def sequences(symbols: int, length: int, seed: int, part: str, number: int = SEQUENCES) -> Any:
    """Uniform symbols (sequences, time) of a stream that no training sequence comes from."""
    generator = np.random.default_rng([seed, _PARTS[part], length])
    return NumpyDraw(generator).integers(0, symbols, (number, length))


def measure(
    subject: Subject, weights: Any, lag: int, length: int, seed: int, rules: Rules
) -> Measured:
    """Score a model on new sequences of `length` steps."""
    heard = sequences(subject.symbols, length, seed, "evaluation")
    targets = lagged(heard, lag)
    scored = targets >= 0
    answered = subject.answers(weights, heard)
    streamed = subject.stream(weights, heard)
    hits = int((answered == targets)[scored].sum())
    total = int(scored.sum())
    by_step = None
    if streamed is not None:
        right = np.argmax(streamed.scores, axis=-1) == targets
        by_step = float(right[scored].mean())
    interval = wilson(hits, total, rules.confidence)
    return Measured(
        accuracy=hits / total,
        interval=interval,
        scored=total,
        streamed=by_step,
        expected=targets[scored],
        predicted=answered[scored],
        solved=interval.low > rules.threshold,
    )
