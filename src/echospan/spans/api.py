"""`echospan.span`: measure how far back a model can remember."""

# No `from __future__ import annotations`: `help(echospan.span)` would show quoted types.

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from echospan.adapters.resolve import resolve_model
from echospan.adapters.trainable import TrainableModel
from echospan.arguments import (
    each,
    either,
    flag,
    function,
    instance,
    mapping,
    number,
    readable,
    text,
    validated,
    whole,
)
from echospan.errors import ConfigError
from echospan.limits import asks_consent, require_memory
from echospan.memory_tasks.base import MemoryTask
from echospan.memory_tasks.choose import MOST_SYMBOLS, memory_task_of
from echospan.observer import Observer, heeds_stop
from echospan.report.objects import Sheet
from echospan.spans.assemble import assemble
from echospan.spans.search.budget import ALLOWED, Budget
from echospan.spans.search.ladder import RATES, Ladder, Rates
from echospan.spans.search.one_lag import LagTrainer
from echospan.spans.search.search import Search
from echospan.spans.search.trial import Rules, Trial
from echospan.tasks import Task

BUDGET = "120s"

UPDATES = 4000
"""Most updates of one trial, at first."""

SEQUENCES_MEASURED = 16
"""Sequences that are measured at once, at least."""

OF_SPAN = {
    "model": readable,
    "task": readable,
    "budget": either(ALLOWED, number(above=0), text),
    "symbols": whole(2, MOST_SYMBOLS),
    "units": whole(1),
    "params": whole(1),
    "settings": mapping("settings of a built-in model"),
    "lags": each(whole(0, 100_000), "whole numbers from 0 to 100,000", empty="at least one lag"),
    "largest": whole(1, 100_000),
    "seeds": whole(1, 1000),
    "seed": whole(0, 2**31 - 1001),
    "rates": each(
        number(above=0, most=10), "numbers above 0, at most 10", empty="at least one learning rate"
    ),
    "updates": whole(10, 10**9),
    "batch_size": whole(2, 100_000),
    "threshold": number(above=0, below=1, allowed="a number between 0 and 1"),
    "confidence": number(above=0.5, below=1, allowed="above 0.5 and below 1"),
    "trust": flag,
    "yes": flag,
    "observer": instance("an echospan.observer.Observer", "echospan.observer:Observer"),
    "stop": function,
}
"""What the arguments of `span` may be; those of `compare` are the same."""


