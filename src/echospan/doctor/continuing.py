"""Whether the samples that inherit a state continue the samples that left it.

With batches of B samples in order, a row goes on from sample i - B to sample i. Overlapping windows
say exactly where both stand in time. Targets that are the next inputs say exactly what follows a
sample. Otherwise the jump between the two is compared with steps inside samples (a heuristic).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from echospan.doctor.fit_call import FitCall
from echospan.doctor.needs import Layout, chance_of
from echospan.doctor.placing import linked_windows

How = Literal["continues", "overlaps", "gap", "other", "open"]

ENOUGH = 6
"""Borders between batches without which nothing is concluded."""
SMOOTH = 0.35
"""Steps inside samples, as a share of the distance of any two values, below which they tell."""


@dataclass(frozen=True)
class Border:
    """How the samples that inherit a state stand to those that left it.

    Attributes:
        how: They ``continue``; they repeat some of the steps (``overlaps``); steps lie between
            (``gap``); they are of another sequence or place (``other``); or that is not known.
        share: Share of the borders examined that are so.
        borders: Borders examined.
        steps: Steps between the beginnings of the two samples, if known.
        next_continues: Whether each sample continues the one before it, which is in another row.
        exact: Whether the data prove it.
    """

    how: How
    share: float = 0.0
    borders: int = 0
    steps: int | None = None
    next_continues: bool = False
    exact: bool = True


OPEN_BORDER = Border("open")


def border(call: FitCall, layout: Layout) -> Border:
    """How each sample stands to the one whose state its row inherits."""
    inputs = layout.streams.inputs
    apart = call.batch_size
    if len(inputs) - apart < ENOUGH or np.isnan(inputs).any():
        # Padded samples end at different steps.
        return OPEN_BORDER
    linked = None if _repeats(inputs) else linked_windows(inputs, call.stride)
    if linked is not None:
        return _between_windows(linked.series, linked.start, linked.timesteps, apart)
    by_targets = _by_targets(layout, apart)
    return by_targets if by_targets is not None else _by_jumps(inputs, apart)


def samples_go_on(inputs: np.ndarray, apart: int) -> bool | None:
    """Whether samples continue those that stand so many before them; None where that is open.

    Args:
        inputs: Floats (samples, time, features).
        apart: How many samples before.
    """
    if len(inputs) - apart < ENOUGH or np.isnan(inputs).any():
        return None
    linked = None if _repeats(inputs) else linked_windows(inputs)
    if linked is not None:
        found = _between_windows(linked.series, linked.start, linked.timesteps, apart)
    else:
        found = _by_jumps(inputs, apart)
    return None if found.how == "open" else found.how == "continues"


def _repeats(inputs: np.ndarray) -> bool:
    """Whether samples repeat themselves exactly, so that shared steps prove no overlap."""
    steps = inputs.shape[1]
    return any(
        (inputs[:, lag:] == inputs[:, :-lag]).all((1, 2)).mean() > 0.9 for lag in range(1, steps)
    )


def _between_windows(series: np.ndarray, start: np.ndarray, timesteps: int, apart: int) -> Border:
    """Exact: the windows' places in their series are known."""
    same = series[apart:] == series[:-apart]
    ahead = start[apart:] - start[:-apart]
    kinds: dict[How, np.ndarray] = {
        "continues": same & (ahead == timesteps),
        "overlaps": same & (ahead < timesteps) & (ahead > -timesteps),
        "gap": same & (ahead > timesteps),
        "other": ~same | (ahead <= -timesteps),
    }
    how = max(kinds, key=lambda kind: kinds[kind].mean())
    share, count = float(kinds[how].mean()), len(same)
    if share < 0.5:
        # No single kind: all that can be said is that few continue.
        return Border("other", 1 - float(kinds["continues"].mean()), count)
    steps = int(np.median(ahead[kinds[how]])) if how != "other" else None
    return Border(how, share, count, steps)


def _by_targets(layout: Layout, apart: int) -> Border | None:
    """Exact: the target of each step is the next input, so the last target says what follows."""
    inputs, targets = layout.streams.inputs, layout.streams.targets
    steps = inputs.shape[1]
    if steps < 3 or targets.shape[1] != steps or np.isnan(targets).any():
        return None
    for feature, target in layout.streams.pairs:
        own, wanted = inputs[:, :, feature], targets[:, :, target]
        if not np.isclose(own[:, 1:], wanted[:, :-1], rtol=1e-6, atol=0).mean() > 0.98:
            continue
        chance = chance_of(own, wanted)
        if chance > 0.6:
            return None

        def agree(rows: int, own: np.ndarray = own, wanted: np.ndarray = wanted) -> float:
            return float(np.isclose(own[rows:, 0], wanted[:-rows, -1], rtol=1e-6, atol=0).mean())

        share = agree(apart)
        if share > 0.5:
            return Border("continues", share, len(own) - apart)
        # Not more often than any two values are equal: these samples go on elsewhere.
        if share > chance + 0.3 * (1 - chance):
            return OPEN_BORDER
        neighbours = apart > 1 and agree(1) > 0.8
        return Border("other", 1 - share, len(own) - apart, next_continues=neighbours)
    return None


def _by_jumps(inputs: np.ndarray, apart: int) -> Border:
    """A heuristic: from step to step a smooth series changes less than from sample to sample."""
    samples, steps = inputs.shape[:2]
    if steps < 3 or _centred(inputs):
        return OPEN_BORDER
    inner = np.median(np.abs(np.diff(inputs, axis=1)), axis=(0, 1))
    other = np.random.default_rng(0).permutation(samples)
    any_two = np.median(np.abs(inputs[other, 0] - inputs[:, -1]), axis=0)
    ratio = np.where(any_two > 0, inner / np.where(any_two > 0, any_two, 1), np.inf)
    feature = int(np.argmin(ratio))
    if not 0 < ratio[feature] < SMOOTH:
        return OPEN_BORDER
    usual, far = inner[feature], any_two[feature]

    def place(rows: int) -> float:
        """0 where samples join like neighbouring steps, 1 where they join like any two."""
        jump = np.median(np.abs(inputs[rows:, 0, feature] - inputs[:-rows, -1, feature]))
        return float((jump - usual) / (far - usual))

    found = place(apart)
    if found < 0.35:
        return Border("continues", 1.0, samples - apart, exact=False)
    if found < 0.65:
        return OPEN_BORDER
    neighbours = apart > 1 and place(1) < 0.2
    return Border("other", 1.0, samples - apart, next_continues=neighbours, exact=False)


def _centred(inputs: np.ndarray) -> bool:
    """Whether each sample was scaled or shifted by itself, so that none joins its neighbour."""
    spread = inputs.std((0, 1))
    wide = np.where(spread > 0, spread, 1)
    same_mean = (inputs.mean(1).std(0) < 0.05 * wide).all()
    same_first = (inputs[:, 0].std(0) < 0.05 * wide).all()
    return bool(same_mean or same_first)
