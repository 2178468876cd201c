"""Read a user's .keras file, and refuse dangerous content before anything is built.

A Keras file is a program: a Lambda layer runs code, and a few
kilobytes can ask for gigabytes of memory (CVE-2025-1550, CVE-2026-1462).
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from echospan._keras_backend import needs_keras
from echospan.adapters.loading import FIELD
from echospan.errors import ConfigError

MOST_CONFIG = 4_000_000
"""Bytes of the architecture's description."""

MOST_SIZE = 16_384
"""The largest width, number of filters, vocabulary or length that a layer may ask for."""

MOST_PARAMETERS = 50_000_000
"""An estimate of all layers' parameters above this is refused."""

_SIZES = (
    "units", "filters", "output_dim", "input_dim", "key_dim", "value_dim", "num_heads", "rank",
    "depth_multiplier", "state_size", "max_tokens", "num_tokens", "n",
)  # fmt: skip
_LISTED = ("target_shape", "batch_shape", "batch_input_shape", "input_shape", "kernel_size")


def read_architecture(path: Path, *, trust: bool = False) -> dict[str, Any]:
    """Read the description of the model in a .keras file.

    Args:
        path: The file.
        trust: Do not refuse code and giant layers.

    Raises:
        ConfigError: It is no .keras file, or it asks for what only a trusted file may.
    """
    if not path.is_file():
        raise ConfigError(FIELD, "a .keras file that exists", str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            size = archive.getinfo("config.json").file_size
            if size > MOST_CONFIG:
                raise ConfigError(
                    FIELD,
                    f"a .keras file whose config.json has at most {MOST_CONFIG:,} bytes",
                    f"{path}: {size:,} bytes",
                )
            with archive.open("config.json") as file:
                content = json.loads(file.read(MOST_CONFIG + 1))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, RecursionError) as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(
            FIELD, "a .keras file as Keras 3 saves it", str(path), f"It cannot be read: {error}."
        ) from None
    if not isinstance(content, dict) or "class_name" not in content:
        raise ConfigError(FIELD, "a .keras file as Keras 3 saves it", str(path))
    if not trust:
        refuse(content, str(path))
    return content


def refuse(content: dict[str, Any], name: str) -> None:
    """Refuse what should not be built unseen.

    Raises:
        ConfigError: Names the layer, the reason and `--trust`.
    """
    insist = "Add --trust (Python: trust=True) if you know where the file comes from."
    parameters, before = 0, 1
    for part in _objects(content):
        kind, config = str(part["class_name"]), part.get("config")
        config = config if isinstance(config, dict) else {}
        module = str(part.get("module") or "keras")
        label = f"{kind} layer {config.get('name', '')!r}"
        if kind == "Lambda" or "lambda" in kind.lower():
            raise ConfigError(
                FIELD, "a file without Lambda layers, which run code", f"{name}: {label}", insist
            )
        if module.split(".")[0] not in ("keras", "builtins") or part.get("registered_name") not in (
            None, "", kind,
        ):  # fmt: skip
            raise ConfigError(
                FIELD,
                "a file with Keras's own layers only",
                f"{name}: {kind} from {part.get('registered_name') or module}",
                f"{insist} Or give FILE.py:function.",
            )
        sizes = [int(v) for key in _SIZES if isinstance(v := config.get(key), int | float)]
        for key in _LISTED:
            listed = config.get(key)
            if isinstance(listed, list):
                sizes += [int(v) for v in listed if isinstance(v, int | float)]
        if any(size > MOST_SIZE for size in sizes):
            raise ConfigError(
                FIELD,
                f"a file whose layers ask for sizes of at most {MOST_SIZE:,}",
                f"{name}: {label} asks for {max(sizes):,}",
                insist,
            )
        width = max(sizes, default=0)
        if width and kind != "InputLayer":
            parameters += 4 * width * (width + before)
        before = width or before
    if parameters > MOST_PARAMETERS:
        raise ConfigError(
            FIELD,
            f"a file of about {MOST_PARAMETERS:,} parameters at most",
            f"{name}: about {parameters:,}",
            insist,
        )


def _objects(part: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every described object, from outside in."""
    if depth > 100:
        raise ConfigError(FIELD, "a file that is nested at most 100 deep", "a deeper one")
    if isinstance(part, dict):
        if "class_name" in part:
            yield part
        for value in part.values():
            yield from _objects(value, depth + 1)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value, depth + 1)


def build(content: dict[str, Any], path: Path, *, trust: bool = False) -> Any:
    """Build a new model of this architecture, with new weights.

    Raises:
        ConfigError: Keras can't build it.
    """
    needs_keras("A .keras file")
    import keras

    return _by_keras(
        lambda: keras.saving.deserialize_keras_object(content, safe_mode=not trust), path
    )


def load(path: Path, *, trust: bool = False) -> Any:
    """Load the model in a .keras file, with its weights and the arguments of `compile`.

    Args:
        path: The file.
        trust: Do not refuse code and giant layers.

    Raises:
        ConfigError: It is no .keras file, it asks for what only a trusted file may, or Keras can't
            load it.
        MissingExtra: Keras, or every backend of it, is not installed.
    """
    needs_keras("A .keras file")
    import keras

    read_architecture(path, trust=trust)
    with warnings.catch_warnings():
        # A file may hold an optimizer that has not trained yet.
        warnings.simplefilter("ignore")
        return _by_keras(lambda: keras.saving.load_model(path, safe_mode=not trust), path)


def _by_keras(make: Callable[[], Any], path: Path) -> Any:
    try:
        return make()
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise ConfigError(
            FIELD, "a .keras file that this Keras can build", str(path), f"It says: {text}."
        ) from None
