"""`echospan.compare`: measure several models alike, and say which differences are significant."""

# No `from __future__ import annotations`: `help(echospan.compare)` would show quoted types.

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

from echospan.adapters.resolve import has_width, resolve_model
from echospan.arguments import Refusal, Rule, each, flag, same_as, validated
from echospan.errors import ConfigError
from echospan.limits import asks_consent
from echospan.observer import Observer, heeds_stop
from echospan.report.objects import Comparison, Sheet
from echospan.results.comparison import Difference, Farther
from echospan.results.lag_row import LagRow
from echospan.spans.api import OF_SPAN, PROTOCOL, measure_model, span
from echospan.spans.plan import make_plan
from echospan.spans.protocol import Protocol


def _models(value: Any) -> list[Any]:
    found: tuple[Any, ...] = each(Rule("", lambda model: model), "").take(value)
    if len(found) < 2:
        raise Refusal(value)
    return list(found)


@validated(
    models=Rule("two or more different models", _models),
    protocol=OF_SPAN["protocol"],
    budget=OF_SPAN["budget"],
    observer=OF_SPAN["observer"],
    stop=OF_SPAN["stop"],
    yes=flag,
    settings=same_as(span),
)
@asks_consent
@heeds_stop
def compare(
    models: Sequence[Any],
    *,
    protocol: str | Path | Mapping[str, Any] | Protocol = PROTOCOL,
    budget: str | float | None = None,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
    yes: bool = False,
    **settings: Any,
) -> Comparison:
    """Measure several models by the same protocol, and say which differences are significant.

    All models are built before the first one is trained, so that a mistake in the last one shows
    at once.

    Args:
        models: Two or more different models, each as `span` takes it.
        protocol: The rules, as `span` takes them; the same for all models.
        budget: A cap for each model, as `span` takes it. Default: none but the protocol's own.
        observer: Receives progress.
        stop: Called often; if it returns True, the comparison ends with the results so far.
        yes: Go on where the estimated memory is above a limit.
        **settings: Other arguments of `span`, the same for all models. `units` and `params` apply
            only to models that have a width; the sheet of another one says how many parameters it
            has instead.

    Returns:
        The sheets in the order of `models`, every pair of models with different spans, and every
        difference of accuracy at a common lag.

    Raises:
        ConfigError: An argument is out of range, or a model can't be used; the message says why.
        MissingExtra: As `echospan.span`.

    Example:
        >>> import echospan
        >>> comparison = echospan.compare(["last-value", "chance"], symbols=4, lags=[0], seeds=1)
        >>> [(sheet.model, sheet.span) for sheet in comparison.sheets]
        [('last-value', None), ('chance', 0)]
        >>> comparison.sheets[0].span_status, comparison.sheets[0].span_at_least
        ('at_least', 0)
        >>> comparison.differences[0].better
        'last-value'
    """
    started = time.perf_counter()
    stop = stop or (lambda: False)
    names = [_name(model) for model in models]
    if len(set(names)) < len(names):
        raise ConfigError("models", "two or more different models", names)
    units, params = settings.pop("units", None), settings.pop("params", None)
    own, trust = settings.pop("settings", None), settings.pop("trust", False)
    plan = make_plan(protocol, budget=budget, **settings)
    trainable = [
        resolve_model(
            model,
            plan.task,
            settings=own,
            batch_size=plan.used.batch_size,
            trust=trust,
            units=units if has_width(model) else None,
            params=params,
        )
        for model in models
    ]
    sheets: list[Sheet] = []
    for model in trainable:
        if stop():
            break
        began = time.perf_counter()
        sheets.append(
            measure_model(model, plan, started=began, observer=observer or Observer(), stop=stop)
        )
    seconds = time.perf_counter() - started
    return Comparison(
        tuple(sheets), tuple(farther(sheets)), tuple(differences(sheets)), seconds, stop()
    )


def _name(model: Any) -> str:
    """What tells one model from another; an object whose text fails is told by its place."""
    try:
        return str(model)
    except Exception:
        return object.__repr__(model)


def farther(sheets: Sequence[Sheet]) -> list[Farther]:
    """Every pair in which one model failed at a lag that the other solved, or went beyond."""
    return [
        Farther(one.model, one.span, other.model, other.first_failed, one.span_at_least)
        for one, other in permutations(sheets, 2)
        if other.first_failed is not None
        and one.span_at_least is not None
        and one.span_at_least >= other.first_failed
        # Span 0 is also that of a model that fails at lag 0.
        and (one.first_failed is None or one.first_failed > other.first_failed)
    ]


def differences(sheets: Sequence[Sheet]) -> list[Difference]:
    """Every pair of models at every lag that was decided for both, and not solved by both.

    Training ends when its lag is solved, some way above the threshold. How much two solutions
    differ would say when training ended, and nothing about the models.
    """
    listed = []
    for one, other in combinations(sheets, 2):
        rows = {row.lag: row for row in other.per_lag}
        for row in one.per_lag:
            beside = rows.get(row.lag)
            if beside is None or row.accuracy is None or beside.accuracy is None:
                continue
            # Training that the budget cut short says nothing about the model.
            outcomes = {row.outcome, beside.outcome}
            if "undecided" in outcomes or outcomes == {"solved"}:
                continue
            first = row.accuracy >= beside.accuracy
            better, worse = (row, beside) if first else (beside, row)
            names = (one.model, other.model) if first else (other.model, one.model)
            (low, _), (_, high) = hull(better), hull(worse)
            by = abs(row.accuracy - beside.accuracy)
            listed.append(Difference(row.lag, *names, by, low > high))
    return sorted(listed, key=lambda difference: difference.lag)


def hull(row: LagRow) -> tuple[float, float]:
    """The range from the lowest to the highest end of all seeds' intervals."""
    ends = [seed.interval for seed in row.seeds if seed.interval is not None]
    return min(low for low, _ in ends), max(high for _, high in ends)
