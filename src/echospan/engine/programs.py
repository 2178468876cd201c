"""Compiled programs, kept for as long as the model that they were compiled for.

A second call with the same shapes finds its program here. Programs hold no model, so that keeping
them keeps no model alive.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from echospan.engine import keras_internals as internals
from echospan.engine.carried import carriers
from echospan.engine.values import TrainState, variables

if TYPE_CHECKING:
    import keras

KEPT = 16
"""Programs kept for one model; the one not used for longest goes first."""

P = TypeVar("P")


class _Entry(NamedTuple):
    program: Any
    watched: list[Callable[[], Any]]


_kept: weakref.WeakKeyDictionary[keras.Model, OrderedDict[Hashable, _Entry]] = (
    weakref.WeakKeyDictionary()
)


def find(model: keras.Model, key: Hashable, make: Callable[[], P]) -> P:
    """The program kept under `key`, or a new one from `make`.

    Besides the key, a program belongs to one call of `model.compile`, one optimizer and one
    learning-rate schedule: these are built into it.

    Args:
        model: The model it is compiled for.
        key: What else decides the program: its kind, settings, and shapes (see `shapes`).
        make: Compiles it.
    """
    kept = _kept.setdefault(model, OrderedDict())
    now = _watched(model)
    entry = kept.get(key)
    if entry is None or not _same(entry.watched, now):
        entry = _Entry(make(), [_reference(each) for each in now])
        kept[key] = entry
    kept.move_to_end(key)
    while len(kept) > KEPT:
        kept.popitem(last=False)
    program: P = entry.program
    return program


def shapes(tree: Any) -> Hashable:
    """Structure, shapes and dtypes of a tree of arrays."""
    import jax

    leaves, structure = jax.tree.flatten(tree)
    return structure, tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)


def layout(model: keras.Model) -> Hashable:
    """Shapes of all the model's variables, and the flags of its layers."""
    values = TrainState(*([v.value for v in group] for group in variables(model)))
    layers = internals.layers(model)
    return (
        shapes(values),
        tuple(bool(layer.trainable) for layer in layers),
        tuple(bool(layer.stateful) for layer in carriers(model)),
    )


def _watched(model: keras.Model) -> list[Any]:
    optimizer = getattr(model, "optimizer", None)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    # Every call of `model.compile` makes a new loss tracker.
    return [internals.loss_tracker(model), optimizer, internals.learning_rate(inner)]


def _same(references: list[Callable[[], Any]], now: list[Any]) -> bool:
    return all(old() is new for old, new in zip(references, now, strict=True))


def _reference(value: Any) -> Callable[[], Any]:
    if value is None:
        return _nothing
    try:
        return weakref.ref(value)
    except TypeError:
        return lambda: value


def _nothing() -> None:
    return None
