"""Checks on the model: finite, deterministic, causal, one row apart from another, streaming.

They run the trainable model and not its `adapter(weights)`. Both give the same numbers to rounding,
but an adapter is compiled again for each set of weights, where the trainable model's programs take
weights as an argument. A model of windows or of single steps is run like any other, too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.adapters.trainable import TrainableModel
from echospan.memory_tasks.echo import LONGER, SEQUENCES, SHORTEST
from echospan.results.probes import Check

TOLERANCE = 1e-3
"""Largest difference that rounding may make, relative to the spread of the scores."""


def check(model: TrainableModel, weights: Any, seed: int, length: int = 0) -> dict[str, Check]:
    """All checks on one set of weights.

    Args:
        model: The model.
        weights: Its weights, trained or not.
        seed: Seed of the sequences.
        length: Steps of the sequences; by default those of the shortest measurement.
    """
    inputs = model.task.random_inputs(length or LONGER * SHORTEST, seed, "check", SEQUENCES)
    scores = model.scores(weights, inputs)
    if not np.isfinite(scores).all():
        return {"finite": Check(False, "Some scores are NaN or infinite.")}
    scale = float(scores.std()) or 1.0
    return {
        "finite": Check(True, f"All {scores.size:,} scores are finite."),
        "deterministic": _deterministic(model, weights, inputs, scores, scale),
        "uses_input": _uses_input(model, weights, inputs, scores, scale, seed),
        "causal": _causal(model, weights, inputs, scores, scale),
        "rows_independent": _rows(model, weights, inputs, scores, scale),
        "step_by_step": _stepwise(model, weights, inputs, scores, scale),
        "resets": _resets(model, weights, inputs, scale),
    }


def _deterministic(
    model: TrainableModel, weights: Any, inputs: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    apart = _apart(model.scores(weights, inputs), scores, scale)
    return Check(
        apart <= TOLERANCE, f"The same sequences given twice: scores differ by {apart:.1e}."
    )


def _uses_input(
    model: TrainableModel,
    weights: Any,
    inputs: np.ndarray,
    scores: np.ndarray,
    scale: float,
    seed: int,
) -> Check:
    other = model.scores(weights, model.task.changed(inputs))
    apart = _apart(other, scores, scale)
    return Check(apart > TOLERANCE, f"With every symbol changed, the scores differ by {apart:.1e}.")


def _causal(
    model: TrainableModel, weights: Any, inputs: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    """By perturbation at one step, and by the gradient of one answer."""
    middle = inputs.shape[1] // 2
    changed = inputs.copy()
    changed[:, middle] = model.task.changed(changed[:, middle])
    before = _apart(model.scores(weights, changed)[:, :middle], scores[:, :middle], scale)
    evidence = f"Step {middle} changed: earlier scores differ by {before:.1e}."
    passed = before <= TOLERANCE
    targets = model.task.no_targets(inputs.shape[:2])
    targets[:, middle] = model.task.as_targets(inputs)[:, middle - 1]
    norms = model.gradient(weights, inputs, targets)
    if norms is not None and np.isfinite(norms).all():
        later, largest = float(norms[:, middle + 1 :].max()), float(norms.max())
        passed = passed and later <= TOLERANCE * largest
        evidence += (
            f" Gradient of the output at step {middle}: {later:.1e} on later inputs, "
            f"{largest:.1e} at most."
        )
    else:
        evidence += " Inputs are integers or one step at a time, so no gradient was taken."
    return Check(passed, evidence)


def _rows(
    model: TrainableModel, weights: Any, inputs: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    # A row in the middle: a model that takes rows for time mixes only those before it, or after it.
    kept = len(inputs) // 2
    changed = model.task.changed(inputs)
    changed[kept] = inputs[kept]
    apart = _apart(model.scores(weights, changed)[kept], scores[kept], scale)
    return Check(
        apart <= TOLERANCE,
        f"All other rows changed: the scores of row {kept} differ by {apart:.1e}.",
    )


def _stepwise(
    model: TrainableModel, weights: Any, inputs: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    whole = model.stream(weights, inputs)
    if whole is None:
        return Check(None, "The model cannot be run one step at a time.")
    apart = _apart(whole.scores, scores, scale)
    few = inputs[: max(1, len(inputs) // 6)]
    fewer = model.stream(weights, few)
    assert fewer is not None
    at_few = _apart(fewer.scores, scores[: len(few)], scale)
    one, other = (model.task.predictions(given) for given in (whole.scores, scores))
    agree = float(np.isclose(one, other, atol=10 * TOLERANCE * scale).mean())
    return Check(
        max(apart, at_few) <= 10 * TOLERANCE,
        f"Single steps and whole sequences: scores differ by {apart:.1e} ({len(inputs)} rows) and "
        f"{at_few:.1e} ({len(few)} rows); {agree:.1%} of the predictions agree.",
    )


def _resets(model: TrainableModel, weights: Any, inputs: np.ndarray, scale: float) -> Check:
    first = model.stream(weights, inputs)
    if first is None:
        return Check(None, "The model cannot be run one step at a time.")
    model.stream(weights, model.task.changed(inputs))
    again = model.stream(weights, inputs)
    assert again is not None
    apart = _apart(again.scores, first.scores, scale)
    return Check(
        apart <= TOLERANCE,
        f"After other sequences and a reset, the scores differ by {apart:.1e}.",
    )


def _apart(one: np.ndarray, other: np.ndarray, scale: float) -> float:
    return float(np.abs(one - other).max()) / scale if one.size else 0.0
