"""Checks on the model itself: is what it does what a memory should do? Each with its evidence."""

from __future__ import annotations

from typing import Any

import numpy as np

from echospan.results.probes import Check
from echospan.spans.echo_question import LONGER, SEQUENCES, SHORTEST
from echospan.spans.subject import Subject

TOLERANCE = 1e-3
"""Largest difference that rounding may make, relative to the spread of the scores."""


def check(subject: Subject, weights: Any, seed: int, length: int = 0) -> dict[str, Check]:
    """All checks on one set of weights.

    Args:
        subject: Whose.
        weights: Trained or not.
        seed: Of the sequences.
        length: Steps of the sequences; left out, those of the shortest measurement.
    """
    heard = subject.question.noise(length or LONGER * SHORTEST, seed, "check", SEQUENCES)
    scores = subject.scores(weights, heard)
    if not np.isfinite(scores).all():
        return {"finite": Check(False, "Some scores are NaN or infinite.")}
    scale = float(scores.std()) or 1.0
    return {
        "finite": Check(True, f"All {scores.size:,} scores are finite."),
        "deterministic": _deterministic(subject, weights, heard, scores, scale),
        "uses_input": _uses_input(subject, weights, heard, scores, scale, seed),
        "causal": _causal(subject, weights, heard, scores, scale),
        "rows_independent": _rows(subject, weights, heard, scores, scale),
        "step_by_step": _stepwise(subject, weights, heard, scores, scale),
        "resets": _resets(subject, weights, heard, scale),
    }


def _deterministic(
    subject: Subject, weights: Any, heard: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    apart = _apart(subject.scores(weights, heard), scores, scale)
    return Check(apart <= TOLERANCE, f"The same sequences twice: scores differ by {apart:.1e}.")


def _uses_input(
    subject: Subject,
    weights: Any,
    heard: np.ndarray,
    scores: np.ndarray,
    scale: float,
    seed: int,
) -> Check:
    other = subject.scores(weights, subject.question.changed(heard))
    apart = _apart(other, scores, scale)
    return Check(apart > TOLERANCE, f"With every symbol changed the scores differ by {apart:.1e}.")


def _causal(
    subject: Subject, weights: Any, heard: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    """By perturbation at one step, and by the gradient of one answer."""
    middle = heard.shape[1] // 2
    changed = heard.copy()
    changed[:, middle] = subject.question.changed(changed[:, middle])
    before = _apart(subject.scores(weights, changed)[:, :middle], scores[:, :middle], scale)
    words = f"Step {middle} changed: earlier scores differ by {before:.1e}."
    passed = before <= TOLERANCE
    targets = subject.question.nothing(heard.shape[:2])
    targets[:, middle] = subject.question.first(heard)[:, middle - 1]
    norms = subject.gradient(weights, heard, targets)
    if norms is not None and np.isfinite(norms).all():
        later, largest = float(norms[:, middle + 1 :].max()), float(norms.max())
        passed = passed and later <= TOLERANCE * largest
        words += (
            f" Gradient of the answer at step {middle}: {later:.1e} on later inputs, "
            f"{largest:.1e} at most."
        )
    else:
        words += " Inputs are integers or one step at a time, so no gradient was taken."
    return Check(passed, words)


def _rows(
    subject: Subject, weights: Any, heard: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    # One in the middle: a model that takes rows for time hears only those before it, or after it.
    kept = len(heard) // 2
    changed = subject.question.changed(heard)
    changed[kept] = heard[kept]
    apart = _apart(subject.scores(weights, changed)[kept], scores[kept], scale)
    return Check(
        apart <= TOLERANCE,
        f"All other rows changed: the scores of row {kept} differ by {apart:.1e}.",
    )


def _stepwise(
    subject: Subject, weights: Any, heard: np.ndarray, scores: np.ndarray, scale: float
) -> Check:
    whole = subject.stream(weights, heard)
    if whole is None:
        return Check(None, "The model has no form that hears one step at a time.")
    apart = _apart(whole.scores, scores, scale)
    few = heard[: max(1, len(heard) // 6)]
    fewer = subject.stream(weights, few)
    assert fewer is not None
    at_few = _apart(fewer.scores, scores[: len(few)], scale)
    one, other = (subject.question.read(given) for given in (whole.scores, scores))
    agree = float(np.isclose(one, other, atol=10 * TOLERANCE * scale).mean())
    return Check(
        max(apart, at_few) <= 10 * TOLERANCE,
        f"One step at a time and whole: scores differ by {apart:.1e} ({len(heard)} rows) and "
        f"{at_few:.1e} ({len(few)} rows); {agree:.1%} of the answers agree.",
    )


def _resets(subject: Subject, weights: Any, heard: np.ndarray, scale: float) -> Check:
    first = subject.stream(weights, heard)
    if first is None:
        return Check(None, "The model has no form that hears one step at a time.")
    subject.stream(weights, subject.question.changed(heard))
    again = subject.stream(weights, heard)
    assert again is not None
    apart = _apart(again.scores, first.scores, scale)
    return Check(
        apart <= TOLERANCE,
        f"After other sequences and a reset the scores differ by {apart:.1e}.",
    )


def _apart(one: np.ndarray, other: np.ndarray, scale: float) -> float:
    return float(np.abs(one - other).max()) / scale if one.size else 0.0
