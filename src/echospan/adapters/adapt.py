"""Make an adapter for a model: the one place that knows all frameworks."""

from __future__ import annotations

import sys
from typing import Any

from echospan.adapters.base import Framework
from echospan.errors import ConfigError


def framework_of(model: Any) -> Framework:
    """The framework that a model is made of. None is imported to find out.

    Args:
        model: A Keras model, a torch module, or a pair (init, apply) of JAX functions.

    Raises:
        ConfigError: It is none of these.
    """
    keras = sys.modules.get("keras")
    if keras is not None and isinstance(model, keras.Model):
        return "keras"
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return "torch"
    if isinstance(model, tuple) and len(model) == 2 and all(callable(part) for part in model):
        return "jax"
    raise ConfigError(
        "model",
        "a Keras 3 model, a torch.nn.Module, or a pair (init, apply) of JAX functions",
        type(model).__name__,
    )
