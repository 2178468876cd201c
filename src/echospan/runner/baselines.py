"""The models that know nothing, on the same sequences as the one that is judged."""

from __future__ import annotations

import numpy as np

from echospan.engine.evaluator import Answers
from echospan.experiment import Experiment
from echospan.framings import Plan
from echospan.measure import accuracy
from echospan.models import Chance, LastValue, Model, Signature
from echospan.models.init import Init
from echospan.results.run import Score

NUMBERS_AT_ONCE = 4_000_000
"""Entries of one-hot vectors made at a time."""


def baselines(experiment: Experiment, answers: Answers) -> dict[str, Score]:
    """Accuracy and interval of the chance and the last-value model.

    Args:
        experiment: What is judged.
        answers: The sequences on which it was judged.
    """
    plan = experiment.evaluation_plan()
    models: tuple[Model, ...] = (Chance(), LastValue())
    scores = {}
    for model in models:
        refuses = experiment.task.features is not None and not model.takes_numbers
        if plan.outputs not in model.supported_outputs or refuses:
            continue
        predicted = _answers(model, experiment, plan, answers.values)
        score = accuracy(
            answers.expected,
            predicted,
            experiment.evaluation.confidence,
            tolerance=experiment.task.tolerance,
        )
        scores[model.kind] = Score(score.share, score.interval)
    return scores


def _answers(spec: Model, experiment: Experiment, plan: Plan, values: np.ndarray) -> np.ndarray:
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
        some = values[start : start + at_once]
        inputs = np.stack([plan.gather(row[None], plan.inputs) for row in some])
        inputs = inputs.reshape(-1, plan.timesteps, *values.shape[2:])
        encoded = encoding.encode(inputs, width, np)
        symbols = readout.decode(np.asarray(model(encoded)), width, np)
        predicted.append(symbols.reshape(len(some), -1))
    return np.concatenate(predicted)
