"""The network, its weights at the start, and what it learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.engine import keras_internals as internals
from echospan.engine.source import Drawn
from echospan.engine.update import Batch
from echospan.tasks import NoiseFreeLag
from studies.noise_free_lag.protocol import Protocol
from studies.training import experiment_of

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class Weighed(Drawn):
    """The task's sequences, the loss of the last step weighed otherwise than that of the others.

    Attributes:
        others: Weight of all steps but the last.
        last: Weight of the last.
    """

    others: float = 1.0
    last: float = 1.0

    def batch(self, raw: Any) -> Batch:
        """As drawn, with these weights."""
        batch = super().batch(raw)
        weight = (batch.weight * self.others).at[:, -1].set(self.last)
        return batch._replace(weight=weight)


def source(protocol: Protocol) -> Weighed:
    """One sequence an epoch."""
    experiment = experiment_of(
        task={"kind": "noise-free-lag", "lag": protocol.lag, "scored": "all"},
        framing={"kind": "sequence"},
        model={"kind": protocol.kind, "units": protocol.units},
        training={"sequences": 1, "batch_size": 1},
    )
    plan = experiment.plan()
    signature = experiment.signature(plan)
    return Weighed(
        experiment.task,
        plan,
        experiment.model.input_for(signature),
        experiment.model.readout_for(signature),
        others=protocol.others,
        last=protocol.last,
    )


def both(protocol: Protocol) -> Batch:
    """The two sequences there are, of which the last answer is scored."""
    task, lag = NoiseFreeLag(lag=protocol.lag), protocol.lag
    first = np.array([[lag - 1], [lag]])
    values = np.concatenate([first, np.tile(np.arange(lag - 1), (2, 1))], axis=1).astype("int32")
    weight = np.zeros(values.shape, "float32")
    weight[:, -1] = 1
    return Batch(np.eye(lag + 1, dtype="float32")[values], np.abs(task.targets(values)), weight)


def build(protocol: Protocol, seed: int, rate: float) -> keras.Model:
    """A compiled model, (1, lag, lag + 1) -> scores alike."""
    from echospan.backend import keras_on_jax

    keras_on_jax()
    import keras

    symbols = protocol.lag + 1
    start = keras.Input((protocol.lag, symbols))
    layers = {"lstm": keras.layers.LSTM, "simple-rnn": keras.layers.SimpleRNN}
    layer = layers[protocol.kind](protocol.units, return_sequences=True)
    readout = keras.layers.Dense(symbols)
    model = keras.Model(start, readout(layer(start)))
    _draw(protocol, layer.cell, readout, np.random.default_rng(seed))
    optimizers = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}
    reduction = {"sum": "sum", "mean": "mean_with_sample_weight"}[protocol.total]
    model.compile(
        optimizers[protocol.optimizer](rate, global_clipnorm=protocol.clip),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction=reduction),
        weighted_metrics=[keras.metrics.SparseCategoricalAccuracy(name="right")],
    )
    internals.build(model, tuple(part[:1] for part in both(protocol)))
    return model


def _draw(
    protocol: Protocol, cell: keras.Layer, readout: keras.Layer, draw: np.random.Generator
) -> None:
    """Give the layers their weights at the start; all biases but the forget gate's are 0."""
    units = protocol.units

    def glorot(rows: int, columns: int) -> np.ndarray:
        bound = np.sqrt(6 / (rows + columns))
        return draw.uniform(-bound, bound, (rows, columns))

    def orthogonal(columns: int) -> np.ndarray:
        """Rows that are orthogonal and of length 1, as Keras draws them: (units, columns)."""
        turned, upper = np.linalg.qr(draw.normal(size=(columns, units)))
        return (turned * np.sign(np.diag(upper))).T

    gates = cell.kernel.shape[1] // units
    if protocol.start == "keras":
        kernel, recurrent = glorot(*cell.kernel.shape), orthogonal(gates * units)
        way_out = glorot(*readout.kernel.shape)
    elif protocol.start == "small":
        kernel, recurrent, way_out = (
            draw.uniform(-0.1, 0.1, matrix.shape)
            for matrix in (cell.kernel, cell.recurrent_kernel, readout.kernel)
        )
    else:
        kernel = draw.normal(0, 0.1, cell.kernel.shape)
        recurrent = np.concatenate([0.5 * orthogonal(units) for _ in range(gates)], axis=1)
        way_out = draw.normal(0, 0.1, readout.kernel.shape)
    cell.kernel.assign(kernel)
    cell.recurrent_kernel.assign(recurrent)
    readout.kernel.assign(way_out)
    if protocol.kind == "lstm":
        # Keras's gates stand in the order input, forget, cell, output.
        bias = np.zeros(gates * units)
        bias[units : 2 * units] = protocol.forget
        cell.bias.assign(bias)
