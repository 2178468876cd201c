"""From a finished (or interrupted) search to the sheet: looks, measures and the verdict."""

from __future__ import annotations

import time
from collections.abc import Callable

from echospan.report.objects import Sheet
from echospan.results.probes import Reach, Reference
from echospan.spans.capacity import capacity
from echospan.spans.checks import check
from echospan.spans.decay import decay
from echospan.spans.facts import Facts, Failure
from echospan.spans.generalise import distractors, lengths
from echospan.spans.lag_result import LagResult
from echospan.spans.lag_row import row_of
from echospan.spans.measuring import measure
from echospan.spans.reach import reach
from echospan.spans.references import references
from echospan.spans.search import Search
from echospan.spans.trial import Trial
from echospan.spans.verdict import verdict

FARTHEST = 64
"""The decay is followed to twice the edge, at most this far."""


def assemble(search: Search, *, started: float, stop: Callable[[], bool]) -> Sheet:
    """Look into the trained models and write the sheet."""
    model, rules, task = search.model, search.rules, search.model.task
    results = [search.results[lag] for lag in sorted(search.results)]
    rows = [row_of(result, task, rules.confidence) for result in results]
    chosen = _chosen(search)
    weights = chosen.weights if chosen is not None else model.start(search.seed, 0.001)
    lag = chosen.lag if chosen is not None else task.smallest
    checks = check(model, weights, search.seed)
    sound = checks["finite"].passed is True
    failed = next((r for r in results if r.outcome == "failed"), None)
    looks: dict[str, Reach] = {}
    if sound:
        if failed is not None and failed.median is not None:
            edge = failed.trials[failed.median]
            looks["failed"] = reach(model, edge.weights, failed.lag, search.seed)
            before = model.start(search.seed, 0.001)
            looks["start"] = reach(model, before, failed.lag, search.seed)
        looks["trained"] = reach(model, weights, lag, search.seed)
    edge_lag = failed.lag if failed is not None else max(search.results, default=1)
    found = None
    longer, among = [], []
    if task.echoes and sound and chosen is not None and chosen.decided and not stop():
        far = min(FARTHEST, 2 * edge_lag)
        found = decay(model, weights, far, search.seed, rules.confidence)
        trained = task.training_length(lag)
        longer = lengths(model, weights, lag, trained, search.seed, rules.confidence)
        among = distractors(
            model, weights, lag, task.longer * trained, search.seed, rules.confidence
        )
    beyond = None if failed is None else task.min_reach(failed.lag)
    field = _field(model.receptive_field, looks, beyond)
    chance = task.chance(lag if failed is None else failed.lag)
    beside: dict[str, tuple[Reference, ...]] = {}
    if task.echoes:
        beside = references(model.symbols, sorted(search.results), search.seed, rules)
    held = capacity(results, task, model.bits_of_state)
    facts = Facts(
        chance=chance,
        threshold=rules.threshold,
        span=search.ladder.span,
        largest=_largest(search),
        learns=model.learns,
        checks={name: one.passed for name, one in checks.items()},
        evidence={name: one.evidence for name, one in checks.items()},
        failure=_failure(search, failed, looks) if failed is not None else None,
        undecided=next((r.lag for r in results if r.outcome == "undecided"), None),
        untried=search.ladder.next(),
        receptive_field=field,
        bits=model.bits_of_state,
        capacity=held,
        truncated=model.carries_between_updates,
        forgets=model.forgets_between_steps,
        budget=str(search.budget),
        word=task.difficulty_name,
        scored_as=task.scored_as,
        interrupted=stop(),
    )
    judged = verdict(facts)
    return Sheet(
        model=model.name,
        framework=model.framework,
        learns=model.learns,
        parameters=model.parameters,
        state_size=model.state_size,
        receptive_field=field,
        symbols=task.symbols,
        task=task.name,
        distance=task.difficulty_name,
        scored_as=task.scored_as,
        ceiling=task.ceiling(lag),
        seeds=search.seeds,
        threshold=rules.threshold,
        confidence=rules.confidence,
        budget=str(search.budget),
        span=search.ladder.span,
        first_failed=search.ladder.first_failed,
        per_lag=tuple(rows),
        chance=chance,
        checks=checks,
        verdict=judged.sentence,
        verdict_code=judged.code,
        verdict_evidence=judged.evidence,
        bits_of_state=model.bits_of_state,
        capacity=held,
        decay=found,
        reach=looks,
        lengths=tuple(longer),
        distractors=tuple(among),
        references=beside,
        notes=(*model.notes, *task.notes),
        interrupted=stop(),
        updates=search.budget.spent_updates,
        seconds=time.perf_counter() - started,
        measured_at=None if chosen is None else chosen.lag,
    )


def _chosen(search: Search) -> Trial | None:
    """The trained model that is looked into: the median seed of the span, else of any lag."""
    span = search.results.get(search.ladder.span)
    for result in [*([span] if span else []), *search.results.values()]:
        if result.median is not None:
            return result.trials[result.median]
    return None


def _largest(search: Search) -> int:
    listed = search.ladder.listed
    return max(listed) if listed else search.ladder.largest


def _field(declared: int | None, looks: dict[str, Reach], beyond: int | None) -> int | None:
    """As declared; else as measured, where nothing at all arrives from beyond it.

    A recurrent state fades until nothing is left in 32 bits, which is no field: only a sharp edge
    before what the failed lag asks for, the same before and after training, counts.
    """
    if declared is not None or beyond is None or "failed" not in looks:
        return declared
    first, then = looks["start"], looks["failed"]
    edge = then.farthest
    if edge >= beyond or first.farthest != edge:
        return None
    sharp = all(
        look.forward[edge] > 1e-3 * max(look.forward) and not any(look.forward[edge + 1 :])
        for look in (first, then)
    )
    return edge + 1 if sharp else None


def _failure(search: Search, failed: LagResult, looks: dict[str, Reach]) -> Failure:
    middle = failed.median
    assert middle is not None
    measured, trial = failed.measured[middle], failed.trials[middle]
    assert measured is not None
    rules, model, task = search.rules, search.model, search.model.task
    reach = task.min_reach(failed.lag)
    at_trained = None
    if task.longer > 1 and trial.curve and trial.curve[-1][2] > rules.threshold:
        found = measure(model, trial.weights, failed.lag, trial.seed, rules, times=1)
        at_trained = found.accuracy if found.solved else None
    other = [rate for rate, shares in failed.tried.items() if max(shares) > rules.goal]
    share = failed.solved_share or 0.0
    return Failure(
        lag=failed.lag,
        accuracy=measured.accuracy,
        interval=measured.interval,
        solved_share=share,
        endings=tuple(t.ending for t in failed.trials),
        falling=any(t.falling for t in failed.trials),
        updates=max(t.updates for t in failed.trials),
        reach=reach,
        bits_needed=task.bits(failed.lag),
        other_rate=next((rate for rate in other if rate != trial.rate), None),
        at_trained_length=at_trained,
        forward=looks["failed"].farthest if "failed" in looks else None,
        gradient=_relative(looks.get("failed"), reach),
        gradient_start=_relative(looks.get("start"), reach),
    )


def _relative(look: Reach | None, lag: int) -> float | None:
    if look is None or look.backward is None or not lag < len(look.backward):
        return None
    newest = float(look.backward[0])
    return float(look.backward[lag]) / newest if newest > 0 else None
