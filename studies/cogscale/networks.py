"""The networks of CogScale's table that this package has, of the table's sizes.

Recurrent ones start as PyTorch starts them: every number uniform within 1/sqrt(units). The
decoder-only Transformer is this package's own: like theirs it has two blocks of two heads, a
feed-forward part of four times the units and sinusoidal positions; unlike theirs it normalises
before each part instead of after it, has GELU for ReLU and Glorot weights, and drops nothing where
theirs drops a tenth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from echospan.engine import keras_internals as internals
from studies.cogscale.data import Data, load

if TYPE_CHECKING:
    import keras

Kind = Literal["lstm", "gru", "transformer"]

BATCH = 10


@dataclass(frozen=True)
class Network:
    """A network for a task.

    Attributes:
        task: CogScale's name.
        kind: Architecture.
        units: Its width; it gives the number of parameters that the table has.
    """

    task: str
    kind: Kind
    units: int

    def data(self, seed: int) -> Data:
        """The task's data under a seed."""
        return load(self.task, seed)

    def build(self, seed: int, rate: float) -> keras.Model:
        """A compiled model, (batch, time, features) -> (batch, time, outputs)."""
        from echospan.backend import keras_on_jax

        keras_on_jax()
        import keras

        data = self.data(seed)
        steps, features = data.train.x.shape[1:]
        start = keras.Input((steps, features))
        make = _transformer if self.kind == "transformer" else _recurrent
        model = keras.Model(start, make(self, start, data.outputs, seed))
        reduction = "mean_with_sample_weight"
        if data.numbers:
            loss, metrics = keras.losses.MeanSquaredError(reduction=reduction), []
        else:
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction)
            metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        model.compile(keras.optimizers.Adam(rate), loss, weighted_metrics=metrics)
        internals.build(model, tuple(part[:BATCH] for part in data.train))
        return model


def _recurrent(
    network: Network, start: keras.KerasTensor, outputs: int, seed: int
) -> keras.KerasTensor:
    import keras

    bound = 1 / math.sqrt(network.units)
    draws = iter(np.random.default_rng(seed).integers(0, 2**31, 8).tolist())

    def uniform() -> keras.Initializer:
        return keras.initializers.RandomUniform(-bound, bound, seed=next(draws))

    layer = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[network.kind]
    settings: dict[str, Any] = {"unit_forget_bias": False} if network.kind == "lstm" else {}
    hidden = layer(
        network.units,
        return_sequences=True,
        kernel_initializer=uniform(),
        recurrent_initializer=uniform(),
        bias_initializer=uniform(),
        **settings,
    )(start)
    return keras.layers.Dense(outputs, kernel_initializer=uniform(), bias_initializer=uniform())(
        hidden
    )


def _transformer(
    network: Network, start: keras.KerasTensor, outputs: int, seed: int
) -> keras.KerasTensor:
    import keras

    from echospan.models import Signature, Transformer
    from echospan.models.init import Init

    steps = int(start.shape[1])
    shape = Signature(symbols=0, timesteps=steps, outputs="every", target_steps=0, batch_size=BATCH)
    settings = Transformer(
        units=network.units, heads=2, layers=2, expand=4, context=steps, positions="sinusoidal"
    )
    init = Init(seed)
    hidden = settings.body(start, shape, init)
    return keras.layers.Dense(outputs, kernel_initializer=init.glorot())(hidden)
