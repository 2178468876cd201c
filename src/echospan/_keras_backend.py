"""Which backend Keras will take, and JAX in its place where that one is not installed."""

import os
import sys

from echospan.extras import is_installed, needs


def prefer_jax() -> None:
    """Choose JAX for Keras, unless Keras was imported or can run on what it would choose itself.

    Keras takes the backend of the variable ``KERAS_BACKEND``, else of its ``keras.json``, else
    TensorFlow. Where that one is missing, ``import keras`` fails. Where JAX is missing, too, a
    check of a Keras model can still run on torch.
    """
    if os.environ.get("KERAS_BACKEND") or "keras" in sys.modules:
        return
    if is_installed(_configured()):
        return
    for name in ("jax", "torch"):
        if is_installed(name):
            os.environ["KERAS_BACKEND"] = name
            return


def needs_keras(purpose: str) -> None:
    """Refuse to go on where Keras, or the backend that it would choose, is not installed.

    Args:
        purpose: What needs Keras, as the beginning of a sentence.

    Raises:
        MissingExtra: Names what is missing, and the extra with Keras and JAX.
    """
    needs(purpose, "keras")
    chosen = os.environ.get("KERAS_BACKEND") or _configured()
    if "keras" not in sys.modules and not is_installed(chosen):
        needs(purpose, "jax")


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
