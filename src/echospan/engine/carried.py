"""The carried state of layers, made explicit.

Keras 3.15.1 keeps the state of a stateful layer in variables that its JAX trainer does not track,
so they stay zero there. Here they are ordinary values that go in and come out of every update.

A layer carries state if it has Keras's own names for it: `stateful`, `states` and
`get_initial_state(batch_size)`. Keras's recurrent layers and `echospan.layers.Streaming` do.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from echospan.engine import keras_internals as internals
from echospan.errors import ConfigError

if TYPE_CHECKING:
    import keras


_tracing: weakref.WeakKeyDictionary[keras.Model, threading.RLock] = weakref.WeakKeyDictionary()
_making = threading.Lock()


def tracing(model: keras.Model) -> AbstractContextManager[Any]:
    """While it is open, no other thread traces this model: tracing changes its layers."""
    with _making:
        return _tracing.setdefault(model, threading.RLock())


def recurrent_layers(model: keras.Model) -> list[keras.layers.RNN]:
    """All recurrent layers of a model, those inside wrappers and inner models too."""
    import keras

    return [layer for layer in internals.layers(model) if isinstance(layer, keras.layers.RNN)]


def carriers(model: keras.Model) -> list[keras.Layer]:
    """All layers that carry state or could, those inside wrappers and inner models too."""
    names = ("stateful", "states", "get_initial_state")
    return [
        layer for layer in internals.layers(model) if all(hasattr(layer, name) for name in names)
    ]


def is_stateful(model: keras.Model) -> bool:
    """Whether any layer carries state from one batch to the next; also before it is built."""
    return any(layer.stateful for layer in carriers(model))


def state_variables(model: keras.Model) -> list[keras.Variable]:
    """The state variables of the model's stateful layers, in layer order."""
    import keras

    return [
        variable
        for layer in carriers(model)
        if layer.stateful and layer.states is not None
        for variable in keras.tree.flatten(layer.states)
    ]


@contextmanager
def carrying(
    model: keras.Model, batch_size: int, *, every_layer: bool = False
) -> Iterator[list[keras.Variable]]:
    """Let the model's stateful layers carry state for another batch size, for a while.

    Stateful Keras layers are built for one batch size. Inside this context their state variables
    are replaced by zeros of `batch_size` rows; on leaving, the layers are as before.

    Args:
        model: A built model.
        batch_size: Rows of the batches to come.
        every_layer: Make all layers stateful that can be, also those that are not.

    Yields:
        The state variables in force.

    Raises:
        ConfigError: `every_layer`, and a layer reads its input backwards.
    """
    layers = [layer for layer in carriers(model) if every_layer or layer.stateful]
    if every_layer:
        for layer in layers:
            if getattr(layer, "go_backwards", False):
                raise ConfigError(
                    "model",
                    "causal, to run one step at a time",
                    f"layer {layer.name!r}, which reads its input backwards",
                )
    before = [(layer.stateful, layer.states) for layer in layers]
    try:
        for layer in layers:
            internals.install_state(layer, stateful=True, states=_zero_state(layer, batch_size))
        yield state_variables(model)
    finally:
        for layer, (stateful, states) in zip(layers, before, strict=True):
            internals.install_state(layer, stateful=stateful, states=states)


def _zero_state(layer: keras.Layer, batch_size: int) -> Any:
    import keras

    return keras.tree.map_structure(
        lambda value: keras.Variable(
            value, trainable=False, dtype=layer.variable_dtype, name="rnn_state"
        ),
        layer.get_initial_state(batch_size),
    )
