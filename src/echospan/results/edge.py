"""What the outcomes of the tested lags say about the span: measured, a lower bound, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Status = Literal["measured", "at_least", "undecided"]


class Edge(NamedTuple):
    """The span as far as it is known.

    Attributes:
        span: The span; None unless it was measured.
        status: How much is known about it.
        at_least: The largest lag known to be within the span; None if none is.
        first_failed: The smallest lag that failed; None if none did.
    """

    span: int | None
    status: Status
    at_least: int | None
    first_failed: int | None


def edge_of(outcomes: Mapping[int, str], smallest: int = 1, resolution: float = 0.0) -> Edge:
    """Say what is known about the span.

    The span is the largest lag such that it and every smaller lag are solved; a smaller lag that
    was not tested counts as solved. It is *measured* only if the next lag failed, so that no lag
    between the two could be solved. Otherwise the largest solved lag is a lower bound: the largest
    lag that was tested is solved, the next one is undecided, or it was not tested.

    Span 0 is measured if the smallest lag that needs memory failed: whether lag 0, which is the
    current input, is solved makes no difference.

    Args:
        outcomes: "solved", "failed" or "undecided" by lag.
        smallest: The smallest lag that needs memory: 1, or where the task's difficulty begins.
        resolution: The first failed lag may be this share of the span beyond it.

    Example:
        >>> edge_of({1: "solved", 2: "solved", 3: "failed"}).span
        2
        >>> edge_of({5: "solved", 7: "failed"})
        Edge(span=None, status='at_least', at_least=5, first_failed=7)
    """
    failed = min((lag for lag, how in outcomes.items() if how == "failed"), default=None)
    solved: int | None = None
    for lag in sorted(outcomes):
        if outcomes[lag] != "solved":
            break
        solved = lag
    if failed is not None and failed <= max(1, smallest):
        return Edge(0, "measured", 0, failed)
    if solved is None:
        return Edge(None, "undecided", None, failed)
    if failed is not None and failed - solved <= max(1, int(resolution * solved)):
        return Edge(solved, "measured", solved, failed)
    return Edge(None, "at_least", solved, failed)
