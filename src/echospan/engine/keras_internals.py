"""The private names of Keras that echospan uses, each behind a plain one.

Nothing else in the package reaches past Keras's public interface, so that a new version of Keras is
checked against this file. The names are those of Keras 3.7 to 3.15.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

RESHAPE_STACK = ("keras.src.ops.numpy", "keras.src.utils.traceback_utils", "functools")
"""Modules between a user's call of `keras.ops.reshape` and the backend's own."""

RESHAPING_LAYERS = ("keras.src.layers.reshaping", "keras.src.ops.operation")
"""Modules of the layers that reshape."""

ALL_LAYERS = "_flatten_layers"
"""The method of `layers`, for programs that are written for a user."""

BATCH_SIZE = "_expected_batch_size"
"""The attribute that Keras 3.12 and newer compare with each batch, for the same programs."""

RANDOM = "keras.src.random.random"
"""The module of the functions of `keras.random`."""


def layers(model: keras.Layer) -> list[keras.Layer]:
    """All layers of a model, itself and those inside wrappers and inner models too."""
    return list(model._flatten_layers())


def inner_layers(layer: keras.Layer) -> list[keras.Layer]:
    """The layers that a layer holds directly."""
    return list(layer._layers)


def is_layer(operation: Any) -> bool:
    """Whether an operation is a layer, so that `layers` takes it."""
    return hasattr(operation, "_flatten_layers")


def history(tensor: Any) -> Any:
    """Which operation made a symbolic tensor; None for another tensor."""
    return getattr(tensor, "_keras_history", None)


def made_from(history: Any) -> list[Any]:
    """The symbolic tensors that the operation of a history was called on."""
    return list(history.operation._inbound_nodes[history.node_index].input_tensors)


def own_variables(layer: keras.Layer) -> list[keras.Variable]:
    """The weights that a layer holds itself, without those of the layers in it."""
    return [*layer._trainable_variables, *layer._non_trainable_variables]


def frozen_variables(model: keras.Model) -> list[keras.Variable]:
    """Weights that layers made to be trained, and that `trainable=False` keeps from it."""
    return [v for layer in layers(model) for v in layer._trainable_variables if not v.trainable]


def takes_training(model: keras.Model) -> bool:
    """Whether its call has an argument `training`."""
    return bool(model._call_has_training_arg)


@contextmanager
def initializers_with(random: Any, operations: Any) -> Iterator[None]:
    """Let the random initialisers draw by another module inside the block.

    Args:
        random: Has `normal`, `uniform` and `truncated_normal` as `keras.random`.
        operations: Has `qr`, `diag`, `sign`, `transpose` and `reshape` as `keras.ops`.
    """
    from keras.src.initializers import random_initializers as place

    before = place.random, place.ops
    # Constructors ask this module for seeds, too.
    for name in ("make_default_seed", "SeedGenerator"):
        setattr(random, name, getattr(before[0], name))
    place.random, place.ops = random, operations
    try:
        yield
    finally:
        place.random, place.ops = before


def build(model: keras.Model, data: tuple[Any, ...]) -> None:
    """Make the variables of layers, loss, metrics and optimizer, as Keras's own `fit` does."""
    model._symbolic_build(data_batch=data)


def compute_loss(
    model: keras.Model, x: Any, y: Any, outputs: Any, weight: Any, *, training: bool
) -> Any:
    """The compiled loss, by way of Keras's wrapper: a user's own may not take `training`."""
    return model._compute_loss(x, y, outputs, weight, training=training)


def loss_tracker(model: keras.Model) -> Any:
    """The metric that keeps the mean of the loss; every `compile` makes a new one."""
    return model._loss_tracker


def has_loss(model: keras.Model) -> bool:
    """Whether it was compiled with a loss."""
    return model._compile_loss is not None


def compiled_with(model: keras.Model, name: str) -> Any:
    """An argument that `compile` was given; None where it was not."""
    return getattr(getattr(model, "_compile_config", None), "config", {}).get(name)


def metrics_in_order(model: keras.Model, logs: dict[str, Any]) -> Any:
    """Logs as the list that `evaluate` returns."""
    return model._flatten_metrics_in_order(logs)


def trained_variables(optimizer: keras.optimizers.Optimizer) -> list[keras.Variable]:
    """The variables that an optimizer was built for."""
    return list(optimizer._trainable_variables)


def learning_rate(optimizer: Any) -> Any:
    """The object that holds an optimizer's learning rate; None where there is none."""
    return getattr(optimizer, "_learning_rate", None)


def built_batch_size(layer: keras.Layer) -> int | None:
    """The batch size that a stateful layer's state was made for; None where there is none."""
    return _rows_of(getattr(layer, "states", None)) if getattr(layer, "stateful", False) else None


