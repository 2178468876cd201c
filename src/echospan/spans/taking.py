"""How a user's Keras model is to be fed and read: found out from its shapes, mistakes explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from echospan.engine.carried import carrying, is_stateful, recurrent_layers
from echospan.errors import ConfigError, EchospanError
from echospan.models.inputs import Input, Numbers, OneHot
from echospan.models.readout import Classes, Number, Readout
from echospan.spans.loading import FIELD, said
from echospan.spans.own_forms import Integers, Probabilities
from echospan.spans.question import Question
from echospan.spans.views import Sequence, View, Window

if TYPE_CHECKING:
    import keras

ROWS, STEPS = 4, 8

DECLARED = "echospan_input"
"""Attribute by which a model may say that it takes "integers" or "one-hot" vectors."""


@dataclass(frozen=True)
class Taken:
    """How a model is fed and read.

    Attributes:
        inputs: How symbols are encoded.
        readout: How outputs are scored.
        view: How sequences are laid out.
        one_step: Whether it hears single steps and keeps its state in stateful layers.
        notes: For the reader of the sheet.
    """

    inputs: Input
    readout: Readout
    view: View
    one_step: bool
    notes: tuple[str, ...]


def take(model: keras.Model, question: Question, name: str) -> Taken:
    """Find out how to use the model.

    Raises:
        ConfigError: It cannot be used; says what it takes and gives, and what to change.
    """
    declared = getattr(model, DECLARED, None)
    if declared not in (None, "integers", "one-hot"):
        raise ConfigError(f"{FIELD}.{DECLARED}", "'integers' or 'one-hot'", declared)
    shape = _input_shape(model, name)
    if shape is None:
        return _by_trying(model, question, name, declared)
    if question.features is None:
        inputs = _inputs(shape, question.width, name, declared)
    else:
        inputs = _numbers(shape, question.features, name)
    steps = shape[1] if len(shape) > 1 else None
    try:
        return _finish(model, inputs, question, name, steps)
    except EchospanError:
        raise
    except Exception as error:
        raise ConfigError(
            FIELD, f"a model that can be called; calling it raised {said(error)}", name
        ) from error


def _input_shape(model: keras.Model, name: str) -> tuple[int | None, ...] | None:
    import keras

    try:
        tensors = keras.tree.flatten(model.inputs)
    except (AttributeError, ValueError):
        return None
    if not tensors:
        return None
    if len(tensors) > 1:
        raise ConfigError(FIELD, "a model with one input", f"{name} with {len(tensors)} inputs")
    return tuple(tensors[0].shape)


def _inputs(shape: tuple[int | None, ...], symbols: int, name: str, declared: str | None) -> Input:
    given = f"{name} with the input shape {shape}"
    if declared == "integers" or (declared is None and len(shape) == 2):
        if len(shape) == 2:
            return Integers()
        raise ConfigError(FIELD, "of input shape (batch, time) where it takes integers", given)
    if len(shape) == 3 and shape[-1] in (symbols, None):
        return OneHot()
    if len(shape) == 3:
        raise ConfigError(
            FIELD,
            f"of input shape (batch, time, {symbols}) for one-hot vectors, or (batch, time) for "
            "integers",
            given,
            f"The last axis must be the number of symbols; did the function ignore its argument "
            f"({symbols})?",
        )
    raise ConfigError(
        FIELD,
        f"of input shape (batch, time, {symbols}) for one-hot vectors, or (batch, time) for "
        "integers",
        given,
    )


def _numbers(shape: tuple[int | None, ...], features: int, name: str) -> Input:
    if len(shape) == 3 and shape[-1] in (features, None) and shape[1] is None:
        return Numbers(features)
    raise ConfigError(
        FIELD,
        f"of input shape (batch, time, {features}), any number of time steps, for a task of "
        "numbers",
        f"{name} with the input shape {shape}",
        f"The function is called with the numbers in one step ({features}).",
    )


def _by_trying(model: keras.Model, question: Question, name: str, declared: str | None) -> Taken:
    """A subclassed model says nothing of its input before it is called."""
    tried: list[str] = []
    ways: dict[str, Input] = {"one-hot": OneHot(), "integers": Integers()}
    if question.features is not None:
        ways, declared = {"numbers": Numbers(question.features)}, None
    for way, inputs in ways.items():
        if declared not in (None, way):
            continue
        try:
            return _finish(model, inputs, question, name, None)
        except ConfigError:
            raise
        except Exception as error:
            tried.append(f"{way}: {said(error)}")
    raise ConfigError(
        FIELD,
        "a model that can be called on one-hot vectors (batch, time, K), integers (batch, time) "
        "or, in a task of numbers, numbers (batch, time, features)",
        name,
        f"Tried {'; '.join(tried)}. For symbols set its attribute {DECLARED} to 'one-hot' or "
        "'integers'.",
    )


def _finish(
    model: keras.Model, inputs: Input, question: Question, name: str, steps: int | None
) -> Taken:
    rows = ROWS
    heard = question.noise(steps or STEPS, 0, "check", rows)
    heard = heard.astype("int32" if question.features is None else "float32")
    encoded = inputs.encode(heard, question.width, np)
    answers = question.width or 1
    with carrying(model, rows):
        outputs = np.asarray(model(encoded))
    given = f"{name}, which answers {heard.shape[1]} steps with the shape {outputs.shape}"
    if not outputs.shape or outputs.shape[-1] != answers:
        raise ConfigError(FIELD, *told_answers(question, given))
    if not np.isfinite(outputs).all():
        raise ConfigError(
            FIELD, "a model with finite outputs", f"{name}, which returns NaN or infinity"
        )
    notes: list[str] = []
    stateful = is_stateful(model)
    view: View = Sequence()
    one_step = False
    if steps == 1:
        one_step, view, more = _single_steps(model, stateful)
        notes.append(more)
    elif outputs.ndim == 2 and steps:
        view = Window(steps)
        notes.append(
            f"It takes windows of {steps} steps and answers the newest; steps before the "
            "beginning are all -1 (one-hot) or symbol 0 (integers)."
        )
    elif outputs.ndim == 2:
        raise ConfigError(
            FIELD,
            "a model that answers every step: (batch, time, K)",
            given,
            "Set return_sequences=True on its last recurrent layer, or fix the number of time "
            "steps, to be measured on windows.",
        )
    elif steps:
        raise ConfigError(
            FIELD,
            "a model for sequences of any length",
            given,
            f"Its time axis is fixed at {steps}, and no copy of it runs at another; use None "
            "there.",
        )
    elif stateful:
        notes.append(
            "It has stateful=True layers. Every sequence here starts from a zero state; in "
            "Keras's own fit, rows inherit the state of the batch before until you reset it."
        )
    if question.features is not None:
        return Taken(inputs, Number(), view, one_step, tuple(notes))
    readout: Readout = Classes()
    if (outputs >= 0).all() and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3):
        readout = Probabilities()
    return Taken(inputs, readout, view, one_step, tuple(notes))


def _single_steps(model: keras.Model, stateful: bool) -> tuple[bool, View, str]:
    if stateful:
        return (
            True,
            Sequence(),
            "It hears one step at a time and is stateful: it was trained as Keras's fit would with "
            "states carried, so no gradient reaches back beyond the current step.",
        )
    names = ", ".join(layer.name for layer in recurrent_layers(model))
    why = f" ({names}: stateful=False)" if names else ""
    return (
        False,
        Window(1),
        f"It hears one step at a time and carries no state from one to the next{why}.",
    )


def told_answers(question: Question, given: str) -> tuple[str, str, str]:
    """For an error: what a model must answer, what was given, and what to do."""
    if question.features is not None:
        return "a model whose output has 1 feature, the number", given, "End it in one unit."
    return (
        f"a model whose output has {question.width} features, a score for each symbol",
        given,
        "Give its last layer as many units as the function's argument says.",
    )
