"""Infer a user model's input encoding and output form from its shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from echospan.adapters.keras.layouts import FullSequence, Layout, SlidingWindow
from echospan.adapters.keras.user_io import Integers, Probabilities
from echospan.adapters.loading import FIELD, INPUT_ATTRIBUTE, said
from echospan.engine.carried import carrying, is_stateful, recurrent_layers
from echospan.errors import ConfigError, EchospanError
from echospan.memory_tasks.base import MemoryTask
from echospan.models.inputs import Input, Numbers, OneHot
from echospan.models.readout import Classes, Number, Readout

if TYPE_CHECKING:
    import keras

ROWS, STEPS = 4, 8


FULL_SEQUENCE = FullSequence()


@dataclass(frozen=True)
class ModelInterface:
    """How a model takes inputs and gives outputs.

    Attributes:
        inputs: How symbols or numbers are encoded.
        readout: How outputs are scored.
        layout: How sequences are laid out.
        one_step: Whether it takes single steps and keeps its state in stateful layers.
        notes: Notes for the reader of the sheet.
    """

    inputs: Input
    readout: Readout
    layout: Layout = FULL_SEQUENCE
    one_step: bool = False
    notes: tuple[str, ...] = ()


def infer_io(model: keras.Model, task: MemoryTask, name: str) -> ModelInterface:
    """Find out how the model takes inputs and gives outputs, by its shapes or by calling it.

    Args:
        model: The user's model.
        task: The task it is for.
        name: Name of the model in error messages.

    Raises:
        ConfigError: The model can't be used; the message says what it takes and what to change.
    """
    declared = getattr(model, INPUT_ATTRIBUTE, None)
    if declared not in (None, "integers", "one-hot"):
        raise ConfigError(f"{FIELD}.{INPUT_ATTRIBUTE}", "'integers' or 'one-hot'", declared)
    shape = _input_shape(model, name)
    if shape is None:
        return _by_trying(model, task, name, declared)
    if task.features is None:
        inputs = _inputs(shape, task.width, name, declared)
    else:
        inputs = _numbers(shape, task.features, name)
    steps = shape[1] if len(shape) > 1 else None
    try:
        return _finish(model, inputs, task, name, steps)
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


def _by_trying(
    model: keras.Model, task: MemoryTask, name: str, declared: str | None
) -> ModelInterface:
    """A subclassed model has no input shape before it is called: call it with each encoding."""
    tried: list[str] = []
    ways: dict[str, Input] = {"one-hot": OneHot(), "integers": Integers()}
    if task.features is not None:
        ways, declared = {"numbers": Numbers(task.features)}, None
    for way, inputs in ways.items():
        if declared not in (None, way):
            continue
        try:
            return _finish(model, inputs, task, name, None)
        except ConfigError:
            raise
        except Exception as error:
            tried.append(f"{way}: {said(error)}")
    raise ConfigError(
        FIELD,
        "a model that can be called on one-hot vectors (batch, time, K), integers (batch, time) "
        "or, in a task of numbers, numbers (batch, time, features)",
        name,
        f"Tried {'; '.join(tried)}. For symbols set its attribute {INPUT_ATTRIBUTE} to "
        "'one-hot' or 'integers'.",
    )


def _finish(
    model: keras.Model, inputs: Input, task: MemoryTask, name: str, steps: int | None
) -> ModelInterface:
    rows = ROWS
    values = task.random_inputs(steps or STEPS, 0, "check", rows)
    values = values.astype("int32" if task.features is None else "float32")
    encoded = inputs.encode(values, task.width, np)
    answers = task.width or 1
    with carrying(model, rows):
        outputs = np.asarray(model(encoded))
    given = f"{name}, whose output for {values.shape[1]} steps has the shape {outputs.shape}"
    if not outputs.shape or outputs.shape[-1] != answers:
        raise ConfigError(FIELD, *expected_outputs(task, given))
    if not np.isfinite(outputs).all():
        raise ConfigError(
            FIELD, "a model with finite outputs", f"{name}, which returns NaN or infinity"
        )
    notes: list[str] = []
    stateful = is_stateful(model)
    layout: Layout = FullSequence()
    one_step = False
    if steps == 1:
        one_step, layout, more = _single_steps(model, stateful)
        notes.append(more)
    elif outputs.ndim == 2 and steps:
        layout = SlidingWindow(steps)
        notes.append(
            f"It takes windows of {steps} steps and predicts at the newest; steps before the "
            "beginning are all -1 (one-hot) or symbol 0 (integers)."
        )
    elif outputs.ndim == 2:
        raise ConfigError(
            FIELD,
            "a model with an output at every step: (batch, time, K)",
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
    if task.features is not None:
        return ModelInterface(inputs, Number(), layout, one_step, tuple(notes))
    readout: Readout = Classes()
    if (outputs >= 0).all() and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3):
        readout = Probabilities()
    return ModelInterface(inputs, readout, layout, one_step, tuple(notes))


def _single_steps(model: keras.Model, stateful: bool) -> tuple[bool, Layout, str]:
    if stateful:
        return (
            True,
            FullSequence(),
            "It takes one step at a time and is stateful: it was trained as Keras's fit would with "
            "states carried, so no gradient reaches back beyond the current step.",
        )
    names = ", ".join(layer.name for layer in recurrent_layers(model))
    why = f" ({names}: stateful=False)" if names else ""
    return (
        False,
        SlidingWindow(1),
        f"It takes one step at a time and carries no state from one to the next{why}.",
    )


def expected_outputs(task: MemoryTask, given: str) -> tuple[str, str, str]:
    """The last three arguments of a ConfigError: what a model must output, the model, a hint."""
    if task.features is not None:
        return "a model whose output has 1 feature, the number", given, "End it in one unit."
    return (
        f"a model whose output has {task.width} features, a score for each symbol",
        given,
        "Give its last layer as many units as the function's argument says.",
    )
