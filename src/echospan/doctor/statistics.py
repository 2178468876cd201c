"""Findings by statistics: heuristics, and they say so."""

from __future__ import annotations

import numpy as np

from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.information import information
from echospan.doctor.needs import Layout
from echospan.results.check_report import Finding

ENOUGH = 64
SHIFTS = 19


def no_signal(call: FitCall, layout: Layout) -> list[Finding]:
    """Neither copy nor shared information, and a linear probe does no better than by chance."""
    if layout.needs.how != "unknown" or len(call.x) < ENOUGH or call.needs_lag is not None:
        return []
    scores, _ = information(layout.streams, layout.timeline)
    if not scores:
        return []
    skill, chance = linear_probe(layout)
    if skill > chance:
        return []
    return [
        find(
            "no-signal",
            f"In {len(call.x):,} samples, no lag from 0 to {max(scores)} shares more information "
            "with the targets than with shifted targets, and a linear probe does no better on "
            "held-out samples. This does not prove there is no signal; try more samples.",
            exact=False,
            remedy="print(x[:3], y[:3])  # are x and y paired as they should be?",
            samples=len(call.x),
            lags=len(scores),
            probe=round(skill, 4),
            probe_on_shifted=round(chance, 4),
        )
    ]


def linear_probe(layout: Layout) -> tuple[float, float]:
    """Explained variance on the later half, and the most that shifted targets reach."""
    inputs = np.nan_to_num(layout.streams.inputs.reshape(len(layout.streams.inputs), -1))
    inputs = inputs[:, -256:]
    targets = np.nan_to_num(layout.streams.targets[:, -1, 0])
    half = len(inputs) // 2
    mean, scale = inputs[:half].mean(0), inputs[:half].std(0) + 1e-12
    design = np.concatenate([(inputs - mean) / scale, np.ones((len(inputs), 1))], axis=1)
    gram = design[:half].T @ design[:half] + np.eye(design.shape[1])
    solve = np.linalg.inv(gram) @ design[:half].T

    def skill(wanted: np.ndarray) -> float:
        wanted = (wanted - wanted.mean()) / (wanted.std() + 1e-12)
        errors = wanted[half:] - design[half:] @ (solve @ wanted[:half])
        return float(1 - (errors**2).mean() / ((wanted[half:] ** 2).mean() + 1e-12))

    shifts = np.linspace(len(targets) // 8 + 1, len(targets) * 7 // 8, SHIFTS).astype(int)
    return skill(targets), max(skill(np.roll(targets, shift)) for shift in shifts)


def copies_last(predicted: np.ndarray, last: np.ndarray, wanted: np.ndarray) -> list[Finding]:
    """Predictions that lie nearer to the last input than to the target, and score no better.

    Args:
        predicted: Predictions (samples,).
        last: The last input of each sample (samples,).
        wanted: Targets (samples,).
    """
    known = ~np.isnan(last) & ~np.isnan(wanted)
    predicted, last, wanted = predicted[known], last[known], wanted[known]
    if len(wanted) < 32:
        return []
    ours, naive = ((wanted - predicted) ** 2).mean(), ((wanted - last) ** 2).mean()
    apart = ((predicted - last) ** 2).mean()
    if naive == 0 or ours < 0.95 * naive or apart > 0.25 * ours:
        return []
    # A model that always says the same is near a last value that hardly moves; it copies nothing.
    if min(np.std(last), np.std(predicted)) == 0 or np.corrcoef(last, predicted)[0, 1] < 0.9:
        return []
    return [
        find(
            "copies-last-value",
            f"The squared error is {ours:.3g}. Repeating the last input reaches {naive:.3g}, and "
            f"the predictions are only {apart:.3g} from it: the model repeats the last value.",
            exact=False,
            remedy="naive = np.mean((y - x[:, -1]) ** 2)  # the error to beat",
            error=float(ours),
            naive=float(naive),
            from_last=float(apart),
            samples=len(wanted),
        )
    ]
