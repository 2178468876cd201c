"""Which windows share steps: what a bootstrap must keep together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echospan.usage.shared_steps import chained, followers, overlap
from echospan.usage.windows import Windows


@dataclass(frozen=True, eq=False)
class Order:
    """Windows in the order of time.

    Attributes:
        places: Numbers of the windows, neighbours in time next to each other, (windows,).
        block: Windows that share steps with one of them, itself included.
        note: What was found, in a sentence; empty for windows that stand apart.
    """

    places: np.ndarray
    block: int
    note: str = ""


def order_of(windows: Windows, stride: int | None) -> Order:
    """Find the order of windows and how many of them overlap.

    Args:
        windows: The windows.
        stride: Steps between neighbouring samples, where the user says so.
    """
    count, steps = windows.count, windows.steps
    apart = np.arange(count)
    if windows.starts is not None:
        gaps = np.diff(windows.starts)[np.diff(windows.taken) == 0]
        return _order(apart, _block(steps, gaps))
    if stride is not None:
        return _order(apart, _block(steps, np.diff(windows.taken) * stride))
    values = windows.sources[windows.moved[0]].values
    follows, shifts = followers(values)
    if not overlap(follows):
        return Order(apart, 1)
    places = chained(follows)
    return _order(places, _block(steps, shifts[follows >= 0]))


def _order(places: np.ndarray, block: int) -> Order:
    if block <= 1:
        return Order(places, 1)
    return Order(places, block, f"Each window shares steps with {block - 1} after it.")


def _block(steps: int, gaps: np.ndarray) -> int:
    gaps = gaps[gaps > 0]
    if not len(gaps):
        return 1
    # The mean: with uneven gaps the median hides those that lie close together.
    return max(int(np.ceil(steps / max(float(np.mean(gaps)), 1.0))), 1)
