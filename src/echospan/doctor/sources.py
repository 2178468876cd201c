"""Where the command line gets the arguments of a check from: a function, or two files."""

from __future__ import annotations

import os
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from echospan.errors import ConfigError, DataError


def from_function(what: str) -> dict[str, Any]:
    """The dictionary that ``FILE.py:FUNCTION`` returns.

    Raises:
        ConfigError: It is not written so, or what it returns is no such dictionary.
        DataError: File or function are not there, or fail.
    """
    file, colon, name = what.rpartition(":")
    if not colon or not file.endswith(".py") or not name.isidentifier():
        raise ConfigError("FILE.py:FUNCTION", "written like train.py:arguments", what)
    _default_backend()
    path = Path(file)
    if not path.is_file():
        raise DataError(f"There is no file {file}.")
    # The file's own imports look beside it, as when Python runs it.
    sys.path.insert(0, str(path.resolve().parent))
    try:
        found = runpy.run_path(str(path), run_name="echospan_check")
        if not callable(found.get(name)):
            raise DataError(f"{file} has no function {name}.")
        arguments = found[name]()
    except DataError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        raise DataError(f"{what} failed with {type(error).__name__}: {said[:300]}") from error
    finally:
        sys.path.pop(0)
    if not isinstance(arguments, dict) or "model" not in arguments or "x" not in arguments:
        given = sorted(arguments) if isinstance(arguments, dict) else type(arguments).__name__
        raise ConfigError(
            what, "a function that returns a dictionary with model, x, y and batch_size", given
        )
    return dict(arguments)


def from_files(model: Path | None, data: Path | None) -> dict[str, Any]:
    """A saved Keras model and saved arrays.

    Raises:
        ConfigError: One of the two is not given.
        DataError: A file is not there or holds something else.
    """
    if model is None or data is None:
        missing = "--model" if model is None else "--data"
        raise ConfigError(missing, "given together with the other of --model and --data", None)
    _default_backend()
    arrays = _arrays(data)
    import keras

    if not model.is_file():
        raise DataError(f"There is no file {model}.")
    try:
        with warnings.catch_warnings():
            # An optimizer that has not trained yet is none of the check's concern.
            warnings.simplefilter("ignore")
            loaded = keras.saving.load_model(model)
    except Exception as error:
        said = " ".join(str(error).split())
        raise DataError(f"{model} cannot be read as a Keras model: {said[:300]}") from error
    found: dict[str, Any] = {
        "model": loaded,
        "x": _part(arrays, "x", _names(loaded)),
        "y": _part(arrays, "y", list(getattr(loaded, "output_names", None) or [])),
    }
    if "x_val" in arrays and "y_val" in arrays:
        found["validation_data"] = (arrays["x_val"], arrays["y_val"])
    return found


def _arrays(data: Path) -> dict[str, np.ndarray]:
    if not data.is_file():
        raise DataError(f"There is no file {data}.")
    try:
        with np.load(data, allow_pickle=False) as opened:
            arrays = {name: opened[name] for name in opened.files}
    except (ValueError, OSError, AttributeError, TypeError) as error:
        raise DataError(
            f"{data} must be a .npz file with arrays of numbers (numpy.savez): {error}"
        ) from error
    return arrays


def _names(model: Any) -> list[str]:
    import keras

    return [t.name for t in keras.tree.flatten(getattr(model, "inputs", None) or [])]


def _part(arrays: dict[str, np.ndarray], variable: str, names: list[str]) -> Any:
    """The array x (or y), or those of several inputs (or outputs) by their names.

    Raises:
        DataError: There are neither.
    """
    if variable in arrays:
        return arrays[variable]
    keys = {name: f"{variable}_{name}" for name in names}
    several = {name: arrays[key] for name, key in keys.items() if key in arrays}
    if not several or len(several) < len(names):
        wanted = ", ".join(keys.values()) or f"{variable}_NAME"
        held = ", ".join(arrays) or "nothing"
        raise DataError(
            f"The .npz file must hold the array {variable}, or {wanted} for a model with several; "
            f"it holds {held}."
        )
    return several


def _default_backend() -> None:
    """The user's own choice of Keras's backend counts; without one it is JAX."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
