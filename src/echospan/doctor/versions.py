"""The versions that a report holds for."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

FRAMEWORKS = ("keras", "jax", "tensorflow", "torch", "numpy")


def versions() -> dict[str, str]:
    """Of Python, echospan and the frameworks imported, with Keras's backend."""
    found = {"python": platform.python_version()}
    try:
        found["echospan"] = metadata.version("echospan")
    except metadata.PackageNotFoundError:
        found["echospan"] = "not installed"
    for name in FRAMEWORKS:
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "__version__"):
            found[name] = str(module.__version__)
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "backend"):
        found["backend"] = str(keras.backend.backend())
    return found
