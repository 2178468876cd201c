"""Framings: how sequences become samples. A new one is a file and a row in `FRAMINGS`."""

from echospan.framings.arithmetic import Reach, Sight, reach, sights
from echospan.framings.base import Framing, Samples
from echospan.framings.per_step import PerStep
from echospan.framings.plan import Outputs, Plan
from echospan.framings.simple import Prefix, Sequence, Stream, Whole
from echospan.framings.window import Window
from echospan.registry import Registry
from echospan.spec import subclass_of

FRAMINGS: Registry[type[Framing]] = Registry(
    "framing",
    {
        "per-step": PerStep,
        "window": Window,
        "prefix": Prefix,
        "sequence": Sequence,
        "stream": Stream,
        "whole": Whole,
    },
    subclass_of(Framing),
)

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


def __dir__() -> list[str]:
    return sorted(__all__)
