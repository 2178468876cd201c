"""`echospan.compare`: measure several models alike, and say which differences are significant."""

# No `from __future__ import annotations`: `help(echospan.compare)` would show quoted types.

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

from echospan.arguments import Rule, each, flag, readable, same_as, text, validated
from echospan.errors import ConfigError
from echospan.limits import asks_consent
from echospan.observer import Observer, heeds_stop
from echospan.report.objects import Comparison, Sheet
from echospan.results.comparison import ComparisonData, Difference, Farther
from echospan.results.lag_row import LagRow
from echospan.results.sheet import SheetData
from echospan.spans.api import DEFAULTS, OF_SPAN, PROTOCOL, span
from echospan.spans.compare_job import Job
from echospan.spans.keep.comparison import KeptComparison, stored_entries
from echospan.spans.keep.entries import TOLD, entries_of
from echospan.spans.keep.place import Place
from echospan.spans.keep.reading import read_comparison
from echospan.spans.protocol import Protocol
from echospan.spans.reference import reference_for
from echospan.store import Store

SETTINGS = {
    "protocol": OF_SPAN["protocol"],
    "budget": OF_SPAN["budget"],
    "names": each(text, "texts, one for each model"),
    "store": OF_SPAN["store"],
    "resume": text,
    "observer": OF_SPAN["observer"],
    "stop": OF_SPAN["stop"],
    "with_reference": flag,
    "yes": flag,
    "settings": same_as(span),
}


@validated(models=readable, **SETTINGS)
@asks_consent
@heeds_stop
def compare(
    models: Any = None,
    *more: Any,
    protocol: str | Path | Mapping[str, Any] | Protocol = PROTOCOL,
    budget: str | float | None = None,
    names: Sequence[str] | None = None,
    with_reference: bool = False,
    store: str | Path | Store | None = None,
    resume: str | None = None,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
    yes: bool = False,
    **settings: Any,
) -> Comparison:
    """Measure several models by the same protocol, and say which differences are significant.

    All models are built before the first one is trained, so that a mistake in the last one shows
    at once.

    Args:
        models: Two or more different models, each as `span` takes it, in a list or one after the
            other: ``compare(["lstm", "gru"])``, ``compare("lstm", "gru")``. Sheets that are
            finished stand for their models: `Sheet` objects, .json files of `Sheet.save`, or ids
            of stored sheets such as ``"latest:span-lstm"``. A comparison stands for all of its
            sheets. All must have been made by the same protocol.
        more: Further models and sheets.
        protocol: The rules, as `span` takes them; the same for all models.
        budget: A cap for each model, as `span` takes it. Default: none but the protocol's own.
        names: What tables and legends call the models, in order. Default: their own names.
        with_reference: Put the models into the reference table that comes with echospan:
            `Comparison.reference` has its rows that were made by the same protocol and version on
            the same task, and says how many others are left out. One model is enough then.
        store: Folder, or store, in which the sheets are kept as they grow, so that the comparison
            can be resumed. Default: nothing is kept.
        resume: The stored comparison to go on with, as for `span`. It keeps its own models and
            settings; only `budget` may be another one. Pass models again that are functions or
            objects, in their order.
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
        ConfigError: An argument is out of range, a model can't be used, or the sheets were made by
            different protocols; the message says why.
        DataError: A file holds no sheet.
        StoreError: As `echospan.span`.
        RunNotFound: There is no such stored sheet or comparison.
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
    stop, observer = stop or (lambda: False), observer or Observer()
    if "name" in settings:
        raise ConfigError("name", "left out: compare takes names, one for each model", None)
    trust = settings.pop("trust", False)
    asked = {**DEFAULTS, **settings, "protocol": protocol, "budget": budget}
    del asked["model"]
    given = _listed(models, more)
    with Place.of(store) as place:
        if resume is None:
            least = 1 if with_reference else 2
            entries = entries_of(given, names or (), lambda: place.store(create=False), least)
            run = None
        else:
            run = place.store(create=False).get(resume, kind="compare")
            if run.state == "finished":
                return _among(read_comparison(run), with_reference)
            entries, asked = stored_entries(run, given, asked, DEFAULTS)
        kept = store is not None or resume is not None
        job = Job(KeptComparison(place, entries, asked, run) if kept else None, entries, asked)
        with job.guard():
            job.prepare(trust)
            sheets = job.measured(budget, observer, stop)
            seconds = time.perf_counter() - started
            made = Comparison(
                tuple(sheets), tuple(farther(sheets)), tuple(differences(sheets)), seconds, stop()
            )
            made = _among(made, with_reference)
            job.end(made, stop())
            return made


def _among(comparison: Comparison, with_reference: bool) -> Comparison:
    """With the rows of the reference table, if they were asked for."""
    if not with_reference or not comparison.sheets:
        return comparison
    return replace(comparison, reference=reference_for(comparison.sheets))


def _listed(models: Any, more: Sequence[Any]) -> list[Any]:
    """Models in a list or one after the other, as one list.

    Raises:
        ConfigError: They are in something else.
    """
    if more:
        return [models, *more]
    if models is None:
        return []
    if isinstance(models, str | Path | SheetData | ComparisonData):
        return [models]
    try:
        return list(each(Rule("", lambda model: model), "").take(models))
    except Exception:
        raise ConfigError("models", "two or more different models", models, TOLD) from None


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
