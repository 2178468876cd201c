"""Targets that are not among what is visible: what a model is asked of its inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from echospan.lookback.series import SYMBOLS, Observed, prepared, starts_of
from echospan.lookback.table import Kind


def observed_apart(
    inputs: np.ndarray,
    targets: np.ndarray,
    known: np.ndarray,
    *,
    lengths: Sequence[int],
    kind: Kind,
    names: Sequence[str],
    together: bool,
    seed: int,
    notes: Sequence[str] = (),
) -> Observed:
    """Prepare inputs and targets of one clock.

    Args:
        inputs: Numbers (time, columns), or symbols (time,): any integers.
        targets: What is asked at each step (time,): numbers, or symbols.
        known: Whether it is asked there (time,).
        lengths: Of the stretches that stand one after the other.
        kind: Of both.
        names: Of the target and of the inputs.
        together: Whether all stretches were taken at once. Else one came after the other.
        seed: Of the part that is taken from a long series.
        notes: What was done before, in sentences.

    Raises:
        DataError: There are too few targets, or all are equal.
    """
    first = starts_of(lengths)
    time = np.arange(len(first), dtype=np.float64)
    codes, answers = inputs, np.where(known, targets, targets[known][0] if known.any() else 0)
    if kind == "symbols":
        codes, answers = _coded(inputs), _coded(answers)
    return prepared(
        Observed(
            values=codes,
            first=first,
            clock=time - first if together else time,
            known=known,
            kind=kind,
            names=tuple(names),
            symbols=int(answers.max()) + 1 if kind == "symbols" else 0,
            total=len(first),
            notes=tuple(notes),
            targets=answers,
        ),
        seed,
    )


def _coded(values: np.ndarray) -> np.ndarray:
    """Symbols from 0, the rarest beyond 255 taken as one."""
    labels, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(labels) > SYMBOLS:
        often = np.argsort(-counts, kind="stable")[: SYMBOLS - 1]
        new = np.full(len(labels), SYMBOLS - 1)
        new[often] = np.arange(SYMBOLS - 1)
        codes = new[codes]
    return codes.astype(np.int64)
