"""`echospan.span`: measure how far back a model can remember."""

# No `from __future__ import annotations`: `help(echospan.span)` would show quoted types.

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from echospan.adapters.resolve import resolve_model
from echospan.adapters.trainable import TrainableModel
from echospan.arguments import (
    each,
    either,
    flag,
    folder,
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
from echospan.memory_tasks.choose import MOST_SYMBOLS
from echospan.observer import Observer, heeds_stop
from echospan.report.objects import Sheet
from echospan.spans.assemble import assemble
from echospan.spans.keep.opening import opened
from echospan.spans.keep.settings import display_name
from echospan.spans.plan import Plan, make_plan
from echospan.spans.progress import TrialProgress
from echospan.spans.protocol import Protocol
from echospan.spans.search.budget import ALLOWED
from echospan.spans.search.kept import KeptTrials
from echospan.spans.search.ladder import Ladder, Rates
from echospan.spans.search.one_lag import LagTrainer
from echospan.spans.search.search import Search
from echospan.store import Store
from echospan.tasks import Task

PROTOCOL = "standard-1"
"""The protocol by default."""

SEQUENCES_MEASURED = 16
"""Sequences that are measured at once, at least."""

OF_SPAN = {
    "model": readable,
    "protocol": readable,
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
    "name": text,
    "store": either(
        "a folder's path or an echospan.Store",
        instance("", "echospan.store:Store", "echospan.spans.keep.place:Place"),
        folder,
    ),
    "resume": text,
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
    model: Any = None,
    *,
    protocol: str | Path | Mapping[str, Any] | Protocol = PROTOCOL,
    task: str | Mapping[str, Any] | Task | type[Task] | None = None,
    symbols: int | None = None,
    units: int | None = None,
    params: int | None = None,
    settings: Mapping[str, Any] | None = None,
    lags: Sequence[int] | None = None,
    largest: int | None = None,
    budget: str | float | None = None,
    seeds: int | None = None,
    seed: int | None = None,
    rates: Sequence[float] | None = None,
    updates: int | None = None,
    batch_size: int | None = None,
    threshold: float | None = None,
    confidence: float | None = None,
    name: str | None = None,
    store: str | Path | Store | None = None,
    resume: str | None = None,
    trust: bool = False,
    yes: bool = False,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
) -> Sheet:
    """Measure how far back a model can remember, and find what limits it.

    The model is trained from new weights on a task that needs an input `lag` steps back, at one
    lag after the other: longer ones until one fails, then between the last success and the first
    failure. Its span is the largest lag such that it and every smaller one is solved. The trained
    models are then checked and probed, to tell a limit of the architecture from one of training.

    The rules are those of a protocol. It counts updates, never seconds, so that the outcome does
    not depend on the machine or its load. Any of the arguments from `task` to `confidence` may
    differ from it; `Sheet.protocol` then says that the sheet is not a standard one, and lists the
    differences.

    Args:
        model: What to measure. One of: a model of `echospan.models`, or of another package that
            builds on it, as a name such as ``"lstm"``, class or object; a function
            ``(symbols: int) -> model`` that returns a Keras model, a torch module or two JAX
            functions ``(init, apply)``; ``"FILE.py:function"`` or ``"package.module:function"``;
            ``"hf:Class"``, a causal language model of transformers with a small configuration; the
            path of a .keras file, of which only the architecture is used.
            The model maps one-hot vectors (batch, time, symbols), or integers (batch, time), to
            scores (batch, time, symbols). For a task of numbers it maps (batch, time, features) to
            (batch, time, 1).
        protocol: The rules: "standard-1", "quick-1", the path of a .toml file of that form, or its
            content as a dictionary.
        task: The task: a name such as "echo" or "copy", a task object such as
            ``Copy(items=3)`` or its class, or a dictionary such as
            ``{"kind": "copy", "items": 3}``. Tasks of other packages are passed as object, class
            or ``"package.module:Class"``. For other tasks than echo the lag is the setting that
            makes the task harder (see `Task.at_distance`). Default: the protocol's, echo.
        symbols: Number of distinct symbols. Default: the protocol's 10; for another task than the
            protocol's, that task's own.
        units: Width of a built-in model.
        params: Approximate number of parameters, instead of `units`. A model of your own is
            brought there if its function takes a width: ``(symbols, units) -> model``; one of
            transformers by its width in steps of 8.
        settings: Further settings of a built-in model.
        lags: The lags to try. Default: chosen from the results so far.
        largest: Largest lag to try. Default: the protocol's, or less if the task's alphabet would
            have to grow.
        budget: A cap, in seconds (``"120s"``, ``"5min"`` or a number) or in weight updates
            (``"20k updates"``). What it cuts off is undecided. Compiling programs is not counted.
            Default: no cap but the protocol's own, which is in updates.
        seeds: Number of seeds at each lag. The median seed decides.
        seed: The first seed.
        rates: Learning rates to try.
        updates: Most updates of one training; it does not grow then. Default: the protocol's, and
            more if the loss still falls at the first failed lag.
        batch_size: Sequences in one update.
        threshold: A lag is solved if the lower end of the median seed's confidence interval is
            above this share of correct predictions (for numbers: above this R2).
        confidence: Confidence of all intervals.
        name: What tables and legends call the model. Default: its own name, which is "Cell" for
            ``"FILE.py:Cell"``.
        store: Folder, or store, in which the sheet is kept as it grows, so that it can be resumed.
            Default: it is not kept.
        resume: The stored sheet to go on with: an id, its beginning, "latest" or
            ``"latest:span-lstm"``. It keeps its own settings; only `budget` may be another one,
            and "none" takes it away. Pass the model again if it is a function or an object.
        trust: Build a .keras file even if it could run code or use much memory.
        yes: Go on where the estimated memory is above a limit.
        observer: Receives progress.
        stop: Called often; if it returns True, the search ends and the sheet has the results so
            far.

    Returns:
        The results. `Sheet.span` is the span in steps if it was measured, else None;
        `Sheet.span_status` is "measured", "at_least" or "undecided", and `Sheet.span_at_least` the
        lower bound. `Sheet.verdict` says what limits it, `Sheet.per_lag` has one row for each lag,
        and `Sheet.protocol` the rules.

    Raises:
        ConfigError: An argument is out of range, or the model can't be used; the message says why.
        OutOfMemory: It is estimated to need more memory than is free.
        StoreError: The store can't be used, or the model's files changed since the stored sheet
            was begun.
        RunNotFound: There is no such stored sheet.
        BackendError: Keras runs on another backend than JAX.
        MissingExtra: JAX and Keras are not installed; torch modules are measured without them.

    Example:
        >>> import echospan
        >>> sheet = echospan.span("last-value", symbols=8, lags=[0, 1])
        >>> sheet.span, sheet.span_status
        (0, 'measured')
        >>> [(row.lag, row.outcome) for row in sheet.per_lag]
        [(0, 'solved'), (1, 'failed')]
        >>> sheet.verdict_code
        'limited-by-receptive-field'
        >>> sheet.protocol.standard, sheet.protocol.changed
        (False, {'symbols': [10, 8], 'lags': [None, [0, 1]]})
    """
    asked = {each: value for each, value in locals().items() if each not in NO_SETTING}
    with opened(asked, DEFAULTS, name=name, store=store, resume=resume) as sheet:
        if sheet.finished is not None:
            return sheet.finished
        return measure(
            sheet.kept,
            name=sheet.name,
            trust=trust,
            observer=observer or Observer(),
            stop=stop or (lambda: False),
            **sheet.settings,
        )


NO_SETTING = ("name", "store", "resume", "trust", "yes", "observer", "stop")
"""Arguments of `span` that do not decide what comes out."""

DEFAULTS = {
    each.name: each.default
    for each in inspect.signature(span).parameters.values()
    if each.name not in NO_SETTING
}


def measure(
    kept: KeptTrials,
    *,
    model: Any,
    name: str,
    trust: bool,
    observer: Observer,
    stop: Callable[[], bool],
    settings: Mapping[str, Any] | None = None,
    units: int | None = None,
    params: int | None = None,
    protocol: Any = PROTOCOL,
    **changes: Any,
) -> Sheet:
    """Build the model and measure it; the arguments are those of `span`.

    Args:
        kept: Where finished trials are looked up and kept.
        model: The model.
        name: What it is called; "" for its own name.
        trust: Build a .keras file even if it could run code.
        observer: Receives progress.
        stop: Called often; if it returns True, the search ends.
        settings: Of a built-in model.
        units: Width of a built-in model.
        params: Number of parameters of a built-in model.
        protocol: The rules.
        **changes: What differs from them.
    """
    started = time.perf_counter()
    if isinstance(model, TrainableModel):
        changes["task"] = model.task
    plan = make_plan(protocol, **changes)
    if not isinstance(model, TrainableModel):
        given = model
        model = resolve_model(
            given,
            plan.task,
            settings=settings,
            units=units,
            params=params,
            batch_size=plan.used.batch_size,
            trust=trust,
        )
        give_name(model, given, name)
    return measure_model(model, plan, started=started, observer=observer, stop=stop, kept=kept)


def give_name(model: TrainableModel, given: Any, name: str = "") -> None:
    """Call a model what it is shown as: what `FILE.py:Cell` names is `Cell` by default.

    Args:
        model: The model; it is changed.
        given: What it was made of.
        name: What the user calls it; "" for what it is called by default.
    """
    shown = name or display_name(given) or model.name
    if isinstance(given, str) and shown != model.name:
        model.notes = (f"Made from {given}.", *model.notes)
    model.name = shown


def measure_model(
    model: TrainableModel,
    plan: Plan,
    *,
    started: float,
    observer: Observer,
    stop: Callable[[], bool],
    kept: KeptTrials | None = None,
) -> Sheet:
    """Measure a model that is built.

    Args:
        model: The model, made for the plan's task.
        plan: The rules.
        started: When the work began, by `time.perf_counter`.
        observer: Receives progress.
        stop: Called often; if it returns True, the search ends.
        kept: Where finished trials are looked up and kept; left out, nowhere.
    """
    used, kept = plan.used, kept or KeptTrials()
    purse = plan.purse()
    model.preparing = purse.preparing
    require_measurable(model, plan)
    rules = plan.rules
    largest = largest_lag(model)
    if largest < min(used.largest, model.task.largest):
        told = f"It takes at most {model.longest:,} steps, which is enough for"
        model.notes = (*model.notes, f"{told} a {model.task.difficulty_name} of {largest:,}.")
    progress = TrialProgress(observer, used, model.task.difficulty_name, purse)
    search = Search(
        LagTrainer(
            model, Rates(used.rates), purse, used.seeds, used.seed, used.batch_size, stop,
            progress.show, kept,
        ),
        Ladder(
            used.lags, min(used.largest, largest), model.task.smallest,
            used.first, used.growth, used.resolution,
        ),
        rules,
        used.beyond,
    )  # fmt: skip
    kept.begin(model)
    search.run()
    observer.end()
    # What the protocol itself ends is finished; what a cap or the user ends can go on.
    cut = stop() or (plan.budget is not None and search.cut_short)
    sheet = assemble(search, plan, started=started, stop=stop)
    kept.end(sheet, cut=cut or stop())
    return sheet


def largest_lag(model: TrainableModel) -> int:
    """The largest lag of the task whose sequences a model takes.

    Raises:
        ConfigError: It takes none of them.
    """
    task, longest = model.task, model.longest
    if longest is None:
        return task.largest

    def fits(lag: int) -> bool:
        assert longest is not None
        return task.longer * task.training_length(lag) <= longest

    if not fits(task.smallest):
        raise ConfigError(
            "model", f"one that takes {task.longer * task.training_length(task.smallest):,} steps",
            model.name, f"Its positions end at {longest:,}.",
        )  # fmt: skip
    if fits(task.largest):
        return task.largest
    low, high = task.smallest, task.largest
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def require_measurable(model: TrainableModel, plan: Plan) -> None:
    """Refuse a model whose measurement would not fit into memory, or make no sense.

    Raises:
        OutOfMemory: Has the estimate and what is free.
        ConfigError: The threshold is none for its task.
    """
    if plan.used.lags and max(plan.used.lags) > (most := largest_lag(model)):
        raise ConfigError("lags", f"at most {most:,} for {model.name}", max(plan.used.lags))
    _require_room(model, plan.used.lags, plan.used.batch_size)
    _check_threshold(model.task, plan.used)


def _require_room(model: TrainableModel, lags: Sequence[int] | None, batch_size: int) -> None:
    """Refuse lags whose sequences would not fit into memory.

    Raises:
        OutOfMemory: Has the estimate and what is free.
    """
    lag = max(lags) if lags else model.task.smallest
    length = model.task.training_length(lag)
    rows = max(batch_size, SEQUENCES_MEASURED * model.task.longer)
    inside = 4 * (model.task.width or model.task.features or 1) + 10 * (model.state_size or 0)
    require_memory(4 * rows * length * inside, f"Training and measuring at lag {lag:,}")


def _check_threshold(task: MemoryTask, used: Protocol) -> None:
    chance = task.chance(used.lags[0] if used.lags else task.smallest)
    if not chance < used.threshold < 1:
        raise ConfigError("threshold", f"above chance ({chance:g}) and below 1", used.threshold)
