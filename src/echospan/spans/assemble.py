"""Make the sheet of a finished (or interrupted) search."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from echospan.measure import Interval, over_seeds
from echospan.memory_tasks.base import MemoryTask
from echospan.report.objects import Sheet
from echospan.results.capacity import Capacity
from echospan.results.lag_row import Curve, LagRow, SeedScore
from echospan.results.probes import Reach
from echospan.spans.facts import Facts, Failure
from echospan.spans.inspection import Inspection, inspect
from echospan.spans.plan import Plan
from echospan.spans.probes.bits_held import capacity
from echospan.spans.probes.reach import relative_gradient
from echospan.spans.search.lag_result import LagResult, Measured, measure
from echospan.spans.search.search import Search
from echospan.spans.search.trial import Trial
from echospan.spans.verdict import verdict

MOST_CURVE = 200
"""Most points of a learning curve on the sheet."""


def assemble(search: Search, plan: Plan, *, started: float, stop: Callable[[], bool]) -> Sheet:
    """Inspect the trained models, find what limits them, and make the sheet.

    Args:
        search: The search, finished or interrupted.
        plan: What it was made by.
        started: When the work began, by `time.perf_counter`.
        stop: Whether the user has asked to end.
    """
    model, task, trainer = search.model, search.model.task, search.trainer
    results = [search.results[lag] for lag in sorted(search.results)]
    seen = inspect(search, stop)
    held = capacity(results, task, model.bits_of_state)
    facts = facts_of(search, plan, seen, held, interrupted=stop())
    judged, edge = verdict(facts), search.ladder.edge
    return Sheet(
        model=model.name,
        framework=model.framework,
        learns=model.learns,
        parameters=model.parameters,
        state_size=model.state_size,
        receptive_field=seen.receptive_field,
        symbols=task.symbols,
        task=task.name,
        distance=task.difficulty_name,
        scored_as=task.scored_as,
        ceiling=task.ceiling(seen.lag),
        seeds=trainer.seeds,
        threshold=search.rules.threshold,
        confidence=search.rules.confidence,
        budget=plan.budget_text,
        span=edge.span,
        span_status=edge.status,
        span_at_least=edge.at_least,
        first_failed=edge.first_failed,
        per_lag=tuple(row_of(result, task, search.rules.confidence) for result in results),
        chance=facts.chance,
        checks=seen.checks,
        verdict=judged.sentence,
        verdict_code=judged.code,
        verdict_evidence=judged.evidence,
        bits_of_state=model.bits_of_state,
        capacity=held,
        decay=seen.decay,
        reach=seen.reach,
        lengths=seen.lengths,
        distractors=seen.distractors,
        references=seen.references,
        notes=(*model.notes, *task.notes),
        interrupted=facts.interrupted,
        updates=trainer.budget.spent_updates,
        seconds=time.perf_counter() - started,
        measured_at=None if seen.trial is None else seen.trial.lag,
        wanted_parameters=model.wanted_parameters,
        protocol=plan.use(interrupted=facts.interrupted),
    )


def facts_of(
    search: Search,
    plan: Plan,
    seen: Inspection,
    held: Capacity | None,
    *,
    interrupted: bool,
) -> Facts:
    """Collect what the verdict rests on.

    Args:
        search: The search.
        plan: What it was made by.
        seen: What was measured in the trained models.
        held: Bits that predictions prove to be held.
        interrupted: Whether the user ended it early.
    """
    model, task, failed = search.model, search.model.task, search.failed
    open_lags = [lag for lag, one in search.results.items() if one.outcome == "undecided"]
    listed = search.ladder.listed
    return Facts(
        chance=task.chance(seen.lag if failed is None else failed.lag),
        threshold=search.rules.threshold,
        span=search.ladder.span,
        largest=max(listed) if listed else search.ladder.largest,
        learns=model.learns,
        checks={name: one.passed for name, one in seen.checks.items()},
        evidence={name: one.evidence for name, one in seen.checks.items()},
        failure=None if failed is None else failure_of(search, failed, seen.reach),
        undecided=min(open_lags, default=None),
        untried=search.ladder.next(),
        receptive_field=seen.receptive_field,
        bits=model.bits_of_state,
        capacity=held,
        truncated=model.carries_between_updates,
        forgets=model.forgets_between_steps,
        ended=_ended(search, plan, interrupted),
        difficulty_name=task.difficulty_name,
        scored_as=task.scored_as,
        interrupted=interrupted,
    )


def _ended(search: Search, plan: Plan, interrupted: bool) -> str:
    """What left a lag undecided or untested."""
    if interrupted:
        return "it was stopped"
    if not search.trainer.budget.spent:
        updates = f"{search.rules.updates:,} updates"
        return f"the loss still fell after {updates}, which counts as undecided"
    if plan.capped:
        return f"the budget of {plan.budget_text} ended"
    return f"the {plan.used.total_updates:,} updates of {plan.base.name} ended"


def failure_of(search: Search, failed: LagResult, reaches: dict[str, Reach]) -> Failure:
    """Collect the facts about the smallest lag that failed."""
    middle = failed.median
    assert middle is not None
    measured, trial = failed.measured[middle], failed.trials[middle]
    assert measured is not None
    rules, model, task = search.rules, search.model, search.model.task
    needed = task.min_reach(failed.lag)
    at_trained = None
    if task.longer > 1 and trial.curve and trial.curve[-1][2] > rules.threshold:
        short = measure(model, trial.weights, failed.lag, trial.seed, rules, times=1)
        at_trained = short.accuracy if short.solved else None
    other = [rate for rate, shares in failed.tried.items() if max(shares) > rules.goal]
    return Failure(
        lag=failed.lag,
        accuracy=measured.accuracy,
        interval=measured.interval,
        solved_share=failed.solved_share or 0.0,
        endings=tuple(t.ending for t in failed.trials),
        falling=any(t.falling for t in failed.trials),
        updates=max(t.updates for t in failed.trials),
        reach=needed,
        bits_needed=task.bits(failed.lag),
        other_rate=next((rate for rate in other if rate != trial.rate), None),
        at_trained_length=at_trained,
        forward=reaches["failed"].farthest if "failed" in reaches else None,
        gradient=relative_gradient(reaches.get("failed"), needed),
        gradient_start=relative_gradient(reaches.get("start"), needed),
    )


def row_of(result: LagResult, task: MemoryTask, confidence: float) -> LagRow:
    """Make the sheet's row of one lag."""
    middle = result.median
    measured = None if middle is None else result.measured[middle]
    trial = result.trials[middle or 0]
    shares = [m.accuracy for m in result.measured if m is not None]
    bits, mutual = None, None
    if measured is not None:
        bits, mutual = task.information(measured.accuracy, measured.expected, measured.predicted)
    return LagRow(
        lag=result.lag,
        outcome=result.outcome,
        accuracy=None if measured is None else measured.accuracy,
        interval=None if measured is None else measured.interval,
        mean=float(np.mean(shares)) if shares else None,
        over_seeds=_over_seeds(result, task, confidence),
        streamed=None if measured is None else measured.streamed,
        bits=bits,
        mutual_information=mutual,
        solved_share=result.solved_share,
        learning_rate=trial.rate or None,
        updates=trial.updates,
        seeds=tuple(_seed_score(t, m) for t, m in zip(result.trials, result.measured, strict=True)),
        tried={f"{rate:g}": sum(s) / len(s) for rate, s in result.tried.items()},
        tried_seeds={f"{rate:g}": len(s) for rate, s in result.tried.items()},
        bits_recalled=None if measured is None else measured.recalled,
        curves=tuple(_curve(t) for t in result.trials),
        training_length=trial.spec.length,
        scored=0 if measured is None else measured.scored,
        chance=task.chance(result.lag),
        bits_needed=task.bits(result.lag),
    )


