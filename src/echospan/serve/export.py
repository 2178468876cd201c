"""A trained model as a file of Keras's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from echospan.errors import StoreError
from echospan.files import open_place, unfit
from echospan.serve.loaded import Loaded


def export_keras(loaded: Loaded, path: Path, *, overwrite: bool = False) -> Path:
    """Write the model as a `.keras` file, for use without echospan.

    Raises:
        StoreError: The file is there already, cannot be written, or is a link or a device.
    """
    if why := unfit(path):
        raise StoreError(f"Cannot write {path}. {why}")
    if os.path.lexists(path) and not overwrite:
        raise StoreError(f"{path} is there already. Use --overwrite to replace it.")
    try:
        with open_place(path.parent) as folder, tempfile.TemporaryDirectory() as aside:
            # Keras writes to a path, and would follow a link there.
            made = Path(aside) / "model.keras"
            loaded.model.save(made)
            with open(made, "rb") as source, folder.writing(path.name) as file:
                shutil.copyfileobj(source, file)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error}.") from None
    return path