def install_state(layer: keras.Layer, *, stateful: bool, states: Any) -> None:
    """Give a layer other state variables, past Keras's tracking: they are no weights of it."""
    object.__setattr__(layer, "stateful", stateful)
    object.__setattr__(layer, "states", states)
    # Keras 3.12 and newer compare it with each batch; older ones never look at it.
    object.__setattr__(layer, "_expected_batch_size", _rows_of(states))


def _rows_of(states: Any) -> int | None:
    import keras

    for state in keras.tree.flatten(states):
        if shape := getattr(state, "shape", ()):
            return None if shape[0] is None else int(shape[0])
    return None


def calls(layer: keras.Layer) -> list[Any]:
    """The nodes of a functional graph in which a layer is called; each has `arguments`."""
    return list(layer._inbound_nodes)


def source_of(tensor: keras.KerasTensor) -> Any:
    """The operation that a symbolic tensor comes from."""
    return tensor._keras_history.operation


def made_by(operation: Any) -> list[Any]:
    """The symbolic tensors of each call of an operation."""
    return [list(node.output_tensors) for node in operation._inbound_nodes]


def readers(operation: Any) -> list[Any]:
    """The nodes that read what an operation gives; each has `operation` and `input_tensors`."""
    return list(operation._outbound_nodes)


def output_structure(model: keras.Model) -> Any:
    """The structure of a functional model's outputs; None where that is not known."""
    return getattr(model, "_outputs_struct", None)


def trusting() -> AbstractContextManager[Any]:
    """A context in which functions in a configuration are loaded: they are the user's own."""
    from keras.src.saving.serialization_lib import SafeModeScope

    scope: AbstractContextManager[Any] = SafeModeScope(False)
    return scope


@contextmanager
def keeping_doubles() -> Iterator[None]:
    """Let operations on float64 give float64 inside the block.

    On JAX and torch Keras 3 gives float32 for them, whatever the types of layers and weights are.
    """
    import keras
    from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE as NARROWED

    before, floats = NARROWED.get("float64"), keras.config.floatx()
    NARROWED["float64"] = "float64"
    keras.config.set_floatx("float64")
    try:
        yield
    finally:
        keras.config.set_floatx(floats)
        if before is not None:
            NARROWED["float64"] = before


def global_value(name: str, default: Any = None) -> Any:
    """One of Keras's global settings."""
    from keras.src.backend.common import global_state

    return global_state.get_global_attribute(name, default)


def set_global_value(name: str, value: Any) -> None:
    """Set one of Keras's global settings."""
    from keras.src.backend.common import global_state

    global_state.set_global_attribute(name, value)


def mark(tensor: Any, name: str, value: Any) -> None:
    """Attach a value to a tensor, as Keras itself attaches a mask."""
    from keras.src.backend.common.tensor_attributes import set_tensor_attr

    set_tensor_attr(tensor, name, value)


def marked(tensor: Any, name: str) -> Any:
    """The value that `mark` attached; None where there is none."""
    from keras.src.backend.common.tensor_attributes import get_tensor_attr

    return get_tensor_attr(tensor, name)


def backend_functions() -> Any:
    """The module with the functions of the current backend, with `nn` and `numpy`."""
    from keras.src import backend

    return backend


def wrapped_loss(function: Any) -> Any:
    """A loss function as an object, as `compile` makes one of it."""
    from keras.src.losses.losses import LossFunctionWrapper

    return LossFunctionWrapper(function)


def is_wrapped_loss(loss: Any) -> bool:
    """Whether a loss object calls a function, after it has made the ranks equal."""
    from keras.src.losses.losses import LossFunctionWrapper

    return isinstance(loss, LossFunctionWrapper) and type(loss).call is LossFunctionWrapper.call


def of_same_rank(targets: Any, outputs: Any) -> tuple[Any, Any]:
    """Targets and outputs with a last axis of one squeezed or added where ranks differ by one."""
    from keras.src.losses.loss import squeeze_or_expand_to_same_rank

    y, out = squeeze_or_expand_to_same_rank(targets, outputs)
    return y, out


def function_of_loss(loss: Any) -> tuple[str, dict[str, Any]]:
    """Name and settings of the function of Keras's own that a loss object calls; else empty."""
    import keras

    if not is_wrapped_loss(loss):
        return "", {}
    name = str(getattr(loss.fn, "__name__", ""))
    if loss.fn is not getattr(keras.losses, name, None):
        return "", {}
    return name, dict(loss._fn_kwargs)


def after_orthogonal(look: Callable[[Any], None]) -> None:
    """Call a function with each orthogonal matrix that Keras draws, from now on.

    A class of our own would be named in the `.keras` files of models that use it.
    """
    import keras

    kind = keras.initializers.Orthogonal
    draw = kind.__call__
    if getattr(draw, "_echospan_look", None) is look:
        return

    @wraps(draw)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        matrix = draw(self, *args, **kwargs)
        look(matrix)
        return matrix

    call._echospan_look = look  # type: ignore[attr-defined]
    kind.__call__ = call
