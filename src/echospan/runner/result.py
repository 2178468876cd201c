"""The result of one run, and of its seeds together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.evaluator import Answers
from echospan.experiment import Experiment
from echospan.framings import Plan
from echospan.measure import squared_error
from echospan.models import Chance, LastValue, Model, Signature
from echospan.models.init import Init
from echospan.observer import halt_if
from echospan.report.objects import RunResult
from echospan.results.run import OneSequence, RunData, Score
from echospan.runner.explain import explain
from echospan.runner.scores import mean_of, no_interval, score, score_positions
from echospan.runner.training import TrainingResult
from echospan.store import Run
from echospan.tasks import NumberTask, absent
from echospan.tasks.lag import MISSING

NUMBERS_AT_ONCE = 4_000_000
"""Entries of one-hot vectors made at a time."""


def result_of(
    experiment: Experiment,
    run: Run,
    compiled: CompiledExperiment,
    trained: TrainingResult,
    answers: Answers,
    seconds: dict[str, float],
    stop: Callable[[], bool] | None = None,
) -> RunResult:
    """Score a trained run: accuracy with interval, chance, baselines, one sequence as it went.

    Args:
        experiment: What was run.
        run: Where it is stored.
        compiled: The compiled experiment.
        trained: What training came to.
        answers: The model's answers on new sequences.
        seconds: Time by part: compile, train, evaluate.
        stop: Asked between pieces of work.

    Raises:
        Halted: `stop` said so.
    """
    confidence = experiment.evaluation.confidence
    task, tolerance = experiment.task, experiment.task.tolerance
    scored = score(answers, answers.predicted, confidence, tolerance)
    note = no_interval(scored)
    numeric = isinstance(task, NumberTask)
    sequence = _one_sequence(experiment, answers)
    result = RunResult(
        recipe=run.recipe,
        run_id=run.id,
        seed=experiment.seed,
        accuracy=scored.share,
        accuracy_interval=scored.interval,
        interval_unit=scored.unit,
        independent_values=scored.independent,
        confidence=confidence,
        scored=scored.scored,
        sequences=len(answers.values),
        chance=task.chance,
        ceiling=task.ceiling,
        epochs=trained.epochs,
        updates=trained.epochs * compiled.updates_per_epoch,
        parameters=compiled.parameters,
        loss=float(np.mean(answers.loss)),
        accuracy_by_position=score_positions(answers, confidence, tolerance),
        baselines=baselines(experiment, answers, stop),
        settings=experiment.to_dict(),
        seconds=seconds,
        # Numbers are kept apart from symbols, which are right only when they are equal.
        example=sequence if numeric else None,
        inputs=None if numeric else sequence.inputs,
        expected=None if numeric else sequence.expected,
        predicted=None if numeric else sequence.predicted,
        notes=(note,) if note else (),
    )
    if isinstance(task, NumberTask):
        error = squared_error(answers.expected, answers.predicted, confidence)
        result = replace(
            result,
            tolerance=task.tolerance,
            squared_error=error.mean,
            squared_error_interval=error.interval,
            chance_squared_error=task.chance_error,
            r2=error.r2,
        )
    losses = trained.history.get("loss", ())
    return replace(result, explanation=tuple(explain(experiment, result, losses)))


def baselines(
    experiment: Experiment, answers: Answers, stop: Callable[[], bool] | None = None
) -> dict[str, Score]:
    """Accuracy and interval of the chance and the last-value model.

    Args:
        experiment: What is judged.
        answers: The sequences on which it was judged.
        stop: Asked between pieces of work.

    Raises:
        Halted: `stop` said so.
    """
    plan = experiment.evaluation_plan()
    models: tuple[Model, ...] = (Chance(), LastValue())
    scores = {}
    for model in models:
        refuses = experiment.task.features is not None and not model.takes_numbers
        if plan.outputs not in model.supported_outputs or refuses:
            continue
        predicted = _answers(model, experiment, plan, answers.values, stop)
        confidence, tolerance = experiment.evaluation.confidence, experiment.task.tolerance
        found = score(answers, predicted, confidence, tolerance)
        scores[model.kind] = Score(found.share, found.interval)
    return scores


def _answers(
    spec: Model,
    experiment: Experiment,
    plan: Plan,
    values: np.ndarray,
    stop: Callable[[], bool] | None,
) -> np.ndarray:
    """Answers (sequences, targets)."""
    width, features = experiment.task.width, experiment.task.features
    samples = plan.updates * plan.rows
    signature = Signature(
        width, plan.timesteps, plan.outputs, experiment.task.target_steps, samples, features
    )
    model = spec.build(signature, Init(experiment.seed))
    encoding, readout = spec.input_for(signature), spec.readout_for(signature)
    predicted = []
    at_once = max(1, NUMBERS_AT_ONCE // (samples * plan.timesteps * (features or width)))
    for start in range(0, len(values), at_once):
        halt_if(stop)
        some = values[start : start + at_once]
        inputs = plan.gather(some, _in_each(plan.inputs, len(some), values.shape[1]))
        inputs = inputs.reshape(-1, plan.timesteps, *values.shape[2:])
        encoded = encoding.encode(inputs, width, np)
        symbols = readout.decode(np.asarray(model(encoded)), width, np)
        predicted.append(symbols.reshape(len(some), -1))
    return np.concatenate(predicted)


def _in_each(positions: np.ndarray, sequences: int, steps: int) -> np.ndarray:
    """Positions within one sequence, as those within each of several (sequences, ...)."""
    first = np.arange(sequences).reshape(-1, *(1 for _ in positions.shape)) * steps
    return np.where(positions == MISSING, MISSING, positions + first)


def _one_sequence(experiment: Experiment, answers: Answers) -> OneSequence:
    """Return the first sequence: inputs, expected and predicted answers at each step."""
    own = _own_values(experiment)
    scored = ~absent(answers.expected[0])
    return OneSequence(
        inputs=tuple(own(_with_gaps(answers.values[0]))),
        expected=tuple(own(_by_step(answers, answers.expected[0], scored))),
        predicted=tuple(own(_by_step(answers, answers.predicted[0], scored))),
    )


def _own_values(experiment: Experiment) -> Callable[[list[Any]], list[Any]]:
    """Symbols as the user writes them, where they came from a file."""
    series = getattr(experiment.task, "series", None)
    if series is None:
        return list
    values = series.vocabulary.values
    return lambda symbols: [None if symbol is None else values[symbol] for symbol in symbols]


def _by_step(answers: Answers, symbols: np.ndarray, scored: np.ndarray) -> list[Any]:
    """Answers (targets,) in the order of their steps, None where a step is not scored."""
    steps = int(answers.position.max()) + 1
    by_step: list[Any] = [None] * steps
    for step, symbol, is_scored in zip(answers.position, symbols.tolist(), scored, strict=True):
        if is_scored and step >= 0:
            by_step[int(step)] = symbol
    return by_step


def _with_gaps(values: np.ndarray) -> list[Any]:
    """Symbols, None where one is missing; or the numbers of each step."""
    listed: list[Any] = values.tolist()
    return listed if values.ndim > 1 else [None if symbol < 0 else symbol for symbol in listed]


HEADLINE = ("accuracy", "chance", "loss", "squared_error", "parameters")


def headline(result: RunData) -> dict[str, float]:
    """The numbers of a result that an observer is told, those that it has."""
    named = {name: getattr(result, name) for name in HEADLINE}
    return {f"result/{name}": float(value) for name, value in named.items() if value is not None}


def summary_of(results: Sequence[RunData]) -> dict[str, Any]:
    """Return accuracy over seeds: mean, interval, and each seed's own."""
    accuracy, interval = mean_of(results)
    return {
        "accuracy": accuracy,
        "interval": None if interval is None else list(interval),
        "seeds": len(results),
        "accuracies": [float(result.accuracy or 0.0) for result in results],
        "chance": results[0].chance,
    }
