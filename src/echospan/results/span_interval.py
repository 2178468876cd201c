"""The interval of a span: which spans the seeds of a sheet leave possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from echospan.results.sheet import SheetData


class SpanInterval(NamedTuple):
    """Spans in steps that the seeds leave possible.

    Attributes:
        low: The smallest of them.
        high: The largest; None where nothing that was tested rules out longer ones.
        confidence: Of the interval; less than was asked for where there are few seeds.
    """

    low: int
    high: int | None
    confidence: float


def span_interval(sheet: SheetData) -> SpanInterval | None:
    """The confidence interval of a sheet's span over seeds.

    The median seed decides at each lag. A lag belongs to the span of the model itself if more than
    half of all seeds that could be drawn solve it, and all smaller lags, too. The seeds of the
    sheet are a sample of these, and a sign test says at which lags it is large enough: more than
    half would solve a lag where all of five do, fewer than half where none of five does. The lower
    end is the largest tested lag such that the test says "more" at it and at every smaller one.
    The upper end is below the smallest lag such that the test says "fewer" at it and at every
    larger tested one. The span of the sheet lies inside.

    With five seeds each test is wrong in at most 1 of 32 cases, so that the confidence is 94 %.
    With three it is 75 %, since three can't say more. The share of seeds that solve a lag is
    assumed to fall with the lag, but not how steeply.

    Args:
        sheet: Any sheet.

    Returns:
        The interval, or None if no lag was measured.

    Example:
        >>> import echospan
        >>> span_interval(echospan.span("last-value", symbols=4, lags=[1, 2], seeds=5))
        SpanInterval(low=0, high=0, confidence=0.9375)
    """
    solved = {row.lag: [seed.solved for seed in row.seeds] for row in sheet.per_lag}
    # Where the smallest distance that the task has failed, there is none between it and 0.
    none_smaller = sheet.first_failed if sheet.span == 0 else None
    return interval_of(solved, sheet.confidence, none_smaller)


def interval_of(
    solved: Mapping[int, Sequence[bool | None]],
    confidence: float = 0.95,
    none_smaller: int | None = None,
) -> SpanInterval | None:
    """The same from the outcomes of each seed.

    Args:
        solved: Whether each seed solved a lag, None where that is not known, by lag.
        confidence: Wanted; what is reached is in the answer.
        none_smaller: A lag below which there is none but 0; None where that is not known.
    """
    seeds = max(map(len, solved.values()), default=0)
    if not seeds:
        return None
    needed = _needed(seeds, confidence)
    low, high = 0, None
    for lag in sorted(solved):
        if solved[lag].count(True) < needed:
            break
        low = lag
    for lag in sorted(solved, reverse=True):
        if solved[lag].count(False) < needed:
            break
        high = 0 if lag == none_smaller else max(0, lag - 1)
    return SpanInterval(low, high, 1 - 2 * _by_chance(needed, seeds))


def _needed(seeds: int, confidence: float) -> int:
    """How many must agree; all of them where even that is less sure than was asked for."""
    enough = (n for n in range(seeds) if 2 * _by_chance(n, seeds) <= 1 - confidence)
    return next(enough, seeds)


def _by_chance(needed: int, seeds: int) -> float:
    """How often at least so many seeds agree, if each of them solves every second time."""
    ways = sum(comb(seeds, number) for number in range(needed, seeds + 1))
    return ways / float(2**seeds)
