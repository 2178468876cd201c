"""Where a model turns integers into vectors: the place at which a gradient can be taken.

Integers have no gradient. What an embedding (or a one-hot encoding) makes of them has one: it says
whether training can learn from the symbol at that time step.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from echospan.engine import keras_internals as internals

if TYPE_CHECKING:
    import keras

EMBEDDING = ("Embedding", "ReversibleEmbedding", "CategoryEncoding", "IntegerLookup", "Hashing",
             "OneHot", "MultiHot", "Discretization")  # fmt: skip
"""Layers and operations that read symbols, whatever type these have."""


class EmbeddingHooks:
    """Everything in a clone that takes integers and gives floats, in the order of the calls.

    Args:
        made: A clone; the calls of its innermost layers and operations are listened to.
    """

    def __init__(self, made: keras.Model) -> None:
        self._added: list[Any] = []
        self.seen: list[Any] = []
        for each in _innermost(made):
            self._listen(each)

    def start(self, added: Sequence[Any] = ()) -> None:
        """Begin a forward pass.

        Args:
            added: What is added to the vectors of each call, in order; none where nothing is.
        """
        self._added, self.seen = list(added), []

    def _listen(self, each: Any) -> None:
        original = each.call

        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            return self._called(type(each).__name__, args, original(*args, **kwargs))

        # Past Keras's attribute tracking.
        object.__setattr__(each, "call", call)

    def _called(self, kind: str, args: tuple[Any, ...], out: Any) -> Any:
        if not args or not (kind in EMBEDDING or _is(args[0], "int")) or not _is(out, "float"):
            return out
        if self._added:
            out = out + self._added[len(self.seen)]
        self.seen.append(out)
        return out


def reads_symbols(model: keras.Model) -> bool:
    """Whether a layer or operation of a model reads symbols."""
    return any(type(each).__name__ in EMBEDDING for each in _innermost(model))


def _innermost(model: keras.Model) -> list[Any]:
    layers = internals.layers(model)
    found = [layer for layer in layers if not internals.inner_layers(layer)]
    for layer in layers:
        found += [each for each in getattr(layer, "operations", ()) if not internals.is_layer(each)]
    return list({id(each): each for each in found}.values())


def _is(value: Any, kind: str) -> bool:
    import keras

    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return False
    name: str = keras.backend.standardize_dtype(dtype)
    return name.startswith(kind) or (kind == "int" and name.startswith(("uint", "bool")))
