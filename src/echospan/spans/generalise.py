"""Beyond the sequences of training: longer ones, and ones with other statistics."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.measure import wilson
from echospan.memory_tasks.echo import sequences
from echospan.results.probes import Condition
from echospan.tasks import lagged

TIMES = (1, 2, 4, 10)


def lengths(
    model: TrainableModel, weights: Any, lag: int, trained: int, seed: int, confidence: float
) -> list[Condition]:
    """Sequences as long as in training, and 2, 4 and 10 times longer; every scored step counts."""
    return [
        _score(
            model,
            weights,
            lag,
            sequences(model.symbols, times * trained, seed, "evaluation"),
            f"{times} x",
            confidence,
        )
        for times in TIMES
    ]


def distractors(
    model: TrainableModel, weights: Any, lag: int, length: int, seed: int, confidence: float
) -> list[Condition]:
    """The same task among other symbols than training had between input and echo."""
    inputs = sequences(model.symbols, length, seed, "evaluation")
    generator = np.random.default_rng([seed, 9])
    few = inputs % 2
    stays = inputs.copy()
    for step in range(1, length):
        same = generator.random(len(stays)) < 0.5
        stays[same, step] = stays[same, step - 1]
    one = np.zeros_like(inputs)
    one[:, :: lag + 1] = inputs[:, :: lag + 1]
    return [
        _score(model, weights, lag, given, name, confidence)
        for name, given in (
            ("uniform, as in training", inputs),
            ("only two symbols", few),
            ("each symbol stays with probability 1/2", stays),
            ("one symbol, then the same one until its echo", one),
        )
    ]


def _score(
    model: TrainableModel,
    weights: Any,
    lag: int,
    inputs: np.ndarray,
    name: str,
    confidence: float,
) -> Condition:
    targets = lagged(inputs, lag)
    scored = targets >= 0
    hits = int((model.predictions(weights, inputs) == targets)[scored].sum())
    total = int(scored.sum())
    return Condition(name, hits / total, wilson(hits, total, confidence))
