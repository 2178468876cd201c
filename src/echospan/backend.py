"""Keras on JAX, imported the one way that works for echospan."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType

from echospan.errors import BackendError


def keras_on_jax() -> ModuleType:
    """Import Keras with JAX below it.

    Raises:
        BackendError: Keras is already imported on another backend; one process cannot have two.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    # XLA's CPU client logs a line at start-up that means nothing to a user.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if "keras" not in sys.modules:
        _use_compilation_cache()
    import keras

    module: ModuleType = keras
    if keras.backend.backend() != "jax":
        raise BackendError(
            f"echospan trains Keras models on JAX, but Keras runs on {keras.backend.backend()} in "
            "this process. Set KERAS_BACKEND=jax before Keras is first imported, or import "
            "echospan first."
        )
    return module


def cache_folder() -> Path | None:
    """Where compiled programs are kept; None where the user turned that off.

    `ECHOSPAN_CACHE` names the folder; set empty, nothing is kept.
    """
    chosen = os.environ.get("ECHOSPAN_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "echospan" / "xla"


def _use_compilation_cache() -> None:
    """Keep compiled programs between processes, unless the user configured JAX's cache already."""
    import jax

    folder = cache_folder()
    if folder is None or jax.config.values.get("jax_compilation_cache_dir") is not None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
