"""The optional parts of an adapter, and what is said of those that a model does not have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from echospan.errors import EchospanError

Part = Literal[
    "float64",
    "training_mode",
    "mask",
    "positions",
    "chunks",
    "state_rows",
    "state_bytes",
    "state_crop",
    "input_gradient",
    "symbol_gradient",
    "parameter_gradient",
    "chunk_gradient",
    "loss",
    "other_lengths",
    "train",
]
"""The optional parts of an adapter."""

PARTS: tuple[Part, ...] = get_args(Part)


class NotCloneable(Exception):
    """A model of which no clone can be made or run; the message says why."""


class NotSupported(EchospanError):
    """An optional part that this model does not have.

    Args:
        part: Its name, one of `PARTS`.
        reason: Why, in a sentence.
    """

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(f"{part} is not supported: {reason}")
        self.part, self.reason = part, reason


@dataclass(frozen=True)
class Support:
    """Whether an adapter has an optional part. It has no truth value: ask for the verdict.

    Attributes:
        verdict: ``supported``; ``refused``: the model cannot do it, and a call raises; ``unknown``:
            it may work, and nothing proves that it does what it should.
        reason: Why, in a sentence; empty where it is supported.
    """

    verdict: Literal["supported", "refused", "unknown"]
    reason: str = ""

    def __bool__(self) -> bool:
        """Refuse a plain truth value, so that ``unknown`` is never taken for a pass.

        Raises:
            TypeError: Always.
        """
        raise TypeError("compare support.verdict with 'supported', 'refused' or 'unknown'")


SUPPORTED = Support("supported")
