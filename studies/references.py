"""The reference figures, with their sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Reference:
    """A number from elsewhere.

    Attributes:
        value: The number.
        source: Where it stands, or that it follows from a definition.
        note: What else the source says about it.
        seeds: Of which it is the mean or the share; 0 where it has none or does not say.
        spread: Standard deviation between them.
        rate: Learning rate that it was measured at; 0 where it says none.
        why: Why ours is known to differ.
    """

    value: float
    source: str
    note: str = ""
    seeds: int = 0
    spread: float = 0.0
    rate: float = 0.0
    why: str = ""


@cache
def references() -> dict[str, Reference]:
    """All of them, by name."""
    text = resources.files("studies").joinpath("references.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    sources = tables.pop("sources")
    found = {}
    for name, entry in tables.items():
        value, source = float(entry.pop("value")), sources[entry.pop("source")]
        found[name] = Reference(value, source, **entry)
    return found
