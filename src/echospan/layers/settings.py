"""What the settings that several layers have may be."""

from __future__ import annotations

from echospan.arguments import flag, whole

SHARED = {"seed": whole(0), "stateful": flag}
"""Of all layers with weights."""

UNITS = whole(1, 100_000)
"""The width of a layer."""