def _over_seeds(result: LagResult, task: MemoryTask, confidence: float) -> Interval | None:
    """The interval of the mean over seeds; R2 is no share of hits, and at most 1."""
    measured = [m for m in result.measured if m is not None]
    if len(measured) < 2:
        return None
    within = [m.interval for m in measured] if task.scored_as == "accuracy" else []
    shares = [m.accuracy for m in measured]
    return over_seeds(shares, confidence, within=within, bounds=(-math.inf, 1.0))


def _seed_score(trial: Trial, measured: Measured | None) -> SeedScore:
    return SeedScore(
        seed=trial.seed,
        accuracy=None if measured is None else measured.accuracy,
        interval=None if measured is None else measured.interval,
        streamed=None if measured is None else measured.streamed,
        solved=None if measured is None else measured.solved,
        ending=trial.ending,
        updates=trial.updates,
    )


def _curve(trial: Trial) -> Curve:
    """At most `MOST_CURVE` points."""
    every = max(1, len(trial.curve) // MOST_CURVE)
    points = trial.curve[::every]
    return Curve(
        seed=trial.seed,
        updates=tuple(int(updates) for updates, _, _ in points),
        loss=tuple(float(loss) for _, loss, _ in points),
        accuracy=tuple(float(accuracy) for _, _, accuracy in points),
    )
