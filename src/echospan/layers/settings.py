"""What the settings that several layers have may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from echospan.arguments import flag, readable, whole

SHARED = {"seed": whole(0), "stateful": flag}
"""Of all layers with weights."""

UNITS = whole(1, 100_000)
"""The width of a layer."""


def check_readable(args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Refuse arguments that Keras could not go through, which it does before `__init__`.

    Raises:
        ConfigError: Names the argument.
    """
    for place, value in enumerate(args, 1):
        readable(f"argument {place}", value)
    for name, value in kwargs.items():
        readable(name, value)
