"""The versions that a report about a torch module names."""

from __future__ import annotations

import platform
from importlib import metadata


def torch_versions() -> dict[str, str]:
    """Of Python, echospan, NumPy and torch."""
    import numpy
    import torch

    return {
        "python": platform.python_version(),
        "echospan": metadata.version("echospan"),
        "numpy": numpy.__version__,
        "torch": str(torch.__version__),
        "backend": "torch",
    }
