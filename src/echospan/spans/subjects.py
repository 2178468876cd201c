"""From what the user names to a subject: the one place that knows all frameworks."""

from __future__ import annotations

import difflib
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from echospan.backend import keras_on_jax
from echospan.engine.budget import with_parameters
from echospan.errors import ConfigError
from echospan.models import MODELS, Signature
from echospan.models.init import Init
from echospan.spans import keras_file, loading
from echospan.spans.echo_question import EchoQuestion
from echospan.spans.jax_model import is_pair, keras_model
from echospan.spans.keras_subject import KerasSubject
from echospan.spans.loading import FIELD
from echospan.spans.question import Question
from echospan.spans.subject import Subject
from echospan.spec import choose

STATE_BITS = "echospan_state_bits"
"""Attribute by which a model may say how many bits its state can hold."""

STEPS = 16
"""Time steps of the shape that a model of the zoo is first built for."""


def subject_of(
    model: Any,
    asked: int | Question,
    *,
    settings: Mapping[str, Any] | None = None,
    units: int | None = None,
    params: int | None = None,
    rows: int = 16,
    trust: bool = False,
) -> Subject:
    """The subject that MODEL stands for.

    Args:
        model: A name of the zoo, ``FILE.py:function``, ``package.module:function``, the path of a
            .keras file, a function ``(symbols) -> model``, or settings of a zoo model.
        asked: What it is asked; a number K stands for the echo of K symbols.
        settings: Settings of a zoo model; not for a user's own.
        units: Width of a zoo model.
        params: About how many trainable numbers a zoo model shall have, in place of `units`.
        rows: Sequences in one update.
        trust: Build a .keras file whatever is in it.

    Raises:
        ConfigError: There is no such model, or it cannot be used; says why.
    """
    keras_on_jax()
    question = EchoQuestion(asked) if isinstance(asked, int) else asked
    settings = {**(settings or {}), **({} if units is None else {"units": units})}
    if units is not None and params is not None:
        raise ConfigError("--params", "left out where --units is given", params)
    if params is not None and params < 1:
        raise ConfigError("--params", "at least 1", params)
    if callable(model) or (isinstance(model, str) and _is_own(model)):
        for name in settings:
            raise ConfigError(
                f"--{name}", "left out for a model of your own", settings[name],
                "Its size is what your function says.",
            )  # fmt: skip
        if params is not None:
            raise ConfigError("--params", "left out for a model of your own", params)
        return _own(model, question, rows, trust)
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
    return _zoo(given, question, params, rows)


def has_width(model: Any) -> bool:
    """Whether `units` or `params` can be chosen for it."""
    return isinstance(model, str) and model in MODELS and "units" in MODELS[model].model_fields


def _is_own(text: str) -> bool:
    return ":" in text or text.endswith((".keras", ".py"))


def _zoo(given: Any, question: Question, params: int | None, rows: int) -> Subject:
    spec = choose(MODELS, "model", given)
    # Without a window of its own it would have weights for every step of a fixed number.
    if getattr(spec, "fixed_length", False) and "window" in type(spec).model_fields:
        few = Signature(question.width, 8, "every", 8, rows, question.features)
        spec = spec.replace(window=spec.receptive_field_for(few))
    if spec.supported_outputs == ("written",):
        raise ConfigError(FIELD, "a model that answers every step", spec.kind)
    signature = Signature(question.width, STEPS, "every", STEPS, rows, question.features)
    spec.check("every", question.features)
    if params is not None:
        spec = with_parameters(spec, signature, params)
    return KerasSubject(
        spec.kind,
        question.width,
        lambda seed: spec.build(signature, Init(seed)),
        spec.input_for(signature),
        spec.readout_for(signature),
        rows=rows,
        learns=spec.learns,
        receptive_field=spec.receptive_field_for(signature),
        question=question,
    )


def _own(model: Any, question: Question, rows: int, trust: bool) -> Subject:
    # What the function is called with: how wide one step is.
    symbols = question.width or question.features or 0
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

    return _subject(make, make(0), text, question, rows, notes)


def _subject(
    make: Callable[[int], Any],
    first: Any,
    text: str,
    question: Question,
    rows: int,
    notes: tuple[str, ...],
) -> Subject:
    import keras

    if is_pair(first):
        wide, answers = question.width or question.features or 0, question.width or 1
        make, pairs = (lambda seed: keras_model(pairs(seed), wide, answers, seed, text)), make
        first = make(0)
        on = "numbers" if question.features else "one-hot vectors"
        notes = (*notes, f"Plain JAX functions (init, apply), on {on}.")
    bits = _declared_bits(first)
    if isinstance(first, keras.Model):
        from echospan.spans.open_time import can_open, fixed_time, with_open_time
        from echospan.spans.taking import take

        if (steps := fixed_time(first)) is not None and can_open(first):
            make = with_open_time(make)
            first = make(0)
            notes = (
                *notes,
                f"Its time axis is fixed at {steps}; a copy with an open one is measured.",
            )
        taken = take(first, question, text)

        def built(seed: int) -> Any:
            model = make(seed)
            take(model, question, text)
            return model

        found: Subject = KerasSubject(
            text,
            question.width,
            built,
            taken.inputs,
            taken.readout,
            rows=rows,
            notes=(*notes, *taken.notes),
            view=taken.view,
            one_step=taken.one_step,
            question=question,
        )
        found.declared_bits = bits
        return found
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(first, torch.nn.Module):
        from echospan.spans.torch_subject import TorchSubject

        found = TorchSubject(text, question, make, first, rows=rows)
        found.declared_bits = bits
        return found
    raise ConfigError(
        FIELD,
        "a function that returns a Keras model, a torch module or two JAX functions (init, apply)",
        f"{text}, which returns {type(first).__name__}",
    )


def _declared_bits(model: Any) -> float | None:
    """What the model says that its state can hold, where that is less than 32 bits a number."""
    bits = getattr(model, STATE_BITS, None)
    if bits is None:
        return None
    if isinstance(bits, bool) or not isinstance(bits, int | float) or not 0 < bits < math.inf:
        raise ConfigError(f"{FIELD}.{STATE_BITS}", "a number of bits above 0", bits)
    return float(bits)
