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
    """

    value: float
    source: str
    note: str = ""


@cache
def references() -> dict[str, Reference]:
    """All of them, by name."""
    text = resources.files("echospan.verify").joinpath("references.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    sources = tables.pop("sources")
    return {
        name: Reference(float(entry["value"]), sources[entry["source"]], entry.get("note", ""))
        for name, entry in tables.items()
    }
