"""The protocol that a sheet was made by, and in what it differs from that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from echospan.results.data import Data, plain


@dataclass(frozen=True)
class ProtocolUse(Data):
    """A protocol, and how a measurement followed it.

    Attributes:
        name: Name of the protocol.
        version: Its version.
        fingerprint: Sixteen hexadecimal digits that depend on all of its rules.
        standard: Whether it is one of echospan's own, nothing was changed, no budget was set, and
            nobody ended it early. Only then can the sheet be compared by the protocol's name.
        changed: The protocol's value and the one used, by name of each changed setting.
    """

    name: str
    version: int
    fingerprint: str
    standard: bool
    changed: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Lists in place of tuples: equal to itself after a way through JSON.
        object.__setattr__(self, "changed", plain(self.changed))
