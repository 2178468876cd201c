"""Refuse to compare sheets that were made by different rules."""

from __future__ import annotations

from collections.abc import Sequence

from echospan.errors import ConfigError
from echospan.results.protocol import ProtocolUse
from echospan.results.sheet import SheetData


def require_same_protocol(sheets: Sequence[SheetData]) -> None:
    """Refuse sheets that were not made by the same rules.

    Args:
        sheets: Finished sheets that are to be compared.

    Raises:
        ConfigError: Names the two models and what differs.
    """
    for other in sheets[1:]:
        first = sheets[0]
        for name, one, another in _differing(first.protocol, other.protocol):
            raise ConfigError(
                "sheets",
                "made by the same protocol",
                f"{name} {one} for {first.model} and {another} for {other.model}",
                "Measure both with the same protocol and the same changes.",
            )


def _differing(one: ProtocolUse | None, other: ProtocolUse | None) -> list[tuple[str, str, str]]:
    """Name and both values of what differs; empty for the same rules."""
    if one is None or other is None:
        known = [use.name if use is not None else "unknown" for use in (one, other)]
        # Made before there were protocols: nothing is known, not even whether they are the same.
        return [("protocol", known[0], known[1])]
    for name in ("name", "version", "fingerprint"):
        values = str(getattr(one, name)), str(getattr(other, name))
        if values[0] != values[1]:
            return [("protocol" if name == "name" else f"protocol {name}", *values)]
    found = []
    for name in sorted({*one.changed, *other.changed}):
        pair = one.changed.get(name), other.changed.get(name)
        if pair[0] != pair[1]:
            original = next(each[0] for each in pair if each is not None)
            used = [str(original if each is None else each[1]) for each in pair]
            found.append((name, used[0], used[1]))
    return found
