"""Which lag the answers need: declared, or found in the data.

A copy is looked for first: targets that equal the input at one offset, under some timeline. It is
exact. Where there is none, shared information against a permuted baseline is a heuristic.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from echospan.doctor.fit_call import FitCall
from echospan.doctor.foretold import serves_as_well
from echospan.doctor.information import informative_lag
from echospan.doctor.place import OPEN, Place
from echospan.doctor.streams import Streams, absent_steps, answer_times, streams
from echospan.doctor.timeline import Kind, Timeline, aligned, apart, consecutive, windows
from echospan.results.check_report import Needs

MOST_LAGS = 128
"""Offsets tried in either direction."""
ENOUGH = 8
"""Comparisons without which nothing is concluded."""
SHARE = 0.9
"""Share of the comparisons that must agree."""
PENALTY = 3
"""How many agreements one disagreement weighs, when two timelines are compared."""


MODEST: tuple[Kind, ...] = ("windows", "apart", "aligned", "consecutive")
"""Kinds of timeline, those first that need no proof of what lies between samples."""


@dataclass(frozen=True)
class Copy:
    """Targets that equal the input at one offset.

    Attributes:
        lag: Steps back; negative where the target is a later input.
        feature: Number of the input's stream.
        agreed: Comparisons that agreed.
        compared: Comparisons made.
    """

    lag: int
    feature: int
    agreed: int
    compared: int

    @property
    def score(self) -> int:
        """Agreements less the penalty for what disagrees."""
        return self.agreed - PENALTY * (self.compared - self.agreed)


@dataclass(frozen=True, eq=False)
class Layout:
    """What the data say about time.

    Attributes:
        timeline: Where the samples stand in time.
        known: Whether the data prove the timeline; else it is what the order suggests.
        copy: The offset at which targets equal the input, if they do.
        needs: The lag that is needed, and how that is known.
        streams: The values that were compared.
        stride: Steps between neighbouring windows, where samples are such.
        place: Where the answers lie in time.
    """

    timeline: Timeline
    known: bool
    copy: Copy | None
    needs: Needs
    streams: Streams
    stride: int | None
    place: Place = OPEN


def layout(call: FitCall) -> Layout:
    """Find timeline and needed lag of the samples looked at."""
    values = streams(call)
    tried = _timelines(call, values)
    found = [(t, c) for t in tried if (c := _copy(values, t, call.needs_lag)) is not None]
    if found:
        # Of equals the nearest lag, then the timeline that takes least for granted.
        timeline, copy = max(
            found, key=lambda pair: (pair[1].score, -abs(pair[1].lag), -MODEST.index(pair[0].kind))
        )
        needs = _copied(call, copy)
        known = True
    else:
        timeline, copy, known = tried[0], None, tried[0].stride < tried[0].timesteps
        needs = Needs(None, "unknown", _uncopied(call))
    if call.needs_lag is not None:
        needs = Needs(call.needs_lag, "declared", f"{call.needs_lag}, as declared")
    elif copy is None or copy.lag < 0:
        lag = informative_lag(values, timeline)
        if lag is not None:
            needs = Needs(
                lag,
                "information",
                f"about {lag}, where inputs and targets share most information (a heuristic)",
            )
    if (
        needs.lag is not None
        and needs.how != "declared"
        and needs.lag >= call.timesteps
        and serves_as_well(call, values, timeline, needs.lag, exact=needs.exact)
    ):
        # A periodic or smooth series has many lags that serve.
        needs = Needs(
            None,
            "unknown",
            f"not known: the sample's own steps predict the targets as well as the value at lag "
            f"{needs.lag} would (a heuristic)",
        )
    absent, _ = absent_steps(np.asarray(call.x))
    if absent.any():
        timeline = replace(timeline, absent=absent)
    overlaps = tried[0].stride < tried[0].timesteps
    stride = tried[0].stride if overlaps else None
    return Layout(timeline, known, copy, needs, values, stride, call.place)


def _uncopied(call: FitCall) -> str:
    if call.place.kind != "behind" or call.place.offset is None:
        return "not known: no input is copied in the targets"
    first = call.place.offset - call.timesteps + 1
    if call.place.horizon == 1:
        steps = "1 step" if first == 1 else f"{first} steps"
        return f"not known: the target is the value {steps} behind the window"
    return (
        f"not known: the targets are the values {first} to {first + call.place.horizon - 1} steps "
        "behind the window"
    )


def _copied(call: FitCall, copy: Copy) -> Needs:
    if copy.lag < 0:
        ahead = "1 step" if copy.lag == -1 else f"{-copy.lag} steps"
        return Needs(None, "unknown", f"not known: the target is the input {ahead} later")
    return Needs(
        copy.lag,
        "copy",
        f"{copy.lag}, found in the data: {copy.agreed:,} of {copy.compared:,} targets examined "
        f"equal the input {copy.lag} step{'' if copy.lag == 1 else 's'} back",
    )


def _timelines(call: FitCall, values: Streams) -> list[Timeline]:
    """Those worth trying, the likeliest first."""
    samples, timesteps = values.inputs.shape[:2]
    found = []
    rows = call.batch_size
    whole = 1 < rows < samples and samples % rows == 0
    overlapping = overlap(values.inputs, call.stride)
    if overlapping is not None:
        found.append(windows(*overlapping, timesteps))
    elif call.stateful and whole:
        beside = overlap(values.inputs, call.stride, rows)
        if beside is not None:
            found.append(aligned(samples, timesteps, rows, beside[1]))
    if call.stateful or timesteps == 1:
        found.append(consecutive(samples, timesteps))
    if call.stateful and whole:
        found.append(aligned(samples, timesteps, rows))
    found.append(apart(samples, timesteps))
    if not (call.stateful or timesteps == 1):
        found.append(consecutive(samples, timesteps))
    return found


def overlap(
    inputs: np.ndarray, stride: int | None, apart: int = 1
) -> tuple[np.ndarray, int] | None:
    """Whether samples share all but their first and last `stride` steps with their successors.

    Args:
        inputs: Floats (samples, time, streams), NaN where absent.
        stride: The only one to try, or None for all.
        apart: How many samples further a sample's successor stands.

    Returns:
        Booleans (samples - apart,), whether the successor goes on from a sample, and the stride.
    """
    samples, timesteps = inputs.shape[:2]
    if samples < apart + 2 or timesteps < 2 or _varies_little(inputs):
        return None
    for step in [stride] if stride is not None else range(1, timesteps):
        if step >= timesteps:
            continue
        before, after = inputs[:-apart, step:], inputs[apart:, :-step]
        few = slice(None, None, max(len(before) // 64, 1))
        same = (before[few, 0] == after[few, 0]) | np.isnan(before[few, 0])
        if same.all(1).mean() < 0.5:
            # One step of some samples says it already.
            continue
        agrees = ((before == after) | (np.isnan(before) & np.isnan(after))).all((1, 2))
        if agrees.mean() >= 0.8:
            return agrees, step
    return None


def _varies_little(inputs: np.ndarray) -> bool:
    known = inputs[~np.isnan(inputs)]
    return bool(known.size == 0 or (known == known[0]).all())


def _copy(values: Streams, timeline: Timeline, declared: int | None) -> Copy | None:
    """The best offset at which targets equal inputs, if that is beyond chance."""
    best: Copy | None = None
    for feature, target in values.pairs:
        found = _offsets(values, timeline, feature, target)
        for copy in found:
            better = best is None or (copy.score, -abs(copy.lag)) > (best.score, -abs(best.lag))
            # A declared lag that fits is the one that counts: others may fit by the series' nature.
            if better or (copy.lag == declared and copy.agreed == copy.compared):
                best = copy
            if copy.lag == declared and copy.agreed == copy.compared:
                return copy
    return best


def _offsets(values: Streams, timeline: Timeline, feature: int, target: int) -> list[Copy]:
    inputs, targets = values.inputs[:, :, feature], values.targets[:, :, target]
    grid = on_grid(timeline, inputs)
    times = answer_times(values, timeline.times)
    if times is None:
        return []
    known = ~np.isnan(targets)
    chance = chance_of(inputs, targets)
    if chance > 0.6:
        return []
    found = []
    reach = min(timeline.span, MOST_LAGS)
    for lag in range(-reach + 1, reach):
        place = times - lag
        inside = known & (place >= 0) & (place < timeline.span)
        there = grid[timeline.series[:, None], np.clip(place, 0, timeline.span - 1)]
        inside &= ~np.isnan(there)
        compared = int(inside.sum())
        if compared < ENOUGH:
            continue
        agreed = int(_equal(there, targets)[inside].sum())
        if agreed >= SHARE * compared and agreed - chance * compared > 4 * np.sqrt(compared) * 0.5:
            found.append(Copy(lag, feature, agreed, compared))
    return found


def on_grid(timeline: Timeline, inputs: np.ndarray) -> np.ndarray:
    """Values (samples, time) laid out as (series, steps), NaN where none is known."""
    grid = np.full((int(timeline.series.max()) + 1, timeline.span), np.nan)
    grid[timeline.series[:, None], timeline.times] = inputs
    return grid


def _equal(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    # To single precision: one of the two may have been through it.
    return np.asarray(np.abs(first - second) <= 1e-6 * np.maximum(np.abs(first), np.abs(second)))


def chance_of(inputs: np.ndarray, targets: np.ndarray) -> float:
    """Agreement to expect if targets had nothing to do with the inputs."""
    values, counts = np.unique(inputs[~np.isnan(inputs)], return_counts=True)
    if not len(values):
        return 1.0
    wanted, often = np.unique(targets[~np.isnan(targets)], return_counts=True)
    _, here, there = np.intersect1d(values, wanted, assume_unique=True, return_indices=True)
    together = counts[here] / counts.sum() * often[there]
    return float(together.sum() / max(often.sum(), 1))
