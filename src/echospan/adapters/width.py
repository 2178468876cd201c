"""Find the width with which a user's model has about a wanted number of parameters."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

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


def built_parameters(model: Any) -> int:
    """Trained numbers of a model that has all its weights without being called; 0 for another.

    Finding out what a model takes and gives, as a span does, takes ten times longer.
    """
    keras, torch = sys.modules.get("keras"), sys.modules.get("torch")
    if keras is not None and isinstance(model, keras.Model) and getattr(model, "inputs", None):
        return sum(math.prod(variable.shape) for variable in model.trainable_variables)
    if torch is not None and isinstance(model, torch.nn.Module):
        lazy = torch.nn.parameter.is_lazy
        parameters = list(model.parameters())
        if not any(lazy(parameter) for parameter in parameters):
            return sum(p.numel() for p in parameters if p.requires_grad)
    return 0
