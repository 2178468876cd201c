"""The one loader of models that a user names: a built-in name, a function, a file.

`span`, `compare` and `check` all come here, so that a name means the same to each, and the limits
of files hold for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from echospan.adapters import loading
from echospan.adapters.loading import FIELD
from echospan.errors import ConfigError, unknown
from echospan.loaders import keras_file
from echospan.models import MODELS, Model, Signature
from echospan.models.init import Init

FORMS = "FILE.py:function, package.module:function, hf:Class or a .keras file"
"""What may be named besides a built-in model."""


@dataclass(frozen=True)
class Named:
    """A model that was named and not built yet.

    Attributes:
        text: What messages call it.
        make: Makes it with the random weights of a seed.
        load: Makes it as it is stored, with its weights; without stored weights, as `make(0)`.
        notes: What a reader of results should know.
        with_units: Makes the same with another width; None where no width can be chosen.
    """

    text: str
    make: Callable[[int], Any]
    load: Callable[[], Any]
    notes: tuple[str, ...] = ()
    with_units: Callable[[int], Named] | None = None


def model_class(model: Any) -> Any:
    """The class of a built-in model, or of another package's, where `model` names one.

    Raises:
        ConfigError: A name that is none, or that cannot be imported.
    """
    if not isinstance(model, str) or model.endswith((".keras", ".py")):
        return model
    if model.startswith(loading.HUGGING_FACE):
        return model
    if ":" not in model:
        if model not in (known := MODELS.names()):
            raise unknown(FIELD, known, model, FORMS)
        return MODELS.find(model)
    named = loading.function_of(model)
    return named if isinstance(named, type) and issubclass(named, Model) else model


def named_model(model: str | Callable[..., Any], width: int, *, trust: bool = False) -> Named:
    """What a function, its name or a .keras file stands for; built-in models have `model_class`.

    Args:
        model: ``FILE.py:function``, ``package.module:function``, ``hf:Class``, the path of a
            .keras file, or a function ``(symbols) -> model``.
        width: What the function is called with: the width of one step.
        trust: Build a .keras file whatever is in it.

    Raises:
        ConfigError: There is no such file or function, or the file is refused.
    """
    text = model if isinstance(model, str) else loading.name_of(model)
    if isinstance(model, str) and model.endswith(".keras"):
        path = Path(model)
        content = keras_file.read_architecture(path, trust=trust)

        def make(seed: int) -> Any:
            with loading.seeded(seed):
                return keras_file.build(content, path, trust=trust)

        return Named(
            text,
            make,
            lambda: keras_file.load(path, trust=trust),
            ("Only the architecture of the file is measured: its weights are drawn anew.",),
        )
    if isinstance(model, str) and model.startswith(loading.HUGGING_FACE):
        return _of_transformers(model, width)
    if isinstance(model, str) and ":" not in model:
        raise ConfigError(FIELD, "FILE.py:function", model, "Name the function, too.")
    function = loading.function_of(model) if isinstance(model, str) else model
    return _of_function(function, width, text, loading.width_of(function))


def _of_function(
    function: Callable[..., Any], width: int, text: str, argument: str | None
) -> Named:
    def call(seed: int) -> Any:
        return loading.call(function, width, seed, text)

    def with_units(units: int) -> Named:
        assert argument is not None
        return _of_function(loading.with_width(function, argument, units), width, text, None)

    return Named(text, call, lambda: call(0), (), None if argument is None else with_units)


def _of_transformers(text: str, width: int, units: int | None = None) -> Named:
    """A causal language model of transformers, by the name of its class.

    Raises:
        MissingExtra: transformers or torch is not installed.
        ConfigError: There is no such class, or the task has no symbols.
    """
    from echospan.adapters.huggingface import symbols_of

    make = symbols_of(text, width, units)
    return Named(
        text,
        make,
        lambda: make(0),
        ("A class of transformers with a small configuration, new weights and no dropout.",),
        None if units is not None else lambda wanted: _of_transformers(text, width, wanted),
    )


def built_in_for(kind: type[Model], steps: int, width: int, *, every: bool) -> Any:
    """A compiled built-in model, as it is by default, for inputs (batch, steps, width).

    Args:
        kind: Its class.
        steps: Time steps of an input.
        width: Numbers in one step: a one-hot vector.
        every: Whether it answers at every step, or after the last.
    """
    spec: Model = kind()  # type: ignore[call-arg]
    outputs: Literal["every", "last"] = "every" if every else "last"
    spec.check(outputs)
    signature = Signature(width, steps, outputs, steps)
    model = spec.build(signature, Init(0))
    readout = spec.readout_for(signature)
    model.compile("adam", readout.loss(), weighted_metrics=readout.metrics())
    return model
