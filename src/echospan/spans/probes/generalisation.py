"""Scores on sequences that are longer, or have other statistics, and reference scores."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.measure import Accuracy, accuracy
from echospan.measure.clusters import MEASURED_CLUSTERING
from echospan.memory_tasks.base import MemoryTask
from echospan.memory_tasks.echo import sequences
from echospan.results.probes import Condition, Reference
from echospan.tasks import lagged

TIMES = (1, 2, 4, 10)


def lengths(
    model: TrainableModel, weights: Any, lag: int, trained: int, seed: int, confidence: float
) -> list[Condition]:
    """Sequences as long as in training, and 2, 4 and 10 times longer; every scored step counts.

    Those are left out that are longer than the model takes.
    """
    most = math.inf if model.longest is None else model.longest
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
        if times * trained <= most
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


def references(
    task: MemoryTask, lags: list[int], seed: int, confidence: float
) -> dict[str, tuple[Reference, ...]]:
    """Scores of a delay line, which must solve every lag, and of a random guess."""
    scores: dict[str, list[Reference]] = {"delay-line": [], "chance": []}
    draw = np.random.default_rng([seed, 11])
    for lag in lags:
        inputs = task.evaluation_inputs(lag, seed, "evaluation")
        guessed = draw.integers(0, task.width, inputs.shape)
        for name, outputs in (("delay-line", delayed(inputs, lag)), ("chance", guessed)):
            score = _accuracy(inputs, outputs, lag, confidence)
            scores[name].append(Reference(lag, score.share, score.interval))
    return {name: tuple(listed) for name, listed in scores.items()}


def delayed(inputs: np.ndarray, taps: int) -> np.ndarray:
    """Output of a shift register with that many taps, step by step; 0 while it fills."""
    line = deque([np.zeros(len(inputs), inputs.dtype)] * (taps + 1), maxlen=taps + 1)
    outputs = np.empty_like(inputs)
    for step in range(inputs.shape[1]):
        line.append(inputs[:, step])
        outputs[:, step] = line[0]
    return outputs


def _score(
    model: TrainableModel,
    weights: Any,
    lag: int,
    inputs: np.ndarray,
    name: str,
    confidence: float,
) -> Condition:
    score = _accuracy(inputs, model.predictions(weights, inputs), lag, confidence)
    return Condition(name, score.share, score.interval)


def _accuracy(inputs: np.ndarray, outputs: np.ndarray, lag: int, confidence: float) -> Accuracy:
    return accuracy(lagged(inputs, lag), outputs, confidence, clustering=MEASURED_CLUSTERING)
