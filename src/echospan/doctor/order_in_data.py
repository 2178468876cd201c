"""Whether targets depend on the order of the time steps, by the data alone. A heuristic.

Small fits foretell the targets from the steps in their order, and from the same steps without it:
how often each value occurs. Where the order foretells clearly more, the targets depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from echospan.doctor.pairs import Pair
from echospan.doctor.streams import Streams, one_hot
from echospan.measure.window_skill import MOST_CLASSES, WindowSkill, window_predicts

CLEARLY = 0.1
"""Share of the targets' variance by which the order must foretell more."""
ENOUGH = 0.9
"""Share from which the steps without order are enough."""
MOSTLY = 0.5
"""The same, where the steps in order foretell clearly less."""
MOST_STEPS = 64
MOST_ANSWERS = 1_000
BINS = 8
AROUND = 2
"""Steps before and after an answer that stands on a step."""


@dataclass(frozen=True)
class Counts:
    """Whether the order counts.

    Attributes:
        kind: ``yes``, ``no``, or ``open``.
        reason: A sentence for people.
        exact: Whether it is proved.
        ordered: Share of the variance that the steps in order foretell; None where not tried.
        unordered: The same without order.
    """

    kind: Literal["yes", "no", "open"]
    reason: str
    exact: bool = False
    ordered: float | None = None
    unordered: float | None = None


OPEN = Counts(
    "open",
    "That is as it should be for sets, sums and counts; whether the targets depend on the order is "
    "not known.",
)


def order_counts(pair: Pair, *, before_the_last: bool = False) -> Counts:
    """Whether the targets of a pair depend on the order of the input's time steps.

    Args:
        pair: Whose.
        before_the_last: Only the order of the steps before the newest one is in question.
    """
    copy, values = pair.layout.copy, pair.layout.streams
    if before_the_last and copy is not None and copy.lag == 0:
        return Counts("no", "")
    if copy is not None and not (pair.call.every and copy.lag == 0):
        at = "newest step" if copy.lag == 0 else f"input {abs(copy.lag)} steps "
        at += "" if copy.lag == 0 else ("back" if copy.lag > 0 else "later")
        return Counts("yes", f"But the targets equal the {at}: they depend on the order.", True)
    both = _windows(values, every=pair.call.every, newest=before_the_last)
    if both is None:
        return OPEN
    ordered_windows, bags, targets = both
    whole = bool((targets == np.round(targets)).all())
    classes = whole and targets.shape[1] == 1 and len(np.unique(targets)) <= 4 * MOST_CLASSES
    overlapping = pair.layout.timeline.kind != "apart" or pair.call.every
    together = pair.call.timesteps if overlapping else 1
    ordered = window_predicts(
        ordered_windows, targets, symbols=values.symbols, classes=classes, together=together
    )
    bag = window_predicts(bags, targets, classes=classes, together=together)
    return _compared(ordered, bag)


def _compared(ordered: WindowSkill | None, bag: WindowSkill | None) -> Counts:
    if ordered is None or bag is None:
        return OPEN
    one, other = max(ordered.skill, 0.0), max(bag.skill, 0.0)
    if ordered.predicts and one > other + CLEARLY:
        return Counts(
            "yes",
            f"But the targets may depend on it: small fits foretell {one:.0%} of their variance "
            f"from the steps in order, and {other:.0%} from how often each value occurs.",
            ordered=one,
            unordered=other,
        )
    if bag.predicts and other >= (MOSTLY if other > one + CLEARLY else ENOUGH):
        return Counts("no", "", ordered=one, unordered=other)
    return Counts("open", OPEN.reason, ordered=one, unordered=other)


