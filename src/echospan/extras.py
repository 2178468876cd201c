"""Which extra brings which package, and the one sentence that says that one is missing."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from echospan.errors import MissingExtra

EXTRAS = {
    "jax": "jax",
    "jaxlib": "jax",
    "keras": "jax",
    "scipy": "jax",
    "safetensors": "jax",
    "matplotlib": "figures",
    "polars": "data",
    "lightgbm": "needs",
    "torch": "torch",
    "lightning": "lightning",
    "pytorch_lightning": "lightning",
    "transformers": "transformers",
    "accelerate": "transformers",
    "cogscale": "cogscale",
    "submitit": "slurm",
    "ray": "ray",
    "wandb": "wandb",
    "mlflow": "mlflow",
    "trackio": "trackio",
    "tensorboardX": "tensorboard",
    "uvicorn": "serve",
    "httptools": "serve",
    "uvloop": "serve",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "anywidget": "notebook",
}
"""The extra of echospan that brings a package, by the name under which it is imported."""

TRAINING = ("jax", "keras", "scipy")
"""What training and measuring on JAX imports; all of the extra ``jax`` but what writes weights."""


def needs(purpose: str, *packages: str) -> None:
    """Refuse to go on where one of the packages is not installed. None is imported.

    Args:
        purpose: What needs them, as the beginning of a sentence: "A figure".
        *packages: Names under which they are imported; the first missing one decides on the extra.

    Raises:
        MissingExtra: What is missing, for what, and the line that installs it.

    Example::

        needs("A figure", "matplotlib")
        import matplotlib
    """
    missing = [name for name in packages if not is_installed(name)]
    if missing:
        raise MissingExtra(purpose, missing, EXTRAS.get(missing[0], ""))


def is_installed(name: str) -> bool:
    """Whether a package can be imported. It is not imported to find out."""
    if name in sys.modules:
        return sys.modules[name] is not None
    try:
        return find_spec(name) is not None
    # A name with a dot, or a finder that refuses the name.
    except (ImportError, ValueError):
        return False


def missing_of(error: ImportError, purpose: str) -> MissingExtra | None:
    """The sentence for a failed import of a package that an extra brings; None for any other."""
    package = (error.name or "").partition(".")[0]
    # Keras asks for it where no other backend is chosen; JAX would do as well.
    package = "jax" if package == "tensorflow" else package
    if package not in EXTRAS or is_installed(package):
        return None
    return MissingExtra(purpose, [package], EXTRAS[package])
