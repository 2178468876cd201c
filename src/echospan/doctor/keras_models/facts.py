"""What a Keras model says about itself; nothing is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from echospan.doctor.keras_models.taps import reads_symbols
from echospan.doctor.padding import Mask
from echospan.engine import keras_internals as internals
from echospan.engine.carried import recurrent_layers

if TYPE_CHECKING:
    import keras

MOST_PARAMETERS = 20_000_000
"""Beyond this many weights only what needs no run is checked."""


@dataclass(frozen=True)
class Facts:
    """A model's own settings.

    Attributes:
        recurrent: Names of its recurrent layers.
        stateful: Names of those that carry state.
        batch_size: The batch size that it is built for; None where any will do.
        vocabulary: Symbols that its embedding knows; None without one at the input.
        symbols: Whether it reads integers as symbols.
        mask: What it masks.
        single_softmax: A softmax over a single unit at its end.
        parameters: Number of its weights; 0 while it is not built.
        built: Whether its weights exist.
    """

    recurrent: tuple[str, ...]
    stateful: tuple[str, ...]
    batch_size: int | None
    vocabulary: int | None
    symbols: bool
    mask: Mask | None
    single_softmax: str | None
    parameters: int
    built: bool


def facts(model: keras.Model) -> Facts:
    """Read them."""
    rnn = recurrent_layers(model)
    layers = internals.layers(model)
    return Facts(
        recurrent=tuple(layer.name for layer in rnn),
        stateful=tuple(layer.name for layer in rnn if layer.stateful),
        batch_size=_batch_size(model, rnn),
        vocabulary=_vocabulary(layers),
        symbols=reads_symbols(model),
        mask=_mask(layers, rnn),
        single_softmax=_single_softmax(layers),
        parameters=sum(_size(v) for v in model.weights) if model.built else 0,
        built=bool(model.built),
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
