"""`echospan.compare`: the sheets of several models side by side, and which differences are real."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import combinations, permutations
from typing import Any

from echospan.adapters.resolve import has_width, resolve_model
from echospan.errors import ConfigError
from echospan.memory_tasks.distance_task import memory_task_of
from echospan.observer import Observer
from echospan.report.objects import Comparison, Sheet
from echospan.results.comparison import Difference, Farther
from echospan.results.lag_row import LagRow
from echospan.spans.api import span

BUDGET = "100s"
"""For each model."""


def compare(
    models: Sequence[Any],
    *,
    budget: str | float = BUDGET,
    observer: Observer | None = None,
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> Comparison:
    """Measure several models with the same settings.

    Args:
        models: As `span` takes them, two or more, each once.
        budget: For each model.
        observer: Told how the work goes.
        stop: Asked between pieces of work.
        **settings: As `span` takes them, the same for all; `units` and `params` are left out for
            models that have no width to choose.

    Raises:
        ConfigError: A setting or a model cannot be used. All models are looked at before the first
            is trained.
    """
    started = time.perf_counter()
    names = [str(model) for model in models]
    if len(names) < 2 or len(set(names)) < len(names):
        raise ConfigError("models", "two or more different models", names)
    sizes = {name: settings.pop(name, None) for name in ("units", "params")}
    own = settings.pop("settings", None)
    trust = settings.pop("trust", False)
    task, symbols = settings.pop("task", "echo"), settings.pop("symbols", None)
    question = memory_task_of(task, symbols, settings.get("largest"), settings.get("lags"))
    # All of them before time is spent on any: a mistake in the last one shows at once.
    subjects = [
        resolve_model(
            model,
            question,
            settings=own,
            trust=trust,
            **(sizes if has_width(model) else {}),
        )
        for model in models
    ]
    sheets = []
    for subject in subjects:
        if stop():
            break
        sheets.append(span(subject, budget=budget, observer=observer, stop=stop, **settings))
    seconds = time.perf_counter() - started
    return Comparison(
        tuple(sheets), tuple(farther(sheets)), tuple(differences(sheets)), seconds, stop()
    )


def farther(sheets: Sequence[Sheet]) -> list[Farther]:
    """Every pair of which one model failed at a lag that lies within the other's span."""
    return [
        Farther(one.model, one.span, other.model, other.first_failed)
        for one, other in permutations(sheets, 2)
        if other.first_failed is not None and one.span >= other.first_failed
    ]


def differences(sheets: Sequence[Sheet]) -> list[Difference]:
    """Every pair of models at every lag that was decided for both, and not solved by both.

    A training ends when it has solved its lag, some way above the threshold. By how much two
    solutions differ would therefore say when they were ended, and nothing about the models.
    """
    found = []
    for one, other in combinations(sheets, 2):
        rows = {row.lag: row for row in other.per_lag}
        for row in one.per_lag:
            beside = rows.get(row.lag)
            if beside is None or row.accuracy is None or beside.accuracy is None:
                continue
            # A training that the budget cut short says nothing about the model.
            outcomes = {row.outcome, beside.outcome}
            if "undecided" in outcomes or outcomes == {"solved"}:
                continue
            first = row.accuracy >= beside.accuracy
            better, worse = (row, beside) if first else (beside, row)
            names = (one.model, other.model) if first else (other.model, one.model)
            (low, _), (_, high) = hull(better), hull(worse)
            by = abs(row.accuracy - beside.accuracy)
            found.append(Difference(row.lag, *names, by, low > high))
    return sorted(found, key=lambda difference: difference.lag)


def hull(row: LagRow) -> tuple[float, float]:
    """From the lowest to the highest end of all seeds' intervals."""
    ends = [seed.interval for seed in row.seeds if seed.interval is not None]
    return min(low for low, _ in ends), max(high for _, high in ends)
