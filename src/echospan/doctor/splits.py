"""Findings about the division into training and validation."""

from __future__ import annotations

import numpy as np

from echospan.doctor.examination import Examination
from echospan.doctor.finding import find
from echospan.results.check_report import Finding

SHARE = 0.1
"""Share of the validation windows that must share steps before it is said."""


def validation_findings(examination: Examination) -> list[Finding]:
    """Training and validation windows that share steps, for each input."""
    pairs, data = examination.pairs, examination.data
    found: list[Finding] = []
    for pair in pairs.every:
        train = pair.source.values
        if pair.target is not data.targets[0]:
            continue
        if examination.validation is not None:
            validation = examination.validation[pair.source.number]
        elif examination.validation_split and len(train) == data.samples:
            cut = int(data.samples * (1 - examination.validation_split))
            train, validation = train[:cut], train[cut:]
        else:
            continue
        found += [pairs.named(finding, pair) for finding in split_findings(train, validation)]
    return found


def split_findings(train: np.ndarray, validation: np.ndarray) -> list[Finding]:
    """Find validation windows whose steps are in training windows, too.

    Args:
        train: Samples (samples, time, ...).
        validation: Samples (samples, time, ...).
    """
    steps = train.shape[1]
    if validation.shape[1:] != train.shape[1:] or len(validation) < 4:
        return []
    # Neighbouring windows share all but one step; a single step alone may be chance.
    common = max(steps - 1, 2) if steps > 1 else steps
    if common < 2:
        return []
    known = {row.tobytes() for k in range(steps - common + 1) for row in _cut(train, k, common)}
    shared = np.zeros(len(validation), bool)
    for k in range(steps - common + 1):
        shared |= [row.tobytes() in known for row in _cut(validation, k, common)]
    if shared.mean() < SHARE or _repeats(train, common):
        return []
    row = int(np.flatnonzero(shared)[0])
    return [
        find(
            "split-overlap",
            f"{int(shared.sum()):,} of {len(shared):,} validation samples examined share "
            f"{common} time steps in a row with a training sample, the first is row {row}.",
            remedy="cut = int(0.8 * len(series))  # split the series first, then cut the windows\n"
            "train, validation = series[:cut], series[cut:]",
            shared=int(shared.sum()),
            looked_at=len(shared),
            steps=common,
            row=row,
        )
    ]


def _cut(samples: np.ndarray, start: int, steps: int) -> np.ndarray:
    return np.ascontiguousarray(samples[:, start : start + steps])


def _repeats(train: np.ndarray, steps: int) -> bool:
    """Whether such stretches repeat within training by the nature of the data."""
    rows = [row.tobytes() for row in _cut(train, 0, steps)]
    return len(set(rows)) < 0.9 * len(rows)
