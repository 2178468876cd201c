"""Is it the model or the task? One answerer that must solve it, and one that must fail."""

from __future__ import annotations

from collections import deque

import numpy as np

from echospan.measure import wilson
from echospan.memory_tasks.echo import LONGER, sequences, training_length
from echospan.results.probes import Reference
from echospan.spans.trial import Rules
from echospan.tasks import lagged


def references(
    symbols: int, lags: list[int], seed: int, rules: Rules
) -> dict[str, tuple[Reference, ...]]:
    """The sequences and the scoring of the sheet, asked of a delay line and of a random guess."""
    found: dict[str, list[Reference]] = {"delay-line": [], "chance": []}
    draw = np.random.default_rng([seed, 11])
    for lag in lags:
        inputs = sequences(symbols, LONGER * training_length(lag), seed, "evaluation")
        targets = lagged(inputs, lag)
        scored = targets >= 0
        total = int(scored.sum())
        guessed = draw.integers(0, symbols, inputs.shape)
        for name, answers in (("delay-line", delayed(inputs, lag)), ("chance", guessed)):
            hits = int((answers == targets)[scored].sum())
            interval = wilson(hits, total, rules.confidence)
            found[name].append(Reference(lag, hits / total, interval))
    return {name: tuple(listed) for name, listed in found.items()}


def delayed(inputs: np.ndarray, taps: int) -> np.ndarray:
    """What comes out of a shift register of so many taps, step by step; 0 while it fills."""
    line = deque([np.zeros(len(inputs), inputs.dtype)] * (taps + 1), maxlen=taps + 1)
    answers = np.empty_like(inputs)
    for step in range(inputs.shape[1]):
        line.append(inputs[:, step])
        answers[:, step] = line[0]
    return answers
