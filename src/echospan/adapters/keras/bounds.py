"""The bounds of a Keras model's outputs, read from the layers that make them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from echospan.adapters.bounds import Bounds, of_activation, of_recurrent, union
from echospan.engine import keras_internals

if TYPE_CHECKING:
    import keras

SAME = {
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianDropout",
    "Reshape", "Flatten", "Permute", "RepeatVector", "Cropping1D", "Cropping2D", "Identity",
    "UpSampling1D", "UpSampling2D", "MaxPooling1D", "AveragePooling1D", "GlobalMaxPooling1D",
    "GlobalAveragePooling1D", "Squeeze", "ExpandDims", "Transpose", "GetItem",
    "ActivityRegularization", "Mean", "Max", "Min",
}  # fmt: skip
"""Layers and operations whose values lie in the range of their input's."""

OPERATIONS = {
    "Sigmoid": "sigmoid", "HardSigmoid": "hard_sigmoid", "Tanh": "tanh", "HardTanh": "hard_tanh",
    "Relu": "relu", "Relu6": "relu6", "Softplus": "softplus", "Softsign": "softsign",
    "Exp": "exponential", "Gelu": "gelu", "Silu": "silu",
}  # fmt: skip
"""Activations by the name of the operation in `keras.ops`."""

CONVOLUTIONS = {
    f"{kind}{axes}D{turned}"
    for kind in ("Conv", "SeparableConv", "DepthwiseConv")
    for axes in (1, 2, 3)
    for turned in ("", "Transpose")
}

SIDE_BY_SIDE = {"Concatenate", "Average", "Maximum", "Minimum"}
"""Those whose values lie in the range of all their inputs' together."""


def output_bounds(model: keras.Model) -> list[Bounds | None]:
    """The bounds of each output in flat order; empty for a model that tells no layers."""
    outputs = getattr(model, "outputs", None) or []
    return [_of_tensor(output) for output in outputs]


def called_bounds(model: keras.Model, inputs: Any) -> list[Bounds | None]:
    """The bounds of each output of a class of the user's own, by a call that computes nothing.

    Args:
        model: A clone; its layers note the call.
        inputs: Its inputs as symbolic tensors, nested as it takes them.
    """
    import keras

    more = {"training": False} if keras_internals.takes_training(model) else {}
    found = [_of_tensor(output) for output in keras.tree.flatten(model.call(inputs, **more))]
    # Names of layers are those of the clone.
    return [each and replace(each, layer="", changeable=False) for each in found]


def _of_tensor(tensor: Any) -> Bounds | None:
    history = keras_internals.history(tensor)
    if history is None:
        return None
    operation = history.operation
    if hasattr(operation, "outputs") and hasattr(operation, "layers"):
        return _of_tensor(operation.outputs[history.tensor_index])
    if history.tensor_index:
        # The states that a recurrent layer returns: those of an LSTM's cell are not bounded.
        return None
    kind = type(operation).__name__
    inputs = keras_internals.made_from(history)
    if not _of_keras(operation):
        return None
    if kind in SAME or _linear(operation):
        return _of_tensor(inputs[0])
    if kind in SIDE_BY_SIDE:
        return union(_of_tensor(each) for each in inputs)
    return _of_layer(operation)


def _of_layer(layer: Any) -> Bounds | None:
    kind, name = type(layer).__name__, str(layer.name)
    if kind == "TimeDistributed":
        inner = _of_layer(layer.layer) if _of_keras(layer.layer) else None
        return None if inner is None else Bounds(inner.low, inner.high, inner.by, name)
    if kind == "Bidirectional":
        if layer.merge_mode not in ("concat", "ave"):
            return None
        return union((_of_layer(layer.forward_layer), _of_layer(layer.backward_layer)))
    if kind in ("LSTM", "GRU", "SimpleRNN"):
        return of_recurrent(
            kind, _name(layer, "activation"), _name(layer, "recurrent_activation"), name
        )
    if kind == "Clip":
        low, high = layer.x_min, layer.x_max
        plain = isinstance(low, int | float) and isinstance(high, int | float)
        return Bounds(float(low), float(high), "clip") if plain else None
    if kind in OPERATIONS:
        return of_activation(OPERATIONS[kind])
    if kind == "Softmax":
        return of_activation("softmax", name)
    if kind == "ReLU":
        if layer.negative_slope or layer.threshold:
            return None
        found = of_activation("relu", name)
        if found is None or layer.max_value is None:
            return found
        return Bounds(0.0, float(layer.max_value), "relu", name)
    if kind in ("Dense", "Activation", "EinsumDense") or kind in CONVOLUTIONS:
        return of_activation(_name(layer, "activation"), name, changeable=True)
    return None


def _linear(layer: Any) -> bool:
    return type(layer).__name__ == "Activation" and _name(layer, "activation") == "linear"


def _name(layer: Any, which: str) -> str:
    """The name of an activation of Keras's own; empty for another function."""
    import keras

    function = getattr(layer, which, None)
    name = str(getattr(function, "__name__", ""))
    return name if function is getattr(keras.activations, name, None) else ""


def _of_keras(operation: Any) -> bool:
    return type(operation).__module__.split(".")[0] == "keras"
