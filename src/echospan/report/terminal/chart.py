"""A training curve in characters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from echospan.report.figures.training import envelope, smoothed
from echospan.report.terminal.axes import Axis, framed
from echospan.report.terminal.pen import QUIET, STRONG, plain, unicode, write
from echospan.report.values import count, percent, series

WIDTH, HEIGHT = 60, 12
NARROWEST = 24


def curve(history: Mapping[str, Any], console: Console) -> None:
    """Print the loss (or, without one, the accuracy) by epoch, at most 60 by 12 characters.

    Long curves are smoothed, and a loss is drawn on a logarithmic axis. Below stands where
    training ended.

    Args:
        history: Columns ``epoch``, ``loss``, ``accuracy`` (epochs,).
        console: Where to.

    Raises:
        DataError: A column holds something other than numbers.
    """
    name = next((name for name in ("loss", "accuracy") if _known(history, name)), None)
    if name is None:
        console.print(write(console, "No epoch was recorded.", QUIET))
        return
    log = name == "loss"
    y = np.asarray(series(history, name), dtype=np.float64)
    x = np.asarray(series(history, "epoch") or range(1, len(y) + 1), dtype=np.float64)[: len(y)]
    y = y[: len(x)]
    if log:
        y = np.where(y > 0, y, np.nan)
    if len(y) >= 40:
        y = smoothed(y, log=log)
    x, y = envelope(x, y, 4 * WIDTH)
    known = np.isfinite(y)
    width = max(NARROWEST, min(WIDTH, console.width))
    if known.any():
        title = "loss by epoch (logarithmic)" if log else "accuracy by epoch"
        console.print(write(console, title, STRONG))
        drawn = _draw(x[known].tolist(), y[known].tolist(), width, log, unicode(console))
        console.print(Text(plain(console, drawn)), no_wrap=True, overflow="crop")
    console.print(write(console, _ending(history), QUIET))


def _known(history: Mapping[str, Any], name: str) -> bool:
    values = series(history, name)
    return any(math.isfinite(value) and (name != "loss" or value > 0) for value in values)


def _draw(x: list[float], y: list[float], width: int, log: bool, rich: bool) -> str:
    ticks = _ticks(min(y), max(y), log)
    heights = [math.log10(tick) for tick in ticks] if log else ticks
    y = [math.log10(value) for value in y] if log else y
    names = [f"{tick:g}" if log else percent(tick) for tick in ticks]
    up = Axis(min(heights[0], *y), max(heights[-1], *y), list(zip(heights, names, strict=True)))
    marks = sorted({x[0], x[len(x) // 2], x[-1]})
    across = Axis(min(x), max(x), [(mark, count(mark)) for mark in marks])
    points = list(zip(x, y, strict=True))
    return framed(points, across, up, width=width, height=HEIGHT, braille=rich)


def _ticks(low: float, high: float, log: bool) -> list[float]:
    """Two to six round values from below the curve to above it."""
    if not log:
        return [0.0, 0.25, 0.5, 0.75, 1.0]
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    if last - first <= 2:
        round_ones = [
            factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)
        ]
        below = max(tick for tick in round_ones if tick <= low)
        above = min(tick for tick in [*round_ones, 10.0 ** (last + 1)] if tick > high)
        return [tick for tick in [*round_ones, above] if below <= tick < above] + [above]
    every = -(-(last - first) // 5)
    return [10.0**power for power in range(first, last + every, every)]


def _ending(history: Mapping[str, Any]) -> str:
    epochs = series(history, "epoch")
    parts = []
    for name in ("loss", "accuracy"):
        values = [value for value in series(history, name) if math.isfinite(value)]
        if values:
            last = percent(values[-1]) if name == "accuracy" else f"{values[-1]:.3g}"
            parts.append(f"{name} {last}")
    start = f"epoch {count(epochs[-1])}: " if epochs else ""
    return f"{start}{', '.join(parts)} (training)" if parts else ""
