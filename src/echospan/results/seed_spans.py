"""How far apart the spans of a sheet's single seeds are: its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echospan.results.sheet import SheetData


def seed_spans(sheet: SheetData) -> tuple[int, int] | None:
    """The smallest and the largest span of a single seed of a sheet, in steps.

    The span of a seed is the largest tested lag such that it solved this one and every smaller one
    that was tested; 0 if it solved none. The sheet's span is that of the median seed at each lag.
    It may lie outside, since the median at one lag may be another seed than at the next.

    Args:
        sheet: A sheet with at least one lag that was measured with every seed.

    Returns:
        Both ends, or None if no lag was measured.

    Example:
        >>> import echospan
        >>> seed_spans(echospan.span("last-value", symbols=4, lags=[1, 2], seeds=2))
        (0, 0)
    """
    spans: dict[int, int] = {}
    ended: set[int] = set()
    for row in sorted(sheet.per_lag, key=lambda row: row.lag):
        for seed in row.seeds:
            spans.setdefault(seed.seed, 0)
            if seed.solved and seed.seed not in ended:
                spans[seed.seed] = row.lag
            elif not seed.solved:
                ended.add(seed.seed)
    return (min(spans.values()), max(spans.values())) if spans else None
