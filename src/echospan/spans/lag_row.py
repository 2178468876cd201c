"""One lag of the sheet: the median seed, and each seed beside it."""

from __future__ import annotations

import numpy as np

from echospan.measure import over_seeds
from echospan.memory_tasks.base import MemoryTask
from echospan.results.lag_row import Curve, LagRow, SeedScore
from echospan.spans.lag_result import LagResult
from echospan.spans.trial import Trial

MOST_CURVE = 200
"""Points of a learning curve on the sheet, at most."""


def row_of(result: LagResult, task: MemoryTask, confidence: float) -> LagRow:
    """What was found at one lag, for the sheet."""
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
        over_seeds=over_seeds(shares, confidence) if len(shares) > 1 else None,
        streamed=None if measured is None else measured.streamed,
        bits=bits,
        mutual_information=mutual,
        solved_share=result.solved_share,
        learning_rate=trial.rate or None,
        updates=trial.updates,
        seeds=tuple(
            SeedScore(
                seed=t.seed,
                accuracy=None if m is None else m.accuracy,
                interval=None if m is None else m.interval,
                streamed=None if m is None else m.streamed,
                solved=None if m is None else m.solved,
                ending=t.ending,
                updates=t.updates,
            )
            for t, m in zip(result.trials, result.measured, strict=True)
        ),
        tried={f"{rate:g}": sum(s) / len(s) for rate, s in result.tried.items()},
        tried_seeds={f"{rate:g}": len(s) for rate, s in result.tried.items()},
        bits_recalled=None if measured is None else measured.recalled,
        curves=tuple(_curve(t) for t in result.trials),
        training_length=trial.spec.length,
        scored=0 if measured is None else measured.scored,
        chance=task.chance(result.lag),
        bits_needed=task.bits(result.lag),
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
