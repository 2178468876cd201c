"""Cells of CogScale's table: an error for each task, network and size.

Fixed before the rows were measured: five seeds, where the table has ten; four of the table's five
learning rates, without the lowest, which is the best of no cell there. The rates are tried with the
first three seeds; the other two are trained at the one that does best on validation data, and at
the one that did best on test data in the table, which is said beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from echospan.measure import over_seeds
from studies.cogscale.networks import Kind, Network
from studies.cogscale.patience import LONG, SHORT, Best, Limit, Run
from studies.cogscale.training import School
from studies.measured import Measured
from studies.references import references
from studies.row import Row
from studies.tolerance import SameMean
from studies.work import Work

SEEDS, TRIED = tuple(range(5)), tuple(range(3))
RATES = (0.0003, 0.001, 0.003, 0.01)


@dataclass(frozen=True)
class Cell:
    """A cell of the table.

    Attributes:
        name: Of its row and its reference.
        network: What is trained on what.
        limits: Epochs at most; a row each.
    """

    name: str
    network: Network
    limits: tuple[Limit, ...] = (LONG,)

    def measure(self, work: Work, limit: Limit) -> Measured:
        """The mean test error over seeds."""
        runs = work.once(self.name, lambda: self._train(work))
        rate, theirs = best_rate(runs, limit), references()[self.name].rate
        errors = tuple(best_of(run, limit).test for run in at_rate(runs, rate))
        beside = [best_of(run, limit).test for run in at_rate(runs, theirs)]
        ended = np.median([run.epochs for run in at_rate(runs, rate)])
        said = f"mean of {len(errors)} seeds at learning rate {rate:g}, the best on validation data"
        if rate != theirs:
            said += f"; {np.mean(beside):.4g} at {theirs:g}, the best on test data in the table"
        if limit == LONG:
            said += f"; ended after {ended:.0f} epochs in the median"
        return Measured(
            float(np.mean(errors)), over_seeds(errors, bounds=(0.0, math.inf)), said, errors
        )

    def _train(self, work: Work) -> list[Run]:
        school = School(self.network)
        runs = [Run(seed, rate) for rate in RATES for seed in TRIED]
        school.train(work, runs)
        rest = [seed for seed in SEEDS if seed not in TRIED]
        long = {best_rate(runs, LONG), references()[self.name].rate}
        short = {best_rate(runs, limit) for limit in self.limits} - long
        more = [Run(seed, rate) for rate in sorted(long) for seed in rest]
        more += [Run(seed, rate, SHORT) for rate in sorted(short) for seed in rest]
        school.train(work, more)
        return runs + more


def best_of(run: Run, limit: Limit) -> Best:
    """The run's best epoch among the first `limit`."""
    return run.best if limit == LONG else run.early


def at_rate(runs: Sequence[Run], rate: float) -> list[Run]:
    """The runs at one learning rate, in the order of their seeds."""
    return sorted((run for run in runs if run.rate == rate), key=lambda run: run.seed)


def best_rate(runs: Sequence[Run], limit: Limit) -> float:
    """The rate with the lowest mean validation error of the seeds that tried all rates."""

    def valid(rate: float) -> float:
        tried = [run for run in at_rate(runs, rate) if run.seed in TRIED]
        return float(np.mean([best_of(run, limit).valid for run in tried]))

    return min(RATES, key=valid)


TASKS = {
    "echo": "discrete_postcasting",
    "continuous": "continuous_postcasting",
    "copy": "simple_copy",
    "adding": "adding_problem",
}
UNITS: dict[tuple[Kind, str], dict[str, int]] = {
    ("lstm", "10k"): {"echo": 44, "continuous": 48, "copy": 44, "adding": 43},
    ("gru", "10k"): {"echo": 51, "continuous": 56, "copy": 51, "adding": 49},
    ("lstm", "1k"): {"echo": 11, "continuous": 14, "copy": 10, "adding": 9},
    ("gru", "1k"): {"echo": 12, "continuous": 16, "copy": 12, "adding": 11},
    ("transformer", "10k"): {"echo": 20, "adding": 18},
}
"""Widths that give the table's numbers of parameters."""
BOTH_LIMITS = (("lstm", "10k"), ("gru", "10k"))

SLACK = 0.001
"""Of a share of wrong answers; a squared error has none."""


def _rows(kind: Kind, size: str) -> list[Row]:
    limits: tuple[Limit, ...] = (LONG, SHORT) if (kind, size) in BOTH_LIMITS else (LONG,)
    rows = []
    for task, units in UNITS[kind, size].items():
        cell = Cell(f"cogscale-{task}-{kind}-{size}", Network(TASKS[task], kind, units), limits)
        rows += [_row(cell, task, limit) for limit in limits]
    return rows


def _row(cell: Cell, task: str, limit: Limit) -> Row:
    numbers = task == "continuous"
    _, _, kind, size = cell.name.split("-")
    what = f"CogScale {task}, {kind} {size}, {limit} epochs"
    return Row(
        cell.name if limit == LONG else f"{cell.name}-{limit}",
        f"{what}: {'squared error' if numbers else 'error'}",
        SameMean(0.0 if numbers else SLACK),
        partial(cell.measure, limit=limit),
        quick=False,
        needs="cogscale",
    )


ROWS = tuple(row for kind, size in UNITS for row in _rows(kind, size))
