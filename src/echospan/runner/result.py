"""Results: what is kept, shown and returned about one run, and about its seeds together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from echospan.engine.compiled_experiment import CompiledExperiment
from echospan.engine.evaluator import Answers
from echospan.experiment import Experiment
from echospan.measure import accuracy, by_position, over_seeds, squared_error
from echospan.runner.baselines import baselines
from echospan.runner.explain import explain
from echospan.runner.training import Trained
from echospan.store import Run
from echospan.tasks import NumberTask, absent

Result = dict[str, Any]


def result_of(
    experiment: Experiment,
    run: Run,
    compiled: CompiledExperiment,
    trained: Trained,
    answers: Answers,
) -> Result:
    """What a run came to: scores, intervals, chance, one sequence as it went."""
    confidence = experiment.evaluation.confidence
    task, tolerance = experiment.task, experiment.task.tolerance
    score = accuracy(answers.expected, answers.predicted, confidence, tolerance=tolerance)
    positions = by_position(
        answers.expected, answers.predicted, answers.position, confidence, tolerance=tolerance
    )
    result: Result = {
        "recipe": run.recipe,
        "run_id": run.id,
        "seed": experiment.seed,
        "accuracy": score.share,
        "accuracy_interval": list(score.interval),
        "confidence": confidence,
        "scored": score.scored,
        "sequences": len(answers.values),
        "chance": task.chance,
        "ceiling": task.ceiling,
        "epochs": trained.epochs,
        "updates": trained.epochs * compiled.updates_per_epoch,
        "parameters": compiled.parameters,
        "loss": float(np.mean(answers.loss)),
        "accuracy_by_position": {
            "position": list(positions),
            "accuracy": [found.share for found in positions.values()],
            "interval": [list(found.interval) for found in positions.values()],
        },
        "baselines": baselines(experiment, answers),
        "settings": experiment.to_dict(),
    }
    if isinstance(task, NumberTask):
        result |= _errors(task, answers, confidence)
        # Not where reports look for symbols, which are right only when they are equal.
        result["example"] = _one_sequence(experiment, answers)
    else:
        result |= _one_sequence(experiment, answers)
    result["explanation"] = explain(experiment, result)
    return result


def _errors(task: NumberTask, answers: Answers, confidence: float) -> Result:
    """What is said of answers that are numbers, besides how many are right."""
    error = squared_error(answers.expected, answers.predicted, confidence)
    return {
        "tolerance": task.tolerance,
        "squared_error": error.mean,
        "squared_error_interval": list(error.interval),
        "chance_squared_error": task.chance_error,
        "r2": error.r2,
    }


def _one_sequence(experiment: Experiment, answers: Answers) -> dict[str, list[Any]]:
    """The first sequence: what was heard, asked and answered at each step."""
    own = _own_values(experiment)
    scored = ~absent(answers.expected[0])
    return {
        "inputs": own(_with_gaps(answers.values[0])),
        "expected": own(_by_step(answers, answers.expected[0], scored)),
        "predicted": own(_by_step(answers, answers.predicted[0], scored)),
    }


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
    found: list[Any] = [None] * steps
    for step, symbol, asked in zip(answers.position, symbols.tolist(), scored, strict=True):
        if asked and step >= 0:
            found[int(step)] = symbol
    return found


def _with_gaps(values: np.ndarray) -> list[Any]:
    """Symbols, None where one is missing; or the numbers of each step."""
    listed: list[Any] = values.tolist()
    return listed if values.ndim > 1 else [None if symbol < 0 else symbol for symbol in listed]


def summary_of(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Accuracy over seeds: mean, interval, each seed's own."""
    accuracies = [float(result["accuracy"]) for result in results]
    interval = (
        list(over_seeds(accuracies)) if len(results) > 1 else list(results[0]["accuracy_interval"])
    )
    return {
        "accuracy": float(np.mean(accuracies)),
        "interval": interval,
        "seeds": len(results),
        "accuracies": accuracies,
        "chance": results[0]["chance"],
    }
