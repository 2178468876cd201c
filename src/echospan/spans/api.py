"""`echospan.span`: how far back can this model remember?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from echospan.adapters.resolve import resolve_model
from echospan.adapters.trainable import TrainableModel
from echospan.errors import ConfigError
from echospan.memory_tasks.distance_task import memory_task_of
from echospan.observer import Observer
from echospan.report.objects import Sheet
from echospan.spans.assemble import assemble
from echospan.spans.budget import Budget
from echospan.spans.ladder import Ladder
from echospan.spans.rates import LADDER, Rates
from echospan.spans.search import Search
from echospan.spans.trial import Rules, Trial
from echospan.tasks import Task

BUDGET = "120s"

UPDATES = 4000
"""The most that one trial makes, at first."""


def span(
    model: Any,
    *,
    task: str | Mapping[str, Any] | Task | type[Task] = "echo",
    symbols: int | None = None,
    units: int | None = None,
    params: int | None = None,
    settings: Mapping[str, Any] | None = None,
    lags: Sequence[int] | None = None,
    largest: int | None = None,
    budget: str | float = BUDGET,
    seeds: int = 3,
    seed: int = 0,
    rates: Sequence[float] = LADDER,
    updates: int | None = None,
    rows: int = 16,
    threshold: float = 0.95,
    confidence: float = 0.95,
    trust: bool = False,
    observer: Observer | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Sheet:
    """Measure how far back a model can remember, and find out what limits it.

    Args:
        model: A name of the zoo, ``FILE.py:function``, ``package.module:function``, a .keras file,
            a function ``(symbols: int) -> model``, or a finished `TrainableModel`, which brings its
            question: `task` and `symbols` are not looked at.
        task: What is asked: a name such as "echo" or "copy", or a task of `echospan.tasks` with
            settings of its own, such as ``{"kind": "copy", "items": 3}``. The ladder walks over its
            distance.
        symbols: Number of distinct symbols K; left out, 10 for echo, else the task's default.
        units: Width of a zoo model.
        params: Parameters of a zoo model, in place of `units`.
        settings: Further settings of a zoo model.
        lags: Lags, or distances of the task, to try; left out, a ladder that grows until one fails
            and then halves the gap.
        largest: The lag after which the ladder stops growing; left out, 1000, or where the task's
            alphabet would have to grow.
        budget: Seconds ("120s") or weight updates ("20k updates") for everything together.
        seeds: How many seeds each lag is trained with.
        seed: The first of them.
        rates: The ladder of learning rates.
        updates: The most updates of one trial. Left out, 4,000; where a lag fails with those used
            up, and seconds of the budget are left, its trials go on to twice as many, and again.
        rows: Sequences in one update.
        threshold: Share of right answers that the lower end of the median seed's interval must
            exceed for a lag to be solved.
        confidence: Of all intervals.
        trust: Build a .keras file whatever is in it.
        observer: Told how the work goes.
        stop: Asked between pieces of work; the sheet then has what was decided.

    Returns:
        The sheet; `to_dict` of it is what `echospan span --json` prints.

    Raises:
        ConfigError: A setting or the model cannot be used.
    """
    started = time.perf_counter()
    _check(seeds, confidence, updates, rows, largest)
    listed = _lags(lags)
    chosen = sorted({_rate(rate) for rate in rates})
    if not chosen:
        raise ConfigError("rates", "at least one learning rate", rates)
    purse = Budget.parse(budget)
    observer = observer or Observer()
    if isinstance(model, TrainableModel):
        subject, question = model, model.task
    else:
        question = memory_task_of(task, symbols, largest, listed)
        subject = resolve_model(
            model,
            question,
            settings=settings,
            units=units,
            params=params,
            batch_size=rows,
            trust=trust,
        )
    chance = question.chance(listed[0] if listed else question.smallest)
    if not chance < threshold < 1:
        raise ConfigError("threshold", f"above chance ({chance:g}) and below 1", threshold)
    rules = Rules(updates=updates or UPDATES, threshold=threshold, confidence=confidence)
    search = Search(
        subject,
        Ladder(listed, question.largest, question.smallest),
        Rates(chosen),
        rules,
        purse,
        seeds,
        seed,
        rows,
        stop,
        _Looks(observer, rules, question.difficulty_name).note,
        # A budget of updates is spent as it was planned; time that is left would be lost.
        longer=updates is None and purse.seconds is not None,
    )
    search.run()
    observer.end()
    return assemble(search, started=started, stop=stop)


class _Looks:
    """Passes looks at trials on to an observer."""

    def __init__(self, observer: Observer, rules: Rules, word: str) -> None:
        self._observer, self._rules, self._word = observer, rules, word
        self._shown: tuple[int, float] | None = None

    def note(self, trial: Trial) -> None:
        """Called from the threads of the trials."""
        now = (trial.lag, trial.rate)
        if now != self._shown:
            self._shown = now
            most = self._rules.updates
            self._observer.begin(f"{self._word} {trial.lag}, rate {trial.rate:g}", most)
        _, loss, accuracy = trial.curve[-1]
        self._observer.progress(trial.updates, {"loss": loss, "accuracy": accuracy})


def _check(
    seeds: int,
    confidence: float,
    updates: int | None,
    rows: int,
    largest: int | None,
) -> None:
    for name, value, low, high in (
        ("seeds", seeds, 1, 1000),
        ("updates", UPDATES if updates is None else updates, 10, 10**9),
        ("rows", rows, 2, 100_000),
        ("largest", 1 if largest is None else largest, 1, 100_000),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ConfigError(name, f"a whole number from {low:,} to {high:,}", value)
    if not 0.5 < confidence < 1:
        raise ConfigError("confidence", "above 0.5 and below 1", confidence)


def _lags(lags: Sequence[int] | None) -> tuple[int, ...] | None:
    if lags is None:
        return None
    for lag in lags:
        if isinstance(lag, bool) or not isinstance(lag, int) or not 0 <= lag <= 100_000:
            raise ConfigError("lags", "whole numbers from 0 to 100,000", lag)
    if not lags:
        raise ConfigError("lags", "at least one lag", lags)
    return tuple(sorted(set(lags)))


def _rate(rate: float) -> float:
    if not isinstance(rate, int | float) or not 0 < rate <= 10:
        raise ConfigError("rates", "numbers above 0, at most 10", rate)
    return float(rate)
