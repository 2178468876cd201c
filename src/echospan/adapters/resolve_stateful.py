"""Make what `echospan.conform` checks from what the user named: the place that knows all kinds."""

from __future__ import annotations

import sys
from typing import Any

from echospan.adapters import loading
from echospan.adapters.stateful import Runnable, StatefulModel
from echospan.adapters.three_methods import ThreeMethods
from echospan.errors import ConfigError

FIELD = "model"

ALLOWED = (
    "a torch module, a Keras model or layer, a pair (init, apply) of JAX functions, a flax.nnx "
    "module, a model of transformers, a name (FILE.py:name, package.module:name, hf:Class, a "
    ".keras file, a built-in model), or an object with the methods inputs, whole and run"
)


def resolve_stateful(
    model: Any,
    *,
    features: int | None = None,
    symbols: int | None = None,
    trust: bool = False,
) -> StatefulModel:
    """Make the stateful model that a name, a file, a function or an object stands for.

    Args:
        model: One of `ALLOWED`. A name may stand for an object, or for a class or a function that
            makes one and is called without arguments, or with `symbols` or `features`.
        features: Numbers in one step of the inputs; left out, found out.
        symbols: Size of the vocabulary of integer inputs; left out, found out.
        trust: Build a .keras file whatever is in it.

    Raises:
        ConfigError: There is no such model, or it can't be run.
    """
    if features is not None and symbols is not None:
        raise ConfigError("symbols", "left out if features is given", symbols)
    text = model if isinstance(model, str) else ""
    if text.startswith(loading.HUGGING_FACE):
        from echospan.adapters.huggingface import stateful_of as of_hugging_face

        return of_hugging_face(text.removeprefix(loading.HUGGING_FACE))
    if text and text.endswith(".keras"):
        from echospan.adapters.named import named_model
        from echospan.backend import keras_on_jax

        keras_on_jax()
        model = named_model(text, 0, trust=trust).load()
    elif text and ":" in text:
        model = _made(loading.function_of(text, objects=True), features, symbols, text)
    elif text:
        from echospan.adapters.zoo import stateful_of as of_zoo

        return of_zoo(text, features=features, symbols=symbols)
    return _of_object(model, text, features, symbols)


def _made(found: Any, features: int | None, symbols: int | None, text: str) -> Any:
    """The object itself, or what the class or function makes."""
    if not callable(found) or (not isinstance(found, type) and _is_model(found)):
        return found
    width = symbols or features
    try:
        with loading.seeded(0):
            return found() if width is None or not _takes_one(found) else found(width)
    except Exception as error:
        raise ConfigError(
            FIELD,
            "an object, or a function or class that makes one"
            + ("" if width else " and needs no argument"),
            text,
            f"Calling it raised {loading.said(error)}. "
            + ("" if width else "Give --features or --symbols where it takes that number."),
        ) from error


def _takes_one(function: Any) -> bool:
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(each.kind in positional for each in parameters)


def _is_model(found: Any) -> bool:
    return isinstance(found, StatefulModel | Runnable) or bool(_framework(found))


def _framework(model: Any) -> str:
    """Which framework an object belongs to; none is imported to find out. Empty for none."""
    transformers = sys.modules.get("transformers.modeling_utils")
    if transformers is not None and isinstance(model, transformers.PreTrainedModel):
        return "huggingface"
    # Keras first: on torch its layers are torch modules, too.
    for name, kinds in (("keras", ("Model", "Layer")), ("torch", ("nn.Module",))):
        module = sys.modules.get(name)
        for kind in kinds if module is not None else ():
            found: Any = module
            for part in kind.split("."):
                found = getattr(found, part, None)
            if isinstance(found, type) and isinstance(model, found):
                return name
    nnx = sys.modules.get("flax.nnx")
    if nnx is not None and isinstance(model, nnx.Module):
        return "nnx"
    pair = isinstance(model, tuple) and len(model) == 2 and all(map(callable, model))
    return "jax" if pair else ""


def _of_object(model: Any, text: str, features: int | None, symbols: int | None) -> StatefulModel:
    if isinstance(model, StatefulModel):
        return model
    framework = _framework(model)
    name = text or (type(model).__name__ if framework != "jax" else "(init, apply)")
    given: dict[str, Any] = {"text": name, "features": features, "symbols": symbols}
    if framework == "huggingface":
        from echospan.adapters.huggingface import stateful_of as of_hugging_face

        return of_hugging_face(model)
    if framework == "torch":
        from echospan.adapters.torch.stateful import stateful_of as of_torch

        return of_torch(model, **given)
    if framework == "keras":
        from echospan.adapters.keras.stateful import stateful_of as of_keras

        return of_keras(model, **given)
    if framework == "nnx":
        from echospan.adapters.jax.nnx import stateful_of as of_nnx

        return of_nnx(model, **given)
    if framework == "jax":
        from echospan.adapters.jax.stateful import stateful_of as of_pair

        return of_pair(model, **given)
    if isinstance(model, Runnable):
        for field, value in (("features", features), ("symbols", symbols)):
            if value is not None:
                raise ConfigError(field, "left out for an object that draws its own inputs", value)
        return ThreeMethods(model, text)
    raise ConfigError(FIELD, ALLOWED, model)
