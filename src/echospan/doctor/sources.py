"""Read the arguments of a check for the command line: from a function, or from two files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from echospan.adapters.adapt import facts_of
from echospan.adapters.loading import function_of, said
from echospan.adapters.named import built_in_for, model_class, named_model
from echospan.errors import ConfigError, DataError, EchospanError
from echospan.extras import is_installed
from echospan.loaders import load_arrays

FUNCTION = "FILE.py:FUNCTION"


def from_function(what: str, settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Call the function ``FILE.py:FUNCTION`` or ``package.module:FUNCTION``.

    Args:
        what: The function.
        settings: Arguments that it is called with, by name.

    Returns:
        The dictionary that it returns.

    Raises:
        ConfigError: There is no such function, or it returns no dictionary with a model and x.
        DataError: The function fails.
    """
    function = found_function(what)
    try:
        arguments = function(**(settings or {}))
    except EchospanError:
        raise
    except Exception as error:
        raise DataError(f"{what} failed with {said(error)}") from error
    if not isinstance(arguments, dict) or "model" not in arguments or "x" not in arguments:
        given = sorted(arguments) if isinstance(arguments, dict) else type(arguments).__name__
        raise ConfigError(
            what, "a function that returns a dictionary with model, x, y and batch_size", given
        )
    return dict(arguments)


def found_function(what: str, field: str = FUNCTION) -> Callable[..., Any]:
    """Import the function, and do not call it.

    Raises:
        ConfigError: There is no such function.
    """
    _, colon, name = what.rpartition(":")
    if not colon or not name.isidentifier():
        raise ConfigError(field, "written like train.py:arguments", what)
    _default_backend()
    return function_of(what, field)


def from_files(model: str | None, data: Path | None, *, trust: bool = False) -> dict[str, Any]:
    """Load a model and saved arrays.

    Args:
        model: A .keras file; or, as `span` takes it, a built-in model's name or a function, which
            are given the width of the inputs.
        data: A .npz file.
        trust: Load a .keras file even if it could run code or use much memory.

    Raises:
        ConfigError: One of the two is missing, or the model's file is refused or can't be loaded.
        DataError: The arrays' file is missing or holds something else.
    """
    if model is None or data is None:
        missing = "--model" if model is None else "--data"
        raise ConfigError(missing, "given together with the other of --model and --data", None)
    if data.suffix.lower() != ".npz" and data.exists():
        raise DataError(f"{data} must be a .npz file with arrays x and y (numpy.savez).")
    arrays = load_arrays(data)
    _default_backend()
    loaded = _model(model, arrays, trust)
    found: dict[str, Any] = {
        "model": loaded,
        "x": _part(arrays, "x", facts_of(loaded).inputs),
        "y": _part(arrays, "y", facts_of(loaded).outputs),
    }
    if "x_val" in arrays and "y_val" in arrays:
        found["validation_data"] = (arrays["x_val"], arrays["y_val"])
    return found


def _model(model: str, arrays: dict[str, np.ndarray], trust: bool) -> Any:
    # Those that are made for an input's width need one input.
    x, y = arrays.get("x"), arrays.get("y")
    chosen = model_class(model)
    if isinstance(chosen, type):
        if x is None or y is None or x.ndim != 3:
            raise DataError(f"For {model} the .npz file must hold x (samples, time, features).")
        every = y.ndim > 1 and y.shape[1] == x.shape[1] and y.shape[1:] != (1,)
        return built_in_for(chosen, x.shape[1], x.shape[2], every=every)
    width = 1 if x is None or not x.ndim else int(x.shape[-1])
    return named_model(model, width, trust=trust).load()


def _part(arrays: dict[str, np.ndarray], variable: str, names: Sequence[str]) -> Any:
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
    """The user's own choice of Keras's backend counts; without one it is JAX, if installed."""
    if is_installed("jax"):
        os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
