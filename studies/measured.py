"""What a row measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from echospan.measure import Interval


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        value: Ours.
        interval: How sure it is; None for a number that is exact.
        detail: How it was measured, in a few words: seeds, settings that were chosen.
        values: One a seed, where the reference has seeds, too.
    """

    value: float
    interval: Interval | None = None
    detail: str = ""
    values: tuple[float, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        interval = None if self.interval is None else list(self.interval)
        values = list(self.values)
        return {"value": self.value, "interval": interval, "detail": self.detail, "values": values}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """What `to_dict` gave."""
        interval = plain["interval"]
        return cls(
            plain["value"],
            None if interval is None else Interval(*interval),
            plain["detail"],
            tuple(plain["values"]),
        )
