"""Differences: how often two models of one and the same quality are told apart."""

from __future__ import annotations

from functools import partial

import numpy as np

from echospan.results.run import RunData
from echospan.runner.scores import mean_of
from studies.coverage.cell import Cell
from studies.coverage.seeds import measured

Rule = str


def _apart(rule: Rule, one: list[RunData], other: list[RunData]) -> bool:
    """Whether the project would say that the models differ."""
    if rule == "variants":
        ends = [mean_of(results)[1] or (0.0, 1.0) for results in (one, other)]
    else:
        ends = [
            (
                min((r.accuracy_interval or (0.0, 1.0))[0] for r in results),
                max((r.accuracy_interval or (0.0, 1.0))[1] for r in results),
            )
            for results in (one, other)
        ]
    return ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0]


def _claim(
    rule: Rule, shape: tuple[float, float], count: int, generator: np.random.Generator
) -> tuple[float, tuple[float, float]]:
    """As an interval of the difference 0: it holds 0 where none is claimed."""
    groups = [
        [measured(accuracy, 0.0, generator) for accuracy in generator.beta(*shape, count)]
        for _ in range(2)
    ]
    return 0.0, (1.0, 1.0) if _apart(rule, *groups) else (0.0, 0.0)


CLAIMS = tuple(
    Cell(
        f"{name}; {count} seeds each; accuracies of Beta({a}, {b})",
        partial(_claim, rule, (a, b), count),
        low=95.0,
        high=100.0,
    )
    for rule, name in (
        ("variants", "intervals over seeds that do not overlap (variants of a run)"),
        ("compare", "every seed above every other, with its interval (`compare`)"),
    )
    for a, b in ((20, 2), (500, 500))
    for count in (3,)
)
