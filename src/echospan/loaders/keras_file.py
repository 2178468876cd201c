"""Read a user's .keras file, and refuse dangerous content before anything is built.

A Keras file is a program: a Lambda layer runs code, and a few
kilobytes can ask for gigabytes of memory (CVE-2025-1550, CVE-2026-1462).
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from echospan._keras_backend import needs_keras
from echospan.errors import ConfigError, DataError
from echospan.given import open_given
from echospan.limits import given_consent, sizes
from echospan.limits.consent import lifted
from echospan.loaders.archive import BROKEN, open_archive
from echospan.loaders.keras_sizes import refuse_giants, refuse_sizes
from echospan.loaders.keras_weights import refuse_weights

FIELD = "model"
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = (_CONFIG, "metadata.json", _WEIGHTS)


def read_architecture(path: Path, *, trust: bool = False) -> dict[str, Any]:
    """Read the description of the model in a .keras file.

    Args:
        path: The file.
        trust: Do not refuse code and giant layers.

    Raises:
        ConfigError: It is no .keras file, or it asks for what only a trusted file may.
    """
    with given_consent(trust), _said_of_model(path), _opened(path) as archive:
        return _architecture(archive, str(path), trust)


def build(content: dict[str, Any], path: Path, *, trust: bool = False) -> Any:
    """Build a new model of this architecture, with new weights.

    Raises:
        ConfigError: Keras can't build it, or it is a giant.
    """
    needs_keras("A .keras file")
    import keras

    def make() -> Any:
        return keras.saving.deserialize_keras_object(content, safe_mode=not trust)

    if not (trust or lifted()):
        refuse_giants(content, _objects(content), str(path))
    return _by_keras(make, path)


def load(path: Path, *, trust: bool = False) -> Any:
    """Load the model in a .keras file, with its weights and the arguments of `compile`.

    Args:
        path: The file.
        trust: Do not refuse code and giant layers.

    Raises:
        ConfigError: It is no .keras file, it asks for what only a trusted file may, or Keras can't
            load it.
    """
    needs_keras("A .keras file")
    import keras

    with tempfile.TemporaryDirectory() as folder:
        # What was looked at is what is loaded, whatever takes the file's place meanwhile.
        copy = Path(folder) / "model.keras"
        with (
            given_consent(trust),
            _said_of_model(path),
            open_given(path, "a .keras file", sizes.MODEL_FILE) as source,
            copy.open("wb") as target,
        ):
            shutil.copyfileobj(source, target)
        with given_consent(trust), _said_of_model(path), _opened(copy, str(path)) as archive:
            content = _architecture(archive, str(path), trust)
            if not lifted():
                with archive.open(_WEIGHTS) as file:
                    refuse_weights(io.BytesIO(file.read()), str(path))
                refuse_giants(content, _objects(content), str(path))
        with warnings.catch_warnings():
            # A file may hold an optimizer that has not trained yet.
            warnings.simplefilter("ignore")
            return _by_keras(lambda: keras.saving.load_model(copy, safe_mode=not trust), path)


@contextmanager
def _opened(path: Path, name: str = "") -> Iterator[Any]:
    with (
        open_given(path, "a .keras file", sizes.MODEL_FILE) as file,
        open_archive(file, name or str(path), sizes.MODEL_FILE) as archive,
    ):
        yield archive


def _architecture(archive: Any, name: str, trust: bool) -> dict[str, Any]:
    for member in archive.namelist():
        if member not in _MEMBERS and not member.startswith("assets/"):
            raise DataError(f"it holds {member[:80]!r}, which Keras does not write")
    size = archive.getinfo(_CONFIG).file_size
    if size > sizes.MODEL_CONFIG and not trust:
        raise ConfigError(
            FIELD,
            f"a .keras file whose config.json has at most {sizes.MODEL_CONFIG:,} bytes",
            f"{name}: {size:,} bytes",
        )
    with archive.open(_CONFIG) as file:
        content = json.loads(file.read())
    if not isinstance(content, dict) or "class_name" not in content:
        raise ConfigError(FIELD, "a .keras file as Keras 3 saves it", name)
    if not trust:
        refuse(content, name)
    return content


def refuse(content: dict[str, Any], name: str) -> None:
    """Refuse what should not be built unseen.

    Raises:
        ConfigError: Names the layer, the reason and `--trust`.
    """
    insist = "Add --trust (Python: trust=True) if you know where the file comes from."
    for part in _objects(content):
        kind = str(part["class_name"])
        module = str(part.get("module") or "keras")
        if "lambda" in kind.lower():
            config = part.get("config")
            label = config.get("name", "") if isinstance(config, dict) else ""
            raise ConfigError(
                FIELD,
                "a file without Lambda layers, which run code",
                f"{name}: {kind} layer {label!r}",
                insist,
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
    if not lifted():
        refuse_sizes(_objects(content), name, insist)


def _objects(part: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every described object, from outside in."""
    if depth > sizes.NESTING:
        raise ConfigError(
            FIELD, f"a file that is nested at most {sizes.NESTING} deep", "a deeper one"
        )
    if isinstance(part, dict):
        if "class_name" in part:
            yield part
        for value in part.values():
            yield from _objects(value, depth + 1)
    elif isinstance(part, list):
        for value in part:
            yield from _objects(value, depth + 1)


@contextmanager
def _said_of_model(path: Path) -> Iterator[None]:
    """What is wrong with the file as something that is wrong with the model."""
    try:
        yield
    except ConfigError:
        raise
    except DataError as error:
        if not path.exists():
            raise ConfigError(FIELD, "a .keras file that exists", str(path)) from None
        raise _no_keras_file(path, error) from None
    except BROKEN as error:
        raise _no_keras_file(path, error) from None


def _no_keras_file(path: Path, error: Exception) -> ConfigError:
    text = " ".join(str(error).split())[:300].rstrip(".")
    return ConfigError(
        FIELD, "a .keras file as Keras 3 saves it", str(path), f"It cannot be read: {text}."
    )


def _by_keras(make: Callable[[], Any], path: Path) -> Any:
    try:
        return make()
    except Exception as error:
        text = " ".join(str(error).split())[:300]
        raise ConfigError(
            FIELD, "a .keras file that this Keras can build", str(path), f"It says: {text}."
        ) from None
