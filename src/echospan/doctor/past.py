"""How much of the past a probe of reach needs: lags, and batches that hold them."""

from __future__ import annotations

import numpy as np

from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout
from echospan.doctor.timeline import Timeline, consecutive
from echospan.framings.plan import Plan
from echospan.tasks.lag import MISSING

MOST_BATCHES = 24
"""Batches that a probe replays one after the other."""
ALL_LAGS = 32
"""Up to here every lag is probed; beyond, ever fewer."""


def last_answer(plan: Plan, row: int) -> tuple[int, int] | None:
    """Batch and number of the last answer that is asked of a row, among the first batches."""
    scored = np.argwhere(plan.targets[:MOST_BATCHES, row] != MISSING)
    return None if not len(scored) else (int(scored[-1][0]), int(scored[-1][1]))


def lags_to_probe(call: FitCall, needed: int | None) -> list[int]:
    """Every lag up to a little beyond sample and need; of long samples ever fewer."""
    furthest = call.timesteps + 1
    if call.stateful:
        furthest = max(furthest, min(2 * call.batch_size + 1, ALL_LAGS))
    if needed is not None:
        furthest = max(furthest, needed + 2)
    if furthest <= ALL_LAGS:
        return list(range(furthest + 1))
    few = {int(lag) for lag in np.geomspace(ALL_LAGS // 2, furthest, 12)}
    few |= {
        call.timesteps - 1,
        call.timesteps,
        furthest,
        *([needed] if needed is not None else ()),
    }
    return sorted({*range(ALL_LAGS // 2), *few})


def long_enough(call: FitCall, layout: Layout, rows: int, furthest: int) -> Timeline:
    """The data's timeline continued, so that the probed answer has all its past.

    Whether the user's data are that long does not matter for what can reach what.
    """
    from echospan.doctor.timeline import aligned, apart

    steps, kind = call.timesteps, layout.timeline.kind
    if not call.stateful:
        one = consecutive(rows, steps) if kind == "consecutive" else apart(rows, steps)
        return _windows(rows, steps, layout.stride, rows) if kind == "windows" else one
    if kind == "aligned":
        step = layout.timeline.stride
        return aligned(rows * min(furthest // step + 2, MOST_BATCHES), steps, rows, step)
    if kind == "windows":
        stride = layout.stride or 1
        updates = min(furthest // (stride * rows) + 2, MOST_BATCHES)
        return _windows(rows * updates, steps, stride, rows)
    if kind == "apart":
        return apart(rows * 3, steps)
    return consecutive(rows * min(furthest // (steps * rows) + 3, MOST_BATCHES), steps)


def _windows(samples: int, steps: int, stride: int | None, rows: int) -> Timeline:
    from echospan.doctor.timeline import windows

    return windows(np.ones(samples - 1, bool), stride or 1, steps)
