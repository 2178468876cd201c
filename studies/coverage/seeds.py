"""Seeds: each trained network has an accuracy of its own, measured on new sequences."""

from __future__ import annotations

from functools import partial

import numpy as np

from echospan.measure import Interval, over_seeds
from echospan.results.run import RunData
from echospan.runner.scores import mean_of, score
from studies.coverage.cell import Cell
from studies.coverage.sequences import answers_for, beta


def measured(accuracy: float, alike: float, generator: np.random.Generator) -> RunData:
    """One trained network of that accuracy, judged on 200 sequences of 24 answers."""
    answers, predicted = answers_for(beta(accuracy, alike, (200, 24), generator))
    found = score(answers, predicted, 0.95)
    return RunData(accuracy=found.share, accuracy_interval=found.interval, interval_unit=found.unit)


def _mean(
    shape: tuple[float, float], count: int, alike: float, generator: np.random.Generator
) -> tuple[float, Interval | None]:
    accuracies = generator.beta(*shape, count)
    results = [measured(accuracy, alike, generator) for accuracy in accuracies]
    return shape[0] / sum(shape), mean_of(results)[1]


def _numbers(count: int, generator: np.random.Generator) -> tuple[float, Interval]:
    """Other numbers than shares, such as errors."""
    return 5.0, over_seeds(list(generator.normal(5, 1, count)))


SHAPES = ((2, 2), (8, 2), (20, 1), (20, 2), (95, 5), (200, 2), (5, 95), (500, 500), (0.5, 0.5))

SEEDS = (
    *(
        Cell(f"{count} seeds; accuracies of Beta({a}, {b})", partial(_mean, (a, b), count, 0.0))
        for a, b in SHAPES
        for count in (3, 5, 10)
    ),
    *(
        Cell(
            f"{count} seeds; accuracies of Beta(20, 2); correlation 0.5 within a sequence",
            partial(_mean, (20, 2), count, 0.5),
        )
        for count in (3, 5, 10)
    ),
    *(Cell(f"{count} seeds; normal numbers", partial(_numbers, count)) for count in (3, 5, 10)),
)
