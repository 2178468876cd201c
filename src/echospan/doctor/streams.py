"""Inputs and targets brought to a form in which values can be compared.

A one-hot vector becomes its symbol; everything else stays a number. A value that is absent (a step
of padding) is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.doctor.fit_call import FitCall

MOST_PAIRS = 64
"""Pairs of an input feature and a target that are compared."""


@dataclass(frozen=True, eq=False)
class Streams:
    """Comparable values.

    Attributes:
        inputs: Floats (samples, time, streams).
        targets: Floats (samples, answers, streams); one answer, or one at each time step.
        symbols: Whether the inputs are symbols (one-hot vectors or integers).
        block: Whether the answers lie behind the input's time steps, however many they are.
    """

    inputs: np.ndarray
    targets: np.ndarray
    symbols: bool
    block: bool = False

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Pairs (input stream, target stream) that may be copies."""
        inputs, targets = self.inputs.shape[2], self.targets.shape[2]
        if inputs * targets <= MOST_PAIRS:
            return [(i, j) for j in range(targets) for i in range(inputs)]
        return [(i, i) for i in range(min(inputs, targets, MOST_PAIRS))]


def streams(call: FitCall) -> Streams:
    """The comparable values of the samples looked at."""
    x = flat_features(np.asarray(call.x, "float64"))
    inputs, symbols = input_streams(x, integers=np.asarray(call.x).dtype.kind in "iu")
    block = call.place.kind == "behind"
    return Streams(inputs, _targets(call, x), symbols or call.integers, block)


def answer_times(values: Streams, times: np.ndarray) -> np.ndarray | None:
    """Step at which each answer stands (samples, answers); None where they are no such steps.

    Args:
        values: The values.
        times: Step at which each input stands (samples, time).
    """
    answers = values.targets.shape[1]
    if answers == 1:
        return times[:, -1:]
    return times if answers == times.shape[1] and not values.block else None


def flat_features(x: np.ndarray) -> np.ndarray:
    """Pictures and other features of more than one axis laid flat: (samples, time, features)."""
    return x.reshape(*x.shape[:2], -1) if x.ndim > 3 else x


def absent_steps(x: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Steps of padding: all features the same value, in a run at one end, of varying length.

    Returns:
        Booleans (samples, time), and the padding's value; None where there is no padding.
    """
    x = x[..., None] if x.ndim == 2 else flat_features(x)
    ends = np.concatenate([x[:, 0], x[:, -1]])
    same = (ends == ends[:, :1]).all(1)
    nowhere = np.zeros(x.shape[:2], bool)
    values, counts = np.unique(ends[same, 0], return_counts=True)
    best, value = nowhere, None
    for candidate in values[np.argsort(-counts, kind="stable")][:4]:
        steps = (x == candidate).all(2)
        front = np.logical_and.accumulate(steps, 1)
        back = np.logical_and.accumulate(steps[:, ::-1], 1)[:, ::-1]
        found = front | back
        lengths = found.sum(1)
        # A run of one step may be chance; padding comes in runs of several lengths.
        if (lengths > 1).sum() < 2 or len(set(lengths.tolist())) < 2:
            continue
        if _chance_run(steps, found):
            continue
        if found.sum() > best.sum():
            best, value = found, float(candidate)
    return best, value


def _chance_run(steps: np.ndarray, found: np.ndarray) -> bool:
    """Whether such runs come about when the value is a common one among the real steps."""
    inside = steps & ~found
    share = inside.sum() / max((~found).sum(), 1)
    runs = (found.sum(1) > 1).mean()
    return bool(share > 0.02 and runs < 4 * share)


def one_hot(x: np.ndarray) -> np.ndarray | None:
    """Whether each vector along the last axis is one-hot, absent ones (all alike) left aside.

    Returns:
        The symbols as floats (...), NaN where absent; None where the vectors are something else.
    """
    if x.shape[-1] < 2:
        return None
    alike = (x == x[..., :1]).all(-1)
    hot = (x == 1).sum(-1) == 1
    cold = (x == 0).sum(-1) == x.shape[-1] - 1
    if not (alike | (hot & cold)).all() or alike.all():
        return None
    return np.where(alike, np.nan, x.argmax(-1).astype("float64"))


def input_streams(x: np.ndarray, *, integers: bool) -> tuple[np.ndarray, bool]:
    """Inputs as comparable values (samples, time, streams), and whether they are symbols."""
    if x.ndim == 2:
        return x[..., None], integers
    symbols = one_hot(x)
    if symbols is not None:
        return symbols[..., None], True
    absent, _ = absent_steps(x)
    return np.where(absent[..., None], np.nan, x), False


def _targets(call: FitCall, x: np.ndarray) -> np.ndarray:
    y = np.asarray(call.y, "float64")
    symbols = one_hot(y) if y.ndim > 1 else None
    if np.asarray(call.y).dtype.kind == "i":
        # A class below zero is none: the target is not scored.
        y = np.where(y < 0, np.nan, y)
    if symbols is not None:
        y = symbols
    elif y.ndim == 1:
        y = y[:, None]
    if y.ndim > 3:
        return y.reshape(len(y), y.shape[1] if call.every else 1, -1)
    if symbols is None and y.ndim >= 2 and not (call.every and y.ndim == 2):
        # The last axis holds features.
        return y.reshape(len(y), -1, y.shape[-1])
    return y.reshape(len(y), -1, 1)
