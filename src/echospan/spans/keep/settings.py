"""What a stored sheet needs to be measured again: its settings as JSON, and what can't be one."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import numpy as np

from echospan.errors import ConfigError
from echospan.spec import Spec

PACKAGES = ("echospan", "numpy", "jax", "keras", "torch", "transformers")
"""Packages whose version may change what comes out."""


def storable(given: Any) -> tuple[Any, bool]:
    """A setting as JSON, and whether it can be made again from that.

    Functions, and objects of the user's, have to be given again.
    """
    if isinstance(given, Spec):
        kind = type(given)
        settings = given.to_dict()
        own = kind.__module__.partition(".")[0] == "echospan"
        return (settings, True) if own else (f"{kind.__module__}.{kind.__qualname__}", False)
    if isinstance(given, os.PathLike):
        return os.fspath(given), True
    if isinstance(given, np.generic):
        return given.item(), True
    if given is None or isinstance(given, str | int | float | bool):
        return given, True
    if isinstance(given, Mapping):
        pairs = {str(name): storable(value) for name, value in given.items()}
        values = {name: value for name, (value, _) in pairs.items()}
        return values, all(whole for _, whole in pairs.values())
    if isinstance(given, list | tuple):
        items = [storable(value) for value in given]
        return [value for value, _ in items], all(whole for _, whole in items)
    return getattr(given, "__qualname__", type(given).__qualname__), False


def display_name(model: Any) -> str:
    """What legends and tables call a model that was given no name; "" for its own name."""
    if not isinstance(model, str):
        return ""
    if model.endswith(".keras"):
        return os.path.basename(model).removesuffix(".keras")
    return model.rpartition(":")[2] if ":" in model else ""


def versions() -> dict[str, str]:
    """Versions of the imported packages that a number may depend on."""
    found = {}
    for name in PACKAGES:
        if name in sys.modules:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
    return found


def again(
    stored: Mapping[str, Any], asked: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings of a stored sheet, with the objects that were given again.

    Args:
        stored: Its config.
        asked: What the caller gave now, defaults included.
        defaults: The defaults.

    Raises:
        ConfigError: Another value was given for a setting, or an object is missing.
    """
    objects = set(stored["objects"])
    settings = dict(stored["settings"])
    for name, value in asked.items():
        given = not _same(value, defaults.get(name))
        if name in objects:
            if not given:
                raise ConfigError(
                    name,
                    "given once more: it is an object, which a store does not hold",
                    settings.get(name),
                )
            settings[name] = value
        elif given and not _same(storable(value)[0], settings.get(name)):
            raise ConfigError(
                name, "left out: a stored sheet keeps its own settings", value,
                f"It was measured with {settings.get(name)!r}.",
            )  # fmt: skip
    return settings


def _same(one: Any, other: Any) -> bool:
    return bool(storable(one) == storable(other))
