"""Find the width with which a user's model has about a wanted number of parameters."""

from __future__ import annotations

from collections.abc import Callable

from echospan.adapters.named import Named
from echospan.engine.nearest import nearest
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
    best, found = nearest(lambda units: count(with_units(units)), params, MOST_UNITS)
    if not params / 2 <= found <= params * 2:
        raise ConfigError(
            "params",
            f"a number that {named.text} can come near; with a width of {best} it has "
            f"{found:,} parameters",
            params,
        )
    return best
