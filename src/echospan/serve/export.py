"""A trained model as a file of Keras's own."""

from __future__ import annotations

from pathlib import Path

from echospan.errors import StoreError
from echospan.serve.loaded import Loaded


def export_keras(loaded: Loaded, path: Path, *, overwrite: bool = False) -> Path:
    """Write the model as a `.keras` file, for use without echospan.

    Raises:
        StoreError: The file is there already, or cannot be written.
    """
    if path.exists() and not overwrite:
        raise StoreError(f"{path} is there already. Use --overwrite to replace it.")
    try:
        loaded.model.save(path, overwrite=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error}.") from None
    return path
