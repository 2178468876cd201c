"""What this machine has to work with, found out without importing a framework."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path


def accelerated() -> bool:
    """Whether JAX would use an NVIDIA GPU: one is there, and so is JAX's plugin for it."""
    if os.environ.get("JAX_PLATFORMS", "").startswith("cpu") or not Path("/dev/nvidia0").exists():
        return False
    names = {each.metadata["Name"] or "" for each in metadata.distributions()}
    return any(name.lower().startswith("jax-cuda") for name in names)
