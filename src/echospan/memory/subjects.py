"""From what the user names to a subject: the one place that knows all frameworks."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from echospan.engine.backend import keras_on_jax
from echospan.errors import ConfigError
from echospan.framing.plan import Outputs
from echospan.memory import keras_file, loading
from echospan.memory.keras_subject import KerasSubject
from echospan.memory.loading import FIELD
from echospan.memory.subject import Subject
from echospan.memory.views import Sequence, Window
from echospan.models import MODELS, Model, Signature
from echospan.models.init import Init
from echospan.spec import choose

STEPS = 16
"""Time steps of the shape that a model of the zoo is first built for."""


def subject_of(
    model: Any,
    symbols: int,
    *,
    settings: Mapping[str, Any] | None = None,
    parameters: int | None = None,
    rows: int = 16,
    trust: bool = False,
) -> Subject:
    """The subject that MODEL stands for.

    Args:
        model: A name of the zoo, ``FILE.py:function``, ``package.module:function``, the path of a
            .keras file, a function ``(symbols) -> model``, or settings of a zoo model.
        symbols: Number of distinct symbols K.
        settings: Settings of a zoo model (``units`` and others); not for a user's own.
        parameters: About how many trainable numbers a zoo model shall have.
        rows: Sequences in one update.
        trust: Build a .keras file whatever is in it.

    Raises:
        ConfigError: There is no such model, or it cannot be used; says why.
    """
    keras_on_jax()
    settings = dict(settings or {})
    if callable(model) or (isinstance(model, str) and _is_own(model)):
        for name in settings:
            raise ConfigError(
                f"--{name}", "left out for a model of your own", settings[name],
                "Its size is what your function says.",
            )  # fmt: skip
        if parameters is not None:
            raise ConfigError("--params", "left out for a model of your own", parameters)
        return _own(model, symbols, rows, trust)
    if isinstance(model, str) and model not in MODELS:
        near = difflib.get_close_matches(model, MODELS, 1)
        raise ConfigError(
            FIELD,
            f"one of {', '.join(MODELS)}, FILE.py:function, package.module:function or a .keras "
            "file",
            model,
            f"Did you mean {near[0]!r}?" if near else "",
        )
    given = {"kind": model, **settings} if isinstance(model, str) else model
    return _zoo(given, symbols, parameters, rows)


def _is_own(text: str) -> bool:
    return ":" in text or text.endswith((".keras", ".py"))


def _zoo(given: Any, symbols: int, parameters: int | None, rows: int) -> Subject:
    spec = choose(MODELS, "model", given)
    window = getattr(spec, "window", None) if getattr(spec, "fixed_length", False) else None
    outputs: Outputs = "every" if "every" in spec.supported_outputs else "last"
    if spec.supported_outputs == ("written",):
        raise ConfigError(FIELD, "a model that answers every step", spec.kind)
    steps = (window or STEPS // 2) if outputs == "last" else STEPS
    signature = Signature(symbols, steps, outputs, steps, rows)
    if parameters is not None:
        spec = _with_parameters(spec, parameters, signature)
    return KerasSubject(
        spec.kind,
        symbols,
        lambda seed: spec.build(signature, Init(seed)),
        spec.input_for(signature),
        spec.readout_for(signature),
        rows=rows,
        receptive_field=getattr(spec, "receptive_field", None),
        view=Window(steps) if outputs == "last" else Sequence(),
    )


def _with_parameters(spec: Model, wanted: int, signature: Signature) -> Model:
    """The width whose parameters come nearest to `wanted`."""
    if "units" not in type(spec).model_fields:
        raise ConfigError("--params", f"left out: {spec.kind} has no width to choose", wanted)

    def count(units: int) -> int:
        built = spec.replace(units=units).build(signature, Init(0))
        return int(built.count_params())

    low, high = 1, 2
    while count(high) < wanted and high < 4096:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) < wanted else (low, middle)
    best = min((low, high), key=lambda units: abs(count(units) - wanted))
    return spec.replace(units=best)


def _own(model: Any, symbols: int, rows: int, trust: bool) -> Subject:
    text = model if isinstance(model, str) else getattr(model, "__name__", "the function")
    notes: tuple[str, ...] = ()
    if isinstance(model, str) and model.endswith(".keras"):
        path = Path(model)
        content = keras_file.read_architecture(path, trust=trust)

        def make(seed: int) -> Any:
            with loading.seeded(seed):
                return keras_file.build(content, path, trust=trust)

        notes = ("Only the architecture of the file is measured: its weights are drawn anew.",)
    else:
        if isinstance(model, str) and ":" not in model:
            raise ConfigError(FIELD, "FILE.py:function", model, "Name the function, too.")
        function = loading.function_of(model) if isinstance(model, str) else model

        def make(seed: int) -> Any:
            return loading.call(function, symbols, seed, text)

    return _subject(make, make(0), text, symbols, rows, notes)


def _subject(
    make: Callable[[int], Any],
    first: Any,
    text: str,
    symbols: int,
    rows: int,
    notes: tuple[str, ...],
) -> Subject:
    import keras

    if isinstance(first, keras.Model):
        from echospan.memory.taking import take

        taken = take(first, symbols, text)

        def built(seed: int) -> Any:
            model = make(seed)
            take(model, symbols, text)
            return model

        return KerasSubject(
            text,
            symbols,
            built,
            taken.inputs,
            taken.readout,
            rows=rows,
            notes=(*notes, *taken.notes),
            view=taken.view,
            one_step=taken.one_step,
        )
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(first, torch.nn.Module):
        from echospan.memory.torch_subject import TorchSubject

        return TorchSubject(text, symbols, make, first, rows=rows)
    raise ConfigError(
        FIELD,
        "a function that returns a Keras model or a torch module",
        f"{text}, which returns {type(first).__name__}",
    )
