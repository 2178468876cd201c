"""Whether what a model sees foretells its targets: windows cut from the samples, and small fits.

A heuristic, and only ever a reason to say less: where the window foretells the targets as well as a
lag that was guessed, nothing rests on that lag.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.doctor.fit_call import FitCall
from echospan.doctor.streams import Streams
from echospan.doctor.timeline import Timeline
from echospan.measure.window_skill import MOST_CLASSES, WindowSkill, blocks_of, window_predicts

MOST_STEPS = 64
"""Steps of a window."""
MOST_VALUES = 1_024
"""Numbers of a window."""
AROUND = 12
"""Steps before and after an answer that has others beside it."""
NEARLY = 0.02
"""By so much of the variance the window may foretell less than a lag."""
SURELY = 0.95
"""Share of the variance from which a window is enough, whatever else equals the targets."""


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers with their place in time.

    Attributes:
        series: Series of each (answers,).
        times: Step of its series (answers,).
        targets: Numbers (answers, targets), NaN where not known.
        classes: Whether they are classes.
        every: Whether they stand at every step.
    """

    series: np.ndarray
    times: np.ndarray
    targets: np.ndarray
    classes: bool
    every: bool


def sees_targets(call: FitCall, values: Streams, timeline: Timeline) -> WindowSkill | None:
    """How well what a model sees foretells its targets; None where too little is known."""
    found = _answers(call, values, timeline)
    return _skill(call, values, timeline, found, carried=call.stateful)


def serves_as_well(
    call: FitCall, values: Streams, timeline: Timeline, lag: int, *, exact: bool
) -> bool:
    """Whether the sample's own steps foretell the targets as well as the value at a lag would.

    Args:
        call: The call.
        values: Its values.
        timeline: Where the samples stand in time.
        lag: Steps back, beyond the sample's own.
        exact: Whether the targets equal the value there. Then the window must foretell nearly all.
    """
    found = _answers(call, values, timeline)
    own = _skill(call, values, timeline, found, carried=False)
    if own is None or not own.predicts or own.skill <= 0:
        return False
    if exact:
        return own.skill >= SURELY
    there = _skill(call, values, timeline, found, carried=False, lag=lag)
    return there is None or own.skill >= there.skill - NEARLY


def _answers(call: FitCall, values: Streams, timeline: Timeline) -> Answers:
    targets, times = values.targets, timeline.times
    every = call.every and targets.shape[:2] == times.shape and targets.shape[1] > 1
    if every:
        series = np.repeat(timeline.series, times.shape[1])
        times, targets = times.ravel(), targets.reshape(times.size, -1)
    else:
        series, times, targets = timeline.series, times[:, -1], targets.reshape(len(targets), -1)
    known = np.flatnonzero(~np.isnan(targets).any(1))
    chosen = known[blocks_of(len(known))]
    targets = targets[chosen]
    whole = targets.size > 0 and bool((targets == np.round(targets)).all())
    few = whole and targets.shape[1] == 1 and len(np.unique(targets)) <= 4 * MOST_CLASSES
    return Answers(series[chosen], times[chosen], targets, few, every)


def _skill(
    call: FitCall,
    values: Streams,
    timeline: Timeline,
    answers: Answers,
    *,
    carried: bool,
    lag: int | None = None,
) -> WindowSkill | None:
    inputs = values.inputs
    grid = np.full((int(timeline.series.max()) + 1, timeline.span, inputs.shape[2]), np.nan)
    grid[timeline.series[:, None], timeline.times] = inputs
    steps = _steps(call, timeline, inputs.shape[2], answers, carried=carried, lag=lag)
    place = answers.times[:, None] + steps
    inside = (place >= 0) & (place < timeline.span)
    windows = grid[answers.series[:, None], np.where(inside, place, 0)]
    windows[~inside] = np.nan
    together = 2 * AROUND if answers.every else -(-len(steps) // max(timeline.stride, 1))
    return window_predicts(
        windows,
        answers.targets,
        symbols=values.symbols,
        classes=answers.classes,
        together=together if answers.every or timeline.kind != "apart" else 1,
    )


def _steps(
    call: FitCall,
    timeline: Timeline,
    features: int,
    answers: Answers,
    *,
    carried: bool,
    lag: int | None,
) -> np.ndarray:
    """Steps of a window, counted from its answer."""
    if lag is not None:
        return np.array([-lag])
    most = max(min(MOST_STEPS, MOST_VALUES // features), 1)
    past = min(timeline.span if carried else call.timesteps, most)
    if not answers.every:
        return np.arange(1 - past, 1)
    return np.arange(1 - min(past, AROUND), min(call.timesteps, AROUND))
