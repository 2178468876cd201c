"""Beyond the sequences of training: longer ones, and ones with other statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.measure import wilson
from echospan.results.probes import Condition
from echospan.spans.echo_question import sequences
from echospan.spans.subject import Subject
from echospan.tasks import lagged

TIMES = (1, 2, 4, 10)


def lengths(
    subject: Subject, weights: Any, lag: int, trained: int, seed: int, confidence: float
) -> list[Condition]:
    """Sequences as long as in training, and 2, 4 and 10 times longer; every scored step counts."""
    return [
        _score(
            subject,
            weights,
            lag,
            sequences(subject.symbols, times * trained, seed, "evaluation"),
            f"{times} x",
            confidence,
        )
        for times in TIMES
    ]


def distractors(
    subject: Subject, weights: Any, lag: int, length: int, seed: int, confidence: float
) -> list[Condition]:
    """The same question among other symbols than training had between input and echo."""
    heard = sequences(subject.symbols, length, seed, "evaluation")
    generator = np.random.default_rng([seed, 9])
    few = heard % 2
    stays = heard.copy()
    for step in range(1, length):
        same = generator.random(len(stays)) < 0.5
        stays[same, step] = stays[same, step - 1]
    one = np.zeros_like(heard)
    one[:, :: lag + 1] = heard[:, :: lag + 1]
    return [
        _score(subject, weights, lag, given, name, confidence)
        for name, given in (
            ("uniform, as in training", heard),
            ("only two symbols", few),
            ("each symbol stays with probability 1/2", stays),
            ("one symbol, then the same one until its echo", one),
        )
    ]


def _score(
    subject: Subject,
    weights: Any,
    lag: int,
    heard: np.ndarray,
    name: str,
    confidence: float,
) -> Condition:
    targets = lagged(heard, lag)
    scored = targets >= 0
    hits = int((subject.answers(weights, heard) == targets)[scored].sum())
    total = int(scored.sum())
    return Condition(name, hits / total, wilson(hits, total, confidence))
