"""Probe the trained models of a finished search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from echospan.results.probes import Check, Condition, Decay, Reach, Reference
from echospan.spans.probes.bits_held import decay
from echospan.spans.probes.checks import check
from echospan.spans.probes.generalisation import distractors, lengths, references
from echospan.spans.probes.in_chunks import in_chunks
from echospan.spans.probes.reach import reach, receptive_field
from echospan.spans.search.search import Search
from echospan.spans.search.trial import Trial

FARTHEST = 64
"""Probes of the state go to twice the first failed lag, at most this far."""

START_RATE = 0.001
"""Learning rate of weights that are not trained; it has no effect on what is measured."""


@dataclass(frozen=True)
class Inspection:
    """What was measured in the trained models.

    Attributes:
        trial: The trial whose model was inspected; None if none was trained.
        lag: Its lag, else the task's smallest.
        checks: Checks on the model, by name.
        reach: Reach of the inspected model ("trained") and, if a lag failed, at that lag before
            training ("start") and after it ("failed").
        receptive_field: As declared or measured; None if no limit is known.
        decay: Probes of the state; None if there are none.
        lengths: Scores on longer sequences.
        distractors: Scores among other symbols.
        references: Scores of reference solvers, by name.
    """

    trial: Trial | None
    lag: int
    checks: dict[str, Check]
    reach: dict[str, Reach]
    receptive_field: int | None
    decay: Decay | None = None
    lengths: tuple[Condition, ...] = ()
    distractors: tuple[Condition, ...] = ()
    references: dict[str, tuple[Reference, ...]] = field(default_factory=dict)


def inspect(search: Search, stop: Callable[[], bool]) -> Inspection:
    """Check and probe the model of the span, and measure the reach at the first failed lag.

    Args:
        search: The search, finished or interrupted.
        stop: Whether the user has asked to end; probes of the state are then left out, as they are
            where all seconds of the budget are used.
    """
    model, task, seed = search.model, search.model.task, search.trainer.seed
    confidence, failed = search.rules.confidence, search.failed
    trial = _inspected(search)
    weights = trial.weights if trial is not None else model.start(seed, START_RATE)
    lag = trial.lag if trial is not None else task.smallest
    checks = check(model, weights, seed)
    sound = checks["finite"].passed is True
    reaches: dict[str, Reach] = {}
    if sound and (chunked := in_chunks(model)) is not None:
        checks["in_chunks"] = chunked
    if sound:
        reaches = {**_at_first_failed(search), "trained": reach(model, weights, lag, seed)}
    needed = None if failed is None else task.min_reach(failed.lag)
    edge = failed.lag if failed is not None else max(search.results, default=1)
    trained = task.training_length(lag)
    # Probes of the state and scores on other sequences are defined for echoes.
    over = search.trainer.budget.overdrawn or stop()
    probe = task.echoes and sound and trial is not None and trial.decided and not over
    given = (model, weights, lag)
    return Inspection(
        trial=trial,
        lag=lag,
        checks=checks,
        reach=reaches,
        receptive_field=receptive_field(model.receptive_field, reaches, needed),
        decay=decay(model, weights, min(FARTHEST, 2 * edge), seed, confidence) if probe else None,
        lengths=tuple(lengths(*given, trained, seed, confidence) if probe else ()),
        distractors=tuple(
            distractors(*given, task.longer * trained, seed, confidence) if probe else ()
        ),
        references=references(task, sorted(search.results), seed, confidence)
        if task.echoes
        else {},
    )


def _inspected(search: Search) -> Trial | None:
    """The median seed of the span, else of any lag."""
    span = search.results.get(search.ladder.span)
    for result in [*([span] if span else []), *search.results.values()]:
        if result.median is not None:
            return result.trials[result.median]
    return None


def _at_first_failed(search: Search) -> dict[str, Reach]:
    """Reach at the first failed lag, before training and after it."""
    model, seed, failed = search.model, search.trainer.seed, search.failed
    if failed is None or failed.median is None:
        return {}
    weights = failed.trials[failed.median].weights
    return {
        "failed": reach(model, weights, failed.lag, seed),
        "start": reach(model, model.start(seed, START_RATE), failed.lag, seed),
    }
