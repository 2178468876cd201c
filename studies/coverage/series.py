"""Series of known statistics in a file, scored as `echospan run csv` scores a trained network."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import NormalDist
from tempfile import TemporaryDirectory

import numpy as np

from echospan.engine.evaluator import Answers, once
from echospan.framings import PerStep
from echospan.results.run import RunData
from echospan.runner.scores import mean_of, score
from echospan.tasks import SeriesEcho
from studies.coverage.cell import Cell

SYMBOLS = 10
Series = Callable[[int, np.random.Generator], np.ndarray]
"""Symbols of 0 to 9, equally frequent, of so many steps."""


def independent(steps: int, generator: np.random.Generator) -> np.ndarray:
    """Each symbol is drawn anew."""
    return generator.integers(0, SYMBOLS, steps)


def chain(stays: float, steps: int, generator: np.random.Generator) -> np.ndarray:
    """A Markov chain: a symbol stays with that probability, or is drawn anew."""
    new = generator.random(steps) >= stays
    return independent(steps, generator)[np.maximum.accumulate(np.where(new, np.arange(steps), 0))]


def binned(correlation: float, steps: int, generator: np.random.Generator) -> np.ndarray:
    """An autoregressive series of order 1, in ten bins that are equally frequent."""
    noise = generator.normal(size=steps) * np.sqrt(1 - correlation**2)
    values = np.empty(steps)
    values[0] = generator.normal()
    for step in range(1, steps):
        values[step] = correlation * values[step - 1] + noise[step]
    edges = [NormalDist().inv_cdf(place / SYMBOLS) for place in range(1, SYMBOLS)]
    return np.searchsorted(edges, values)


def answers_of(values: np.ndarray) -> Answers:
    """What is asked about the held-out part of a series: the file, the sections and the steps."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "series.csv")
        np.savetxt(path, values, fmt="%d", header="value", comments="")
        task = SeriesEcho(data=str(path), column="value", values="integers")
        plan = PerStep().evaluation_plan(task, batch_size=None, carried=False)
        position = plan.target_position.reshape(-1)
        sections = task.held_out_sections(np.unique(position[position >= 0]), 200)
        codes = np.array([int(value) for value in task.series.vocabulary.values])
    targets = [
        plan.gather(task.targets(one[None]), plan.targets).ravel() for one in sections.values
    ]
    expected = once(np.array(targets), sections.starts[:, None] + position)
    expected = np.where(expected >= 0, codes[expected], expected)
    return Answers(sections.values, expected, expected, position, np.zeros(1), sections.starts)


def right_about(
    known: float, noise: float, series: Series, steps: int, generator: np.random.Generator
) -> tuple[float, tuple[float, float] | None]:
    """A network that knows the lower symbols, and is right about each with probability `noise`."""
    answers = answers_of(series(steps, generator))
    right = (answers.expected < known * SYMBOLS) & (
        generator.random(answers.expected.shape) < noise
    )
    predicted = np.where(right, answers.expected, answers.expected + 1)
    return known * noise, score(answers, predicted, 0.95).interval


def seeds_on_one(
    series: Series, steps: int, seeds: int, generator: np.random.Generator
) -> tuple[float, tuple[float, float] | None]:
    """Seeds that know the same half of the symbols, each with a reliability of its own."""
    answers = answers_of(series(steps, generator))
    results = []
    for reliability in generator.beta(18, 2, seeds):
        right = generator.random(answers.expected.shape) < reliability
        right &= answers.expected < SYMBOLS // 2
        found = score(answers, np.where(right, answers.expected, answers.expected + 1), 0.95)
        results.append(
            RunData(
                accuracy=found.share, accuracy_interval=found.interval, interval_unit=found.unit
            )
        )
    return 0.45, mean_of(results)[1]


_KINDS: dict[str, Series] = {
    "independent": independent,
    "Markov chain, stays with 0.3": partial(chain, 0.3),
    "Markov chain, stays with 0.6": partial(chain, 0.6),
    "AR(1) of 0.5, binned": partial(binned, 0.5),
    "AR(1) of 0.8, binned": partial(binned, 0.8),
}

SERIES = (
    *(
        Cell(
            f"{name}; {round(steps / 5)} held-out values; accuracy {known * noise:.0%}",
            partial(right_about, known, noise, series, steps),
        )
        for name, series in _KINDS.items()
        for steps in (600, 1500)
        for known, noise in ((0.5, 1.0), (0.8, 1.0), (1.0, 0.95))
    ),
    *(
        Cell(
            f"{name}; 120 held-out values; mean of {seeds} seeds judged on them",
            partial(seeds_on_one, _KINDS[name], 600, seeds),
        )
        for name in ("independent", "Markov chain, stays with 0.3")
        for seeds in (3, 10)
    ),
)
