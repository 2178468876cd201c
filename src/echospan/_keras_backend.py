"""Which backend Keras will take, and JAX in its place where that one is not installed."""

import os
import sys
from importlib.util import find_spec


def prefer_jax() -> None:
    """Choose JAX for Keras, unless Keras was imported or can run on what it would choose itself.

    Keras takes the backend of the variable ``KERAS_BACKEND``, else of its ``keras.json``, else
    TensorFlow. Where that one is missing, ``import keras`` fails.
    """
    if os.environ.get("KERAS_BACKEND") or "keras" in sys.modules:
        return
    if not _is_installed(_configured()) and _is_installed("jax"):
        os.environ["KERAS_BACKEND"] = "jax"


def keras_json() -> str:
    """The path of Keras's own settings."""
    folder = os.environ.get("KERAS_HOME")
    if folder is None:
        home = os.path.expanduser("~")
        folder = os.path.join(home if os.access(home, os.W_OK) else "/tmp", ".keras")
    return os.path.expanduser(os.path.join(folder, "keras.json"))


def _configured() -> str:
    import json

    try:
        with open(keras_json(), encoding="utf-8") as file:
            content = json.load(file)
    # No such file, or one that Keras does not read either.
    except (OSError, ValueError):
        content = {}
    chosen = content.get("backend") if isinstance(content, dict) else None
    return chosen if isinstance(chosen, str) and chosen else "tensorflow"


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    # A name with a dot, or a module that stands half imported in sys.modules.
    except (ImportError, ValueError):
        return False
