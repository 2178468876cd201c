"""Find the width with which a user's model has about a wanted number of parameters."""

from __future__ import annotations

from collections.abc import Callable

from echospan.adapters.named import Named
from echospan.errors import ConfigError

MOST_UNITS = 65_536
"""The largest width that a model is built with."""


def units_for(named: Named, params: int, count: Callable[[Named], int]) -> int:
    """The width that brings a user's model nearest to a number of parameters.

    Args:
        named: The model, whose function takes a width.
        params: The wanted number.
        count: Builds the model and counts.

    Raises:
        ConfigError: Even the nearest is far from that.
    """
    assert named.with_units is not None
    with_units = named.with_units
    known: dict[int, int] = {}

    def size(units: int) -> int:
        if units not in known:
            known[units] = count(with_units(units))
        return known[units]

    low, high = 1, 2
    while size(high) < params and high <= MOST_UNITS // 2:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) < params else (low, middle)
    best = min((low, high), key=lambda units: abs(size(units) - params))
    if not params / 2 <= size(best) <= params * 2:
        raise ConfigError(
            "params",
            f"a number that {named.text} can come near; with a width of {best} it has "
            f"{size(best):,} parameters",
            params,
        )
    return best
