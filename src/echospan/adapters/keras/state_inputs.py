"""Inputs for a Keras model or layer, by its own shapes: numbers, or symbols of a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.keras.embedding_hooks import reads_symbols
from echospan.adapters.keras.facts import facts
from echospan.engine import keras_internals as internals
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras

FEATURES, SIDE = 4, 6
"""Sizes where the model leaves them open: of the last axis, and of those between."""


@dataclass(frozen=True)
class StateInputs:
    """What one step of the input is.

    Attributes:
        shape: Of one step.
        symbols: Symbols there are; 0 where inputs are numbers.
        lowest: The first symbol that is drawn: 1 where 0 marks a masked step.
        masked: What masked steps hold, where the model finds the mask in its input by itself.
    """

    shape: tuple[int, ...]
    symbols: int = 0
    lowest: int = 0
    masked: float | None = None

    def draw(self, batch: int, time: int, seed: int) -> np.ndarray:
        """Inputs (batch, time, ...); those of another seed differ at every step."""
        if not self.symbols:
            return np.random.default_rng(seed).normal(size=(batch, time, *self.shape))
        kinds = self.symbols - self.lowest
        base = np.random.default_rng(0).integers(kinds, size=(batch, time, *self.shape))
        return (base + seed) % kinds + self.lowest

    def without_marks(self, x: np.ndarray) -> np.ndarray:
        """Inputs in which no step is marked as masked: every step is real."""
        if self.masked is None:
            return x
        marked = (x == self.masked).all(axis=tuple(range(2, x.ndim)))
        return np.where(
            marked.reshape(*marked.shape, *[1] * (x.ndim - 2)),
            np.asarray(self.masked + 1, x.dtype),
            x,
        )

    def with_mask(self, x: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Inputs with the mark of a masked step where a mask (batch, time) is false."""
        real = mask.reshape(*mask.shape, *[1] * (x.ndim - 2))
        return np.where(real, x, np.asarray(self.masked, x.dtype))


def inputs_of(
    model: keras.Layer, features: int | None = None, symbols: int | None = None
) -> StateInputs:
    """What a model takes, as far as given by its own shapes.

    Args:
        model: The user's; it need not be built.
        features: Numbers in the last axis of a step.
        symbols: Size of the vocabulary.

    Raises:
        ConfigError: It has a vocabulary of one symbol, takes no sequences, or another number of
            features.
    """
    reads = features is None and (symbols is not None or reads_symbols(model))
    shape = _shape(model, reads)
    if len(shape) < 2:
        raise ConfigError("model", "a model of sequences (batch, time, ...)", f"inputs of {shape}")
    last = len(shape) - 3
    sizes = tuple(
        int(size) if size else ((features or FEATURES) if place == last else SIDE)
        for place, size in enumerate(shape[2:])
    )
    if features is not None and sizes[-1:] != (features,):
        raise ConfigError("features", f"{sizes[-1]}, as the model is built", features)
    known = facts(model)
    masked = None if known.mask is None else float(known.mask.value)
    if not reads:
        return StateInputs(sizes, masked=masked)
    kinds = symbols or known.vocabulary or FEATURES
    if known.vocabulary is not None and kinds > known.vocabulary:
        raise ConfigError("symbols", f"at most {known.vocabulary}, as the model is built", symbols)
    lowest = 1 if masked == 0 and known.mask is not None and known.mask.embedding else 0
    if kinds - lowest < 2:
        raise ConfigError(
            "model", "a model with at least two symbols", f"a vocabulary of {kinds}",
            "Symbol 0 marks padding." if lowest else "",
        )  # fmt: skip
    return StateInputs(sizes, kinds, lowest, masked)


def _shape(model: keras.Layer, symbols: bool) -> tuple[int | None, ...]:
    import keras

    inputs = getattr(model, "inputs", None)
    if inputs:
        return tuple(keras.tree.flatten(inputs)[0].shape)
    if symbols:
        return (None, None)
    built: dict[str, Any] = (
        (getattr(model, "get_build_config", dict)() or {}) if model.built else {}
    )
    found = built.get("input_shape") or next(iter(built.get("shapes_dict", {}).values()), None)
    if found and not isinstance(found[0], list | tuple):
        return tuple(found)
    own = internals.layers(model)
    spec = next((each.input_spec for each in own if getattr(each, "input_spec", None)), None)
    spec = spec[0] if isinstance(spec, list | tuple) else spec
    ndim = getattr(spec, "ndim", None) or 3
    return (None,) * ndim
