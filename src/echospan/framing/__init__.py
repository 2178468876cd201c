"""Framings: how sequences become samples. A new one is a file and a row in `FRAMINGS`."""

from echospan.framing.arithmetic import Reach, Sight, reach, sights
from echospan.framing.base import Framing, Samples
from echospan.framing.per_step import PerStep
from echospan.framing.plan import Outputs, Plan
from echospan.framing.prefix import Prefix
from echospan.framing.sequence import Sequence
from echospan.framing.stream import Stream
from echospan.framing.whole import Whole
from echospan.framing.window import Window

FRAMINGS: dict[str, type[Framing]] = {
    "per-step": PerStep,
    "window": Window,
    "prefix": Prefix,
    "sequence": Sequence,
    "stream": Stream,
    "whole": Whole,
}

__all__ = [
    "FRAMINGS",
    "Framing",
    "Outputs",
    "PerStep",
    "Plan",
    "Prefix",
    "Reach",
    "Samples",
    "Sequence",
    "Sight",
    "Stream",
    "Whole",
    "Window",
    "reach",
    "sights",
]
