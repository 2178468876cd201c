"""The cells of the reference table, and which of them are measured."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from echospan.errors import ConfigError
from echospan.formats import read_toml
from echospan.spans.keep.settings import display_name
from echospan.spans.keep.sources import fingerprints
from echospan.spans.protocol import find_protocol
from echospan.spans.reference import fingerprint_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

PACKAGES = {
    "echospan": ("echospan", "keras", "jax", "numpy"),
    "torchrecurrent": ("echospan", "torchrecurrent", "torch", "numpy"),
    "transformers": ("echospan", "transformers", "torch", "numpy"),
    "torch": ("echospan", "torch", "numpy"),
}
"""Packages whose versions decide a sheet, by where the model comes from."""

SOURCES = {
    "torchrecurrent_": "torchrecurrent",
    "hugging_face_": "transformers",
    "torch_": "torch",
}


@dataclass(frozen=True)
class Cell:
    """One sheet of the table.

    Attributes:
        settings: Arguments of `echospan.span`.
    """

    settings: Mapping[str, Any]

    @property
    def model(self) -> str:
        """What is measured, as `echospan.span` takes it."""
        return str(self.settings["model"])

    @property
    def source(self) -> str:
        """Package that the model comes from."""
        name = display_name(self.model)
        return next((own for start, own in SOURCES.items() if name.startswith(start)), "echospan")

    @property
    def name(self) -> str:
        """What the table calls the model."""
        name = display_name(self.model) or self.model
        for start in SOURCES:
            name = name.removeprefix(start)
        return name

    @property
    def label(self) -> str:
        """The name, with the package that it comes from if that is another one."""
        return self.name if self.source == "echospan" else f"{self.source} {self.name}"

    @property
    def versions(self) -> dict[str, str]:
        """Of the packages that decide the sheet.

        Raises:
            ConfigError: One is not installed.
        """
        found = {}
        for package in PACKAGES[self.source]:
            try:
                found[package] = metadata.version(package)
            except metadata.PackageNotFoundError:
                raise ConfigError("model", f"of a package that is installed, {package} is not",
                                  self.model) from None  # fmt: skip
        return found

    @cached_property
    def fingerprint(self) -> str:
        """Of all that decides the sheet."""
        protocol = find_protocol(self.settings["protocol"]).fingerprint()
        settings = {**self.settings, "protocol": protocol, "model": self.label}
        own = {} if self.source == "echospan" else fingerprints(self.model)
        return fingerprint_of(settings, own, self.versions)

    def __str__(self) -> str:
        kept = {name: one for name, one in self.settings.items() if name != "protocol"}
        return ", ".join(f"{name}={value}" for name, value in {**kept, "model": self.label}.items())


def cells(folder: Path = HERE / "cells") -> Iterator[Cell]:
    """All cells, the most important first.

    Args:
        folder: Holds the files of the sweeps that make them up.
    """
    for file in sorted(folder.glob("*.toml")):
        content = read_toml(file.read_text("utf-8"), file.name)
        axes = content.pop("sweep", {})
        if content.pop("verb", None) != "span":
            raise ConfigError("verb", "span", file.name)
        for values in itertools.product(*axes.values()):
            yield Cell({**content, **dict(zip(axes, values, strict=True))})


def in_root() -> None:
    """Let names of files begin at the root of the repository, wherever the command is run."""
    import os

    os.chdir(ROOT)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
