"""How a user's Keras model is to be fed and read: found out from its shapes, mistakes explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from echospan.engine.carried import carrying, is_stateful, recurrent_layers
from echospan.errors import ConfigError
from echospan.memory.loading import FIELD
from echospan.memory.views import Sequence, View, Window
from echospan.models.init import Init
from echospan.models.inputs import Input, OneHot
from echospan.models.readout import Classes, Readout

if TYPE_CHECKING:
    import keras

ROWS, STEPS = 4, 8

DECLARED = "echospan_input"
"""Attribute by which a model may say that it takes "integers" or "one-hot" vectors."""


class Integers(Input):
    """The symbols themselves, (batch, time): for a model with a table of its own."""

    def encode(self, symbols: Any, width: int, xp: Any) -> Any:
        """As they are; a missing one as symbol 0."""
        return xp.maximum(symbols, 0)

    def layers(
        self, batch_size: int | None, timesteps: int | None, width: int, mask: bool, init: Init
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """The user's model has its own."""
        raise NotImplementedError


class Probabilities(Classes):
    """Probabilities instead of scores: the model ends in a softmax."""

    probabilities: ClassVar[bool] = True

    def loss(self) -> keras.Loss:
        """Cross-entropy in nats of the probabilities."""
        import keras

        return keras.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")


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


def take(model: keras.Model, symbols: int, name: str) -> Taken:
    """Find out how to use the model.

    Raises:
        ConfigError: It cannot be used; says what it takes and gives, and what to change.
    """
    declared = getattr(model, DECLARED, None)
    if declared not in (None, "integers", "one-hot"):
        raise ConfigError(f"{FIELD}.{DECLARED}", "'integers' or 'one-hot'", declared)
    shape = _input_shape(model, name)
    if shape is None:
        return _by_trying(model, symbols, name, declared)
    inputs = _inputs(shape, symbols, name, declared)
    steps = shape[1] if len(shape) > 1 else None
    return _finish(model, inputs, symbols, name, steps)


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


def _by_trying(model: keras.Model, symbols: int, name: str, declared: str | None) -> Taken:
    """A subclassed model says nothing of its input before it is called."""
    tried: list[str] = []
    ways = {"one-hot": OneHot(), "integers": Integers()}
    for way, inputs in ways.items():
        if declared not in (None, way):
            continue
        try:
            return _finish(model, inputs, symbols, name, None)
        except ConfigError:
            raise
        except Exception as error:
            tried.append(f"{way}: {type(error).__name__}: {' '.join(str(error).split())[:160]}")
    raise ConfigError(
        FIELD,
        "a model that can be called on one-hot vectors (batch, time, K) or integers (batch, time)",
        name,
        f"Tried {'; '.join(tried)}. Set its attribute {DECLARED} to 'one-hot' or 'integers'.",
    )


def _finish(model: keras.Model, inputs: Input, symbols: int, name: str, steps: int | None) -> Taken:
    rows = ROWS
    heard = np.random.default_rng(0).integers(0, symbols, (rows, steps or STEPS)).astype("int32")
    encoded = inputs.encode(heard, symbols, np)
    with carrying(model, rows):
        outputs = np.asarray(model(encoded))
    given = f"{name}, which answers {heard.shape[1]} steps with the shape {outputs.shape}"
    if not outputs.shape or outputs.shape[-1] != symbols:
        raise ConfigError(
            FIELD,
            f"a model whose output has {symbols} features, a score for each symbol",
            given,
            "Give its last layer as many units as the function's argument says.",
        )
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
            f"Its time axis is fixed at {steps}; use None there.",
        )
    elif stateful:
        notes.append(
            "It has stateful=True layers. Every sequence here starts from a zero state; in "
            "Keras's own fit, rows inherit the state of the batch before until you reset it."
        )
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
