"""What a Keras model says about itself; nothing is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echospan.adapters.facts import Facts, Mask
from echospan.adapters.keras.embedding_hooks import reads_symbols
from echospan.adapters.signals import Signal
from echospan.engine import keras_internals as internals
from echospan.engine.carried import recurrent_layers

if TYPE_CHECKING:
    import keras


def facts(model: keras.Model) -> Facts:
    """Read a model's own settings."""
    import keras

    rnn = recurrent_layers(model)
    layers = internals.layers(model)
    return Facts(
        framework="keras",
        backend=keras.backend.backend(),
        precision=str(model.variable_dtype),
        recurrent=tuple(layer.name for layer in rnn),
        stateful=tuple(layer.name for layer in rnn if layer.stateful),
        batch_size=_batch_size(model, rnn),
        vocabulary=_vocabulary(layers),
        symbols=reads_symbols(model),
        mask=_mask(layers, rnn),
        single_softmax=_single_softmax(layers),
        parameters=sum(_size(v) for v in model.weights) if model.built else 0,
        built=bool(model.built),
        inputs=tuple(tensor.name for tensor in keras.tree.flatten(_inputs(model))),
        outputs=tuple(getattr(model, "output_names", None) or ()),
        output_form=_output_form(layers),
    )


def _size(variable: keras.Variable) -> int:
    total = 1
    for side in variable.shape:
        total *= int(side)
    return total


def _batch_size(model: keras.Model, rnn: list[keras.layers.RNN]) -> int | None:
    for layer in rnn:
        built = internals.built_batch_size(layer)
        if layer.stateful and built is not None:
            return int(built)
    shape = getattr(model, "input_shape", None) if model.built else None
    if isinstance(shape, tuple) and shape and isinstance(shape[0], int):
        return int(shape[0])
    return None


def _vocabulary(layers: list[keras.layers.Layer]) -> int | None:
    import keras

    sizes = [layer.input_dim for layer in layers if isinstance(layer, keras.layers.Embedding)]
    return min(sizes) if sizes else None


def _mask(layers: list[keras.layers.Layer], rnn: list[keras.layers.RNN]) -> Mask | None:
    import keras

    fast = any(_fast(layer) for layer in rnn)
    for layer in layers:
        if isinstance(layer, keras.layers.Masking):
            return Mask(float(layer.mask_value), fast_kernel=fast)
        if isinstance(layer, keras.layers.Embedding) and layer.mask_zero:
            return Mask(0.0, embedding=True, fast_kernel=fast)
    return None


def _fast(layer: keras.layers.RNN) -> bool:
    """Whether the layer would use the GPU's own kernel, were there a GPU."""
    import keras

    if not isinstance(layer, keras.layers.LSTM | keras.layers.GRU) or layer.use_cudnn is False:
        return False
    config = layer.get_config()
    return bool(
        config["activation"] == "tanh"
        and config["recurrent_activation"] == "sigmoid"
        and not config["unroll"]
        and config["use_bias"]
        and not config["recurrent_dropout"]
    )


def _single_softmax(layers: list[keras.layers.Layer]) -> str | None:
    import keras

    for layer in layers:
        if isinstance(layer, keras.layers.Dense) and layer.units == 1:
            name = getattr(layer.activation, "__name__", "")
            if name == "softmax":
                return str(layer.name)
    return None


def _output_form(layers: list[keras.layers.Layer]) -> str:
    """Whether the last layer with an activation makes probabilities of scores."""
    last = next((layer for layer in reversed(layers) if hasattr(layer, "activation")), None)
    name = getattr(getattr(last, "activation", None), "__name__", "")
    return {"softmax": "probabilities", "sigmoid": "probabilities", "linear": "scores"}.get(
        name, ""
    )


def _inputs(model: keras.Model) -> list[keras.KerasTensor]:
    return getattr(model, "inputs", None) or []


def mask_of(model: keras.Model, known: Facts, source: Signal) -> tuple[Mask | None, str]:
    """What masks one input of several.

    Returns:
        The mask, and why that could not be found out.
    """
    import keras

    if known.mask is None:
        return None, ""
    tensor = input_tensor(model, source)
    if tensor is None:
        return None, f"masks: which layer reads input {source.name!r} is not known"
    waiting = [internals.source_of(tensor)]
    inside = {id(operation) for operation in model.operations}
    while waiting:
        operation = waiting.pop(0)
        if isinstance(operation, keras.layers.Masking):
            return Mask(float(operation.mask_value), fast_kernel=known.mask.fast_kernel), ""
        if isinstance(operation, keras.layers.Embedding) and operation.mask_zero:
            return Mask(0.0, embedding=True, fast_kernel=known.mask.fast_kernel), ""
        waiting += [
            node.operation
            for node in internals.readers(operation)
            # What joins several inputs is no mask of one of them.
            if id(node.operation) in inside and len(node.input_tensors) == 1
        ]
    return None, ""


def input_tensor(model: keras.Model, source: Signal) -> keras.KerasTensor | None:
    """Where an input enters a functional model."""
    import keras

    tensors = keras.tree.flatten(_inputs(model))
    named = [tensor for tensor in tensors if tensor.name == source.name]
    if named:
        return named[0]
    return tensors[source.number] if source.number < len(tensors) else None
