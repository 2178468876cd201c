"""Read the arguments of `uses` for the command line: a function, files, a folder and a text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echospan.errors import ConfigError, DataError
from echospan.loaders import load_arrays

HF = "hf:"

OWN = ("loss", "stride", "batch_first", "window", "padding", "classes", "donors", "windows",
       "seed", "margin", "replace")  # fmt: skip
"""Keys of the dictionary that are arguments of `uses`."""


def from_folder(model: str, data: Path | None) -> dict[str, Any]:
    """A language model's folder and a text, or integers in a .npz or .npy file.

    Args:
        model: ``hf:FOLDER``.
        data: The file.

    Raises:
        ConfigError: One is missing or can't be loaded.
        DataError: The file is missing or holds something else.
    """
    from echospan.adapters.huggingface.folder import load_folder, read_text

    if data is None:
        raise ConfigError("--data", "given together with --model", None)
    folder = model.removeprefix(HF)
    loaded = load_folder(folder)
    if data.suffix.lower() in (".npz", ".npy"):
        arrays = load_arrays(data)
        if "x" not in arrays:
            raise DataError(f"{data} must hold the array x, integers (time,) or (texts, time).")
        return {"model": loaded, "x": arrays["x"], "y": arrays.get("y")}
    return {"model": loaded, "x": read_text(folder, data)}


def held_out(arguments: Mapping[str, Any], known: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """Arguments of `uses` from those of `check`, and a note on the data that are taken.

    Args:
        arguments: What the function returned, or the files hold.
        known: Keys that `check` and `fit` take and `uses` has no use for.

    Raises:
        ConfigError: A key is none of these.
    """
    found = {name: arguments[name] for name in ("model", "x", "y", *OWN) if name in arguments}
    for name in arguments:
        if name not in found and name not in known:
            raise ConfigError(
                name, "left out: neither uses nor check has such an argument", arguments[name]
            )
    validation = arguments.get("validation_data")
    if validation is None:
        return found, ""
    if isinstance(validation, tuple | list) and len(validation) in (2, 3):
        found["x"], found["y"] = validation[0], validation[1]
    else:
        found["x"], found["y"] = validation, None
    return found, "Measured on validation_data."
