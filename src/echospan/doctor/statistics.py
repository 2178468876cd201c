"""Findings by statistics: heuristics, and they say so."""

from __future__ import annotations

import numpy as np

from echospan.doctor.finding import find
from echospan.doctor.fit_call import FitCall
from echospan.doctor.foretold import sees_targets
from echospan.doctor.needs import Layout
from echospan.results.check_report import Finding

ENOUGH = 40
"""Samples without which nothing is said."""


def no_signal(call: FitCall, layout: Layout) -> list[Finding]:
    """No copy, no shared information, and small fits of the window do no better than chance."""
    if layout.needs.how != "unknown" or len(call.x) < ENOUGH or call.needs_lag is not None:
        return []
    found = sees_targets(call, layout.streams, layout.timeline)
    if found is None or found.predicts:
        return []
    return [
        find(
            "no-signal",
            f"There may be nothing to learn: in {found.windows:,} samples no small fit (linear, "
            "nonlinear, nearest neighbours) predicts the targets from the inputs better than "
            "targets in another order. This does not prove that there is no relation.",
            exact=False,
            remedy="print(x[:3], y[:3])  # are x and y paired as they should be?",
            samples=found.windows,
            skill=round(found.skill, 4),
            skill_in_other_orders=round(found.chance, 4),
        )
    ]


def relation_not_looked_for(inputs: int, samples: int) -> list[str]:
    """Why nothing is said of a relation of inputs and targets; empty where it is looked at."""
    if inputs > 1:
        return [
            "whether the inputs predict the targets: there are several inputs, and a relation may "
            "lie between them"
        ]
    if samples < ENOUGH:
        return [
            f"whether the inputs predict the targets: {samples} samples are too few to tell "
            f"({ENOUGH} are needed)"
        ]
    return []


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
    # Training leads to the last value only where that beats a constant. And a model that has not
    # been trained is near the last value if targets are large beside both.
    if naive >= wanted.var() or apart > 0.25 * last.var():
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