def _windows(
    values: Streams, *, every: bool, newest: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Steps in order (answers, time, streams), without it (answers, 1, numbers), and targets.

    Args:
        values: Inputs and targets.
        every: Whether each step has an answer.
        newest: Whether the newest step keeps its place where the others lose theirs.
    """
    inputs, targets = values.inputs[:4_096], values.targets[:4_096]
    if inputs.shape[2] > 16 or inputs.shape[1] > 4 * MOST_STEPS:
        return None
    bags = _bags(inputs, symbols=values.symbols)
    if every:
        samples, steps = inputs.shape[:2]
        if targets.shape[:2] != (samples, steps):
            return None
        chosen = np.linspace(0, samples * steps - 1, min(MOST_ANSWERS, samples * steps)).astype(int)
        row, step = np.divmod(np.unique(chosen), steps)
        around = step[:, None] + np.arange(-AROUND, AROUND + 1)
        inside = (around >= 0) & (around < steps)
        near = inputs[row[:, None], around.clip(0, steps - 1)]
        near = np.where(inside[..., None], near, np.nan)
        own = _bags(inputs[row, step][:, None], symbols=values.symbols, like=inputs)
        together = np.concatenate([own, bags[row]], axis=1)
        return near, together[:, None], targets[row, step]
    answers = targets.reshape(len(targets), -1)
    if newest:
        own = _bags(inputs[:, -1:], symbols=values.symbols, like=inputs)
        bags = np.concatenate([own, bags], axis=1)
    return inputs[:, -MOST_STEPS:], bags[:, None], answers


def _bags(inputs: np.ndarray, *, symbols: bool, like: np.ndarray | None = None) -> np.ndarray:
    """How often each value occurs in a sample, and the sorted values where they are numbers."""
    like = inputs if like is None else like
    parts = []
    for feature in range(inputs.shape[2]):
        own, all_values = inputs[:, :, feature], like[:, :, feature]
        known = all_values[~np.isnan(all_values)]
        distinct = np.unique(known)
        if symbols or len(distinct) <= 4 * BINS:
            parts += [(own == value).sum(1) for value in distinct[: 4 * BINS]]
            continue
        edges = np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])
        codes = np.where(np.isnan(own), -1, np.searchsorted(edges, own))
        parts += [(codes == code).sum(1) for code in range(BINS)]
        filled = np.sort(np.where(np.isnan(own), np.inf, own), axis=1)
        filled = np.where(np.isinf(filled), 0, filled)
        places = np.unique(np.linspace(0, own.shape[1] - 1, min(own.shape[1], BINS)).astype(int))
        parts += [filled[:, place] for place in places]
        level = np.nan_to_num(own)
        parts += [level.mean(1), (level**2).mean(1)]
    return np.stack(parts, axis=1).astype("float64")


def order_in_features(x: np.ndarray) -> bool:
    """Whether the features say themselves where a step stands: a counter, a clock, a calendar.

    A model then hears the order from the values.

    Args:
        x: The input (samples, time, features).
    """
    if x.ndim < 3 or x.shape[1] < 3 or x.shape[2] < 2 or one_hot(x[:64]) is not None:
        return False
    values = x[:256].reshape(*x[:256].shape[:2], -1)[:, :, :64].astype("float64")
    rises = np.diff(values, axis=1)
    for feature in range(values.shape[2]):
        up, down = (rises[:, :, feature] > 0).mean(), (rises[:, :, feature] < 0).mean()
        if max(up, down) > 0.99:
            return True
        own = values[:, :, feature]
        if len(own) > 1 and (own == own[:1]).all() and (own[0] != own[0, 0]).any():
            return True
    return _follows(values)


def _follows(values: np.ndarray) -> bool:
    """Whether some feature follows from the features one step before, as a clock's hands do."""
    before = values[:, :-1].reshape(-1, values.shape[2])
    after = values[:, 1:].reshape(-1, values.shape[2])
    before = np.concatenate([before, np.ones((len(before), 1))], axis=1)
    if len(before) < 4 * before.shape[1]:
        return False
    fit = np.linalg.lstsq(before, after, rcond=None)[0]
    left = ((after - before @ fit) ** 2).mean(0)
    spread = after.var(0)
    return bool(((left < 1e-3 * spread) & (spread > 0)).any())