@validated(**OF_SPAN)
@asks_consent
@heeds_stop
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
    rates: Sequence[float] = RATES,
    updates: int | None = None,
    batch_size: int = 16,
    threshold: float = 0.95,
    confidence: float = 0.95,
    trust: bool = False,
    yes: bool = False,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
) -> Sheet:
    """Measure how far back a model can remember, and find what limits it.

    The model is trained from new weights on a task that needs an input `lag` steps back, at one
    lag after the other: longer ones until one fails, then between the last success and the first
    failure. Its span is the largest lag such that it and every smaller tested one is solved. The
    trained models are then checked and probed, to tell a limit of the architecture from one of
    training.

    Args:
        model: What to measure. One of: a model of `echospan.models`, or of another package that
            builds on it, as a name such as ``"lstm"``, class or object; a function
            ``(symbols: int) -> model`` that returns a Keras model, a torch module or two JAX
            functions ``(init, apply)``; ``"FILE.py:function"`` or ``"package.module:function"``;
            the path of a .keras file, of which only the architecture is used.
            The model maps one-hot vectors (batch, time, symbols), or integers (batch, time), to
            scores (batch, time, symbols). For a task of numbers it maps (batch, time, features) to
            (batch, time, 1).
        task: The task: a name such as "echo" or "copy", a task object such as
            ``Copy(items=3)`` or its class, or a dictionary such as
            ``{"kind": "copy", "items": 3}``. Tasks of other packages are passed as object, class
            or ``"package.module:Class"``. For other tasks than echo the lag is the setting that
            makes the task harder (see `Task.at_distance`).
        symbols: Number of distinct symbols. Default: 10 for echo, else the task's own.
        units: Width of a built-in model.
        params: Approximate number of parameters of a built-in model, instead of `units`.
        settings: Further settings of a built-in model.
        lags: The lags to try. Default: chosen from the results so far.
        largest: Largest lag to try. Default: 1000, or less if the task's alphabet would have to
            grow.
        budget: Total budget, in seconds (``"120s"``, ``"5min"`` or a number) or in weight updates
            (``"20k updates"``). With seconds, how far the search gets depends on the machine.
        seeds: Number of seeds at each lag. The median seed decides.
        seed: The first seed.
        rates: Learning rates to try.
        updates: Most updates of one training. Default: 4,000; if a lag fails with all of them used
            and seconds are left, its trainings continue to twice as many, and again.
        batch_size: Sequences in one update.
        threshold: A lag is solved if the lower end of the median seed's confidence interval is
            above this share of correct predictions (for numbers: above this R2).
        confidence: Confidence of all intervals.
        trust: Build a .keras file even if it could run code or use much memory.
        yes: Go on where the estimated memory is above a limit.
        observer: Receives progress.
        stop: Called often; if it returns True, the search ends and the sheet has the results so
            far.

    Returns:
        The results. `Sheet.span` is the span in steps, `Sheet.verdict` says what limits it, and
        `Sheet.per_lag` has one row for each lag.

    Raises:
        ConfigError: An argument is out of range, or the model can't be used; the message says why.
        OutOfMemory: It is estimated to need more memory than is free.
        BackendError: Keras runs on another backend than JAX.
        MissingExtra: JAX and Keras are not installed; torch modules are measured without them.

    Example:
        >>> import echospan
        >>> sheet = echospan.span("last-value", symbols=8, lags=[0, 1])
        >>> sheet.span
        0
        >>> [(row.lag, row.outcome) for row in sheet.per_lag]
        [(0, 'solved'), (1, 'failed')]
        >>> sheet.verdict_code
        'limited-by-receptive-field'
    """
    started = time.perf_counter()
    listed = None if lags is None else tuple(sorted(set(lags)))
    chosen_rates = Rates(sorted({float(rate) for rate in rates}))
    purse = Budget.parse(budget)
    if not isinstance(model, TrainableModel):
        memory_task = memory_task_of(task, symbols, largest, listed)
        model = resolve_model(
            model,
            memory_task,
            settings=settings,
            units=units,
            params=params,
            batch_size=batch_size,
            trust=trust,
        )
    stop = stop or (lambda: False)
    observer = observer or Observer()
    _require_room(model, listed, batch_size)
    rules = _rules(model.task, listed, updates, threshold, confidence)
    progress = _Progress(observer, rules, model.task.difficulty_name)
    search = Search(
        LagTrainer(model, chosen_rates, purse, seeds, seed, batch_size, stop, progress.show),
        Ladder(listed, model.task.largest, model.task.smallest),
        rules,
        # A budget of updates is spent as it was planned; time that is left would be lost.
        longer=updates is None and purse.seconds is not None,
    )
    search.run()
    observer.end()
    return assemble(search, started=started, stop=stop)


def _require_room(model: TrainableModel, lags: tuple[int, ...] | None, batch_size: int) -> None:
    """Refuse lags whose sequences would not fit into memory.

    Raises:
        OutOfMemory: Has the estimate and what is free.
    """
    lag = max(lags) if lags else model.task.smallest
    length = model.task.training_length(lag)
    rows = max(batch_size, SEQUENCES_MEASURED * model.task.longer)
    inside = 4 * (model.task.width or model.task.features or 1) + 10 * (model.state_size or 0)
    require_memory(4 * rows * length * inside, f"Training and measuring at lag {lag:,}")


class _Progress:
    """Shows the progress of trials to an observer."""

    def __init__(self, observer: Observer, rules: Rules, difficulty_name: str) -> None:
        self._observer, self._rules, self._difficulty_name = observer, rules, difficulty_name
        self._shown: tuple[int, float] | None = None

    def show(self, trial: Trial) -> None:
        """Show a trial; called from the threads of the trials."""
        now = (trial.lag, trial.rate)
        if now != self._shown:
            self._shown = now
            label = f"{self._difficulty_name} {trial.lag}, rate {trial.rate:g}"
            self._observer.begin(label, self._rules.updates)
        _, loss, accuracy = trial.curve[-1]
        self._observer.progress(trial.updates, {"loss": loss, "accuracy": accuracy})


def _rules(
    task: MemoryTask,
    lags: tuple[int, ...] | None,
    updates: int | None,
    threshold: float,
    confidence: float,
) -> Rules:
    chance = task.chance(lags[0] if lags else task.smallest)
    if not chance < threshold < 1:
        raise ConfigError("threshold", f"above chance ({chance:g}) and below 1", threshold)
    return Rules(updates=updates or UPDATES, threshold=threshold, confidence=confidence)
