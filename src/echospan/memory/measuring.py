"""How well a trained model answers new sequences, whole and one step at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from echospan.measure import Interval, wilson
from echospan.memory.subject import Lesson, Subject
from echospan.memory.trial import Rules
from echospan.random import NumpyDraw

LONGER = 4
"""Sequences are measured that many times longer than in training."""

SEQUENCES = 32
"""Sequences in one measurement."""

ANSWERS = 1000
"""Scored answers that are aimed at where a sequence has few."""

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


def unseen(lesson: Lesson, symbols: int, seed: int, part: str, times: int = LONGER) -> np.ndarray:
    """Sequences `times` longer than the lesson's that training never sees.

    Tasks other than the echo set their length themselves; as many sequences are drawn as give
    about `ANSWERS` answers.
    """
    if lesson.task is None:
        heard: np.ndarray = sequences(symbols, times * lesson.length, seed, part)
        return heard
    draw = NumpyDraw(np.random.default_rng([seed, _PARTS[part], lesson.lag]))
    first: np.ndarray = np.asarray(lesson.task.draw(draw, SEQUENCES, {}, "evaluation"))
    scored = int((lesson.targets(first) >= 0).sum()) / SEQUENCES
    more = int(np.clip(ANSWERS / max(scored, 1) - SEQUENCES, 0, ANSWERS))
    rest = np.asarray(lesson.task.draw(draw, max(more, 1), {}, "evaluation"))
    return np.concatenate([first, rest]) if more else first


def measure(
    subject: Subject, weights: Any, lesson: Lesson, seed: int, rules: Rules, times: int = LONGER
) -> Measured:
    """Score a model on new sequences, so many times longer than the lesson's."""
    heard = unseen(lesson, subject.symbols, seed, "evaluation", times)
    targets = lesson.targets(heard)
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
